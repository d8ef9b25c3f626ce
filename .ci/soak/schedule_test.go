package soak

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"bottega/sync/client"
	"bottega/sync/hub"
	"bottega/sync/journal"
	"bottega/sync/wire"
)

// Whatever happens, in whatever order - programs that are ended and started again, entries sent twice, answers that are lost, a journal
// put back from a backup, a data folder that is copied and both go on, a hub whose database is put back - once it stops happening, every
// entry of every journal is at the hub as one record, and nothing there is what no desk wrote.
func TestScheduleOfCrashesCopiesAndRestoresEndsWithEachEntryOnce(t *testing.T) {
	r := row{Tried: "random schedules of crash, duplicate, lost answer, journal and hub put back, desk copied"}
	evidence(t, &r)
	must(t, flag.Set("rapid.checks", strconv.Itoa(sizes().schedules)))
	template := newTemplate(t)
	total := struct{ schedules, steps, entries int }{}
	rapid.Check(t, func(rt *rapid.T) {
		w := template.world(rt)
		defer w.close()
		step := func(f func()) func(*rapid.T) {
			return func(*rapid.T) {
				total.steps++
				f()
			}
		}
		rt.Repeat(map[string]func(*rapid.T){
			"write":                     step(w.write),
			"send":                      step(w.send),
			"send, and lose the answer": step(w.sendUnheard),
			"send again":                step(w.sendAgain),
			"end and start":             step(w.reopen),
			"back up":                   step(w.backUp),
			"put the journal back":      step(w.putBack),
			"copy the desk":             step(w.copyDesk),
			"save the hub":              step(w.saveHub),
			"put the hub back":          step(w.putHubBack),
		})
		w.settle()
		total.schedules++
		total.entries += len(w.written)
	})
	r.Times = fmt.Sprintf("%d schedules, %d steps", total.schedules, total.steps)
	r.Found = fmt.Sprintf("%d entries, each one record in the end", total.entries)
}

// template is a hub and a desk that it knows, from which every schedule begins.
type template struct {
	t    *testing.T
	hub  hubPart
	desk string
	dir  string
	line *line
}

func newTemplate(t *testing.T) *template {
	t.Helper()
	h := newHub(t)
	x := &template{t: t, hub: h, line: newLine(t, h.Listen)}
	x.hub.Public = x.line.proxy.Listen
	serving := x.hub.serving(t)
	x.dir, x.desk = enrolled(t, x.hub.code(t))
	serving.stop(t)
	return x
}

// world is where one schedule happens.
type world struct {
	*rapid.T
	x     *template
	dir   string
	count int
	hub   *runningHub
	desks []*scheduled
	// backup is of a journal, saved of the hub; nil when there is none yet.
	backup, saved []byte
	hubWasPutBack bool
	// written is every entry that any journal ever had.
	written map[string]wire.Entry
}

// scheduled is a desk that is open.
type scheduled struct {
	journal *journal.Journal
	line    *client.Client
	seen    uint64 // up to here the entries are in world.written
}

// runningHub is a hub in this process.
type runningHub struct {
	*hub.Hub
	state string
	stop  func() error
}

func (x *template) world(t *rapid.T) *world {
	dir, err := os.MkdirTemp(x.t.TempDir(), "")
	w := &world{T: t, x: x, dir: dir, written: make(map[string]wire.Entry)}
	w.must(err)
	w.serve(w.copy(x.hub.State))
	w.open(w.copy(x.dir))
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) newDir() string {
	w.count++
	return filepath.Join(w.dir, strconv.Itoa(w.count))
}

// copy copies a folder of which nobody has anything open.
func (w *world) copy(dir string) string {
	to := w.newDir()
	w.must(os.CopyFS(to, os.DirFS(dir)))
	return to
}

func (w *world) serve(state string) {
	p := w.x.hub
	p.State = state
	params := p.params()
	params.Log = nil // of forks there are many
	h, err := hub.New(context.Background(), params)
	w.must(err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	w.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- h.Serve(ctx, ln) }()
	w.hub = &runningHub{Hub: h, state: state, stop: func() error {
		cancel()
		return errors.Join(<-served, h.Close())
	}}
	w.x.line.hub = ln.Addr().String()
	w.x.line.heal()
}

func (w *world) open(dir string) *scheduled {
	j, err := unlockedJournal(dir)
	w.must(err)
	c, err := lineOf(context.Background(), j)
	w.must(err)
	d := &scheduled{journal: j, line: c}
	w.desks = append(w.desks, d)
	return d
}

func (w *world) close() {
	w.must(w.hub.stop())
	for _, d := range w.desks {
		w.must(d.journal.Close())
	}
	w.must(os.RemoveAll(w.dir))
}

func (w *world) any() *scheduled {
	return w.desks[rapid.IntRange(0, len(w.desks)-1).Draw(w.T, "desk")]
}

func (w *world) write() {
	d := w.any()
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(w.T, "seed"), 0))
	for range 1 + r.IntN(4) {
		_, err := d.journal.Append(context.Background(), someDrafts(r)...)
		w.must(err)
	}
	w.see(d)
}

// see remembers what a journal has. Replies are entries too, so it is asked after whatever may bring some.
func (w *world) see(d *scheduled) {
	for {
		some, err := d.journal.Batch(context.Background(), nil, d.seen+1, 500, 8<<20)
		w.must(err)
		if len(some) == 0 {
			return
		}
		for _, e := range some {
			w.written[e.ID] = e
		}
		d.seen = some[len(some)-1].Seq
	}
}

func (w *world) send() { w.sendSurely(w.any()) }

func (w *world) sendOnce(d *scheduled) error {
	defer w.see(d)
	return d.line.Send(context.Background())
}

// sendSurely sends over a line that is good, though the connection that the desk had may be gone.
func (w *world) sendSurely(d *scheduled) {
	err := w.sendOnce(d)
	for tries := 0; err != nil && tries < 3; tries++ {
		err = w.sendOnce(d)
	}
	w.must(err)
}

// sendUnheard loses whatever the hub answers.
func (w *world) sendUnheard() {
	d := w.any()
	w.x.line.spoil("downstream", "reset_peer", `"timeout":0`)
	err := w.sendOnce(d)
	w.x.line.heal()
	var trouble *client.Trouble
	if !errors.As(err, &trouble) || trouble.Word != client.HubUnreachable {
		w.Errorf("sending without an answer: %v", err)
	}
}

// sendAgain lets a desk forget what was acknowledged.
func (w *world) sendAgain() {
	d := w.any()
	p, err := d.journal.Position(context.Background())
	w.must(err)
	if p.Acknowledged >= p.Epoch.From {
		to := rapid.Uint64Range(p.Epoch.From-1, p.Acknowledged).Draw(w.T, "back to")
		w.must(d.journal.Acknowledge(context.Background(), p.Epoch.ID, to))
	}
	w.sendSurely(d)
}

// reopen ends the program and starts it again.
func (w *world) reopen() { w.restart(w.any()) }

func (w *world) restart(d *scheduled) {
	dir := d.journal.Dir()
	w.letGo(d)
	w.open(dir).seen = d.seen
}

func (w *world) letGo(d *scheduled) {
	w.must(d.journal.Close())
	w.desks = slices.DeleteFunc(w.desks, func(o *scheduled) bool { return o == d })
}

func (w *world) backUp() {
	var b bytes.Buffer
	_, err := w.any().journal.Backup(context.Background(), &b)
	w.must(err)
	w.backup = b.Bytes()
}

// putBack gives up a desk's folder, with all that came after the backup, and goes on from it.
func (w *world) putBack() {
	if w.backup == nil {
		return
	}
	w.letGo(w.any())
	dir := w.newDir()
	_, err := journal.Restore(context.Background(), dir, bytes.NewReader(w.backup), cheap())
	w.must(err)
	w.see(w.open(dir))
}

// copyDesk copies the folder of a desk; both go on.
func (w *world) copyDesk() {
	if len(w.desks) > 2 {
		return
	}
	d := w.any()
	dir := d.journal.Dir()
	w.letGo(d)
	copied := w.copy(dir)
	w.open(dir).seen = d.seen
	w.open(copied).seen = d.seen
}

// saveHub backs the hub up while it serves.
func (w *world) saveHub() {
	var b bytes.Buffer
	w.must(w.hub.Backup(context.Background(), &b, false))
	w.saved = b.Bytes()
}

func (w *world) putHubBack() {
	if w.saved == nil {
		return
	}
	w.must(w.hub.stop())
	state := w.newDir()
	_, err := hub.Restore(context.Background(), hub.Params{State: state}, bytes.NewReader(w.saved))
	w.must(err)
	w.serve(state)
	w.hubWasPutBack = true
}

// settle starts every desk once more, lets it send until nothing changes any more, and looks at what is where. A desk that runs on
// notices only with its next entry that the hub was put back, and asks when it is started.
func (w *world) settle() {
	for _, d := range slices.Clone(w.desks) {
		w.restart(d)
	}
	for range 3 {
		for _, d := range w.desks {
			w.sendSurely(d)
		}
	}
	p := w.x.hub
	p.State = w.hub.state
	db, err := p.openDatabase()
	w.must(err)
	a, err := readDatabase(context.Background(), db, w.x.desk)
	w.must(errors.Join(err, db.Close()))
	for id, places := range a.records {
		e, known := w.written[id]
		if !known || len(places) != 1 || a.entries[places[0]] != e.Digest.String() {
			w.Errorf("record %s is at the hub in %v, and was written: %v", id, places, known)
		}
	}
	for i, d := range w.desks {
		k, err := readJournal(context.Background(), d.journal)
		w.must(err)
		ids := make(map[string]bool, len(k.entries))
		for _, e := range k.entries {
			ids[e.ID] = true
			if len(a.records[e.ID]) != 1 {
				w.Errorf("entry %d of desk %d is %d records at the hub", e.Seq, i, len(a.records[e.ID]))
			}
		}
		for _, f := range k.unanswered(w.hubWasPutBack) {
			w.Errorf("desk %d: %s", i, f)
		}
		if k.position.Acknowledged != k.position.Last || len(ids) != len(k.entries) {
			w.Errorf("desk %d has %d entries, %d identities, %d called safe", i, len(k.entries), len(ids), k.position.Acknowledged)
		}
	}
}

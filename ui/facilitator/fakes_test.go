package facilitator

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bottega/desk"
)

// wait is something that the desk does by itself after a while.
type wait struct {
	at time.Time
	do func()
}

func (r *rig) wait(after time.Duration, do func()) func() {
	w := &wait{at: r.clock.Now().Add(after), do: do}
	r.waits = append(r.waits, w)
	return func() { r.waits = slices.DeleteFunc(r.waits, func(x *wait) bool { return x == w }) }
}

// pass lets time pass, and what waits for it happen in its order.
func (r *rig) pass(d time.Duration) {
	r.t.Helper()
	end := r.clock.Now().Add(d)
	for {
		slices.SortStableFunc(r.waits, func(a, b *wait) int { return a.at.Compare(b.at) })
		if len(r.waits) == 0 || r.waits[0].at.After(end) {
			break
		}
		next := r.waits[0]
		r.waits = r.waits[1:]
		if ahead := next.at.Sub(r.clock.Now()); ahead > 0 {
			r.clock.Advance(ahead)
		}
		next.do()
		r.settle()
	}
	r.clock.Advance(end.Sub(r.clock.Now()))
	r.settle()
}

// realDesk returns a rig that stands on the home page of a real desk, which others can unlock too.
func realDesk(t *testing.T) *rig {
	t.Helper()
	r := newRig(t)
	r.app.settings.LockAfter = 10
	r.doors.real, r.doors.recovery, r.doors.people = true, true, keyholders("Piera", "Gino")
	r.app.lookForDesk()
	r.settle()
	r.enterPhrase()
	return r
}

// enterPhrase unlocks the desk.
func (r *rig) enterPhrase() {
	r.t.Helper()
	r.wantPage("Sblocco")
	r.fill("phrase", rightPhrase)
	r.press(keyMain)
	r.atHome()
}

// equip gives a session what a real desk has.
func (r *rig) equip(s *Session) {
	s.People, s.Recovery, s.HasRecovery, s.Eraser, s.Retention = r.keyring, r.keyring, r.doors.recovery, r.care, r.care
	s.Content, s.InstallPack = r.care.status, r.care.installPack
	s.Backup, s.RecoveryPaper, s.Courier, s.SetMetered = r.care.backup, r.keyring.paper, r.line, r.line.setMetered
	s.Warning, s.WarningRead = r.care.warning, func(context.Context) error { r.care.read.Add(1); return nil }
	r.keyring.rig, r.care.rig = r, r
}

// fakeKeys are people and keys as a journal keeps them.
type fakeKeys struct {
	rig       *rig
	made      [][][]byte // every key that was handed out
	papers    int
	added     []string
	removed   []string
	changed   int
	taken     [][]byte // secrets as they were handed over
	noKeyring error
	remembers bool
}

// aKey is a recovery key as it is written down.
const aKey = "7K3MV 9QX2T D4HNB 0RW6Z J8FCY 2PTGS 5XEMA Q1VKD"

func (k *fakeKeys) New(context.Context) ([][]byte, error) {
	var groups [][]byte
	for g := range strings.FieldsSeq(aKey) {
		groups = append(groups, []byte(g))
	}
	k.made = append(k.made, groups)
	return groups, nil
}

func (k *fakeKeys) paper(_ context.Context, _ [][]byte, _ string) ([]byte, error) {
	k.papers++
	return []byte("%PDF"), nil
}

func (k *fakeKeys) List(context.Context) ([]Keyholder, error) {
	list := slices.Clone(k.rig.doors.people)
	for i := range list {
		list[i].Remembered = list[i].ID == "f1" && k.remembers
	}
	return list, nil
}

func (k *fakeKeys) Add(_ context.Context, name string, passphrase []byte) error {
	k.taken = append(k.taken, passphrase)
	k.added = append(k.added, name)
	return nil
}

func (k *fakeKeys) Remove(_ context.Context, id string) error {
	k.removed = append(k.removed, id)
	k.rig.doors.people = slices.DeleteFunc(k.rig.doors.people, func(p Keyholder) bool { return p.ID == id })
	return nil
}

func (k *fakeKeys) ChangePassphrase(_ context.Context, old, fresh []byte) error {
	k.taken = append(k.taken, old, fresh)
	if string(old) != rightPhrase {
		return WrongPassphrase{Wait: 4 * time.Second}
	}
	k.changed++
	return nil
}

func (k *fakeKeys) Remember(context.Context) error {
	k.remembers = k.noKeyring == nil
	return k.noKeyring
}

func (k *fakeKeys) Forget(context.Context) error {
	k.remembers = false
	return k.noKeyring
}

func (d *fakeDoors) UnlockHere(ctx context.Context, _ string) (*Session, error) {
	if d.rig.keyring.noKeyring != nil {
		return nil, d.rig.keyring.noKeyring
	}
	return d.open(ctx)
}

func (d *fakeDoors) Recover(ctx context.Context, _ string, key, phrase []byte) (*Session, error) {
	d.phrases = append(d.phrases, phrase)
	switch typed := strings.Fields(string(key)); {
	case string(key) == aKey:
		return d.open(ctx)
	case len(typed) == 8 && typed[2] != "D4HNB":
		return nil, &KeyError{Mistyped: true, Group: 3}
	case len(typed) < 8:
		return nil, &KeyError{Mistyped: true}
	}
	return nil, &KeyError{}
}

// fakeCare looks after contents and copies.
type fakeCare struct {
	rig  *rig
	days int
	runs atomic.Int32

	mu   sync.Mutex // a run goes on beside the test
	due  int        // how many visits the next run erases; guarded by mu
	fail error      // guarded by mu

	erased  []string
	copies  []string
	packs   desk.ContentStatus
	install []string
	held    []string
	warning error
	read    atomic.Int32 // how often the warning was read
}

// plan says what comes of it from now on.
func (c *fakeCare) plan(due int, fail error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.due, c.fail = due, fail
}

func (c *fakeCare) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fail
}

var errStickFull = errors.New("no space left on stick")

func (c *fakeCare) backup(_ context.Context, folder string) (string, error) {
	c.copies = append(c.copies, folder)
	return folder + "/bottega-2026-11-23.copia", c.failure()
}

func (c *fakeCare) Days(context.Context) (int, error) { return c.days, nil }

func (c *fakeCare) SetDays(_ context.Context, days int) error {
	c.days = days
	return nil
}

func (c *fakeCare) Held(context.Context) ([]string, error) { return c.held, nil }

func (c *fakeCare) Run(context.Context) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.runs.Add(1)
	n := c.due
	c.due = 0
	return n, c.fail
}

func (c *fakeCare) Erase(ctx context.Context, visit string) error {
	c.erased = append(c.erased, visit)
	if _, err := c.rig.journal.Erase(ctx, desk.VisitErased{Visit: visit}); err != nil {
		return err
	}
	return errors.Join(c.failure(), c.rig.app.session.Desk.CatchUp(ctx))
}

func (c *fakeCare) Proof(_ context.Context, visit, lang string) (desk.Paper, []byte, error) {
	return desk.Paper{ID: visit, Number: "LU-PIAZZA-1-C-7", Lang: lang}, []byte("%PDF"), nil
}

func (c *fakeCare) status() desk.ContentStatus { return c.packs }

func (c *fakeCare) installPack(_ context.Context, file string) error {
	c.install = append(c.install, file)
	return c.failure()
}

// fakePlaces are the sticks and files of a computer.
type fakePlaces struct {
	places []Place
	files  []FoundFile
}

func (p *fakePlaces) Places(context.Context) ([]Place, error) { return p.places, nil }

func (p *fakePlaces) Find(_ context.Context, ending string) ([]FoundFile, error) {
	var found []FoundFile
	for _, f := range p.files {
		if strings.HasSuffix(f.Path, ending) {
			found = append(found, f)
		}
	}
	return found, nil
}

// aStick is plugged in.
func (r *rig) aStick(files ...string) {
	stick := Place{Path: "/media/piera/BLU", Stick: true, Name: "BLU"}
	r.places.places = []Place{stick, {Path: "/home/piera/Documenti"}}
	for _, f := range files {
		r.places.files = append(r.places.files, FoundFile{Path: stick.Path + "/" + f, Place: stick, At: r.clock.Now()})
	}
}

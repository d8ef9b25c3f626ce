package journal_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"bottega/desk"
	"bottega/sync/journal"
)

// childFolder makes the test program a desk that is about to be killed, in the data folder that it names.
const childFolder = "BOTTEGA_JOURNAL_CHILD"

// A child that may not have a disk of its own says so with this exit code.
const exitNoMounts = 3

var errNoMounts = errors.New("no private mounts here")

func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		if err := child(os.Getenv(childRole), dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			if errors.Is(err, errNoMounts) {
				os.Exit(exitNoMounts)
			}
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// said is one line of a child: who it is, an append that returned, a visit whose erasure returned, or another thing that was done.
type said struct {
	Thread  int          `json:"thread,omitempty"`
	Entries []desk.Entry `json:"entries,omitempty"`
	Erased  string       `json:"erased,omitempty"`
	Done    string       `json:"done,omitempty"`
}

// soak asks for the full size of what tries the journal: thousands of kills, every page, every length.
func soak() bool { return os.Getenv("BOTTEGA_SOAK") != "" }

// busyDesk appends from several goroutines, erases and compacts, and says on standard output what returned, until it is killed.
func busyDesk(dir string) error {
	j, err := journal.Open(dir, options(nil))
	if err != nil {
		return err
	}
	if err := j.Unlock(sigla, passphrase()); err != nil {
		return err
	}
	var mu sync.Mutex
	out := json.NewEncoder(os.Stdout)
	say := func(s said) {
		mu.Lock()
		defer mu.Unlock()
		_ = out.Encode(s)
	}
	ctx := context.Background()
	failed := make(chan error, 8)
	for range 3 {
		go func() {
			for {
				visit := fmt.Sprintf("v%d-%d", os.Getpid(), rand.IntN(20))
				drafts := make([]desk.Draft, 1+rand.IntN(4))
				for i := range drafts {
					drafts[i] = desk.Draft{Visit: visit, Payload: desk.NoteAdded{Text: fmt.Sprintf("%d di %d", i+1, len(drafts))}}
				}
				entries, err := j.Append(ctx, drafts...)
				if err != nil {
					failed <- err
					return
				}
				say(said{Entries: entries})
			}
		}()
	}
	for n := 0; ; n++ {
		select {
		case err := <-failed:
			return err
		default:
		}
		doomed := fmt.Sprintf("doomed%d-%d", os.Getpid(), n)
		entries, err := j.Append(ctx, desk.Draft{Visit: doomed, Payload: desk.NoteAdded{Text: "per poco"}})
		if err != nil {
			return err
		}
		say(said{Entries: entries})
		if err := eraseErr(j, doomed); err != nil {
			return err
		}
		say(said{Erased: doomed})
		if n%5 == 4 {
			if _, _, err := j.Compact(ctx); err != nil {
				return err
			}
		}
	}
}

func TestKillAtAnyMomentLosesNoEntryWhoseAppendReturned(t *testing.T) {
	lives := 1
	if soak() {
		lives = 34 // of thirty kills each: a journal that grows for ever would only be compared for ever
	}
	for range lives {
		killThirtyTimes(t)
	}
}

// killThirtyTimes leads one journal through thirty kills, with all that was ever acknowledged kept outside of it.
func killThirtyTimes(t *testing.T) {
	t.Helper()
	j := create(t, nil)
	dir := j.Dir()
	must(t, j.Close())
	acknowledged := make(map[string]desk.Entry)
	erased := make(map[string]bool)
	for round := range 30 {
		for _, s := range runAndKill(t, dir, 1+rand.IntN(60)) {
			for _, e := range s.Entries {
				acknowledged[e.ID] = e
			}
			if s.Erased != "" {
				erased[s.Erased] = true
			}
		}
		compareAfterKill(t, dir, acknowledged, erased)
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
	if len(erased) == 0 || len(acknowledged) < 300 {
		t.Errorf("only %d entries and %d erasures: that proves little", len(acknowledged), len(erased))
	}
}

// runAndKill runs a desk until it has said so many lines, kills it, and returns all that it said.
func runAndKill(t *testing.T, dir string, lines int) []said {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childFolder+"="+dir)
	var complaint safeBuffer
	cmd.Stderr = &complaint
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	var all []said
	scan := bufio.NewScanner(out)
	scan.Buffer(nil, 1<<20)
	for scan.Scan() {
		var s said
		if json.Unmarshal(scan.Bytes(), &s) == nil {
			all = append(all, s)
		}
		if len(all) == lines {
			must(t, cmd.Process.Kill())
		}
	}
	_ = cmd.Wait() // it was killed
	if len(all) < lines {
		t.Fatalf("the desk ended by itself after %d lines: %s", len(all), complaint.String())
	}
	return all
}

func compareAfterKill(t *testing.T, dir string, acknowledged map[string]desk.Entry, erased map[string]bool) {
	t.Helper()
	j, err := journal.Open(dir, options(nil))
	must(t, err)
	defer func() { must(t, j.Close()) }()
	must(t, j.Unlock(sigla, passphrase()))
	verified(t, j)
	stored := make(map[string]desk.Entry)
	for _, e := range readAll(t, j) {
		stored[e.ID] = e
		if erased[e.Visit] && e.Payload != nil {
			t.Errorf("entry %d was erased and is back", e.Seq)
		}
	}
	for id, want := range acknowledged {
		got, ok := stored[id]
		same := got.Seq == want.Seq && (string(got.Payload) == string(want.Payload) || got.Payload == nil && got.Visit[0] == 'd')
		if !ok || !same {
			t.Errorf("entry %d was acknowledged and is %+v now", want.Seq, got)
		}
	}
	wholeRequests(t, stored)
}

// wholeRequests checks that of drafts appended together all are there or none.
func wholeRequests(t *testing.T, stored map[string]desk.Entry) {
	t.Helper()
	bySeq := make(map[uint64]string, len(stored))
	for _, e := range stored {
		var n desk.NoteAdded
		if e.Payload != nil && json.Unmarshal(e.Payload, &n) == nil {
			bySeq[e.Seq] = n.Text
		}
	}
	for seq, text := range bySeq {
		var i, of int
		if _, err := fmt.Sscanf(text, "%d di %d", &i, &of); err != nil || i == of {
			continue
		}
		if next := bySeq[seq+1]; next != fmt.Sprintf("%d di %d", i+1, of) {
			t.Errorf("entry %d says %q and the next %q", seq, text, next)
		}
	}
}

// safeBuffer collects what a child says on standard error.
type safeBuffer struct {
	mu sync.Mutex
	b  []byte
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.b = append(s.b, p...)
	return len(p), nil
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.b)
}

// childRole says what the child does; empty is the busy desk.
const childRole = "BOTTEGA_JOURNAL_ROLE"

func child(role, dir string) error {
	do, known := roles()[role]
	if !known {
		return fmt.Errorf("unknown role %q", role)
	}
	return do(filepath.Clean(dir))
}

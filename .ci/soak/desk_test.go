package soak

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bottega/desk"
	"bottega/sync/client"
	"bottega/sync/journal"
)

const (
	sigla    = "MR"
	fullName = "Mariangela Rossicchioli"
)

// passphrase returns a fresh copy, since every use wipes it.
func passphrase() []byte { return []byte("tre parole a caso") }

// cheap has a cost of passphrases at which a desk can be opened a thousand times.
func cheap() journal.Options {
	return journal.Options{Params: journal.Params{Time: 1, MemoryKiB: 64, Threads: 1}, LockWait: 10 * time.Second}
}

// newJournal makes a journal in a folder of its own and closes it with the test.
func newJournal(t testing.TB) *journal.Journal {
	t.Helper()
	j, err := journal.Create(filepath.Join(t.TempDir(), "dati"), journal.NewFacilitator{Sigla: sigla, Name: fullName}, passphrase(), cheap())
	must(t, err)
	t.Cleanup(func() { must(t, j.Close()) })
	return j
}

// unlockedJournal opens a journal and unlocks it; whoever asked closes it.
func unlockedJournal(dir string) (*journal.Journal, error) {
	j, err := journal.Open(dir, cheap())
	if err != nil {
		return nil, err
	}
	// A desk that was killed while it was unlocked counts a wrong passphrase, and has to be waited for.
	err = j.Unlock(sigla, passphrase())
	for refused := (*journal.Refused)(nil); errors.As(err, &refused) && refused.Reason == journal.ErrTooSoon; {
		time.Sleep(refused.Wait)
		err = j.Unlock(sigla, passphrase())
	}
	if err != nil {
		return nil, errors.Join(err, j.Close())
	}
	return j, nil
}

// lineOf is the line of a journal.
func lineOf(ctx context.Context, j *journal.Journal) (*client.Client, error) {
	return client.New(ctx, client.Params{Journal: j, Identity: j, Program: "bottega soak"})
}

// enrolled makes a journal that the hub knows, closes it, and returns its folder and its name at the hub, which must be serving.
func enrolled(t testing.TB, code string) (dir, name string) {
	t.Helper()
	j := newJournal(t)
	c, err := lineOf(t.Context(), j)
	must(t, err)
	known, err := c.Enrol(t.Context(), code)
	must(t, err)
	must(t, j.Close())
	return j.Dir(), known.Desk
}

// deskPart is a desk of which the process is killed.
type deskPart struct {
	Dir string `json:"dir"`
	// Writers append at the same time.
	Writers int `json:"writers"`
	// Appends is how many each of them makes; zero is no end.
	Appends int `json:"appends,omitempty"`
	// Alone keeps it from calling the hub while it writes.
	Alone bool `json:"alone,omitempty"`
}

// deskSaid is one line of it: an append that returned, or an acknowledgement that it kept.
type deskSaid struct {
	Wrote []desk.Entry `json:"wrote,omitempty"`
	Safe  uint64       `json:"safe,omitempty"`
}

func playDesk(ctx context.Context, with []byte) error {
	p, err := parse[deskPart](with)
	if err != nil {
		return err
	}
	j, err := unlockedJournal(p.Dir)
	if err != nil {
		return err
	}
	return errors.Join(p.work(ctx, j), j.Close())
}

// work writes and sends at the same time.
func (p deskPart) work(ctx context.Context, j *journal.Journal) error {
	c, err := lineOf(ctx, j)
	if err != nil {
		return err
	}
	out := newSpeaker()
	// What the screen calls safe is what has to hold.
	defer c.Watch(func() { out.say(deskSaid{Safe: c.Status().Safe}) })()
	written := make(chan error, p.Writers)
	for range p.Writers {
		go func() { written <- p.write(ctx, j, out) }()
	}
	line, hangUp := context.WithCancel(ctx)
	defer hangUp()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		if !p.Alone {
			keepSending(line, c)
		}
	}()
	for range p.Writers {
		err = errors.Join(err, <-written)
	}
	hangUp()
	<-sent
	if err != nil || p.Alone || ctx.Err() != nil {
		return err
	}
	// Once more, so that what was written last is called safe too.
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for c.Send(ctx) != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		time.Sleep(10 * time.Millisecond)
	}
	return nil
}

func (p deskPart) write(ctx context.Context, j *journal.Journal, out *speaker) error {
	r := rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	for n := 0; p.Appends == 0 || n < p.Appends; n++ {
		entries, err := j.Append(ctx, someDrafts(r)...)
		if ctx.Err() != nil {
			return nil // it was told to stop
		}
		if err != nil {
			return err
		}
		out.say(deskSaid{Wrote: entries})
	}
	return nil
}

// keepSending sends what there is until it is told to hang up. A hub that does not answer is asked again soon: what the client waits
// for between two rounds is tested in its own room.
func keepSending(ctx context.Context, c *client.Client) {
	for ctx.Err() == nil {
		pause := time.Millisecond
		if err := c.Send(ctx); err != nil {
			var trouble *client.Trouble
			if errors.As(err, &trouble) && trouble.Word != client.HubUnreachable && trouble.Word != client.HubBusy {
				fmt.Fprintln(os.Stderr, err)
			}
			pause = 10 * time.Millisecond
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// someDrafts is what one click of a facilitator may write: one to four facts of a visit, sometimes with one that the hub answers.
func someDrafts(r *rand.Rand) []desk.Draft {
	visit := fmt.Sprintf("v%d", r.IntN(20))
	drafts := make([]desk.Draft, 1+r.IntN(4))
	for i := range drafts {
		drafts[i] = desk.Draft{Visit: visit, Payload: desk.NoteAdded{Text: fmt.Sprintf("nota %d di %d, %x", i+1, len(drafts), r.Uint64())}}
	}
	if r.IntN(4) == 0 {
		drafts[0].Payload = desk.ExemptionRequested{Person: nella(), Code: "E01"}
	}
	return drafts
}

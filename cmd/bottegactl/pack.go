package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"bottega/assets"
	"bottega/cmd/internal/house"
	"bottega/desk"
	"bottega/sync/client"
	"bottega/sync/journal"
	"bottega/sync/wire"
)

// packCommands tell which content the desk works with, and change it by hand.
type packCommands struct {
	Status   packStatus   `cmd:"" default:"1"`
	Install  packInstall  `cmd:""`
	Rollback packRollback `cmd:""`
}

// contentResult says which content a desk works with.
type contentResult struct {
	// Version is 0 for the content that travels inside the program.
	Version uint64     `json:"version"`
	Made    *time.Time `json:"made_at"`
	Waiting uint64     `json:"waiting,omitempty"`
	Problem string     `json:"problem,omitempty"`
}

type packStatus struct{}

// Run tells which content is in force, which waits, and what is wrong.
func (packStatus) Run(ctx context.Context, a *app) error {
	w, err := a.openDesk(ctx)
	if err != nil {
		return err
	}
	defer w.close()
	if err := a.showContent(w.packs.Status()); err != nil {
		return err
	}
	if w.packs.Status().Problem != "" {
		return errAttention
	}
	return nil
}

func (a *app) showContent(s desk.ContentStatus) error {
	r := contentResult{Version: s.Version, Waiting: s.Waiting, Problem: s.Problem}
	if !s.Made.IsZero() {
		r.Made = &s.Made
	}
	return a.show(r, func(w io.Writer) {
		if s.Version == 0 {
			line(w, a.say.T("ctl.pack.own"))
		} else {
			line(w, a.say.T("ctl.pack.in_force", "Version", s.Version, "Made", a.say.DateTime(s.Made.In(a.now().Location()))))
		}
		if s.Waiting != 0 {
			line(w, a.say.T("ctl.pack.waiting", "Version", s.Waiting))
		}
		if s.Problem != "" {
			line(w, a.say.T("pack.problem."+s.Problem))
		}
	})
}

type packInstall struct {
	File string `arg:""`
}

// Run takes a pack from a file, as the hub exports one.
func (c packInstall) Run(ctx context.Context, a *app) error {
	data, err := house.ReadPackFile(c.File)
	if err != nil {
		return err
	}
	w, err := a.openDesk(ctx)
	if err != nil {
		return err
	}
	defer w.close()
	if err := w.packs.Install(data); err != nil {
		return err
	}
	return a.showContent(w.packs.Status())
}

type packRollback struct{}

// Run goes back to the content before.
func (packRollback) Run(ctx context.Context, a *app) error {
	w, err := a.openDesk(ctx)
	if err != nil {
		return err
	}
	defer w.close()
	if err := w.packs.Rollback(w.Desk); err != nil {
		return err
	}
	return a.showContent(w.packs.Status())
}

// openPacks finds the content of the desk of an unlocked journal.
func (a *app) openPacks(ctx context.Context, j *journal.Journal) (*house.Packs, error) {
	own, err := house.LoadContent()
	if err != nil {
		return nil, err
	}
	keys, err := client.PackKeys(ctx, j)
	if err != nil {
		return nil, err
	}
	return house.OpenPacks(house.PacksParams{Dir: filepath.Join(a.data, house.PacksFolder), Keys: keys, Own: own}), nil
}

// latePacks opens the packs when the hub is asked for one, which most commands never do. What it takes waits for the next opening of
// the desk.
type latePacks struct{ open func() (*house.Packs, error) }

// newLatePacks keeps the packs of the desk of an unlocked journal.
func (a *app) newLatePacks(ctx context.Context, j *journal.Journal) latePacks {
	return latePacks{sync.OnceValues(func() (*house.Packs, error) { return a.openPacks(ctx, j) })}
}

// Seen implements client.PackKeeper.
func (l latePacks) Seen() string {
	packs, err := l.open()
	if err != nil {
		return "" // Offer tells it
	}
	return packs.Seen()
}

// Offer implements client.PackKeeper.
func (l latePacks) Offer(ctx context.Context, data []byte, keys []wire.TokenKey) error {
	packs, err := l.open()
	if err != nil {
		return err
	}
	return packs.Offer(ctx, data, keys)
}

// tellPack tells the closed set of what can be wrong with a content pack; a mistake in its files with line and column.
func (a *app) tellPack(err error) (told, int, bool) {
	var wrong *house.PackError
	if !errors.As(err, &wrong) {
		return told{}, 0, false
	}
	// The translation says first what happened and then what to do.
	message, advice, _ := strings.Cut(a.say.T("pack.problem."+wrong.Word), ". ")
	t := told{Code: "pack_" + wrong.Word, Message: sentence(message), Advice: advice}
	var content *assets.ContentError
	if errors.As(err, &content) {
		t.Message = sentence(strings.TrimSuffix(t.Message, ".") + ": " + oneLine(content.In(a.say.Lang())))
	}
	return t, exitFailed, true
}

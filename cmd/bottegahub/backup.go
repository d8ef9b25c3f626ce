package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"bottega/sync/hub"
	"bottega/sync/wire"
)

// backup writes the whole hub into one file.
type backup struct {
	File     string `arg:"" help:"${help_backup_file}"`
	KeysOnly bool   `help:"${help_keys_only}"`
}

// Run implements the command.
func (c *backup) Run(a *app) error {
	h, err := a.existing(hub.Params{})
	if err != nil {
		return err
	}
	err = whole(c.File, private, func(w io.Writer) error { return h.Backup(a.ctx, w, c.KeysOnly) })
	if err = errors.Join(err, h.Close()); err != nil {
		return c.explain(err)
	}
	key := "hub.backed_up"
	if c.KeysOnly {
		key = "hub.keys_backed_up"
	}
	return a.show(map[string]any{"file": c.File, "database": !c.KeysOnly}, a.say.T(key, "File", c.File)+"\n")
}

func (c *backup) explain(err error) error {
	var path *os.PathError
	switch {
	case errors.Is(err, hub.ErrNoTool):
		return failed("no_tool", nil)
	case errors.As(err, &path):
		return failed("write", pathCause(err), "File", c.File)
	}
	return failed("backup", err)
}

// restore makes a hub out of a backup.
type restore struct {
	File string `arg:"" help:"${help_restore_file}"`
}

// Run implements the command.
func (c *restore) Run(a *app) error {
	f, err := os.Open(c.File)
	if err != nil {
		return failed("file", pathCause(err), "File", c.File)
	}
	defer func() { _ = f.Close() }() // only read from
	database, err := hub.Restore(a.ctx, hub.Params{State: a.state, Database: a.db}, f)
	switch {
	case errors.Is(err, hub.ErrNotEmpty):
		return failed("not_empty", nil, "State", a.state)
	case errors.Is(err, hub.ErrNoTool):
		return failed("no_tool", nil)
	case errors.Is(err, hub.ErrNewBackup):
		return failed("new_backup", nil, "File", c.File)
	case errors.Is(err, hub.ErrNotBackup):
		return failed("not_backup", err, "File", c.File)
	case err != nil:
		return failed("restore", err)
	}
	key := "hub.restored"
	if !database {
		key = "hub.keys_restored"
	}
	return a.show(map[string]any{"state": a.state, "database": database}, a.say.T(key, "State", a.state)+"\n")
}

// repliesCommands are about what the hub answers.
type repliesCommands struct {
	Renumber renumber `cmd:"" help:"${help_renumber}"`
}

// renumber begins another count of replies.
type renumber struct{}

// Run implements the command.
func (c *renumber) Run(a *app) error {
	h, err := a.existing(hub.Params{})
	if err != nil {
		return err
	}
	if err := errors.Join(h.RenumberReplies(a.ctx), h.Close()); err != nil {
		return failed("renumber", err)
	}
	return a.show(map[string]bool{"renumbered": true}, a.say.T("hub.renumbered")+"\n")
}

// importParcel takes what a desk sealed into a file.
type importParcel struct {
	File   string `arg:"" help:"${help_parcel}"`
	Answer string `placeholder:"FILE" help:"${help_answer}"`
}

// Run implements the command.
func (c *importParcel) Run(a *app) error {
	f, err := os.Open(c.File)
	if err != nil {
		return failed("file", pathCause(err), "File", c.File)
	}
	defer func() { _ = f.Close() }() // only read from
	h, err := a.existing(hub.Params{})
	if err != nil {
		return err
	}
	answer := c.Answer
	if answer == "" {
		answer = strings.TrimSuffix(c.File, wire.ParcelSuffix) + wire.AnswerSuffix
	}
	var report hub.ParcelReport
	err = whole(answer, private, func(w io.Writer) (err error) {
		report, err = h.ImportParcel(a.ctx, f, w)
		return err
	})
	if err = errors.Join(err, h.Close()); err != nil {
		var path *os.PathError
		if errors.As(err, &path) {
			return failed("write", pathCause(err), "File", answer)
		}
		return a.parcelFailure(c.File, err)
	}
	if report.Stopped != nil {
		why := a.say.T("hub.parcel." + hub.ParcelWord(report.Stopped))
		if report.Entries == 0 {
			return failed("parcel_refused", nil, "File", c.File, "Why", why, "Answer", answer)
		}
		return failed("parcel_part", nil, "File", c.File, "Entries", a.say.Int(report.Entries), "Why", why, "Answer", answer)
	}
	whose := report.Desk
	if report.Site != "" {
		whose += " (" + report.Site + ")"
	}
	return a.show(map[string]any{
		"desk": report.Desk, "site": report.Site, "entries": report.Entries, "replies": report.Replies, "answer": answer,
	}, a.say.N("hub.parcel_taken", report.Entries, "Whose", whose, "Replies", a.say.Int(report.Replies), "Answer", answer)+"\n")
}

func (a *app) parcelFailure(file string, err error) error {
	word := hub.ParcelWord(err)
	f := &failure{exit: exitFailed, code: "parcel", args: []any{"File", file, "Why", a.say.T("hub.parcel." + word)}}
	if word == "later" {
		f.cause = err // the hub's own fault: whoever keeps it wants to know
	}
	return f
}

// private is the mode of a file that is for its owner alone.
const private = 0o600

// whole writes a file that is there whole or not at all.
func whole(path string, mode os.FileMode, fill func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	err = fill(f)
	if err == nil {
		_ = f.Chmod(mode) // most sticks keep none
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

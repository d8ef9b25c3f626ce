package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"bottega/cmd/internal/house"
	"bottega/desk"
	"bottega/sync/journal"
)

type journalCommands struct {
	Ls        journalList      `cmd:"" name:"ls"`
	Verify    journalVerify    `cmd:""`
	Compact   journalCompact   `cmd:""`
	Backup    journalBackup    `cmd:""`
	Restore   journalRestore   `cmd:""`
	Erase     journalErase     `cmd:""`
	Proof     journalProof     `cmd:""`
	Retention journalRetention `cmd:""`
	Retain    journalRetain    `cmd:""`
}

type journalList struct {
	From  uint64 `default:"1" placeholder:"N"`
	Limit int    `default:"0" placeholder:"N"`
	Visit string `placeholder:"ID"`
}

// entryLine is the header of an entry: what it is about, never what it says.
type entryLine struct {
	Seq         uint64    `json:"seq"`
	ID          string    `json:"id"`
	Kind        desk.Kind `json:"kind"`
	At          time.Time `json:"at"`
	Facilitator string    `json:"facilitator,omitempty"`
	Visit       string    `json:"visit,omitempty"`
	Supersedes  string    `json:"supersedes,omitempty"`
	Erased      bool      `json:"erased,omitempty"`
}

// errEnough stops a reading that has all it was asked for.
var errEnough = errors.New("enough entries")

// Run lists the headers of the entries. The contents are nobody's business on a terminal.
func (c journalList) Run(ctx context.Context, a *app) error {
	j, err := a.openJournal(ctx)
	if err != nil {
		return err
	}
	defer closeJournal(j)
	lines := []entryLine{}
	err = j.Read(ctx, max(c.From, 1), func(e desk.Entry) error {
		if c.Visit != "" && e.Visit != c.Visit {
			return nil
		}
		lines = append(lines, entryLine{
			Seq: e.Seq, ID: e.ID, Kind: e.Kind, At: e.At, Facilitator: e.Facilitator, Visit: e.Visit, Supersedes: e.Supersedes,
			Erased: e.Payload == nil,
		})
		if c.Limit > 0 && len(lines) >= c.Limit {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	return a.show(map[string]any{"entries": lines}, func(w io.Writer) {
		for _, l := range lines {
			erased := ""
			if l.Erased {
				erased = a.say.T("ctl.journal.erased_mark")
			}
			line(w, fmt.Sprintf("%6d  %s  %-20s %s", l.Seq, a.say.DateTime(l.At), l.Kind, l.Visit), erased)
		}
		line(w, a.say.N("ctl.journal.count", len(lines)))
	})
}

type journalVerify struct{ Seen bool }

// Run follows the whole chain; with the passphrase in the environment it opens every content too. Who has seen that the end may be
// missing says so, and is not told again.
func (c journalVerify) Run(ctx context.Context, a *app) error {
	j, err := journal.Open(a.data, journal.Options{})
	if err != nil {
		return err
	}
	defer closeJournal(j)
	if a.env("BOTTEGA_PASSPHRASE") != "" {
		if err := a.unlock(ctx, j); err != nil {
			return err
		}
	}
	if c.Seen {
		if err := j.HeadTold(ctx); err != nil {
			return err
		}
	}
	report, err := j.Verify(ctx)
	if err != nil {
		return err
	}
	return a.showVerified(report)
}

// verified is the answer of journal verify and journal restore.
type verified struct {
	Entries    uint64   `json:"entries"`
	Opened     uint64   `json:"opened"`
	Erased     uint64   `json:"erased"`
	Sealed     bool     `json:"sealed"`
	ClockJumps []uint64 `json:"clock_jumps"`
	// Bare is a restored backup that bore no digest.
	Bare bool `json:"bare,omitempty"`
}

func (a *app) showVerified(r journal.Report) error {
	if r.Fault != nil {
		return r.Fault
	}
	v := verified{
		Entries: r.Entries, Opened: r.Opened, Erased: r.Erased, Sealed: r.Sealed, ClockJumps: append([]uint64{}, r.ClockJumps...), Bare: r.Bare,
	}
	return a.show(v, func(w io.Writer) {
		line(w, a.say.N("ctl.journal.whole", int(v.Entries), "Opened", v.Opened, "Erased", v.Erased))
		if v.Sealed {
			line(w, a.say.T("ctl.journal.sealed"))
		}
		if v.Bare {
			line(w, a.say.T("ctl.journal.bare"))
		}
		if len(v.ClockJumps) > 0 {
			line(w, a.say.N("ctl.journal.jumps", len(v.ClockJumps)))
		}
	})
}

type journalCompact struct{}

// Run gives back the room on the disk that the journal no longer uses.
func (journalCompact) Run(ctx context.Context, a *app) error {
	j, err := a.openJournal(ctx)
	if err != nil {
		return err
	}
	defer closeJournal(j)
	before, after, err := j.Compact(ctx)
	if err != nil {
		return err
	}
	return a.show(map[string]int64{"before": before, "after": after}, func(w io.Writer) {
		line(w, a.say.T("ctl.journal.compacted", "Before", before>>10, "After", after>>10))
	})
}

type journalBackup struct {
	File string `arg:""`
}

// Run copies the sealed journal to a file, which must not exist yet: a backup is never written over another. A desk that is open
// goes on meanwhile.
func (c journalBackup) Run(ctx context.Context, a *app) error {
	size, err := journal.SaveBackup(ctx, a.data, c.File, journal.Options{})
	if err != nil {
		return err
	}
	return a.show(map[string]any{"file": c.File, "bytes": size}, func(w io.Writer) {
		line(w, a.say.T("ctl.journal.backed_up", "File", c.File, "Size", size>>10))
	})
}

type journalRestore struct {
	File string `arg:""`
}

// Run makes the journal of an empty data folder from a backup.
func (c journalRestore) Run(ctx context.Context, a *app) error {
	in, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // it was only read
	report, err := journal.Restore(ctx, a.data, in, journal.Options{})
	if err != nil {
		return err
	}
	return a.showVerified(report)
}

type journalErase struct {
	Visit string `required:"" placeholder:"ID"`
	Yes   bool
}

// Run erases what a visit says, for ever. It wants to be asked twice: there is no way back.
func (c journalErase) Run(ctx context.Context, a *app) error {
	if !c.Yes {
		return wrongUse("erase_unconfirmed")
	}
	w, err := a.openDesk(ctx)
	if err != nil {
		return err
	}
	defer w.close()
	erased := house.EraseOnRequest(ctx, w.journal, w.Desk, c.Visit)
	if erased != nil && !errors.Is(erased, journal.ErrTracesLeft) {
		return erased
	}
	proof, err := w.journal.ErasureProof(ctx, c.Visit)
	if err != nil {
		return err
	}
	err = a.show(proof, func(w io.Writer) {
		line(w, a.say.T("ctl.journal.erased", "ID", c.Visit))
		showProof(w, a, proof)
	})
	return errors.Join(err, erased)
}

type journalRetention struct {
	Days *int `placeholder:"N"`
}

// Run shows after how many days contents are erased, or sets it.
func (c journalRetention) Run(ctx context.Context, a *app) error {
	j, err := a.openJournal(ctx)
	if err != nil {
		return err
	}
	defer closeJournal(j)
	if c.Days != nil {
		if err := j.SetRetentionDays(ctx, *c.Days); err != nil {
			return err
		}
	}
	days, err := j.RetentionDays(ctx)
	if err != nil {
		return err
	}
	return a.show(map[string]int{"days": days}, func(w io.Writer) {
		if days == 0 {
			line(w, a.say.T("ctl.journal.kept_always"))
			return
		}
		line(w, a.say.N("ctl.journal.kept", days))
	})
}

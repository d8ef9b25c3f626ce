package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"bottega/cmd/internal/house"
	"bottega/desk"
	"bottega/sync/client"
	"bottega/sync/journal"
	"bottega/sync/wire"
)

type queueCommands struct {
	Show   queueShow   `cmd:"" default:"1"`
	Send   queueSend   `cmd:""`
	Retry  queueRetry  `cmd:""`
	Export queueExport `cmd:""`
	Import queueImport `cmd:""`
}

// queueResult says how much of the journal is safe at the hub.
type queueResult struct {
	State   desk.LineState `json:"state"`
	Total   uint64         `json:"total"`
	Safe    uint64         `json:"safe"`
	Waiting uint64         `json:"waiting"`
	LastAt  *time.Time     `json:"last_at"`
	Problem string         `json:"problem,omitempty"`
	// Refused is how many records the hub refused and nobody corrected.
	Refused int `json:"refused,omitempty"`
	// Skew is by how many seconds this computer's clock is ahead of the hub's, when it was asked.
	Skew int `json:"skew_seconds,omitempty"`
}

// queue is the desk with its line to the hub.
type queue struct {
	*work
	line *client.Client
}

func (a *app) openQueue(ctx context.Context) (*queue, error) {
	w, err := a.openDesk(ctx)
	if err != nil {
		return nil, err
	}
	l, err := a.lineOf(ctx, w.journal)
	if err != nil {
		w.close()
		return nil, err
	}
	return &queue{work: w, line: l}, nil
}

type queueShow struct{}

// Run tells how much waits for the hub.
func (queueShow) Run(ctx context.Context, a *app) error {
	q, err := a.openQueue(ctx)
	if err != nil {
		return err
	}
	defer q.close()
	return a.showQueue(ctx, q)
}

type queueSend struct{}

// Run sends what waits and fetches the hub's answers, now.
func (queueSend) Run(ctx context.Context, a *app) error {
	q, err := a.openQueue(ctx)
	if err != nil {
		return err
	}
	defer q.close()
	if err := q.line.Send(ctx); err != nil {
		return err
	}
	return a.showQueue(ctx, q)
}

type queueRetry struct{}

// Run tries again what was held or needed a person, and tells how it stands then. Unlike sending, that the hub still says no is a result.
func (queueRetry) Run(ctx context.Context, a *app) error {
	q, err := a.openQueue(ctx)
	if err != nil {
		return err
	}
	defer q.close()
	if err := q.line.Send(ctx); err != nil && !needsPerson(q.line.Status().State) {
		return err
	}
	return a.showQueue(ctx, q)
}

type queueExport struct {
	File string `arg:""`
}

// Run seals what the hub has not acknowledged into a file for a stick. It is never written over another file.
func (c queueExport) Run(ctx context.Context, a *app) error {
	if _, err := os.Lstat(c.File); err == nil {
		return &fs.PathError{Op: "create", Path: c.File, Err: fs.ErrExist}
	}
	q, err := a.openQueue(ctx)
	if err != nil {
		return err
	}
	defer q.close()
	var entries int
	err = house.WriteWhole(c.File, func(w io.Writer) (err error) {
		entries, err = q.line.Export(ctx, w)
		return err
	})
	if err != nil {
		return err
	}
	return a.show(map[string]any{"file": c.File, "entries": entries}, func(w io.Writer) {
		line(w, a.say.T("ctl.queue.exported", "File", c.File, "Entries", entries))
	})
}

type queueImport struct {
	File string `arg:""`
}

// Run takes the hub's answer to a parcel from a stick.
func (c queueImport) Run(ctx context.Context, a *app) error {
	in, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // it was only read
	q, err := a.openQueue(ctx)
	if err != nil {
		return err
	}
	defer q.close()
	if err := q.line.Import(ctx, in); err != nil {
		return err
	}
	return a.showQueue(ctx, q)
}

// openLine unlocks the journal and opens the line to the hub over it.
func (a *app) openLine(ctx context.Context) (*journal.Journal, *client.Client, error) {
	j, err := a.openJournal(ctx)
	if err != nil {
		return nil, nil, err
	}
	line, err := a.lineOf(ctx, j)
	if err != nil {
		closeJournal(j)
		return nil, nil, err
	}
	return j, line, nil
}

func (a *app) lineOf(ctx context.Context, j *journal.Journal) (*client.Client, error) {
	return client.New(ctx, client.Params{
		Journal: j, Identity: j, Program: "bottegactl " + house.Version(), Clock: a.now, Packs: a.newLatePacks(ctx, j),
	})
}

func (a *app) showQueue(ctx context.Context, q *queue) error {
	if err := q.CatchUp(ctx); err != nil { // the replies that came
		return err
	}
	s := q.line.Status()
	r := queueResult{
		State: s.State, Total: s.Total, Safe: s.Safe, Waiting: s.Total - s.Safe, Problem: s.Problem,
		Refused: len(q.Refused()), Skew: int(s.Skew.Seconds()),
	}
	kept, err := q.journal.State()
	if err != nil {
		return err
	}
	last := s.LastAt
	if last.IsZero() {
		last = kept.AckedAt
	}
	if !last.IsZero() {
		r.LastAt = &last
	}
	err = a.show(r, func(w io.Writer) {
		line(w, strings.TrimSpace(a.say.T("ctl.queue.safe", "Safe", r.Safe, "Total", r.Total)+" "+a.lastAt(last)))
		if s.Problem != "" {
			line(w, a.say.T("line.problem."+s.Problem))
		}
		if r.Refused > 0 {
			line(w, a.say.T("ctl.queue.refused", "Count", r.Refused))
		}
		if s.Skew.Abs() >= desk.ClockOff {
			line(w, a.say.T(skewWord(s.Skew), "Minutes", int(s.Skew.Abs().Minutes())))
		}
	})
	if err == nil && (needsPerson(s.State) || r.Refused > 0) {
		return errAttention
	}
	return err
}

// needsPerson reports the states of the line that do not end by themselves.
func needsPerson(s desk.LineState) bool {
	return s == desk.LineHeld || s == desk.LineUpgrade || s == desk.LineAttention
}

func skewWord(ahead time.Duration) string {
	if ahead < 0 {
		return "line.skew.behind"
	}
	return "line.skew.ahead"
}

func (a *app) lastAt(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return a.say.T("ctl.queue.last", "When", a.say.DateTime(t.In(a.now().Location())))
}

type enrol struct {
	Code string `arg:""`
}

// Run ties this desk to its hub with a one-time code, and sends what waits. The code is good once and worth nothing afterwards.
func (c enrol) Run(ctx context.Context, a *app) error {
	j, l, err := a.openLine(ctx)
	if err != nil {
		return err
	}
	defer closeJournal(j)
	enrolled, err := l.Enrol(ctx, c.Code)
	if err != nil {
		return err
	}
	return a.show(map[string]string{"desk": enrolled.Desk, "site": enrolled.Site}, func(w io.Writer) {
		line(w, a.say.T("ctl.enrol.done", "Desk", enrolled.Desk, "Site", enrolled.Site))
	})
}

// hubKeys are the public keys that the desk was given when it enrolled.
func (a *app) hubKeys(ctx context.Context) ([]wire.TokenKey, error) {
	j, l, err := a.openLine(ctx)
	if err != nil {
		return nil, err
	}
	defer closeJournal(j)
	keys := l.TokenKeys()
	if len(keys) == 0 {
		return nil, failed("no_hub_keys", nil)
	}
	return keys, nil
}

// tellLine tells the closed set of what can be wrong with the line to the hub.
func (a *app) tellLine(err error) (told, int, bool) {
	var trouble *client.Trouble
	if !errors.As(err, &trouble) {
		return told{}, 0, false
	}
	// The translation says first what happened and then what to do.
	message, advice, _ := strings.Cut(a.say.T("line.problem."+trouble.Word), ". ")
	t := told{Code: "hub_" + trouble.Word, Message: sentence(message), Advice: advice}
	var group *wire.CodeGroupError
	if errors.As(err, &group) {
		t.Advice = a.say.T("ctl.enrol.group", "Group", group.Group)
	}
	if trouble.Word == client.CodeMistyped {
		return t, exitWrongUse, true
	}
	return t, exitHub, true
}

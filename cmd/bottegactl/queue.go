package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"bottega/cmd/internal/house"
	"bottega/desk"
	"bottega/sync/client"
	"bottega/sync/journal"
	"bottega/sync/wire"
)

type queueCommands struct {
	Show queueShow `cmd:"" default:"1"`
	Send queueSend `cmd:""`
}

// queueResult says how much of the journal is safe at the hub.
type queueResult struct {
	State   desk.LineState `json:"state"`
	Total   uint64         `json:"total"`
	Safe    uint64         `json:"safe"`
	Waiting uint64         `json:"waiting"`
	LastAt  *time.Time     `json:"last_at"`
	Problem string         `json:"problem,omitempty"`
}

type queueShow struct{}

// Run tells how much waits for the hub.
func (queueShow) Run(ctx context.Context, a *app) error {
	j, line, err := a.openLine(ctx)
	if err != nil {
		return err
	}
	defer closeJournal(j)
	return a.showQueue(j, line)
}

type queueSend struct{}

// Run sends what waits and fetches the hub's answers, now.
func (queueSend) Run(ctx context.Context, a *app) error {
	j, line, err := a.openLine(ctx)
	if err != nil {
		return err
	}
	defer closeJournal(j)
	if err := line.Send(ctx); err != nil {
		return err
	}
	return a.showQueue(j, line)
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

func (a *app) showQueue(j *journal.Journal, l *client.Client) error {
	s := l.Status()
	r := queueResult{State: s.State, Total: s.Total, Safe: s.Safe, Waiting: s.Total - s.Safe, Problem: s.Problem}
	kept, err := j.State()
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
	})
	if err == nil && (s.State == desk.LineHeld || s.State == desk.LineUpgrade || s.State == desk.LineAttention) {
		return errAttention
	}
	return err
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

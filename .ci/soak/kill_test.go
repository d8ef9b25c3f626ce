package soak

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// pair is a desk and its hub, with the oracle between them that belongs to neither.
type pair struct {
	hub    hubPart
	db     *sql.DB
	desk   string // its name at the hub
	dir    string
	ledger *ledger
}

// newPair enrols a new desk at a hub that serves.
func newPair(t testing.TB, h hubPart, db *sql.DB) *pair {
	t.Helper()
	p := &pair{hub: h, db: db, ledger: newLedger()}
	p.dir, p.desk = enrolled(t, h.code(t))
	return p
}

// hears notes all that a desk says until it has ended.
func (p *pair) hears(t testing.TB, c *child[deskSaid]) {
	t.Helper()
	for {
		s, more := c.next(t)
		if !more {
			return
		}
		p.ledger.note(s)
	}
}

// judge compares what is on both disks with what the desk said.
func (p *pair) judge(t testing.TB, how func(*ledger, kept, arrived) []string) kept {
	t.Helper()
	k, err := readFolder(t.Context(), p.dir)
	if err != nil {
		t.Fatalf("the journal: %v", err)
	}
	a, err := readDatabase(t.Context(), p.db, p.desk)
	must(t, err)
	findings := how(p.ledger, k, a)
	for _, f := range findings[:min(len(findings), 10)] {
		t.Error(f)
	}
	if t.Failed() {
		t.FailNow()
	}
	return k
}

// sendTheRest sends until desk and hub agree. The hub serves, and answers a moment after it was asked.
func (p *pair) sendTheRest(t testing.TB) {
	t.Helper()
	j, err := unlockedJournal(p.dir)
	must(t, err)
	defer func() { must(t, j.Close()) }()
	c, err := lineOf(t.Context(), j)
	must(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		must(t, c.Send(ctx))
		var open int
		must(t, p.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM records WHERE desk = $1 AND state = 'new'`, p.desk).Scan(&open))
		k, err := readJournal(ctx, j)
		must(t, err)
		if open == 0 && k.position.Acknowledged == k.position.Last && int(k.position.Replies) == k.requests() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestKillOfADeskAtRandomPointsLosesNothingAndSendsNothingTwice(t *testing.T) {
	s := sizes()
	r := row{Tried: "SIGKILL to a desk that writes and sends, at a random moment"}
	evidence(t, &r)
	h := newHub(t)
	h.serving(t)
	db := h.database(t)
	var p *pair
	var entries, acknowledgements int
	finish := func() {
		p.sendTheRest(t)
		acknowledgements += p.ledger.acknowledgements
		entries += len(p.judge(t, (*ledger).settled).entries)
	}
	for n := range s.kills {
		if n%s.perDesk == 0 {
			if p != nil {
				finish()
			}
			p = newPair(t, h, db)
		}
		p.workAWhile(t, func() {})
		p.judge(t, (*ledger).compare)
	}
	finish()
	r.Times = fmt.Sprintf("%d kills", s.kills)
	r.Found = fmt.Sprintf("%d entries, each whole and in its place, chains verify; %d times told that more is safe, and it was; nothing lost, nothing twice", entries, acknowledgements)
}

// workAWhile lets the desk work until a random line and a random moment after it, and kills it after what is to be done first.
func (p *pair) workAWhile(t testing.TB, first func()) {
	t.Helper()
	c := begin[deskSaid](t, "desk", deskPart{Dir: p.dir, Writers: 2})
	for range 1 + rand.IntN(40) {
		s, alive := c.next(t)
		if !alive {
			t.Fatalf("the desk ended by itself: %s", c.complaint)
		}
		p.ledger.note(s)
	}
	time.Sleep(rand.N(4 * time.Millisecond))
	first()
	c.kill()
	p.hears(t, c)
}

func TestKillOfAHubAtRandomPointsLosesNothingThatItAcknowledged(t *testing.T) {
	for name, newHub := range stores() {
		t.Run(name, func(t *testing.T) { killHubs(t, name, newHub(t)) })
	}
}

func killHubs(t *testing.T, store string, h hubPart) {
	s := sizes()
	r := row{Tried: "SIGKILL to a hub over " + store + " while a desk sends, at a random moment"}
	evidence(t, &r)
	serving := h.serving(t)
	db := h.database(t)
	p := newPair(t, h, db)
	entries := 0
	for n := range s.hubKills {
		if n > 0 && n%s.perDesk == 0 {
			p.sendTheRest(t)
			entries += len(p.judge(t, (*ledger).settled).entries)
			p = newPair(t, h, db)
		}
		p.workAWhile(t, serving.kill)
		// Before the hub is started again: what is on its disk has to hold what it said.
		p.judge(t, (*ledger).compare)
		serving = h.serving(t)
	}
	p.sendTheRest(t)
	entries += len(p.judge(t, (*ledger).settled).entries)
	serving.stop(t)
	r.Times = fmt.Sprintf("%d kills", s.hubKills)
	r.Found = fmt.Sprintf("%d entries, each once; what a desk was told is safe was on the hub's disk each time", entries)
}

package soak

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"bottega/sync/hub"
)

// apartPart is desks that return from a day off beside many others, but in a process of their own.
type apartPart struct {
	Codes    []string      `json:"codes"`
	Entries  int           `json:"entries"`
	Bytes    int           `json:"bytes"`
	Comeback time.Duration `json:"comeback"`
}

// apartSaid is that all are enrolled, and later for each desk how it went.
type apartSaid struct {
	Claim   *claim  `json:"claim,omitempty"`
	Outcome outcome `json:"outcome,omitzero"`
}

// playApart enrols desks, waits for SIGUSR1, and lets them send.
func playApart(ctx context.Context, with []byte) error {
	p, err := parse[apartPart](with)
	if err != nil {
		return err
	}
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGUSR1)
	defer signal.Stop(told)
	desks := make([]*simulated, len(p.Codes))
	for i, code := range p.Codes {
		if desks[i], err = simulate(ctx, code, p.Entries, p.Bytes); err != nil {
			return err
		}
	}
	out := newSpeaker()
	out.say(apartSaid{})
	select {
	case <-told:
	case <-ctx.Done():
		return ctx.Err()
	}
	errs := make([]error, len(desks))
	var wg sync.WaitGroup
	for i, d := range desks {
		wg.Go(func() { errs[i] = d.returns(ctx, rand.N(p.Comeback)) })
	}
	wg.Wait()
	for i, d := range desks {
		if errs[i] != nil {
			return fmt.Errorf("desk %s: %w", d.name, errs[i])
		}
		c, err := d.claim(ctx)
		if err != nil {
			return err
		}
		out.say(apartSaid{Claim: &c, Outcome: d.outcome})
	}
	return nil
}

// apart is that process.
type apart struct{ *child[apartSaid] }

// startApart enrols the desks, shared among the hubs.
func startApart(t testing.TB, hubs []hubPart, s size) apart {
	t.Helper()
	p := apartPart{Entries: s.entriesEach, Bytes: s.entryBytes, Comeback: s.comeback}
	for i, h := range hubs {
		h.open(t, func(keeper *hub.Hub) {
			for n := i; n < s.apart; n += len(hubs) {
				code, err := keeper.NewCode(t.Context(), hub.NewCodeParams{Site: "LU-PIAZZA", Valid: time.Hour})
				must(t, err)
				p.Codes = append(p.Codes, code.String())
			}
		})
	}
	a := apart{begin[apartSaid](t, "apart", p)}
	if _, enrolled := a.next(t); !enrolled {
		t.Fatalf("the desks were not enrolled: %s", a.complaint)
	}
	return a
}

// start lets the desks send.
func (a apart) start(t testing.TB) {
	t.Helper()
	must(t, a.cmd.Process.Signal(syscall.SIGUSR1))
}

// ended waits until all is sent.
func (a apart) ended(t testing.TB) (all outcome, claims []claim) {
	t.Helper()
	for {
		s, more := a.next(t)
		if !more {
			break
		}
		all, claims = all.and(s.Outcome), append(claims, *s.Claim)
	}
	if !a.cmd.ProcessState.Success() {
		t.Fatalf("the desks in a process of their own: %s", a.complaint)
	}
	return all, slices.Clip(claims)
}

package soak

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"bottega/desk"
	"bottega/sync/client"
)

// The server of the database is stopped as a power cut would stop it, while desks send to two hubs: what a desk was told is safe is in
// the database each time, and in the end everything is, once.
func TestHubPairWhoseDatabaseIsRestartedUnderLoadLosesNothing(t *testing.T) {
	s := sizes()
	r := row{Tried: "PostgreSQL stopped at once and started again, under two hubs and the desks that send to them"}
	evidence(t, &r)
	one := stores()["PostgreSQL"](t)
	two := one
	two.Listen = freeAddress(t)
	one.serving(t)
	two.serving(t)
	few := s
	few.desks, few.entriesEach = 16, 2
	desks := manyDesks(t, []hubPart{one, two}, few)
	ctx, rest := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for _, d := range desks {
		wg.Go(func() { d.worksAllDay(ctx, t) })
	}
	safe := 0
	for range s.restarts {
		time.Sleep(500*time.Millisecond + rand.N(time.Second))
		must(t, postgres.Restart(t.Context()))
		safe += allSafe(t, one, desks)
	}
	rest()
	wg.Wait()
	sendAll(t, desks)
	heard := outcomeOf(desks)
	r.Times = fmt.Sprintf("%d restarts, %d desks", s.restarts, len(desks))
	r.Found = fmt.Sprintf("%d entries, each once; %d times an entry that was called safe was looked for after a restart, and was there; sending was put off %d times",
		allArrived(t, one, claimsOf(t, desks)), safe, heard.Refused+heard.Unreached)
}

// worksAllDay writes and sends without a pause. Of a hub whose database is gone a desk hears that it is to come back.
func (d *simulated) worksAllDay(ctx context.Context, t testing.TB) {
	for ctx.Err() == nil {
		d.journal.Add(desk.NoteAdded{Text: prose(200)})
		err := d.send(ctx)
		var trouble *client.Trouble
		switch {
		case err == nil, ctx.Err() != nil:
		case errors.As(err, &trouble) && trouble.Word == client.HubBusy: // counted by send
			time.Sleep(20 * time.Millisecond)
		case errors.As(err, &trouble) && trouble.Word == client.HubUnreachable:
			d.outcome.Unreached++
			time.Sleep(20 * time.Millisecond)
		default:
			t.Errorf("desk %s: %v", d.name, err)
			return
		}
	}
}

// allSafe checks that what each desk was told is safe is in the database. It returns how many entries that are.
func allSafe(t testing.TB, h hubPart, desks []*simulated) (safe int) {
	t.Helper()
	db := h.database(t)
	for _, d := range desks {
		p, err := d.journal.Position(t.Context())
		must(t, err)
		k := kept{entries: d.journal.Entries(), position: p}
		a, err := readDatabase(t.Context(), db, d.name)
		must(t, err)
		for _, e := range k.entries[:p.Acknowledged] {
			if len(a.records[e.ID]) != 1 {
				t.Fatalf("entry %d of desk %s is called safe, and is %d records", e.Seq, d.name, len(a.records[e.ID]))
			}
		}
		safe += int(p.Acknowledged)
	}
	return safe
}

// sendAll sends what is left, to hubs that work.
func sendAll(t testing.TB, desks []*simulated) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var wg sync.WaitGroup
	for _, d := range desks {
		wg.Go(func() {
			for d.line.Send(ctx) != nil {
				if ctx.Err() != nil {
					t.Errorf("desk %s: %+v", d.name, d.line.Status())
					return
				}
				time.Sleep(50 * time.Millisecond)
			}
		})
	}
	wg.Wait()
}

package storetest

import (
	"errors"
	"testing"

	"bottega/desk/civil"
	"bottega/sync/hub/store"
	"bottega/sync/wire"
)

func activates(t *testing.T, s store.Store) {
	enrol(t, s, "a")
	card := store.Card{Number: "6090010000000018", FiscalCode: "BNCNLL48C45E715Q", State: store.CardIssued, Expires: date(t, "2030-01-31")}
	check(t, s.Load(t.Context(), store.Registry{Cards: []store.Card{card}, At: noon()}))
	appended(t, s, push("a", first("e"), Chain(t, 1, wire.Digest{}, 2, 1)), 2)
	var states []store.CardState
	must(s.Answer(t.Context(), "", 10, func(_ store.Record, in store.Register) (store.Decision, error) {
		got, err := in.Card(card.Number)
		states = append(states, got.State)
		if got.FiscalCode != card.FiscalCode || got.Expires != card.Expires {
			t.Errorf("card is %+v", got)
		}
		return store.Decision{State: store.StateAnswered, Activate: card.Number}, err
	}))(t)
	if len(states) != 2 || states[0] != store.CardIssued || states[1] != store.CardActive {
		t.Fatalf("states: %v", states)
	}
}

func replacedWhole(t *testing.T, s store.Store) {
	card := func(n string) store.Card { return store.Card{Number: n, FiscalCode: "x", State: store.CardIssued} }
	check(t, s.Load(t.Context(), store.Registry{Cards: []store.Card{card("1"), card("2")}, At: noon()}))
	check(t, s.Load(t.Context(), store.Registry{Cards: []store.Card{card("2"), card("3")}, At: noon()}))
	if err := s.Load(t.Context(), store.Registry{Cards: []store.Card{card("4"), card("4")}, At: noon()}); err == nil {
		t.Fatal("the same card twice was loaded")
	}
	enrol(t, s, "a")
	appended(t, s, push("a", first("e"), Chain(t, 1, wire.Digest{}, 1, 1)), 1)
	must(s.Answer(t.Context(), "", 1, func(_ store.Record, in store.Register) (store.Decision, error) {
		for number, want := range map[string]error{"1": store.ErrNotFound, "2": nil, "3": nil, "4": store.ErrNotFound} {
			if _, err := in.Card(number); !errors.Is(err, want) {
				t.Errorf("card %s: %v", number, err)
			}
		}
		for kind, want := range map[store.Kind]bool{store.Cards: true, store.Exemptions: false} {
			if got, err := in.Loaded(kind); got != want || err != nil {
				t.Errorf("Loaded(%s) = %t, %v", kind, got, err)
			}
		}
		return store.Decision{State: store.StateKept}, nil
	}))(t)
}

func longestFirst(t *testing.T, s store.Store) {
	row := func(number, code, from, to string) store.Exemption {
		return store.Exemption{Number: number, Code: code, FiscalCode: "BNCNLL48C45E715Q", Surname: "Bianchi", Name: "Nella",
			ValidFrom: date(t, from), ValidTo: date(t, to), Issuer: "USL"}
	}
	check(t, s.Load(t.Context(), store.Registry{Exemptions: []store.Exemption{
		row("n1", "E01", "2024-04-01", "2025-03-31"), row("n2", "E01", "2026-04-01", ""),
		row("n3", "E01", "2025-04-01", "2026-03-31"), row("n4", "E02", "2026-04-01", ""),
	}, At: noon()}))
	enrol(t, s, "a")
	appended(t, s, push("a", first("e"), Chain(t, 1, wire.Digest{}, 1, 1)), 1)
	must(s.Answer(t.Context(), "", 1, func(_ store.Record, in store.Register) (store.Decision, error) {
		found, err := in.Exemptions("BNCNLL48C45E715Q", "E01")
		if len(found) != 3 || found[0] != row("n2", "E01", "2026-04-01", "") || found[1].Number != "n3" || found[2].Number != "n1" {
			t.Errorf("found %+v", found)
		}
		return store.Decision{State: store.StateKept}, err
	}))(t)
}

func date(t *testing.T, s string) civil.Date {
	t.Helper()
	var d civil.Date
	check(t, d.UnmarshalText([]byte(s)))
	return d
}

func namesSeries(t *testing.T, s store.Store) {
	first := must(s.Series(t.Context(), false))(t)
	again := must(s.Series(t.Context(), false))(t)
	other := must(s.Series(t.Context(), true))(t)
	kept := must(s.Series(t.Context(), false))(t)
	if first == "" || again != first || other == first || kept != other {
		t.Errorf("series %q, %q, then %q, %q", first, again, other, kept)
	}
}

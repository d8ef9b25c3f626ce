package paper_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"bottega/desk"
	"bottega/desk/civil"
	"bottega/ui/paper"
)

var update = flag.Bool("update", false, "write the digests of all papers anew; raise desk.PaperTemplate first if papers are out in the world")

const goldenFile = "testdata/digests.json"

// TestEveryPaperKeepsItsBytes pins every paper, so that a change of layout, words, fonts or PDF writer cannot go unnoticed. It
// also pins compress/flate of the Go version in go.mod, which packs the fonts. With BOTTEGA_PAPERS=DIR it leaves every paper
// there, for the eyes of a person.
func TestEveryPaperKeepsItsBytes(t *testing.T) {
	r := renderer(t)
	got := map[string]string{}
	for name, p := range everyPaper() {
		pdf, err := r.Render(t.Context(), p)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got[name] = paper.Digest(pdf)
		if dir := os.Getenv("BOTTEGA_PAPERS"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, name+".pdf"), pdf, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if *update {
		writeGolden(t, got)
	}
	data, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]string
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(got, want) {
		for _, name := range slices.Sorted(maps.Keys(got)) {
			if got[name] != want[name] {
				t.Errorf("%s changed", name)
			}
		}
		t.Error("a reprint would differ from the paper that people hold: raise desk.PaperTemplate, look at the papers, then run with -update")
	}
}

func writeGolden(t *testing.T, digests map[string]string) {
	t.Helper()
	data, err := json.MarshalIndent(digests, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll("testdata", 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(goldenFile, append(data, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestEqualPapersGiveEqualBytesManyTimesAtOnce(t *testing.T) {
	r := renderer(t)
	for _, p := range ordinary() {
		first, err := r.Render(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				again, err := r.Render(t.Context(), p)
				if err != nil || !bytes.Equal(first, again) {
					t.Errorf("%s: another rendering differs (%v)", p.Kind, err)
				}
			})
		}
		all.Wait()
	}
}

func TestAPaperFromTheJournalIsReprintedIdentically(t *testing.T) {
	r, later := renderer(t), renderer(t)
	rome := time.FixedZone("Europe/Rome", 2*3600) // the name of the zone does not survive the journal, the clock does
	for _, p := range slices.Concat(ordinary(), long(), empty()) {
		p.MadeAt = p.MadeAt.In(rome)
		first, err := r.Render(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		entry, err := json.Marshal(desk.PaperMade{Paper: p, SHA256: paper.Digest(first)})
		if err != nil {
			t.Fatal(err)
		}
		var made desk.PaperMade
		if err := json.Unmarshal(entry, &made); err != nil {
			t.Fatal(err)
		}
		again, err := later.Render(t.Context(), made.Paper)
		if err != nil || paper.Digest(again) != made.SHA256 {
			t.Errorf("%s %s: the reprint differs (%v)", p.Kind, p.Number, err)
		}
	}
}

func TestPapersThatMustNotExistAreRefused(t *testing.T) {
	yesterday := civil.Of(madeAt).AddDays(-1)
	cases := []struct {
		name  string
		paper desk.Paper
		spoil func(*desk.Paper)
		want  error
	}{
		{"a certificate without the hub's signature", certificate(), func(p *desk.Paper) { p.Certificate.Exemption.Token = "" }, paper.ErrNotConfirmed},
		{"a certificate without a code", certificate(), func(p *desk.Paper) { p.Certificate.Exemption.Code = "" }, paper.ErrNotConfirmed},
		{"a certificate of an expired exemption", certificate(), func(p *desk.Paper) { p.Certificate.Exemption.ValidTo = yesterday }, paper.ErrExpired},
		{"a certificate whose token no code can hold", certificate(), func(p *desk.Paper) {
			p.Certificate.Exemption.Token = string(bytes.Repeat([]byte("a"), 4000))
		}, paper.ErrQRTooLong},
		{"a certificate whose code no telephone can read", certificate(), func(p *desk.Paper) {
			p.Certificate.Exemption.Token = string(bytes.Repeat([]byte("a"), 1200))
		}, paper.ErrQRTooLong},
		{"a paper without facts", certificate(), func(p *desk.Paper) { p.Certificate = nil }, paper.ErrNoFacts},
		{"a paper with the facts of another kind", certificate(), func(p *desk.Paper) { p.Kind = desk.PaperMemo }, paper.ErrNoFacts},
		{"a kind that nobody knows", certificate(), func(p *desk.Paper) { p.Kind = "diploma" }, paper.ErrNoFacts},
		{"a paper of a newer program", memo(), func(p *desk.Paper) { p.Template = paper.Template + 1 }, paper.ErrTemplate},
		{"a paper without a template", memo(), func(p *desk.Paper) { p.Template = 0 }, paper.ErrTemplate},
		{"a PIN as the number of the envelope", receipt(), func(p *desk.Paper) { p.Receipt.Envelope = "PIN 12345" }, paper.ErrSecret},
		{"a PUK in the name of the delegate", receipt(), func(p *desk.Paper) { p.Receipt.Delegate = "Rosa, puk: 1234 5678" }, paper.ErrSecret},
		{"a CIP in the reason", receipt(), func(p *desk.Paper) { p.Receipt.Reason = "il CIP è 98765432" }, paper.ErrSecret},
		{"a password on the sheet to take home", takeHome(), func(p *desk.Paper) {
			p.TakeHome.Items[0].Next = []string{"Entri con la password: Girasole1951"}
		}, paper.ErrSecret},
	}
	r := renderer(t)
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			p := clone(t, tc.paper)
			tc.spoil(&p)
			pdf, err := r.Render(t.Context(), p)
			if !errors.Is(err, tc.want) || pdf != nil {
				t.Errorf("got %d bytes and %v, want %v", len(pdf), err, tc.want)
			}
		})
	}
}

func clone(t *testing.T, p desk.Paper) desk.Paper {
	t.Helper()
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var out desk.Paper
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTalkingAboutCodesIsNotTellingThem(t *testing.T) {
	p := takeHome()
	p.TakeHome.Items[0].Next = []string{
		"Il PIN ha 5 cifre: lo scelga lei.", "Se dimentica il PUK telefoni allo 0583 000000.", "La password non si dice a nessuno.",
		"Porti la tessera il 12345.",
	}
	if _, err := renderer(t).Render(t.Context(), p); err != nil {
		t.Error(err)
	}
}

func TestTheLastDayOfAnExemptionStillCounts(t *testing.T) {
	p := certificate()
	p.Certificate.Exemption.ValidTo = civil.Of(madeAt)
	if _, err := renderer(t).Render(t.Context(), p); err != nil {
		t.Error(err)
	}
}

func TestACallerWhoLeftGetsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if pdf, err := renderer(t).Render(ctx, memo()); !errors.Is(err, context.Canceled) || pdf != nil {
		t.Errorf("got %d bytes and %v", len(pdf), err)
	}
}

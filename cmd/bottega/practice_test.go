package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bottega/cardreader"
	"bottega/cardreader/practice"
	"bottega/desk"
	"bottega/desk/cardcert"
	"bottega/sync/journal"
	"bottega/ui/facilitator"
	"bottega/ui/text/texttest"
)

// patience is a safety net: no test waits for it unless something is broken.
const patience = 60 * time.Second

func newDoors(t *testing.T) *doors {
	t.Helper()
	p, err := newParts(texttest.Catalog(t))
	if err != nil {
		t.Fatal(err)
	}
	d := &doors{dir: t.TempDir(), parts: p, ring: &memoryRing{kept: map[string][]byte{}}}
	t.Cleanup(func() {
		if err := d.close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// firstCard puts a practice card in and returns what was read from it.
func firstCard(t *testing.T, s *facilitator.Session) *desk.Card {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	read := make(chan *desk.Card, 1)
	go s.Watch(ctx, func(e cardreader.Event) {
		if e.Kind == cardreader.CardRead {
			read <- e.Card
		}
	})
	if err := s.Hand.Insert(0); err != nil {
		t.Fatal(err)
	}
	select {
	case card := <-read:
		return card
	case <-ctx.Done():
		t.Fatal("the practice card was not read")
		return nil
	}
}

func TestThePracticeDeskGoesTheWholeWayAndLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	d := newDoors(t)
	s, err := d.Practice(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	card := firstCard(t, s)
	if card.Holder.FullName() != s.Hand.People()[0] {
		t.Errorf("the card is of %q", card.Holder.FullName())
	}
	visit, err := s.Desk.OpenVisitByCard(t.Context(), card)
	if err != nil {
		t.Fatal(err)
	}
	paper, pdf, err := s.Desk.MakePaper(t.Context(), visit, desk.PaperOrder{Kind: desk.PaperCardTest, Lang: "it"})
	if err != nil || !paper.Practice || !bytes.HasPrefix(pdf, []byte("%PDF")) {
		t.Fatalf("paper %+v, %v", paper, err)
	}
	if err := s.Line.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := s.Line.Status(); got.Safe != got.Total || got.Total == 0 {
		t.Errorf("the line says %+v", got)
	}
	waiting, err := s.Line.Waiting(t.Context(), 10)
	if err != nil || len(waiting) != 0 {
		t.Errorf("still waiting: %v, %v", waiting, err)
	}
	if s.SetMetered != nil {
		t.Error("what is tried at the practice desk is kept for the real one")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil || len(left) != 0 {
		t.Errorf("the practice desk left %v, %v", left, err)
	}
	if _, err := os.Stat(filepath.Join(d.dir, journal.FileName)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the practice desk touched the real folder: %v", err)
	}
}

func TestAPracticeCardOpensTheTestDoorOfThePracticeDesk(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	s, err := newDoors(t).Practice(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	card := firstCard(t, s)
	if chain := cardcert.Find(card.Certificate.Checks, desk.AspectChain); chain.Result != desk.PartWorks {
		t.Errorf("the practice authority counts as %+v", chain)
	}
	if check := s.Withdrawn(t.Context(), card.Certificate); check.Aspect != desk.AspectRevocation || check.Result == desk.PartFails {
		t.Errorf("asked the authority: %+v", check)
	}
	needs, err := s.Codes.Ask(t.Context(), card.Reader)
	if err != nil || needs.Pad || needs.MinPIN != 5 || needs.MaxPIN != 8 || needs.PUK != 8 {
		t.Fatalf("the card takes codes as %+v, %v", needs, err)
	}
	answer, err := s.Codes.Login(t.Context(), card.Reader, s.Door(), []byte(practice.DefaultPIN))
	if err != nil || !answer.Accepted || answer.CardNumber != card.Number || answer.FiscalCode != card.Holder.FiscalCode {
		t.Fatalf("the door says %+v, %v", answer, err)
	}
	if err := s.Codes.Verify(t.Context(), card.Reader, []byte("99999")); !errors.Is(err, cardreader.WrongPIN) {
		t.Errorf("a wrong PIN gives %v", err)
	}
}

func TestWhatAKilledPracticeDeskLeftIsSweptAway(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	killed := filepath.Join(os.Getenv("TMPDIR"), practiceFolder+"1")
	j, err := practiceJournal(filepath.Join(killed, "desk"))
	if err != nil {
		t.Fatal(err)
	}
	sweep()
	if _, err := os.Stat(killed); err != nil {
		t.Fatalf("a practice desk at work was swept away: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	sweep()
	if _, err := os.Stat(killed); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what was left is still there: %v", err)
	}
}

func TestARealDeskIsSetUpLockedAndUnlocked(t *testing.T) {
	d := newDoors(t)
	phrase := func() []byte { return []byte("tre gatti sul tetto") }
	s, err := d.SetUp(t.Context(), facilitator.NewDesk{
		Facilitator: "Piera Neri", Passphrase: phrase(),
		Site: desk.SiteSet{Site: desk.Site{ID: "LU-PIAZZA", Name: "Bottega", Municipality: "Lucca"}, Desk: "1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	closed, err := d.Look(t.Context())
	people := closed.People
	if err != nil || len(people) != 1 || people[0].Name != "PN" {
		t.Fatalf("before unlocking one can choose from %+v, %v", people, err)
	}
	if _, err := d.Unlock(t.Context(), people[0].ID, []byte("non è questa")); !errors.As(err, new(facilitator.WrongPassphrase)) {
		t.Fatalf("a wrong phrase gives %v", err)
	}
	s, err = d.Unlock(t.Context(), people[0].ID, phrase())
	for wait := (facilitator.WrongPassphrase{}); errors.As(err, &wait); s, err = d.Unlock(t.Context(), people[0].ID, phrase()) {
		time.Sleep(wait.Wait)
	}
	if err != nil {
		t.Fatal(err)
	}
	if s.Facilitator.Name != "Piera Neri" || s.Desk.Site().Site.ID != "LU-PIAZZA" {
		t.Errorf("opened by %+v at %+v", s.Facilitator, s.Desk.Site())
	}
	if got := s.Line.Status().State; got != desk.LineNotEnrolled {
		t.Errorf("the line is %q", got)
	}
	s.SetMetered(true)
	if !s.Line.Status().Metered {
		t.Error("the line cannot be spared")
	}
	var refused *facilitator.EnrolError
	if err := s.Line.Enrol(t.Context(), "non un codice"); !errors.As(err, &refused) || refused.Word != "code_mistyped" {
		t.Errorf("a code that cannot be right gives %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestADamagedJournalIsToldInTheWindow(t *testing.T) {
	d := newDoors(t)
	if err := os.WriteFile(filepath.Join(d.dir, journal.FileName), []byte("non è un diario"), 0o600); err != nil {
		t.Fatal(err)
	}
	closed, err := d.Look(t.Context())
	if !errors.Is(err, journal.ErrDamaged) || len(closed.People) != 0 {
		t.Errorf("says %v, %v", closed.People, err)
	}
}

func TestASecondStartRaisesTheFirst(t *testing.T) {
	d := newDoors(t)
	raised := make(chan struct{}, 1)
	d.raise = func() { raised <- struct{}{} }
	s, err := d.SetUp(t.Context(), facilitator.NewDesk{Facilitator: "Piera", Passphrase: []byte("tre gatti sul tetto")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	second := &doors{dir: d.dir, parts: d.parts}
	if err := second.open(t.Context()); !errors.Is(err, errRunning) {
		t.Fatalf("the second start gives %v", err)
	}
	select {
	case <-raised:
	case <-time.After(patience):
		t.Fatal("the first window was not raised")
	}
}

func TestARunThatVanishedIsToldAtTheNextStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "desk", crashName)
	first, err := watchForCrash(path)
	if err != nil || first.before != "" {
		t.Fatalf("a first start tells of %q, %v", first.before, err)
	}
	second, err := watchForCrash(path) // nobody called ended: the first run was killed
	if err != nil || second.before == "" || second.report() != "" {
		t.Fatalf("after a kill: %+v, %v", second, err)
	}
	if _, err := second.file.WriteString("panic: qualcosa"); err != nil {
		t.Fatal(err)
	}
	third, err := watchForCrash(path)
	if err != nil || third.report() == "" {
		t.Fatalf("after a crash: %+v, %v", third, err)
	}
	said, err := os.ReadFile(third.report())
	if err != nil || !strings.Contains(string(said), "panic") {
		t.Errorf("the report says %q, %v", said, err)
	}
	if err := third.ended(); err != nil {
		t.Fatal(err)
	}
	fourth, err := watchForCrash(path)
	if err != nil || fourth.before != "" {
		t.Errorf("after a good end: %+v, %v", fourth, err)
	}
	if err := fourth.ended(); err != nil {
		t.Error(err)
	}
}

func TestTheCommandLineSaysWhatItTakes(t *testing.T) {
	for name, tc := range map[string]struct {
		args []string
		code int
		says string
	}{
		"help":             {[]string{"--help"}, exitDone, "Uso: bottega"},
		"help in English":  {[]string{"--lang", "en", "--help"}, exitDone, "Usage: bottega"},
		"version":          {[]string{"--version"}, exitDone, "bottega "},
		"unknown option":   {[]string{"--colore"}, exitWrongUse, "Uso: bottega"},
		"argument":         {[]string{"apri"}, exitWrongUse, "«apri»"},
		"screen not known": {[]string{"--second-screen", "boh"}, exitWrongUse, "«boh»"},
		"no display":       {[]string{"--data", t.TempDir()}, exitFailed, "bottegactl"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			code := run(t.Context(), tc.args, streams{out: &out, err: &out, env: func(string) string { return "" }})
			if code != tc.code || !strings.Contains(out.String(), tc.says) {
				t.Errorf("code %d, says %q", code, out.String())
			}
		})
	}
}

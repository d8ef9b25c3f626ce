package journal_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"bottega/sync/journal"
)

func TestEveryFacilitatorUnlocksWithTheirOwnPassphrase(t *testing.T) {
	j := create(t, newClock())
	ctx := context.Background()
	note(t, j, "v", "di Mariangela")
	gino, err := j.AddFacilitator(ctx, journal.NewFacilitator{Sigla: "gino2", Name: "Gino Bartalucci"}, []byte("un'altra frase"))
	must(t, err)
	j.Lock()
	list, err := j.Facilitators()
	must(t, err)
	if len(list) != 2 || list[0].Sigla != "gino2" || list[1].Sigla != sigla || list[0].Name != "" || list[1].Name != "" {
		t.Fatalf("while locked: %+v", list)
	}
	must(t, j.Unlock("GINO2", []byte("un'altra frase")))
	if who, ok := j.Who(); !ok || who != gino {
		t.Errorf("unlocked by %+v, want %+v", who, gino)
	}
	if e := note(t, j, "v", "di Gino"); e.Facilitator != gino.ID {
		t.Errorf("recorded for %s", e.Facilitator)
	}
	all := readAll(t, j)
	if len(all) != 2 || all[0].Facilitator == all[1].Facilitator || all[0].Payload == nil {
		t.Errorf("Gino reads %+v", all)
	}
	list, err = j.Facilitators()
	must(t, err)
	if list[1].Name != fullName {
		t.Errorf("unlocked: %+v", list)
	}
}

func TestFacilitatorsComeAndGoButNeverTheLast(t *testing.T) {
	j := create(t, newClock())
	ctx := context.Background()
	wantErr(t, j.RemoveFacilitator(ctx, sigla), journal.ErrLastFacilitator)
	wantErr(t, j.RemoveFacilitator(ctx, "nessuno"), journal.ErrUnknownFacilitator)
	for name, tc := range map[string]struct {
		sigla, pass string
		want        error
	}{
		"sigla taken":          {"mr", "una frase lunga", journal.ErrSiglaTaken},
		"no sigla":             {"", "una frase lunga", journal.ErrSigla},
		"sigla with blanks":    {"M R", "una frase lunga", journal.ErrSigla},
		"sigla too long":       {strings.Repeat("M", 17), "una frase lunga", journal.ErrSigla},
		"passphrase too short": {"GB", "undici lett", journal.ErrShortPassphrase},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := j.AddFacilitator(ctx, journal.NewFacilitator{Sigla: tc.sigla}, []byte(tc.pass))
			wantErr(t, err, tc.want)
		})
	}
	gino, err := j.AddFacilitator(ctx, journal.NewFacilitator{Sigla: "GB", Name: "Gino"}, passphrase())
	must(t, err)
	must(t, j.RemoveFacilitator(ctx, sigla))
	if !j.Locked() {
		t.Error("who removed herself is still in")
	}
	wantErr(t, j.Unlock(sigla, passphrase()), journal.ErrUnknownFacilitator)
	must(t, j.Unlock(gino.ID, passphrase()))
}

func TestAChangedPassphraseIsTheOnlyOne(t *testing.T) {
	c := newClock()
	j := create(t, c)
	must(t, j.ChangePassphrase(context.Background(), []byte("nuova di zecca")))
	wantErr(t, j.ChangePassphrase(context.Background(), []byte("corta")), journal.ErrShortPassphrase)
	j.Lock()
	wantErr(t, j.Unlock(sigla, passphrase()), journal.ErrWrongPassphrase)
	c.add(time.Hour)
	must(t, j.Unlock(sigla, []byte("nuova di zecca")))
}

func TestPassphrasesAreWipedWhetherRightOrWrong(t *testing.T) {
	c := newClock()
	j := create(t, c)
	for name, do := range map[string]func(p []byte){
		"right":      func(p []byte) { must(t, j.Unlock(sigla, p)) },
		"unknown":    func(p []byte) { wantErr(t, j.Unlock("nessuno", p), journal.ErrUnknownFacilitator) },
		"for adding": func(p []byte) { _, _ = j.AddFacilitator(context.Background(), journal.NewFacilitator{Sigla: "A"}, p) },
		"changed": func(p []byte) {
			must(t, j.ChangePassphrase(context.Background(), p))
			must(t, j.ChangePassphrase(context.Background(), passphrase()))
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := passphrase()
			do(p)
			if !bytes.Equal(p, make([]byte, len(p))) {
				t.Errorf("still readable: %q", p)
			}
		})
	}
}

// refusal tries a wrong passphrase and returns what it was told.
func refusal(t *testing.T, j *journal.Journal) *journal.Refused {
	t.Helper()
	var r *journal.Refused
	if err := j.Unlock(sigla, []byte("sbagliata di grosso")); !errors.As(err, &r) {
		t.Fatalf("refused with %v", err)
	}
	return r
}

func TestWrongPassphrasesMakeTheWaitGrowAcrossRestarts(t *testing.T) {
	c := newClock()
	j := create(t, c)
	want := []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300}
	for i, seconds := range want {
		must(t, j.Close())
		var err error
		j, err = journal.Open(j.Dir(), options(c))
		must(t, err)
		t.Cleanup(func() { must(t, j.Close()) })
		r := refusal(t, j)
		if !errors.Is(r, journal.ErrWrongPassphrase) || r.Wait != seconds*time.Second {
			t.Fatalf("try %d: %v, wait %s", i+1, r.Reason, r.Wait)
		}
		c.add(r.Wait - time.Millisecond)
		// Too soon even for the right one, and it counts as no try.
		err = j.Unlock(sigla, passphrase())
		wantErr(t, err, journal.ErrTooSoon)
		if !errors.As(err, &r) || r.Wait != time.Millisecond {
			t.Fatalf("told to wait %s", r.Wait)
		}
		c.add(time.Millisecond)
	}
	must(t, j.Unlock(sigla, passphrase()))
	j.Lock()
	if r := refusal(t, j); r.Wait != time.Second {
		t.Errorf("the right passphrase did not set the count back: wait %s", r.Wait)
	}
}

func TestAClockSetBackCostsOneMoreWaitAtMost(t *testing.T) {
	c := newClock()
	j := create(t, c)
	var r *journal.Refused
	for range 5 {
		r = refusal(t, j)
		c.add(r.Wait)
	}
	refusal(t, j) // 32 s
	c.add(-365 * 24 * time.Hour)
	r = refusal(t, j)
	if !errors.Is(r, journal.ErrTooSoon) || r.Wait != 32*time.Second {
		t.Fatalf("after the jump: %v, wait %s", r.Reason, r.Wait)
	}
	c.add(20 * time.Second)
	if r = refusal(t, j); r.Wait != 12*time.Second {
		t.Fatalf("20 s later: wait %s", r.Wait)
	}
	c.add(12 * time.Second)
	must(t, j.Unlock(sigla, passphrase()))
}

func TestOneFacilitatorsMistakesDoNotKeepAnotherOut(t *testing.T) {
	j := create(t, newClock())
	_, err := j.AddFacilitator(context.Background(), journal.NewFacilitator{Sigla: "GB"}, passphrase())
	must(t, err)
	j.Lock()
	refusal(t, j)
	must(t, j.Unlock("GB", passphrase()))
}

func TestSealedSettingsAreKeptBesideTheJournal(t *testing.T) {
	c := newClock()
	j := create(t, c)
	ctx := context.Background()
	if v, err := j.LoadIdentity(ctx); v != nil || err != nil {
		t.Fatalf("a desk that was never enrolled: %q, %v", v, err)
	}
	must(t, j.SaveIdentity(ctx, []byte("-----BEGIN PRIVATE KEY-----")))
	must(t, j.SetSetting(ctx, "empty", nil))
	j = reopen(t, j, c)
	v, err := j.LoadIdentity(ctx)
	must(t, err)
	if string(v) != "-----BEGIN PRIVATE KEY-----" {
		t.Errorf("read %q", v)
	}
	if v, err := j.Setting(ctx, "empty"); err != nil || v == nil || len(v) != 0 {
		t.Errorf("an empty value: %v, %v", v, err)
	}
	must(t, j.DeleteSetting(ctx, "empty"))
	must(t, j.DeleteSetting(ctx, "empty"))
	if v, err := j.Setting(ctx, "empty"); v != nil || err != nil {
		t.Errorf("dropped, and still %q, %v", v, err)
	}
}

func TestASiglaIsProposedFromTheInitials(t *testing.T) {
	taken := []journal.Facilitator{{Sigla: "mr"}, {Sigla: "MR2"}}
	for name, want := range map[string]string{
		"Maria Rossi": "MR3", "Élodie D'Amico": "ÉDA", "gino": "G", "": "F", "!!": "F", "a b c d e f": "ABCD",
	} {
		if got := journal.ProposeSigla(name, taken); got != want {
			t.Errorf("%q becomes %s, want %s", name, got, want)
		}
	}
}

func TestTheCostOfARealDeskUnlocks(t *testing.T) {
	j, err := journal.Create(t.TempDir(), journal.NewFacilitator{Sigla: sigla}, passphrase(), journal.Options{})
	must(t, err)
	defer func() { must(t, j.Close()) }()
	j.Lock()
	must(t, j.Unlock(sigla, passphrase()))
}

package facilitator

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"bottega/cardreader"
	"bottega/desk"
	"bottega/desk/walk"
	"bottega/ui/text"
	"bottega/ui/text/texttest"
)

// spoken are the words that keys are built from: each set is closed somewhere else, and grows there.
func spoken() map[string][]string {
	str := func(values ...any) []string {
		out := make([]string, len(values))
		for i, v := range values {
			out[i] = fmt.Sprint(v)
		}
		return out
	}
	papers := str(desk.PaperCertificate, desk.PaperMemo, desk.PaperDeclaration, desk.PaperReceipt, desk.PaperCardTest, desk.PaperTakeHome)
	return map[string][]string{
		"line.": str(desk.LineNotEnrolled, desk.LineIdle, desk.LineSending, desk.LineOffline, desk.LineHeld, desk.LineUpgrade, desk.LineAttention),
		"reply.": str(desk.ActivationConfirmed, desk.ActivationRefused, desk.ExemptionFound, desk.ExemptionNotFound, desk.ExemptionExpired,
			desk.RecordRefused),
		"follow.":        str(desk.FollowActivation, desk.FollowExemption, desk.FollowPerson),
		"follow.result.": results(),
		"paper_kind.":    papers,
		"paper_what.":    papers,
		"papers.way.":    {wayPrinted, waySaved, wayOpened},
		"period.":        str(desk.Waiting, desk.Served, desk.Paperwork),
		"visit.naming.":  str(desk.NamedByCard, desk.NamedByHand, desk.Unnamed),
		"walk.act.": str(walk.RequestActivation, walk.RecordEnvelope, walk.GiveReader, walk.TestCard, walk.CheckExemption,
			walk.RequestExemption),
		"walk.class.": str(walk.Done, walk.Partly, walk.Sent, walk.Stopped),
		"walk.mark.":  str(walk.Behind, walk.Here, walk.Kept, walk.Stale),
		"answer.":     {walk.Yes, walk.No},
		"clean.":      str(desk.CleanPortal, desk.CleanWindows, desk.CleanClipboard, desk.CleanPrintQueue),
		"lang.":       text.Languages(),
	}
}

func TestEveryWordOfTheOtherRoomsHasAText(t *testing.T) {
	for _, lang := range text.Languages() {
		l := texttest.Localizer(t, lang)
		for prefix, words := range spoken() {
			for _, word := range words {
				if !l.Has(prefix + word) {
					t.Errorf("%s: no text for %s%s", lang, prefix, word)
				}
			}
		}
		for _, fault := range []string{faultGone, faultReadOnly, faultFull, faultPermission, faultSilent} {
			if !l.Has(fault+".title") || !l.Has(fault+".advice") {
				t.Errorf("%s: no text for %s", lang, fault)
			}
		}
		for _, k := range known {
			if !l.Has(k.key+".title") || !l.Has(k.key+".advice") {
				t.Errorf("%s: %v has no words", lang, k.err)
			}
		}
	}
}

func TestAnErrorIsToldInWordsWhateverWrapsIt(t *testing.T) {
	l := texttest.Localizer(t, text.Italian)
	for name, tc := range map[string]struct {
		err  error
		says string
	}{
		"of the desk":   {fmt.Errorf("closing: %w", desk.ErrVisitClosed), "Questa visita è già chiusa"},
		"of the reader": {fmt.Errorf("reading: %w", cardreader.MuteCard), "La carta non risponde"},
		"of nobody":     {errors.New("EOF"), "Non ci sono riuscito"},
		"of time":       {fmt.Errorf("sending: %w", context.DeadlineExceeded), "Ci mette troppo"},
	} {
		t.Run(name, func(t *testing.T) {
			n := inWords(l, tc.err)
			if n.Title != tc.says || n.Text == "" || strings.HasPrefix(n.Text, "EOF") {
				t.Errorf("says %q, %q", n.Title, n.Text)
			}
		})
	}
}

func TestANewerHubIsUnderstoodAsFarAsItGoes(t *testing.T) {
	l := texttest.Localizer(t, text.Italian)
	day := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	if got := replyWords(l, desk.Reply{Kind: "exemption.moved", At: day}); !strings.Contains(got, "Notizie dal centro del 23/11/2026") {
		t.Errorf("an unknown answer says %q", got)
	}
	if got := kindWords(l, "visit.hologram"); got != "registrazione" {
		t.Errorf("an unknown record is called %q", got)
	}
	if got := problemWords(l, "solar_storm"); got != l.T("line.problem.other") {
		t.Errorf("an unknown problem says %q", got)
	}
}

func TestLongWorkIsShownAndCanBeGivenUp(t *testing.T) {
	r := newRig(t)
	started := make(chan struct{})
	r.app.work("Lavoro lungo", func(ctx context.Context) error {
		close(started)
		<-ctx.Done()
		return ctx.Err()
	}, func() { t.Error("work that was given up went on") })
	<-started
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := r.pump.Until(ctx, func() bool { return r.app.worker.current.slow }); err != nil {
		t.Fatal(err)
	}
	r.wantSays("... Lavoro lungo")
	if r.app.Press(keyMain) {
		t.Error("a page takes orders while work goes on")
	}
	r.app.Press(keyBack)
	r.wantSays("... Mi fermo")
	r.settle()
	r.wantSays("Benvenuti in Bottega")
	r.wantSilent("Lavoro lungo", "Non ci sono riuscito")
}

func TestThePageStandsStillWhileTheDeskIsWrittenTo(t *testing.T) {
	r := unlocked(t)
	r.press(keyMain)
	writing, written := make(chan struct{}), make(chan struct{})
	r.journal.Fail = func([]desk.Draft) error {
		close(writing)
		<-written
		return nil
	}
	r.app.Press("7") // paperwork
	<-writing
	asked := r.app.Stage.Screen()
	r.app.changed() // were it to ask the desk, it would wait for ever
	r.wantSays("(x) Allo sportello")
	if now := r.app.Stage.Screen(); now.Kind != asked.Kind {
		t.Errorf("the citizen sees %q", now.Kind)
	}
	close(written)
	r.settle()
	r.wantSays("(x) Pratiche, dopo")
}

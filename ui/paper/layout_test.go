package paper_test

import (
	"errors"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"bottega/desk"
	"bottega/ui/paper"
)

func TestNothingSticksOutOfAPage(t *testing.T) {
	r := renderer(t)
	for name, p := range everyPaper() {
		m, err := r.Measure(p)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, o := range m.Overflows {
			t.Errorf("%s, page %d: %q sticks out by %.1f points", name, o.Page, o.What, o.By)
		}
		if len(m.Empty) > 0 {
			t.Errorf("%s: pages %v are empty", name, m.Empty)
		}
	}
}

func TestPapersAreAsLongAsTheyMust(t *testing.T) {
	cases := []struct {
		name     string
		paper    desk.Paper
		a4, wide int
	}{
		{"certificate", certificate(), 1, 2},
		{"memo", memo(), 1, 3},
		{"declaration", declaration(), 2, 5},
		{"receipt", receipt(), 1, 2},
		{"card test", cardTest(), 1, 2},
		{"take home", takeHome(), 2, 3},
		{"erasure", erasure(), 1, 3},
	}
	r := renderer(t)
	for _, tc := range cases {
		for _, lang := range []string{"it", "en"} {
			for _, large := range []bool{false, true} {
				p, most := tc.paper, tc.a4
				p.Lang, p.Large = lang, large
				if large {
					most = tc.wide
				}
				m, err := r.Measure(p)
				if lang == "en" && p.Kind == desk.PaperDeclaration {
					most++ // it says in a band that the form to sign is the Italian one
				}
				if err != nil || m.Pages > most {
					t.Errorf("%s (%s, large %v): %d pages, want at most %d (%v)", tc.name, lang, large, m.Pages, most, err)
				}
			}
		}
	}
}

func TestLargePrintIsLarge(t *testing.T) {
	const floor = 18
	if paper.LargePrint.Body < floor || paper.GiantPrint.Body <= paper.LargePrint.Body {
		t.Errorf("large print has %v points, giant print %v", paper.LargePrint.Body, paper.GiantPrint.Body)
	}
}

func TestATextWithoutBlanksIsBrokenAnyway(t *testing.T) {
	p := takeHome()
	p.Large = true
	p.TakeHome.To = strings.Repeat("Wolfeschlegelsteinhausenberger", 9)
	p.TakeHome.Items[0].Phones = []desk.Phone{{Name: strings.Repeat("M", 200), Number: strings.Repeat("0583", 40), Hours: strings.Repeat("w", 200)}}
	p.Number = strings.Repeat("LU-PIAZZA-", 8)
	p.Site.Name = strings.Repeat("Bottega", 30)
	m, err := renderer(t).Measure(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range m.Overflows {
		t.Errorf("page %d: %q sticks out by %.1f points", o.Page, o.What, o.By)
	}
}

func TestNoTextWhateverBreaksAPage(t *testing.T) {
	r := renderer(t)
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringOfN(rapid.RuneFrom(nil, unicode.Latin, unicode.Cyrillic, unicode.Punct, unicode.Space), 0, 60, -1)
		p := rapid.SampledFrom(append(ordinary(), long()...)).Draw(t, "paper")
		p.Large = rapid.Bool().Draw(t, "large")
		p.Site = desk.Site{Name: word.Draw(t, "site"), Municipality: word.Draw(t, "municipality"), Phone: word.Draw(t, "phone")}
		p.Number = word.Draw(t, "number")
		switch p.Kind {
		case desk.PaperMemo:
			p.Memo = &desk.MemoFacts{Holder: desk.Person{Surname: word.Draw(t, "surname")}, Fits: []desk.VerdictLine{
				{Code: word.Draw(t, "code"), Description: word.Draw(t, "description"), Why: word.Draw(t, "why"), Norm: word.Draw(t, "norm")}}}
		case desk.PaperErasure:
			p.Erasure = &desk.ErasureProof{Digest: word.Draw(t, "digest"), Facilitator: word.Draw(t, "facilitator"), VisitErased: desk.VisitErased{
				Visit: word.Draw(t, "visit"), Reason: desk.ErasureReason(word.Draw(t, "reason")), Entries: rapid.Int().Draw(t, "entries"),
				First: rapid.Uint64().Draw(t, "first"), Last: rapid.Uint64().Draw(t, "last"), Headers: word.Draw(t, "headers"),
			}}
		case desk.PaperTakeHome:
			p.TakeHome = &desk.TakeHomeFacts{Items: []desk.TakeHomeItem{{Service: word.Draw(t, "service"), Done: word.Draw(t, "done"),
				Next: []string{word.Draw(t, "next")}, Phones: []desk.Phone{{Name: word.Draw(t, "name"), Number: word.Draw(t, "phone number")}}}}}
		}
		m, err := r.Measure(p)
		if errors.Is(err, paper.ErrSecret) {
			return
		}
		if err != nil || len(m.Overflows) > 0 || len(m.Empty) > 0 {
			t.Fatalf("%v, overflows %+v, empty pages %v", err, m.Overflows, m.Empty)
		}
	})
}

func TestATextLongerThanAPageFlowsOn(t *testing.T) {
	p := takeHome()
	p.TakeHome.Items[0].Done = strings.Repeat("Abbiamo fatto molte cose insieme. ", 200)
	p.TakeHome.Items[0].Next = []string{strings.Repeat("E poi ne faremo altre. ", 200)}
	m, err := renderer(t).Measure(p)
	if err != nil || len(m.Overflows) > 0 || m.Pages < 5 {
		t.Errorf("%d pages, %d overflows, %v", m.Pages, len(m.Overflows), err)
	}
}

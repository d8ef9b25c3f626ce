package doctor

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bottega/cardreader"
	"bottega/desk"
	"bottega/ui/checkup"
	"bottega/ui/text"
	"bottega/ui/text/texttest"
)

func examine(t *testing.T, c *Computer) []checkup.Finding {
	t.Helper()
	found, err := c.Examine(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func words(found []checkup.Finding) []string {
	said := make([]string, len(found))
	for i, f := range found {
		said[i] = string(f.State) + " " + f.Check + "." + f.Result
	}
	return said
}

func TestEachThingThatCanBeWrongIsFound(t *testing.T) {
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			c := healthy()
			tt.change(c)
			found := examine(t, c)
			for _, want := range tt.want {
				if !slices.Contains(words(found), want) {
					t.Errorf("no %q in %v", want, words(found))
				}
			}
			for _, f := range found {
				if state := string(f.State) + " "; f.State != checkup.Well && !slices.Contains(tt.want, state+f.Check+"."+f.Result) {
					t.Errorf("also found %v", words([]checkup.Finding{f}))
				}
			}
		})
	}
}

// Whatever the examination can say is said by one of the cases, and has words in both languages; and there are no other words.
func TestEveryFindingHasItsWordsAndACase(t *testing.T) {
	met := map[string]bool{}
	catalog := texttest.Catalog(t)
	for _, tt := range cases {
		c := healthy()
		tt.change(c)
		for _, f := range examine(t, c) {
			met["doctor."+f.Check+"."+f.Result] = true
			for _, lang := range text.Languages() {
				l := catalog.For(lang).OnMissing(func(lang, key string) { t.Errorf("no %s translation for %q", lang, key) })
				if said := f.Name(l) + f.Message(l) + f.Advice(l); strings.Contains(said, "{{") || strings.Contains(said, "<no value>") || strings.Contains(said, "%!") {
					t.Errorf("%s: %s: says %q", tt.name, lang, said)
				}
				if f.State != checkup.Well && f.Advice(l) == "" {
					t.Errorf("%s: %s: nobody says what to do about %s.%s", tt.name, lang, f.Check, f.Result)
				}
			}
		}
	}
	for _, key := range catalog.Keys(text.Italian) {
		parts := strings.Split(key, ".")
		if parts[0] == "doctor" && len(parts) == 3 && slices.Contains(order(), parts[1]) && !met[key] {
			t.Errorf("no case meets %s", key)
		}
	}
}

func TestTheOrderIsThatOfTheLooks(t *testing.T) {
	var named []string
	for _, l := range looks() {
		named = append(named, l.checks...)
	}
	slices.Sort(named)
	if want := slices.Sorted(slices.Values(order())); !slices.Equal(named, want) {
		t.Errorf("the looks are about %v, the order has %v", named, want)
	}
	healthyOnce := words(examine(t, healthy()))
	for range 20 {
		if again := words(examine(t, healthy())); !slices.Equal(again, healthyOnce) {
			t.Fatalf("found %v, before %v", again, healthyOnce)
		}
	}
}

func TestNothingPersonalIsEverSaid(t *testing.T) {
	catalog := texttest.Catalog(t)
	for _, tt := range cases {
		c := healthy()
		tt.change(c)
		c.Data = strings.Replace(c.Data, "dati", "Dati di PIERA", 1)
		c.Stat = places{c.Data: {mode: fs.ModeDir | 0o700}}.stat
		printing(c, nil, desk.PrinterInfo{URI: "ipp://a", Name: "HP di Neri @ portatile-di-piera", Default: true, Ready: true})
		for _, lang := range text.Languages() {
			said := strings.ToLower(checkup.Text(catalog.For(lang), examine(t, c)))
			for _, name := range []string{"piera", "neri", "/home", "bianchini", "anna "} {
				if strings.Contains(said, name) {
					t.Errorf("%s: %q is in\n%s", tt.name, name, said)
				}
			}
		}
	}
}

func TestNamesAreTakenOutAndOtherWordsLeft(t *testing.T) {
	h := newHider("/home/eva/", []string{"eva", "Eva", "Mò", "Niccolò", "localhost", ""})
	for before, after := range map[string]string{
		"/home/eva/.local/share": "~/.local/share",
		"/mnt/eva/dati":          "/mnt/…/dati",
		"stampante di Niccolò":   "stampante di …",
		"PC-di-NICCOLÒ":          "PC-di-…",
		"nuova rilevazione":      "nuova rilevazione", // a short name inside a longer word is none
		"localhost Mò":           "localhost Mò",
	} {
		if got := h.people(before); got != after {
			t.Errorf("%q became %q, want %q", before, got, after)
		}
	}
	if got := newHider("", nil).people("/home/eva"); got != "/home/eva" {
		t.Errorf("without a home %q", got)
	}
	if got := newHider("/", nil).people("/home/eva"); got != "/home/eva" {
		t.Errorf("with the root as home %q", got)
	}
}

func TestWhatIsStuckDoesNotKeepTheOthersFromBeingLookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := healthy()
		stuck := make(chan struct{})
		c.Cards = func() cardreader.Port { <-stuck; return port{} }
		before := time.Now()
		found := words(examine(t, c))
		if took := time.Since(before); took > time.Minute {
			t.Errorf("the examination took %v", took)
		}
		for _, want := range []string{"broken service.late", "well printer.ready", "well hub.answers"} {
			if !slices.Contains(found, want) {
				t.Errorf("no %q in %v", want, found)
			}
		}
		close(stuck) // what it finds now is heard by nobody
		synctest.Wait()
	})
}

func TestALookThatRunsOutOfTimeKeepsWhatItFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := healthy()
		c.Read = func(ctx context.Context, _ cardreader.Link, _ func(cardreader.Phase)) (desk.Card, error) {
			<-ctx.Done()
			return desk.Card{}, context.Cause(ctx)
		}
		found := words(examine(t, c))
		for _, want := range []string{"well reader.there", "broken card.late"} {
			if !slices.Contains(found, want) {
				t.Errorf("no %q in %v", want, found)
			}
		}
	})
}

// brief is a reader whose card somebody holds for a while.
type brief struct {
	port
	until time.Time
}

func (b brief) Connect(context.Context, string) (cardreader.Link, error) {
	if time.Now().Before(b.until) {
		return nil, cardreader.Busy
	}
	return link{}, nil
}

func TestACardThatOurOwnWindowIsReadingIsNotHeldByAnother(t *testing.T) {
	for held, want := range map[time.Duration]string{3 * time.Second: "well holder.free", time.Hour: "broken holder.busy"} {
		synctest.Test(t, func(t *testing.T) {
			c := healthy()
			c.Patience = patience
			reader := brief{port: port{states: card(cardreader.Present)}, until: time.Now().Add(held)}
			c.Cards = func() cardreader.Port { return reader }
			if found := words(examine(t, c)); !slices.Contains(found, want) {
				t.Errorf("held for %v: no %q in %v", held, want, found)
			}
		})
	}
}

func TestAnExaminationThatIsGivenUpSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := healthy()
	c.Desk = func(ctx context.Context) (Desk, func()) {
		cancel()
		<-ctx.Done()
		return Desk{Err: ctx.Err()}, func() {}
	}
	if found, err := c.Examine(ctx, nil); !errors.Is(err, context.Canceled) || found != nil {
		t.Errorf("found %v, %v", found, err)
	}
}

func TestProgressIsToldForEachLook(t *testing.T) {
	var told []int
	if _, err := healthy().Examine(t.Context(), func(done, of int) {
		if told = append(told, done); of != len(looks()) {
			t.Errorf("of %d", of)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if len(told) != len(looks()) || !slices.IsSorted(told) || told[0] != 1 {
		t.Errorf("told %v", told)
	}
}

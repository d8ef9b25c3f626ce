package paper_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bottega/desk"
	"bottega/desk/desktest"
	"bottega/ui/paper"
	windows "bottega/ui/text"
)

// everySheet is the sheet of a recovery key in both languages, for real and for practice.
func everySheet() map[string]paper.RecoverySheet {
	out := map[string]paper.RecoverySheet{}
	for _, lang := range []string{"it", "en"} {
		for _, practice := range []bool{false, true} {
			s := recoverySheet()
			s.Lang, s.Practice = lang, practice
			out[fmt.Sprintf("recovery-%s-%v", lang, practice)] = s
		}
	}
	return out
}

// printed renders a sheet; with BOTTEGA_PAPERS=DIR it leaves it there, too, for the eyes of a person. The key is invented.
func printed(t *testing.T, name string, s paper.RecoverySheet) string {
	t.Helper()
	pdf, err := renderer(t).RenderRecovery(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	dir := os.Getenv("BOTTEGA_PAPERS")
	if dir == "" {
		dir = t.TempDir()
	}
	path := filepath.Join(dir, name+".pdf")
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestARecoverySheetCanBeCopiedGroupByGroup(t *testing.T) {
	said := map[string][]string{
		"it": {"Chiave di recupero", "cassaforte", "frase segreta", "otto gruppi", "1° aprile 2026", "Mai nella borsa"},
		"en": {"Recovery key", "safe", "secret phrase", "eight groups", "1 April 2026", "Never in the bag"},
	}
	for name, s := range everySheet() {
		t.Run(name, func(t *testing.T) {
			path := printed(t, name, s)
			run(t, "qpdf", "qpdf", "--check", path)
			order := "-layout"
			if s.Practice {
				order = "-raw"
			}
			all := strings.Join(text(t, path, order), " ")
			for i, group := range strings.Split(string(s.Key), "-") {
				if want := fmt.Sprintf("%d %s", i+1, group); !strings.Contains(all, want) {
					t.Errorf("group %q is not on the sheet:\n%s", want, all)
				}
			}
			for _, phrase := range append(said[s.Lang], "MR", "Bottega della Salute di Lucca") {
				if !strings.Contains(all, phrase) {
					t.Errorf("%q is not on the sheet:\n%s", phrase, all)
				}
			}
			if strings.Contains(all, "PROVA") != s.Practice || strings.ContainsAny(all, "{}\ufffd") {
				t.Errorf("practice is %v, and the sheet says:\n%s", s.Practice, all)
			}
		})
	}
}

func TestNothingSticksOutOfARecoverySheet(t *testing.T) {
	r, sheets := renderer(t), everySheet()
	odd := recoverySheet()
	odd.Key = []byte(strings.Repeat("WWWWWWWWWWWWWWWWWWWWWWWWWW ", 9))
	odd.Site.Name, odd.By = strings.Repeat("Bottega", 30), strings.Repeat("W", 200)
	sheets["odd"] = odd
	for name, s := range sheets {
		m, err := r.MeasureRecovery(s)
		if err != nil || len(m.Overflows) > 0 || len(m.Empty) > 0 {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
		if name != "odd" && m.Pages != 1 {
			t.Errorf("%s has %d pages, want one: a second is soon lost", name, m.Pages)
		}
	}
}

// TestARecoveryKeyIsPrintedAndKeptNowhere tries every way in which a sheet could end in an entry, a log or a file.
func TestARecoveryKeyIsPrintedAndKeptNowhere(t *testing.T) {
	s := recoverySheet()
	if _, err := json.Marshal(s); !errors.Is(err, paper.ErrNeverKept) {
		t.Errorf("as JSON: %v", err)
	}
	if _, err := json.Marshal(map[string]any{"paper": &s}); !errors.Is(err, paper.ErrNeverKept) {
		t.Errorf("within JSON: %v", err)
	}
	if err := gob.NewEncoder(&bytes.Buffer{}).Encode(s); !errors.Is(err, paper.ErrNeverKept) {
		t.Errorf("as gob: %v", err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("made", "sheet", s)
	slog.New(slog.NewTextHandler(&log, nil)).Info("made", "sheet", &s)
	fmt.Fprintf(&log, "%v %+v %#v %s %x %q", s, s, s, s, s, &s)
	for _, group := range strings.Split(string(s.Key), "-") {
		if strings.Contains(log.String(), group) {
			t.Errorf("a log says %s: %s", group, log.String())
		}
	}
	if _, isPayload := any(s).(desk.Payload); isPayload {
		t.Error("a sheet can be an entry")
	}
	for _, kind := range []desk.PaperKind{"recovery", "recovery_key"} {
		if _, err := renderer(t).Render(t.Context(), envelope(kind, "LU-1")); !errors.Is(err, paper.ErrNoFacts) {
			t.Errorf("a paper of kind %s: %v", kind, err)
		}
		makesNoPaper(t, kind)
	}
}

// makesNoPaper lets a desk try to make a paper that it must not record.
func makesNoPaper(t *testing.T, kind desk.PaperKind) {
	t.Helper()
	clock := desktest.NewClock(madeAt)
	j := &desktest.Journal{Clock: clock}
	d, err := desk.Open(t.Context(), desk.Params{Journal: j, Clock: clock, NewID: desktest.IDs(), Papers: renderer(t)})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.SetSite(t.Context(), desk.SiteSet{Site: site(), Desk: "1"}); err != nil {
		t.Fatal(err)
	}
	visit, err := d.OpenVisit(t.Context(), desk.Opening{})
	if err != nil {
		t.Fatal(err)
	}
	before := len(j.Entries())
	if _, _, err := d.MakePaper(t.Context(), visit, desk.PaperOrder{Kind: kind, Lang: "it"}); !errors.Is(err, desk.ErrNoPaper) || len(j.Entries()) != before {
		t.Errorf("a desk makes a paper of kind %s: %v, and %d entries", kind, err, len(j.Entries())-before)
	}
}

func TestARecoverySheetWithoutAKeyIsNotMade(t *testing.T) {
	s := recoverySheet()
	s.Key = []byte(" - ")
	if _, err := renderer(t).RenderRecovery(t.Context(), s); !errors.Is(err, paper.ErrNoFacts) {
		t.Errorf("got %v", err)
	}
}

func TestTheSheetNamesTheButtonAsTheWindowDoes(t *testing.T) {
	catalog, err := windows.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range windows.Languages() {
		button := catalog.For(lang).T("forgotten.open")
		if said := renderer(t).Texts(lang)["recovery.use.1"]; !strings.Contains(said, button) {
			t.Errorf("%s: %q does not name %q", lang, said, button)
		}
	}
}

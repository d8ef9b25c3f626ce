package widgets_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"bottega/desk/civil"
	"bottega/ui/theme"
	"bottega/ui/widgets"
)

func typeInto(w fyne.Window, s string) {
	for _, r := range s {
		w.Canvas().Focused().TypedRune(r)
	}
}

func TestAFieldTakesWhatItsKindAllows(t *testing.T) {
	cases := map[string]struct {
		kind        widgets.FieldKind
		most        int
		typed, want string
	}{
		"text":                     {widgets.TextField, 0, " Giuditta Bracci ", "Giuditta Bracci"},
		"digits":                   {widgets.DigitsField, 0, "12a3-4", "1234"},
		"digits, no more than":     {widgets.DigitsField, 3, "12345", "123"},
		"a code in capitals":       {widgets.CodeField, 16, "brc gtt 50c45 d612x", "BRCGTT50C45D612X"},
		"an amount":                {widgets.AmountField, 0, "€ 8.263,31", "8.263,31"},
		"a date without its marks": {widgets.DateField, 10, "05031950", "05/03/1950"},
		"a date":                   {widgets.DateField, 10, "5.3.1950", "05/03/1950"},
		"no date":                  {widgets.DateField, 10, "31/2/1950", "31/2/1950"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			dress(t, theme.Options{})
			f := widgets.NewField(widgets.FieldOptions{Label: "Campo", Kind: tc.kind, Most: tc.most})
			w := show(t, f.Object(), 400, 200)
			f.Focus(w.Canvas())
			typeInto(w, tc.typed)
			w.Canvas().Unfocus()
			if got := f.Value(); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestWhatIsPastedIsFilteredToo(t *testing.T) {
	dress(t, theme.Options{})
	f := widgets.NewField(widgets.FieldOptions{Label: "Telefono", Kind: widgets.DigitsField, Most: 6})
	w := show(t, f.Object(), 400, 200)
	f.Focus(w.Canvas())
	clip := test.NewClipboard()
	clip.SetContent("tel. 055 123 4567")
	if s, ok := w.Canvas().Focused().(fyne.Shortcutable); ok {
		s.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clip})
	}
	if got := f.Value(); got != "055123" {
		t.Errorf("got %q", got)
	}
}

func TestAnErrorStandsBelowTheFieldUntilItIsMended(t *testing.T) {
	dress(t, theme.Options{})
	f := widgets.NewField(widgets.FieldOptions{
		Label: "Nato il", Kind: widgets.DateField, Help: "5/3/1950",
		Check: func(v string) string {
			if _, err := widgets.ParseDate(v); err != nil {
				return "Questo giorno non esiste"
			}
			return ""
		},
	})
	below := widgets.Body("sotto")
	w := show(t, widgets.Column(f.Object(), below), 400, 400)
	before := below.Position().Y
	f.Focus(w.Canvas())
	typeInto(w, "31/2/1950")
	w.Canvas().Unfocus()
	if f.Problem() != "Questo giorno non esiste" || below.Position().Y <= before {
		t.Fatalf("problem %q, what follows moved from %v to %v", f.Problem(), before, below.Position().Y)
	}
	said := strings.Join(widgets.Spoken(f.Object()), "|")
	if !strings.Contains(said, "Nato il. 31/2/1950. Questo giorno non esiste") {
		t.Errorf("spoken %q", said)
	}
	if _, err := f.Date(); !errors.Is(err, civil.ErrInvalidDate) {
		t.Errorf("the date is %v", err)
	}
	f.Focus(w.Canvas())
	press(w, fyne.KeyBackspace)
	if f.Problem() != "" {
		t.Error("the error stays while it is being mended")
	}
	f.SetDate(civil.Date{Year: 1950, Month: time.March, Day: 5})
	if d, err := f.Date(); err != nil || !f.Check() || d.Day != 5 {
		t.Errorf("date %v, %v, problem %q", d, err, f.Problem())
	}
}

func TestEnterInAFieldIsItsOwnOrTheScreens(t *testing.T) {
	dress(t, theme.Options{})
	own, screen := 0, 0
	with := widgets.NewField(widgets.FieldOptions{Label: "a", Submitted: func() { own++ }})
	without := widgets.NewField(widgets.FieldOptions{Label: "b"})
	notes := widgets.NewField(widgets.FieldOptions{Label: "c", Kind: widgets.NotesField})
	w := show(t, widgets.Column(with.Object(), without.Object(), notes.Object()), 400, 500)
	keys := widgets.NewKeys(w.Canvas())
	keys.Screen(map[widgets.Key]func(){widgets.Plain(fyne.KeyReturn): func() { screen++ }})
	for _, f := range []*widgets.Field{with, without, notes} {
		f.Focus(w.Canvas())
		press(w, fyne.KeyReturn)
	}
	if own != 1 || screen != 1 {
		t.Errorf("the field's %d times, the screen's %d times, want 1 and 1", own, screen)
	}
}

func TestTabLeavesAFieldOfSeveralLines(t *testing.T) {
	dress(t, theme.Options{})
	f := widgets.NewField(widgets.FieldOptions{Label: "Note", Kind: widgets.NotesField})
	show(t, f.Object(), 400, 300)
	if box, ok := f.Focusable().(fyne.Tabbable); ok && box.AcceptsTab() {
		t.Error("the field keeps Tab for itself")
	}
}

func TestASecretIsWipedWhenItIsTaken(t *testing.T) {
	dress(t, theme.Options{})
	submitted := 0
	s := widgets.NewSecret(widgets.SecretOptions{
		Label: "PIN", DigitsOnly: true, Most: 8, Submitted: func() { submitted++ },
		SayCount: func(n int) string { return strings.Repeat("punto ", n) },
	})
	w := show(t, s.Object(), 400, 200)
	s.Focus(w.Canvas())
	typeInto(w, "12x345678901")
	press(w, fyne.KeyBackspace)
	press(w, fyne.KeyReturn)
	said := strings.Join(widgets.Spoken(s.Object()), "|")
	if strings.ContainsAny(said, "0123456789") || strings.Count(said, "punto") != 7 {
		t.Errorf("spoken %q", said)
	}
	if markup := test.RenderObjectToMarkup(s.Object()); strings.Contains(markup, "123") {
		t.Error("the secret is drawn on the screen")
	}
	if got := string(s.Take()); got != "1234567" || submitted != 1 {
		t.Errorf("took %q after %d", got, submitted)
	}
	if !s.Empty() || len(s.Take()) != 0 {
		t.Error("something is left")
	}
	typeInto(w, "99")
	press(w, fyne.KeyDelete)
	if !s.Empty() {
		t.Error("Delete left something")
	}
}

func TestASecretMayHoldAnyLetters(t *testing.T) {
	dress(t, theme.Options{})
	s := widgets.NewSecret(widgets.SecretOptions{Label: "Frase"})
	w := show(t, s.Object(), 400, 200)
	s.Focus(w.Canvas())
	typeInto(w, "però è così"+strings.Repeat("à", 300))
	got := string(s.Take())
	if !strings.HasPrefix(got, "però è così") || len(got) > 256 {
		t.Errorf("took %d bytes", len(got))
	}
	press(w, fyne.KeyBackspace) // nothing is there to delete
}

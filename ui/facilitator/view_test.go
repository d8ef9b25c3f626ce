package facilitator

import (
	"flag"
	"image/png"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"bottega/cardreader"
	"bottega/desk"
	"bottega/desk/walk"
	"bottega/ui/citizen"
	"bottega/ui/text"
	"bottega/ui/theme"
	"bottega/ui/widgets"
)

// pictures asks for pictures of every screen, to be looked at: go test ./ui/facilitator -run Pictures -pictures DIR
var pictures = flag.String("pictures", "", "folder for pictures of the screens")

// laptop is the usual screen of a desk, netbook the smallest that the pages must still work on.
var laptop, netbook = fyne.NewSize(1366, 768), fyne.NewSize(1024, 600)

// windowed is a rig with a window over it, whose keys go the way the toolkit's driver sends them.
type windowed struct {
	*rig
	window fyne.Window
	view   *View
}

func newWindowed(t *testing.T, o theme.Options) *windowed {
	t.Helper()
	dressed, err := theme.New(o)
	if err != nil {
		t.Fatal(err)
	}
	test.NewTempApp(t).Settings().SetTheme(dressed)
	r := newRig(t)
	w := &windowed{rig: r, window: test.NewTempWindow(t, nil)}
	w.view = NewView(w.window, r.app)
	w.window.Resize(laptop)
	r.app.redraw = w.view.Draw
	r.app.changed()
	return w
}

// key presses a key as the driver of a real window does: what has the focus gets it first, and then whatever has it by then
// gets the letter.
func (w *windowed) key(names ...fyne.KeyName) {
	w.t.Helper()
	for _, name := range names {
		c := w.window.Canvas()
		ev := &fyne.KeyEvent{Name: name}
		switch focused := c.Focused(); {
		case name == fyne.KeyTab:
			c.FocusNext()
		case focused != nil:
			focused.TypedKey(ev)
		case c.OnTypedKey() != nil:
			c.OnTypedKey()(ev)
		}
		if now := c.Focused(); now != nil && len(name) == 1 {
			now.TypedRune(rune(name[0]))
		}
		w.settle()
	}
}

// alt presses a key together with Alt.
func (w *windowed) alt(name fyne.KeyName) {
	w.t.Helper()
	w.view.keys.Press(widgets.Alt(name)) // the test driver's canvas has no shortcuts
	w.settle()
}

func (w *windowed) typed(words string) {
	w.t.Helper()
	if w.window.Canvas().Focused() == nil {
		w.t.Fatalf("nothing has the cursor on the page %q", w.page().Name)
	}
	test.Type(w.window.Canvas().Focused(), words)
}

func (w *windowed) wantTitle(part string) {
	w.t.Helper()
	if got := w.window.Title(); !strings.Contains(got, part) {
		w.t.Fatalf("the window is called %q, want %q in it", got, part)
	}
}

func TestTheWindowIsCalledAfterItsScreen(t *testing.T) {
	w := newWindowed(t, theme.Options{})
	w.wantTitle("Bottega — Inizio")
	w.key("2")
	w.wantTitle("Bottega — Nuova postazione")
	w.key(fyne.KeyEscape)
	w.wantTitle("Bottega — Inizio")
}

func TestAPassphraseThatWasTypedAndNotTakenIsWipedWhenThePageGoes(t *testing.T) {
	for name, leave := range map[string]func(*windowed){
		"back":                   func(w *windowed) { w.key(fyne.KeyEscape) },
		"help":                   func(w *windowed) { w.key("F1") },
		"other colours and size": func(w *windowed) { w.view.Redress() },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWindowed(t, theme.Options{})
			w.key("2", fyne.KeyTab)
			w.typed("tre gatti")
			box := w.view.secrets["phrase"]
			if box.Empty() {
				t.Fatal("nothing was typed")
			}
			leave(w)
			if !box.Empty() {
				t.Error("what was typed is still there")
			}
		})
	}
}

func TestARealDeskIsSetUpWithTheKeyboardAlone(t *testing.T) {
	w := newWindowed(t, theme.Options{})
	w.key("2")
	for _, line := range []string{"Piera Neri", rightPhrase, rightPhrase, "Bottega di piazza", "Lucca", "lu-piazza", "", "0583 000000"} {
		w.typed(line)
		w.key(fyne.KeyTab)
	}
	w.key(fyne.KeyReturn)
	w.atHome()
	if got := w.doors.setUp; got.Facilitator != "Piera Neri" || got.Site.Site.ID != "LU-PIAZZA" || got.Site.Desk != "1" {
		t.Errorf("set up %+v", got)
	}
}

func TestTheNumberThatOpensAFormIsNotTypedIntoIt(t *testing.T) {
	w := newWindowed(t, theme.Options{})
	w.key("2")
	if got := w.page().fields()[0].Value; got != "" {
		t.Errorf("the first line says %q", got)
	}
	w.typed("Piera")
	if got := w.page().fields()[0].Value; got != "Piera" {
		t.Errorf("the first line says %q", got)
	}
}

func TestNumbersChooseWithAltWhileALineIsTyped(t *testing.T) {
	w := newWindowed(t, theme.Options{})
	w.doors.people = keyholders("Piera", "Gino")
	w.app.lookForDesk()
	w.settle()
	w.typed("2")
	w.alt("2")
	w.wantSays("(x) Gino")
	w.typed("non basta")
	w.key(fyne.KeyReturn)
	w.wantSays("La frase non è quella giusta")
	w.typed(rightPhrase)
	w.key(fyne.KeyReturn)
	w.atHome()
}

func TestAReturningVisitTakesFiveKeysInTheWindow(t *testing.T) {
	w := newWindowed(t, theme.Options{})
	w.key(fyne.KeyReturn)
	w.atHome()
	w.insert(anna())
	w.key(fyne.KeyReturn, "F2", "1", fyne.KeyReturn)
	if got := w.app.session.Desk.Today(); got.Visits != 1 {
		t.Fatalf("recorded %+v", got)
	}
	w.wantTitle("Bottega — Inizio")
	w.wantSays("Visita chiusa")
}

func TestWhatIsTypedStaysWhileTheReaderTalks(t *testing.T) {
	w := newWindowed(t, theme.Options{})
	w.key(fyne.KeyReturn)
	w.atHome()
	w.key(fyne.KeyReturn, "F3")
	w.typed("torna marte")
	w.tell(cardreader.Event{Kind: cardreader.ReadersChanged, Readers: []string{"Lettore"}})
	w.typed("dì")
	w.key(fyne.KeyReturn)
	w.wantSays("torna martedì")
}

func TestALongPageIsReadToItsEndWithTheKeyboard(t *testing.T) {
	w := newWindowed(t, theme.Options{})
	w.window.Resize(netbook)
	w.key("2")
	before := w.view.fields["enrol"].field.Object()
	top := fyne.CurrentApp().Driver().AbsolutePositionForObject(before).Y
	w.window.Canvas().Unfocus()
	w.key(fyne.KeyPageDown)
	if now := fyne.CurrentApp().Driver().AbsolutePositionForObject(before).Y; now >= top {
		t.Errorf("the last line stands at %v, before at %v", now, top)
	}
	w.key(fyne.KeyPageUp)
	if now := fyne.CurrentApp().Driver().AbsolutePositionForObject(before).Y; now != top {
		t.Errorf("back at the top the last line stands at %v, before at %v", now, top)
	}
}

func TestThePreviewSaysThatTheCitizensScreenIsBlank(t *testing.T) {
	w := newWindowed(t, theme.Options{})
	w.key(fyne.KeyReturn)
	w.atHome()
	w.key(fyne.KeyReturn)
	w.wantSpoken("Che cosa vede il cittadino")
	w.key(citizen.CoverKey)
	w.wantSpoken("Lo schermo del cittadino è oscurato")
	w.key(citizen.CoverKey)
	w.wantSpoken("Che cosa vede il cittadino")
}

// wantSpoken looks for words that a screen reader would say.
func (w *windowed) wantSpoken(words string) {
	w.t.Helper()
	if said := strings.Join(widgets.Spoken(w.window.Content()), "\n"); !strings.Contains(said, words) {
		w.t.Fatalf("nobody says %q in\n%s", words, said)
	}
}

func TestTheWholeWindowChangesLanguageAtOnce(t *testing.T) {
	w := newWindowed(t, theme.Options{})
	w.key(fyne.KeyReturn)
	w.atHome()
	w.key("F4", "2")
	w.wantTitle("Bottega — Settings")
	w.wantSays("Your language")
}

func TestEverythingThatCanHaveTheFocusSaysItsName(t *testing.T) {
	w := newWindowed(t, theme.Options{})
	w.tour(func(name string) {
		for id, target := range w.view.targets {
			a, ok := target.(fyne.Accessible)
			if !ok || a.AccessibilityLabel() == "" {
				t.Errorf("%s: %s has no name for a screen reader", name, id)
			}
		}
	})
}

// tour goes through every screen with the keyboard and calls at on each.
func (w *windowed) tour(at func(name string)) {
	w.t.Helper()
	at("start")
	w.key("2")
	at("setup")
	w.key(fyne.KeyEscape)
	w.doors.people = keyholders("Piera Neri", "Gino Landucci")
	w.doors.refuse, w.doors.real = 4*time.Second, true
	w.app.lookForDesk()
	w.settle()
	w.forgotten(at)
	w.typed("non questa")
	w.key(fyne.KeyReturn)
	at("unlock")
	w.clock.Advance(time.Minute)
	w.typed(rightPhrase)
	w.key(fyne.KeyReturn)
	w.atHome()
	w.line.status = desk.LineStatus{State: desk.LineOffline, Total: 14, Safe: 12, LastAt: w.clock.Now(), NextAt: w.clock.Now().Add(time.Minute)}
	w.printer.list = []desk.PrinterInfo{{URI: "ipp://a", Name: "Sala d'attesa", Trouble: "no_paper"}, {URI: "ipp://b", Name: "Banco", Default: true, Ready: true}}
	w.tell(cardreader.Event{Kind: cardreader.ReadersChanged, Readers: []string{"Lettore di prova"}})
	at("home-empty")
	w.tell(cardreader.Event{Kind: cardreader.CardInserted, Reader: "Lettore di prova"}, cardreader.Event{Kind: cardreader.ReadingPhase, Phase: cardreader.PhasePersonal})
	at("home-reading")
	w.insert(anna())
	at("home-card")
	w.key(fyne.KeyReturn)
	at("visit")
	w.key("F3")
	w.typed("il PIN è 12345")
	w.key(fyne.KeyReturn)
	at("note-secret")
	w.key(fyne.KeyEscape, "F4")
	at("person")
	w.key(fyne.KeyEscape, "F6")
	at("handout")
	w.key(fyne.KeyEscape, "F2")
	at("record")
	w.key(fyne.KeyEscape)
	w.walks(at)
	w.key("F5")
	w.choose(w.app.words.Current().T("paper_kind.take_home"))
	at("papers")
	w.key("F4")
	at("printers")
	w.key(fyne.KeyEscape, fyne.KeyEscape, "F10", "1", fyne.KeyReturn)
	at("closing")
	w.key("2", fyne.KeyReturn)
	at("home-closed")
	w.key("F4")
	at("settings")
	w.key(fyne.KeyEscape, "F3")
	at("queue")
	w.key(fyne.KeyEscape, "F1")
	at("help")
	w.doctor.found = sick()
	w.key("F5")
	at("examination")
	w.key(fyne.KeyEscape, fyne.KeyEscape)
	w.choose("ANNA")
	at("follow-up")
	w.key(fyne.KeyEscape)
	w.caring(at)
	w.carrying(at)
	w.findingSomebody(at)
	w.goingAway(at)
}

// walks goes through each service as far as first answers lead.
func (w *windowed) walks(at func(name string)) {
	w.t.Helper()
	for i, s := range w.app.services() {
		w.choose(s.Title.In(w.app.words.Current().Lang()))
		for step := 1; step < 40 && w.page().Name != w.app.words.Current().T("walk.ended_name"); step++ {
			at("walk-" + strconv.Itoa(i+1) + "-" + strconv.Itoa(step))
			w.answer()
		}
		at("walk-" + strconv.Itoa(i+1) + "-end")
		w.key(fyne.KeyReturn)
	}
}

func TestEveryScreenIsReachedByKeyInBothLanguagesAndAllLooks(t *testing.T) {
	looks := []struct {
		name    string
		options theme.Options
		size    fyne.Size
	}{
		{"light", theme.Options{}, laptop},
		{"high", theme.Options{Facilitator: theme.High, Citizen: theme.High}, laptop},
		{"large", theme.Options{Scale: 1.3}, laptop},
		{"small", theme.Options{}, netbook},
	}
	for _, lang := range text.Languages() {
		for _, look := range looks {
			if *pictures == "" && lang+look.name != "itlight" && lang+look.name != "enhigh" {
				continue // one look for each language says whether every key leads where it should
			}
			t.Run(lang+"-"+look.name, func(t *testing.T) {
				w := newWindowed(t, look.options)
				w.window.Resize(look.size)
				w.app.words.Set(lang)
				w.app.citizenWords.Set(lang)
				w.app.changed()
				w.tour(func(name string) { w.photograph(lang + "-" + look.name + "-" + name) })
			})
		}
	}
}

func (w *windowed) photograph(name string) {
	w.t.Helper()
	if *pictures == "" {
		return
	}
	f, err := os.Create(filepath.Join(*pictures, name+".png"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, w.window.Canvas().Capture()); err != nil {
		w.t.Fatal(err)
	}
}

// sample is an answer that a field takes.
func sample(f walk.Field) string {
	switch {
	case f.Example != "":
		return f.Example
	case len(f.Choices) > 0:
		return f.Choices[0].ID
	}
	return map[walk.FieldType]string{
		walk.TextField: "Carta", walk.DigitsField: "123456", walk.DateField: "05/03/2030", walk.MoneyField: "8.263,31", walk.YesNoField: walk.Yes,
	}[f.Type]
}

func TestEveryKeyOfTheWindowKeepsTheDeskOpen(t *testing.T) {
	for name, tc := range map[string]struct {
		open fyne.KeyName
		use  func(*windowed)
	}{
		"a key without a meaning": {"F3", func(w *windowed) { w.key("K") }},
		"a letter of a line":      {"F10", func(w *windowed) { w.typed("r") }},
		"the mouse":               {"F3", func(w *windowed) { w.view.frame.back.MouseMoved(nil) }},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWindowed(t, theme.Options{})
			w.app.settings.LockAfter = 10
			w.key(fyne.KeyReturn)
			w.atHome()
			w.key(tc.open)
			w.pass(9*time.Minute + 40*time.Second)
			w.wantSays(call)
			tc.use(w)
			w.wantSilent(call)
			w.pass(5 * time.Minute)
			if w.app.session == nil {
				t.Error("the desk locked itself")
			}
		})
	}
}

func TestAPassphraseKeepsTheDeskOpenWhileItIsTyped(t *testing.T) {
	w := newWindowed(t, theme.Options{})
	w.app.settings.LockAfter = 10
	w.doors.real = true
	w.doors.people = keyholders("Piera")
	w.app.lookForDesk()
	w.settle()
	w.typed(rightPhrase)
	w.key(fyne.KeyReturn)
	w.atHome()
	w.key("F4", "F2", "1", "F3")
	w.pass(9 * time.Minute)
	w.typed("una frase")
	w.pass(5 * time.Minute)
	w.wantPage("La tua frase")
}

func TestARecoveryKeyLeavesNoTraceInWhatTheViewRemembers(t *testing.T) {
	p := page{Blocks: []block{groups{Label: "Gruppo", Groups: [][]byte{[]byte("7K3MV")}}}}
	if print := fingerprint(p); strings.Contains(print, "7K3MV") || strings.Contains(print, "55") {
		t.Errorf("the view remembers %q", print)
	}
}

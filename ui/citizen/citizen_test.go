package citizen_test

import (
	"errors"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"bottega/desk/bilingual"
	"bottega/desk/walk"
	"bottega/ui/citizen"
	"bottega/ui/text/texttest"
	"bottega/ui/theme"
	"bottega/ui/widgets"
)

func TestAScreenIsPutIntoWords(t *testing.T) {
	it, en := texttest.Localizer(t, "it"), texttest.Localizer(t, "en")
	typeNow := citizen.Screen{Kind: citizen.TypeNow, Step: 4, Steps: 7}
	cases := map[string]struct {
		got  citizen.Page
		want citizen.Page
	}{
		"greeted by name": {
			citizen.Present(citizen.Screen{Kind: citizen.Greeting, Name: "Rosa"}, it, false),
			citizen.Page{
				Kind: citizen.Greeting, Heading: "Buongiorno, Rosa", Centered: true,
				Lines: []string{"Ci dica con calma di che cosa ha bisogno."},
			},
		},
		"greeted without a name": {
			citizen.Present(citizen.Screen{Kind: citizen.Greeting, Words: both("Si sieda.", "Take a seat.")}, en, false),
			citizen.Page{Kind: citizen.Greeting, Heading: "Good day", Centered: true, Lines: []string{"Take a seat."}},
		},
		"the citizen types": {
			citizen.Present(typeNow, it, false),
			citizen.Page{
				Kind: citizen.TypeNow, Heading: "Ora scriva Lei", Act: true, Centered: true,
				Lines: []string{
					"Scriva con calma sulla tastiera.", "L'operatore guarda altrove. Non dica i Suoi codici ad alta voce.",
				},
				Progress: "Passo 4 di 7", Step: 4, Steps: 7,
			},
		},
		"a code for the phone": {
			citizen.Present(citizen.Screen{Kind: citizen.ScanCode, Code: "https://example.org/a", Address: "example.org"}, en, false),
			citizen.Page{
				Kind: citizen.ScanCode, Heading: "Point your phone at the code", Code: "https://example.org/a",
				CodeSays: "Code to scan with a phone: example.org",
				Lines: []string{
					"Open the camera, point it at the square and tap the words that appear.", "Without a phone: example.org",
				},
			},
		},
		"facts to check": {
			citizen.Present(citizen.Screen{
				Kind: citizen.Check, Title: both("Controlli", "Check"), Practice: true,
				Facts: []citizen.Fact{{Name: both("Nome", "Name"), Value: "Rosa"}},
			}, it, false),
			citizen.Page{
				Kind: citizen.Check, Heading: "Controlli", Facts: []citizen.PageFact{{Name: "Nome", Value: "Rosa"}},
				Practice: "PROVA: i dati sono inventati",
			},
		},
		"covered": {
			citizen.Present(typeNow, it, true),
			citizen.Page{Kind: citizen.Covered, Heading: "Un momento, per favore", Centered: true},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if !samePage(tc.got, tc.want) {
				t.Errorf("got  %+v\nwant %+v", tc.got, tc.want)
			}
		})
	}
}

func samePage(a, b citizen.Page) bool {
	return slices.Equal(a.Lines, b.Lines) && slices.Equal(a.Items, b.Items) && slices.Equal(a.Facts, b.Facts) &&
		a.Kind == b.Kind && a.Mood == b.Mood && a.Heading == b.Heading && a.Act == b.Act && a.Centered == b.Centered && a.Progress == b.Progress &&
		a.Step == b.Step && a.Steps == b.Steps && a.Code == b.Code && a.CodeSays == b.CodeSays && a.Practice == b.Practice
}

func TestEveryWayAWalkEndsHasItsMood(t *testing.T) {
	want := map[walk.Class]citizen.Mood{
		walk.Done: citizen.Good, walk.Partly: citizen.Waiting, walk.Sent: citizen.Waiting, walk.Stopped: citizen.Careful, "": citizen.Neutral,
	}
	for class, mood := range want {
		if got := citizen.MoodOf(class); got != mood {
			t.Errorf("%q is taken as %q, want %q", class, got, mood)
		}
	}
}

func TestEveryPictureIsThere(t *testing.T) {
	for _, name := range []string{
		theme.PictureCard, theme.PictureInsert, theme.PictureType, theme.PicturePhone, theme.PicturePaper, theme.PictureHello,
		theme.PictureGoodbye, theme.PictureWait, theme.PictureDone, theme.PictureCurtain, theme.PictureInfo,
	} {
		if theme.Picture(name) == nil {
			t.Errorf("no picture %q", name)
		}
	}
	if theme.Picture("none") != nil {
		t.Error("a picture that is not there")
	}
}

func TestAnIncompleteScreenIsRefused(t *testing.T) {
	cases := map[string]citizen.Screen{
		"no kind":                  {},
		"an unknown kind":          {Kind: "notes"},
		"a step without title":     {Kind: citizen.Step},
		"a title in one language":  {Kind: citizen.Step, Title: bilingual.Text{It: "Solo qui"}},
		"words in one language":    {Kind: citizen.TypeNow, Words: bilingual.Text{En: "Only here"}},
		"an item in one language":  {Kind: citizen.Papers, Items: []bilingual.Text{{It: "Foglio"}}},
		"a code that is not there": {Kind: citizen.ScanCode},
		"a PIN or a PUK":           {Kind: citizen.TypeCode},
	}
	for name, s := range cases {
		t.Run(name, func(t *testing.T) {
			if err := s.Validate(); !errors.Is(err, citizen.ErrIncomplete) {
				t.Errorf("got %v", err)
			}
		})
	}
	for _, kind := range citizen.Kinds() {
		s := citizen.Screen{Kind: kind, Title: both("Titolo", "Title"), Code: "x", Types: citizen.CodePIN}
		if err := s.Validate(); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestWhatIsShownCannotBeChangedFromOutside(t *testing.T) {
	stage := citizen.NewStage(texttest.Holder(t, "it"))
	items := []bilingual.Text{both("Attestato", "Certificate")}
	stage.Show(citizen.Screen{Kind: citizen.Papers, Items: items})
	items[0] = both("Nota del facilitatore", "Facilitator's note")
	stage.Screen().Items[0] = both("Altra nota", "Another note")
	if got := stage.Page().Items[0]; got != "Attestato" {
		t.Errorf("the citizen reads %q", got)
	}
}

func TestACoveredStageSaysNothingOfTheCitizen(t *testing.T) {
	dress(t, theme.Options{})
	stage := citizen.NewStage(texttest.Holder(t, "it"))
	view, preview := citizen.NewView(stage), citizen.NewPreview(stage, 300)
	show(t, widgets.Column(view.Object(), preview.Object()), fyne.NewSize(1024, 768))
	view.Object().Resize(fyne.NewSize(1024, 768))
	stage.Show(citizen.Screen{Kind: citizen.Greeting, Name: "Rosa Tarchi"})
	for name, v := range map[string]*citizen.View{"window": view, "preview": preview} {
		if said := strings.Join(widgets.Spoken(v.Object()), " "); !strings.Contains(said, "Rosa Tarchi") {
			t.Errorf("the %s says %q", name, said)
		}
	}
	stage.Cover(true)
	stage.Show(citizen.Screen{Kind: citizen.Greeting, Name: "Rosa Tarchi"}) // news do not uncover
	for name, v := range map[string]*citizen.View{"window": view, "preview": preview} {
		if markup := test.RenderObjectToMarkup(v.Object()); strings.Contains(markup, "Rosa") {
			t.Errorf("the covered %s shows the name", name)
		}
	}
	stage.Cover(false)
	if stage.Page().Heading != "Buongiorno, Rosa Tarchi" {
		t.Errorf("uncovered, the heading is %q", stage.Page().Heading)
	}
}

func TestTheCitizensLanguageChangesWhileTheirScreenIsShown(t *testing.T) {
	dress(t, theme.Options{})
	stage := citizen.NewStage(texttest.Holder(t, "it"))
	view := citizen.NewView(stage)
	show(t, view.Object(), fyne.NewSize(1366, 768))
	stage.Show(citizen.Screen{Kind: citizen.Goodbye})
	stage.Language().Set("en")
	said := widgets.Spoken(view.Object())
	if len(said) == 0 || said[0] != "Thank you and goodbye" {
		t.Errorf("said %q", said)
	}
	view.Close()
	stage.Language().Set("it")
	if got := widgets.Spoken(view.Object())[0]; got != "Thank you and goodbye" {
		t.Errorf("a closed view went on: %q", got)
	}
}

func TestAPreviewIsTheWindowInSmall(t *testing.T) {
	dress(t, theme.Options{})
	stage := citizen.NewStage(texttest.Holder(t, "it"))
	view, preview := citizen.NewView(stage), citizen.NewPreview(stage, 340)
	for _, s := range screens() {
		stage.Show(s)
		view.Object().Resize(fyne.NewSize(1366, 768))
		preview.Object().Resize(preview.Object().MinSize())
		whole, small := widgets.Spoken(view.Object()), widgets.Spoken(preview.Object())
		for i, words := range whole {
			whole[i] = strings.TrimSuffix(words, ". 0 cifre scritte") // how much is typed is the citizen's alone
		}
		if !slices.Equal(whole, small) {
			t.Errorf("%s: the window says %q, the preview %q", s.Kind, whole, small)
		}
		inside(t, preview.Object(), preview.Object().MinSize())
	}
	for _, width := range []float32{200, 340, 500} {
		if got, want := widgets.HeightFor(preview.Object(), width), width*768/1366; got != want {
			t.Errorf("%v wide the preview is %v tall, want %v", width, got, want)
		}
	}
}

func TestLargerTypeStillHoldsEveryWord(t *testing.T) {
	dress(t, theme.Options{CitizenScale: theme.MaxScale})
	stage := citizen.NewStage(texttest.Holder(t, "it"))
	view := citizen.NewView(stage)
	for _, size := range sizes {
		view.Object().Resize(size)
		for _, s := range screens() {
			stage.Show(s)
			inside(t, view.Object(), size)
			if points := citizen.TypeSize(s, stage.Language().Current(), size); points < theme.CitizenSmallest {
				t.Errorf("%s is set at %.1f points on %v", s.Kind, points, size)
			}
		}
	}
}

func TestAScreenWithFarTooManyWordsIsSmallAndWhole(t *testing.T) {
	dress(t, theme.Options{})
	long := strings.TrimSpace(strings.Repeat("Porti con sé il documento. ", 60))
	stage := citizen.NewStage(texttest.Holder(t, "it"))
	view := citizen.NewView(stage)
	size := fyne.NewSize(1024, 768)
	view.Object().Resize(size)
	s := citizen.Screen{Kind: citizen.Step, Title: both("Titolo", "Title"), Words: both(long, long)}
	stage.Show(s)
	inside(t, view.Object(), size)
	if points := citizen.TypeSize(s, stage.Language().Current(), size); points >= theme.CitizenSmallest {
		t.Errorf("TypeSize says %.1f, so content this long would pass", points)
	}
}

func TestAHostileNameIsDrawnWhole(t *testing.T) {
	dress(t, theme.Options{})
	stage := citizen.NewStage(texttest.Holder(t, "it"))
	view := citizen.NewView(stage)
	size := fyne.NewSize(1024, 768)
	view.Object().Resize(size)
	for name, hostile := range map[string]string{
		"one endless word": strings.Repeat("Bartolozzi", 40),
		"lines":            strings.Repeat("Rosa\n", 30),
		"nothing visible":  " \u200b\t",
		"braces":           "{{.Name}} {{end}}",
		"broken text":      "Rosa\xff\xfe",
	} {
		t.Run(name, func(t *testing.T) {
			stage.Show(citizen.Screen{Kind: citizen.Greeting, Name: hostile})
			inside(t, view.Object(), size)
			if said := widgets.Spoken(view.Object()); len(said) < 2 || !strings.HasPrefix(said[0], "Buongiorno") {
				t.Errorf("said %q", said)
			}
		})
	}
}

// TestPresentersKnowNoToolkit keeps what decides apart from what draws.
func TestPresentersKnowNoToolkit(t *testing.T) {
	for _, name := range []string{"screen.go", "presenter.go", "stage.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, imported := range file.Imports {
			path, err := strconv.Unquote(imported.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(path, "fyne.io/") || path == "bottega/ui/widgets" || path == "bottega/ui/theme" {
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
}

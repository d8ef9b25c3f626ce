package facilitator

import (
	"reflect"
	"strings"
	"unicode"

	"bottega/desk"
	"bottega/desk/bilingual"
	"bottega/desk/walk"
	"bottega/ui/citizen"
	"bottega/ui/text"
)

// citizenScreen is a page that has something to say to the citizen. Where the page on top has nothing, the one below speaks:
// the citizen does not notice that the facilitator writes a note.
type citizenScreen interface{ citizen() citizen.Screen }

// showCitizen puts before the citizen what belongs to the page on top. It is the only way to the citizen's window.
func (a *App) showCitizen() {
	s := citizen.Screen{Kind: citizen.Welcome}
	for i := len(a.stack) - 1; i >= 0; i-- {
		if c, ok := a.stack[i].(citizenScreen); ok {
			s = c.citizen()
			break
		}
	}
	s.Practice = a.session != nil && a.session.Desk.Practice()
	if !reflect.DeepEqual(s, a.Stage.Screen()) {
		a.Stage.Show(s)
	}
}

// forgetCitizen takes away everything of the citizen's at once.
func (a *App) forgetCitizen() { a.Stage.Show(citizen.Screen{Kind: citizen.Welcome}) }

// toggleBlank covers the citizen's screen, or shows it again.
func (a *App) toggleBlank() { a.Stage.Cover(!a.Stage.Covered()) }

// both is a text of ours in the two languages.
func (a *App) both(key string) bilingual.Text {
	return bilingual.Text{It: a.Catalog.For(text.Italian).T(key), En: a.Catalog.For(text.English).T(key)}
}

// citizen shows passers-by nothing of anybody; just after a visit it says goodbye.
func (h *home) citizen() citizen.Screen {
	switch {
	case h.app.farewell && h.app.card.Reader != "":
		return citizen.Screen{Kind: citizen.TakeCard}
	case h.app.farewell:
		return citizen.Screen{Kind: citizen.Goodbye}
	case h.app.card.Phase != "":
		return citizen.Screen{Kind: citizen.Reading}
	default:
		return citizen.Screen{Kind: citizen.Welcome}
	}
}

func (v *visit) citizen() citizen.Screen {
	x, err := v.desk().Visit(v.id)
	if err != nil || !x.Open() {
		return citizen.Screen{Kind: citizen.Welcome}
	}
	return citizen.Screen{Kind: citizen.Greeting, Name: written(x.Person.Name)}
}

func (c *closing) citizen() citizen.Screen {
	if c.app.card.Reader != "" {
		return citizen.Screen{Kind: citizen.TakeCard}
	}
	return citizen.Screen{Kind: citizen.Goodbye}
}

// citizen shows the citizen's words of the step, never the notes.
func (w *walkScreen) citizen() citizen.Screen {
	if o := w.view.Outcome; o != nil {
		return citizen.Screen{Kind: citizen.Result, Mood: citizen.MoodOf(o.Class), Title: o.Title, Words: o.TakeHome, Items: o.Steps(false)}
	}
	step := w.view.Step
	plain := citizen.Screen{Kind: citizen.Step, Title: step.Title, Words: step.Citizen}
	if n := w.view.Service.Notice; step.ID == walk.AnswerNotice && n != nil {
		plain.Words = n.Text
	}
	switch step.Kind {
	case walk.CitizenTypes:
		return citizen.Screen{Kind: citizen.TypeNow, Words: step.Citizen}
	case walk.QR:
		return citizen.Screen{Kind: citizen.ScanCode, Title: step.Title, Words: step.Citizen, Code: step.URL, Address: step.URL}
	case walk.Card:
		return w.citizenCard(plain)
	case walk.Act:
		if step.Action == walk.RequestActivation || step.Action == walk.RequestExemption {
			plain.Kind, plain.Facts = citizen.Check, w.requestFacts()
		}
	case walk.Paper:
		if w.paper != "" {
			return citizen.Screen{Kind: citizen.Papers, Items: []bilingual.Text{w.app.both("paper_kind." + string(w.paperKind()))}}
		}
	}
	return plain
}

// citizenCard follows the card: wanted, being read, and then what it says, for the holder to check.
func (w *walkScreen) citizenCard(plain citizen.Screen) citizen.Screen {
	c := w.app.card
	switch {
	case c.Phase != "":
		return citizen.Screen{Kind: citizen.Reading}
	case c.Reader == "":
		return citizen.Screen{Kind: citizen.InsertCard}
	case c.Card == nil:
		return plain
	}
	plain.Kind, plain.Facts = citizen.Check, w.holderFacts(c.Card)
	return plain
}

func (w *walkScreen) holderFacts(c *desk.Card) []citizen.Fact {
	facts := []citizen.Fact{{Name: w.app.both("card.holder"), Value: written(c.Holder.FullName())}}
	if !c.Expires.IsZero() {
		facts = append(facts, citizen.Fact{Name: w.app.both("card.expires"), Value: c.Expires.Italian()})
	}
	return facts
}

// requestFacts are what is about to be asked for, for the citizen to check.
func (w *walkScreen) requestFacts() []citizen.Fact {
	x, err := w.app.session.Desk.Visit(w.visit)
	if err != nil {
		return nil
	}
	var facts []citizen.Fact
	if !x.Person.IsZero() {
		facts = append(facts, citizen.Fact{Name: w.app.both("card.holder"), Value: written(x.Person.FullName())})
	}
	answers := recordedAnswers(x, w.id)
	l := w.app.citizenWords.Current()
	for _, stop := range w.view.Trail {
		if stop.Mark != walk.Behind {
			continue
		}
		for _, f := range stop.Step.Fields {
			if v := answers[f.ID]; v != "" {
				figures := f.Type == walk.DigitsField || f.Type == walk.DateField
				facts = append(facts, citizen.Fact{Name: f.Label, Value: answerWords(l, f, v), Figures: figures})
			}
		}
	}
	return facts
}

// citizen shows what seems to apply, in the plain words of each exemption.
func (v *verdict) citizen() citizen.Screen {
	s := citizen.Screen{Kind: citizen.Result, Title: v.app.both("verdict.title"), Words: v.app.both("verdict.citizen_none")}
	c := v.walk.checked()
	if c == nil || len(c.Fits) == 0 {
		return s
	}
	s.Words = v.app.both("verdict.citizen_some")
	for _, j := range c.Fits {
		s.Items = append(s.Items, bilingual.Text{It: j.Code + ": " + j.Description.It, En: j.Code + ": " + j.Description.En})
	}
	return s
}

// written is a name as one writes it to somebody: cards have capitals only, and an apostrophe where the accent should be. A name
// that has small letters is left as it was typed.
func written(name string) string {
	if name != strings.ToUpper(name) {
		return name
	}
	words := strings.Fields(name)
	for i, word := range words {
		words[i] = accented(capitalised(word))
	}
	return strings.Join(words, " ")
}

// capitalised has a capital at the start, and after an apostrophe or a hyphen: D'Ambrosio, Anna-Maria.
func capitalised(word string) string {
	start := true
	return strings.Map(func(r rune) rune {
		begins := start
		start = r == '\'' || r == '’' || r == '-'
		if begins {
			return unicode.ToUpper(r)
		}
		return unicode.ToLower(r)
	}, word)
}

// accented turns the apostrophe after a last vowel into the accent that it stands for: Niccolò.
func accented(word string) string {
	accents := map[string]string{"a'": "à", "e'": "è", "i'": "ì", "o'": "ò", "u'": "ù"}
	for plain, accent := range accents {
		if rest, ok := strings.CutSuffix(word, plain); ok && rest != "" {
			return rest + accent
		}
	}
	return word
}

package facilitator

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"bottega/desk"
	"bottega/ui/text"
)

// setup asks what a real desk is made of.
type setup struct {
	app    *App
	values map[string]string
	wrong  map[string]string
	phrase lent
	again  lent
}

func newSetup(a *App) *setup {
	return &setup{app: a, values: map[string]string{"desk": "1"}, wrong: map[string]string{}}
}

func (s *setup) field(l *text.Localizer, id string) field {
	return field{
		ID: id, Label: l.T("setup." + id), Hint: hint(l, "setup."+id), Value: s.values[id], Wrong: s.wrong[id],
		Set: func(v string) { s.values[id] = v },
	}
}

func (s *setup) secret(l *text.Localizer, id string, from *lent) secret {
	return secret{ID: id, Label: l.T("setup." + id), Hint: hint(l, "setup."+id), Wrong: s.wrong[id], From: from}
}

func (s *setup) page(l *text.Localizer) page {
	return page{
		Name: l.T("setup.name"), Title: l.T("setup.title"), Lead: l.T("setup.lead"), Focus: s.firstWrong("facilitator"),
		Blocks: []block{
			columns{Cols: [][]block{
				{
					heading{Text: l.T("setup.about_you")},
					s.field(l, "facilitator"), s.secret(l, "phrase", &s.phrase), s.secret(l, "again", &s.again),
					paragraph{Text: l.T("setup.phrase_warning"), Small: true},
				},
				{
					heading{Text: l.T("setup.about_site")},
					s.field(l, "site"), s.field(l, "municipality"),
					columns{Cols: [][]block{{s.field(l, "code")}, {s.field(l, "desk")}}},
					columns{Cols: [][]block{{s.field(l, "phone")}, {s.field(l, "enrol")}}},
				},
			}},
		},
		Actions: []action{
			{Key: keyMain, Label: l.T("setup.go"), Do: s.save, Tone: primary},
			{Key: keyBack, Label: l.T("do.back"), Do: s.app.pop},
		},
	}
}

func setupFields() []string {
	return []string{"facilitator", "phrase", "again", "site", "municipality", "code", "desk", "phone", "enrol"}
}

// firstWrong returns the first field that was refused, where the cursor should go.
func (s *setup) firstWrong(otherwise string) string {
	for _, id := range setupFields() {
		if s.wrong[id] != "" {
			return id
		}
	}
	return otherwise
}

func (s *setup) check(l *text.Localizer) {
	clear(s.wrong)
	for _, id := range []string{"facilitator", "site", "municipality", "code", "desk"} {
		if strings.TrimSpace(s.values[id]) == "" {
			s.wrong[id] = l.T("field.missing")
		}
	}
	for _, id := range []string{"code", "desk"} {
		if s.wrong[id] == "" && !plainCode(s.values[id]) {
			s.wrong[id] = l.T("setup.code_wrong")
		}
	}
}

// takePhrase takes the two phrases out of their boxes and returns the one they agree on. It is the last check: a phrase that was
// taken has to be typed again.
func (s *setup) takePhrase(l *text.Localizer) []byte {
	phrase, again := s.phrase.Take(), s.again.Take()
	defer clear(again)
	if s.wrong["phrase"] = phraseWrong(l, phrase, again); s.wrong["phrase"] != "" {
		clear(phrase)
		return nil
	}
	return phrase
}

// plainCode reports whether a text can stand in the number of a paper.
func plainCode(s string) bool {
	return len(s) <= 16 && strings.IndexFunc(s, func(r rune) bool {
		return r != '-' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
	}) < 0
}

func (s *setup) save() {
	a, l := s.app, s.app.words.Current()
	if s.check(l); len(s.wrong) > 0 {
		return
	}
	phrase := s.takePhrase(l)
	if phrase == nil {
		return
	}
	value := func(id string) string { return strings.TrimSpace(s.values[id]) }
	wanted := NewDesk{
		Facilitator: value("facilitator"), Passphrase: phrase, Enrol: value("enrol"),
		Site: desk.SiteSet{
			Site: desk.Site{ID: strings.ToUpper(value("code")), Name: value("site"), Municipality: value("municipality"), Phone: value("phone")},
			Desk: strings.ToUpper(value("desk")),
		},
	}
	var session *Session
	a.worker.run(l.T("task.setting_up"), func(ctx context.Context) (err error) {
		defer clear(phrase)
		session, err = a.Doors.SetUp(ctx, wanted)
		return err
	}, func(err error) {
		var enrol *EnrolError
		if err != nil && !(errors.As(err, &enrol) && session != nil) {
			a.fail(err)
			return
		}
		clear(s.values)
		a.openSession(session)
		a.showNewKey()
		if enrol != nil {
			a.tell(caution, l.T("setup.not_enrolled"), enrolWords(l, enrol))
		}
	})
}

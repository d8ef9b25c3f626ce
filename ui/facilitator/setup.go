package facilitator

import (
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"bottega/desk"
	"bottega/ui/text"
)

// shortestPhrase is long enough that guessing goes on for ever behind argon2id, and short enough to be three words.
const shortestPhrase = 12

// setup asks what a real desk is made of.
type setup struct {
	app    *App
	values map[string]string
	wrong  map[string]string
}

func newSetup(a *App) *setup {
	return &setup{app: a, values: map[string]string{"desk": "1"}, wrong: map[string]string{}}
}

func (s *setup) field(l *text.Localizer, id string, width int) field {
	return field{
		ID: id, Label: l.T("setup." + id), Hint: l.T("setup." + id + "_hint"), Value: s.values[id], Wrong: s.wrong[id], Width: width,
		Secret: id == "phrase" || id == "again",
		Set:    func(v string) { s.values[id] = v },
	}
}

func (s *setup) page(l *text.Localizer) page {
	return page{
		Name: l.T("setup.name"), Title: l.T("setup.title"), Lead: l.T("setup.lead"), Focus: s.firstWrong("facilitator"),
		Blocks: []block{
			columns{Cols: [][]block{
				{
					heading{Text: l.T("setup.about_you")},
					s.field(l, "facilitator", 0), s.field(l, "phrase", 0), s.field(l, "again", 0),
					paragraph{Text: l.T("setup.phrase_warning"), Small: true},
				},
				{
					heading{Text: l.T("setup.about_site")},
					s.field(l, "site", 0), s.field(l, "municipality", 0),
					columns{Cols: [][]block{{s.field(l, "code", 12)}, {s.field(l, "desk", 4)}}},
					s.field(l, "phone", 0), s.field(l, "enrol", 0),
				},
			}},
		},
		Actions: []action{
			{Key: keyMain, Label: l.T("setup.go"), Do: s.save, Tone: main},
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
	if utf8.RuneCountInString(s.values["phrase"]) < shortestPhrase {
		s.wrong["phrase"] = l.T("setup.phrase_short", "Least", shortestPhrase)
	} else if s.values["phrase"] != s.values["again"] {
		s.wrong["again"] = l.T("setup.phrases_differ")
	}
	for _, id := range []string{"code", "desk"} {
		if s.wrong[id] == "" && !plainCode(s.values[id]) {
			s.wrong[id] = l.T("setup.code_wrong")
		}
	}
}

// plainCode reports whether a text can stand in the number of a paper.
func plainCode(s string) bool {
	return len(s) <= 16 && strings.IndexFunc(s, func(r rune) bool {
		return r != '-' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
	}) < 0
}

func (s *setup) save() {
	a, l := s.app, s.app.words.Current()
	s.check(l)
	if len(s.wrong) > 0 {
		return
	}
	value := func(id string) string { return strings.TrimSpace(s.values[id]) }
	wanted := NewDesk{
		Facilitator: value("facilitator"), Passphrase: []byte(s.values["phrase"]), Enrol: value("enrol"),
		Site: desk.SiteSet{
			Site: desk.Site{ID: strings.ToUpper(value("code")), Name: value("site"), Municipality: value("municipality"), Phone: value("phone")},
			Desk: strings.ToUpper(value("desk")),
		},
	}
	var session *Session
	a.worker.run(l.T("task.setting_up"), func(ctx context.Context) (err error) {
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
		if enrol != nil {
			a.tell(caution, l.T("setup.not_enrolled"), enrol.Problem)
		}
	})
}

package facilitator

import (
	"strconv"

	"bottega/desk/walk"
	"bottega/ui/text"
)

// settingsScreen changes how the windows look and speak, at once.
type settingsScreen struct{ app *App }

func (a *App) openSettings() { a.push(&settingsScreen{app: a}) }

// textSizes are the sizes of type offered, in per cent.
func textSizes() []int { return []int{100, 115, 130} }

func (s *settingsScreen) page(l *text.Localizer) page {
	a := s.app
	langs := func(now string, set func(string)) []choice {
		var rows []choice
		for _, lang := range text.Languages() {
			rows = append(rows, choice{Label: l.T("lang." + lang), On: now == lang, Do: func() { set(lang) }})
		}
		return rows
	}
	var sizes []choice
	for _, size := range textSizes() {
		sizes = append(sizes, choice{
			Label: l.T("settings.size_" + strconv.Itoa(size)), On: a.settings.TextSize == size,
			Do: func() { s.change(func(x *Settings) { x.TextSize = size }) },
		})
	}
	var contrasts []choice
	for _, c := range []string{"light", "high"} {
		contrasts = append(contrasts, choice{
			Label: l.T("settings.contrast_" + c), On: a.settings.Contrast == c,
			Do: func() { s.change(func(x *Settings) { x.Contrast = c }) },
		})
	}
	p := page{
		Name: l.T("settings.name"), Title: l.T("settings.title"), Lead: l.T("settings.lead"),
		Blocks: []block{columns{Cols: [][]block{
			{
				choices{Label: l.T("settings.lang"), Rows: langs(a.settings.Lang, a.setLang)},
				choices{Label: l.T("settings.citizen_lang"), Rows: langs(a.settings.CitizenLang, a.setCitizenLang)},
				facts{Rows: []fact{{Label: l.T("settings.second_screen"), Value: l.T("answer." + walk.Bool(a.settings.SecondScreen))}}},
			},
			{choices{Label: l.T("settings.contrast"), Rows: contrasts}, choices{Label: l.T("settings.size"), Rows: sizes}},
		}}, paragraph{Text: l.T("settings.version", "Version", a.Version), Small: true}},
		Actions: []action{{Key: keyMain, Label: l.T("settings.done"), Do: a.pop, Tone: primary}},
	}
	if a.session != nil {
		p.Actions = append(p.Actions,
			action{Key: keyF2, Label: l.T("care.open"), Do: func() { a.push(&care{app: a}) }},
			action{Key: keyF5, Label: l.T("papers.choose_printer"), Do: func() { a.push(&printers{app: a}) }},
		)
	}
	p.Actions = append(p.Actions, action{Key: keyF6, Label: l.T("settings.toggle_second"), Do: func() {
		s.change(func(x *Settings) { x.SecondScreen = !x.SecondScreen })
	}})
	p.Actions = append(p.Actions, a.examineAction(l, keyF3), action{Key: keyBack, Label: l.T("do.back"), Do: a.pop})
	return p
}

func (s *settingsScreen) change(do func(*Settings)) {
	do(&s.app.settings)
	s.app.saveSettings()
	s.app.Look(s.app.settings)
}

func (a *App) setLang(lang string) {
	a.settings.Lang = lang
	a.words.Set(lang)
	a.saveSettings()
}

func (a *App) setCitizenLang(lang string) {
	a.settings.CitizenLang = lang
	a.citizenWords.Set(lang)
	a.saveSettings()
}

// toggleCitizenLang changes what the citizen reads to the other language, from any page.
func (a *App) toggleCitizenLang() {
	a.citizenWords.Toggle()
	a.settings.CitizenLang = a.citizenWords.Current().Lang()
	a.saveSettings()
}

// saveSettings keeps the settings for the next start. A disk that refuses is told: the choice holds until the program ends.
func (a *App) saveSettings() {
	if err := a.Keeper.Save(a.settings); err != nil {
		l := a.words.Current()
		a.tell(caution, l.T("settings.not_saved"), l.T("settings.not_saved_advice"))
	}
}

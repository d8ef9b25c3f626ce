package facilitator

import (
	"context"
	"strconv"

	"bottega/ui/text"
)

// packs say which content the desk works with.
type packs struct{ app *App }

// packEnding is how the name of a pack's file ends.
const packEnding = ".pacchetto"

func (p *packs) page(l *text.Localizer) page {
	a, s := p.app, p.app.session.Content()
	inUse := l.T("packs.embedded", "Version", a.Version)
	if s.Version > 0 {
		inUse = l.T("packs.version", "Version", strconv.FormatUint(s.Version, 10))
	}
	pg := page{
		Name: l.T("packs.name"), Title: l.T("packs.title"), Lead: l.T("packs.lead"), Narrow: true,
		Blocks: []block{facts{Rows: []fact{{Label: l.T("packs.in_use"), Value: inUse, Tone: good}}}},
		Actions: []action{
			{Key: keyMain, Label: l.T("settings.done"), Do: a.pop, Tone: primary},
			{Key: keyF5, Label: l.T("packs.install"), Do: func() { a.pickFile("pack_file", packEnding, p.install) }},
			{Key: keyBack, Label: l.T("do.back"), Do: a.pop},
		},
	}
	if s.Waiting > 0 {
		pg.Blocks = append(pg.Blocks, notice{Title: l.T("packs.waiting", "Version", strconv.FormatUint(s.Waiting, 10)), Text: l.T("packs.waiting_detail")})
	}
	if s.Problem != "" {
		pg.Blocks = append(pg.Blocks, notice{Tone: caution, Title: l.T("packs.problem"), Text: packWords(l, s.Problem)})
	}
	return pg
}

// packWords say what is wrong with a pack; a word of a newer program says no more than that something is.
func packWords(l *text.Localizer, word string) string {
	if key := "pack.problem." + word; l.Has(key) {
		return l.T(key)
	}
	return l.T("packs.problem_other")
}

func (p *packs) install(file string) {
	a, s := p.app, p.app.session
	a.work(a.words.Current().T("task.packs"), func(ctx context.Context) error { return s.InstallPack(ctx, file) }, func() {
		a.pop()
		l := a.words.Current()
		if s.Content().Waiting > 0 {
			a.tell(good, l.T("packs.installed"), l.T("packs.installed_detail"))
			return
		}
		a.tell(good, l.T("packs.installed"), l.T("packs.at_once"))
	})
}

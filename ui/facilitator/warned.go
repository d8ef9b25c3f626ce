package facilitator

import (
	"context"

	"bottega/ui/text"
)

// warned is what somebody has to read before work goes on, in its own words.
type warned struct {
	app *App
	err error
}

// warn shows the warning of a session that was just opened, if it has one.
func (a *App) warn(s *Session) {
	if s.Warning != nil {
		a.push(&warned{app: a, err: s.Warning})
	}
}

func (w *warned) page(l *text.Localizer) page {
	n := inWords(l, w.err)
	n.Tone = caution
	return page{
		Name: l.T("warned.name"), Title: l.T("warned.title"), Narrow: true,
		Blocks:  []block{n},
		Actions: []action{{Key: keyMain, Label: l.T("warned.read"), Do: w.read, Tone: primary}},
	}
}

// read goes on, beside the recording of it: where that fails, the warning comes again at the next unlocking.
func (w *warned) read() {
	a, s := w.app, w.app.session
	a.worker.beside(a.present, func(ctx context.Context) error { return s.WarningRead(ctx) }, func(error) {})
	a.pop()
}

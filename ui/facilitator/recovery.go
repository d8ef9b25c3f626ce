package facilitator

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"

	"bottega/ui/citizen"
	"bottega/ui/text"
)

// recoveryKey shows a new recovery key once, in big type, to be written down or printed, and asks for one group of it back as a
// sign that it was. The citizen's screen is curtained meanwhile. The groups are bytes that are wiped when the page goes.
type recoveryKey struct {
	app    *App
	groups [][]byte
	// asked is the group that is wanted back, counted from one; zero while the key is shown.
	asked   int
	typed   string
	wrong   string
	curtain bool // the curtain is ours
}

// showNewKey makes a recovery key for the desk that is open. A practice desk has none.
func (a *App) showNewKey() {
	if a.session.Recovery != nil {
		a.push(&recoveryKey{app: a})
	}
}

func (k *recoveryKey) enter() {
	if !k.curtain && !k.app.Stage.Covered() {
		k.curtain = true
		k.app.Stage.Cover(true)
	}
	if k.groups == nil {
		k.make()
	}
}

// make asks the journal for a key. It counts as not written down until the group was typed.
func (k *recoveryKey) make() {
	a, s := k.app, k.app.session
	var groups [][]byte
	a.work(a.words.Current().T("task.making_key"), func(ctx context.Context) (err error) {
		groups, err = s.Recovery.New(ctx)
		return err
	}, func() {
		k.groups = groups
		s.HasRecovery, a.settings.KeyPending = true, true
		a.saveSettings()
	})
}

// leave wipes the key and lifts the curtain.
func (k *recoveryKey) leave() {
	for _, g := range k.groups {
		clear(g)
	}
	k.groups, k.typed, k.asked = nil, "", 0
	if k.curtain {
		k.curtain = false
		k.app.Stage.Cover(false)
	}
}

func (k *recoveryKey) citizen() citizen.Screen { return citizen.Screen{Kind: citizen.Welcome} }

func (k *recoveryKey) page(l *text.Localizer) page {
	p := page{Name: l.T("recovery.name"), Title: l.T("recovery.title"), Lead: l.T("recovery.lead")}
	later := action{Key: keyF10, Label: l.T("recovery.later"), Do: k.later}
	switch {
	case k.groups == nil:
		p.Actions = []action{{Key: keyF5, Label: l.T("recovery.again"), Do: k.make}, later}
	case k.asked == 0:
		p.Blocks = []block{
			groups{Label: l.T("recovery.group"), Groups: k.groups},
			careful(l, "recovery.keep"),
			paragraph{Text: l.T("recovery.letters"), Small: true},
		}
		p.Actions = []action{
			{Key: keyMain, Label: l.T("recovery.kept"), Do: k.ask, Tone: primary},
			later,
		}
		if k.app.session.RecoveryPaper != nil {
			p.Actions = slices.Insert(p.Actions, 1, action{Key: keyF4, Label: l.T("recovery.print"), Do: k.print})
		}
	default:
		p.Title, p.Lead, p.Narrow, p.Focus = l.T("recovery.ask_title"), l.T("recovery.ask_lead"), true, "group"
		p.Blocks = []block{field{
			ID: "group", Label: l.T("recovery.ask", "Group", k.asked), Hint: l.T("recovery.ask_hint"), Value: k.typed, Wrong: k.wrong,
			Kind: codeField, Set: func(v string) { k.typed = v },
		}}
		p.Actions = []action{
			{Key: keyMain, Label: l.T("recovery.go"), Do: k.check, Tone: primary},
			{Key: keyBack, Label: l.T("recovery.see"), Do: func() { k.asked, k.typed, k.wrong = 0, "", "" }},
			later,
		}
	}
	return p
}

// ask takes the key off the page and wants one group of it back.
func (k *recoveryKey) ask() { k.asked, k.typed, k.wrong = 1+rand.IntN(len(k.groups)), "", "" }

func (k *recoveryKey) check() {
	a, l := k.app, k.app.words.Current()
	if asWritten(k.typed) != string(k.groups[k.asked-1]) {
		k.wrong = l.T("recovery.wrong", "Group", k.asked)
		return
	}
	a.settings.KeyPending = false
	a.saveSettings()
	a.pop()
	a.tell(good, l.T("recovery.done"), l.T("recovery.done_detail"))
}

// asWritten reads a group as people write it: capitals do not matter, nor do an O for a zero and an I or L for a one, which keys do
// not have.
func asWritten(s string) string {
	return strings.NewReplacer("O", "0", "I", "1", "L", "1", "-", "", " ", "").Replace(strings.ToUpper(s))
}

// later leaves the key unproved; the first page goes on saying so.
func (k *recoveryKey) later() { k.app.pop() }

// print prints the key. It is not saved anywhere: a file would be found with the laptop.
func (k *recoveryKey) print() {
	a, s, uri, lang := k.app, k.app.session, k.app.settings.Printer, k.app.words.Current().Lang()
	if uri == "" {
		a.findPrinter("recovery.no_printer_advice", k.print)
		return
	}
	title := a.words.Current().T("recovery.title")
	a.worker.run(a.words.Current().T("task.printing"), func(ctx context.Context) error {
		pdf, err := s.RecoveryPaper(ctx, k.groups, lang)
		if err != nil {
			return err
		}
		defer clear(pdf)
		if err := s.Printers.Print(ctx, uri, title, pdf); err != nil {
			return &printError{err}
		}
		return nil
	}, func(err error) {
		if err != nil {
			a.failPrinting(err, "")
			return
		}
		a.tell(good, a.words.Current().T("papers.printed"), a.words.Current().T("recovery.printed_detail"))
	})
}

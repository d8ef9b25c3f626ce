package facilitator

import (
	"context"
	"errors"

	"bottega/ui/text"
)

// people are who can unlock this desk, and what the one who did can change.
type people struct {
	app    *App
	list   []Keyholder
	looked bool
}

func (p *people) enter() { p.look() }

func (p *people) look() {
	a, s := p.app, p.app.session
	var list []Keyholder
	a.work(a.words.Current().T("task.looking"), func(ctx context.Context) (err error) {
		list, err = s.People.List(ctx)
		return err
	}, func() { p.list, p.looked = list, true })
}

// me is whoever unlocked.
func (p *people) me() (Keyholder, bool) {
	for _, k := range p.list {
		if k.ID == p.app.session.Facilitator.ID {
			return k, true
		}
	}
	return Keyholder{}, false
}

func (p *people) page(l *text.Localizer) page {
	a := p.app
	pg := page{Name: l.T("people.name"), Title: l.T("people.title"), Lead: l.T("people.lead"), Narrow: true}
	var rows []choice
	for _, k := range p.list {
		row := choice{Label: k.Name, Plain: true, Detail: l.T("people.remove_detail"), Do: func() { a.push(&removal{app: a, who: k}) }}
		if k.ID == a.session.Facilitator.ID {
			row.Detail, row.Do = l.T("people.me_detail"), func() { a.push(newOwnPhrase(a)) }
		}
		rows = append(rows, row)
	}
	pg.Blocks = []block{choices{Rows: rows}}
	if me, known := p.me(); known {
		pg.Blocks = append(pg.Blocks, choices{Label: l.T("people.remember"), Tick: true, Rows: []choice{{
			Label: l.T("people.remember_row"), Detail: l.T("people.remember_detail"), On: me.Remembered, Do: func() { p.remember(!me.Remembered) },
		}}})
	}
	pg.Actions = []action{
		{Key: keyMain, Label: l.T("people.done"), Do: a.pop, Tone: primary},
		{Key: keyF2, Label: l.T("person_new.open"), Do: func() { a.push(newPersonForm(a)) }},
		{Key: keyF3, Label: l.T("phrase.open"), Do: func() { a.push(newOwnPhrase(a)) }},
		{Key: keyF4, Label: l.T("recovery.open"), Do: func() { a.push(&renewal{app: a}) }},
		{Key: keyBack, Label: l.T("do.back"), Do: a.pop},
	}
	return pg
}

// remember lets the computer keep a key for whoever unlocked, or takes it back.
func (p *people) remember(on bool) {
	a, s := p.app, p.app.session
	do, said := s.People.Forget, "people.forgotten"
	if on {
		do, said = s.People.Remember, "people.remembered"
	}
	a.worker.run(a.words.Current().T("task.keyring"), do, func(err error) {
		if l := a.words.Current(); err != nil {
			a.fail(err)
		} else {
			a.tell(good, l.T(said), l.T(said+"_detail"))
		}
		p.look() // a keyring that failed may have done it all the same
	})
}

// newPersonForm lets one more person unlock. They type the phrase themselves.
func newPersonForm(a *App) *form {
	f := newForm(a, "person_new", "facilitator")
	f.hidden = newSecrets("phrase", "again")
	f.check = func(l *text.Localizer, f *form) { f.needs(l, "facilitator") }
	s := a.session
	f.saveHidden = func(ctx context.Context, v typed, taken map[string][]byte) error {
		return s.People.Add(ctx, v.get("facilitator"), taken["phrase"])
	}
	f.saved = func() {
		a.pop()
		a.tell(good, a.words.Current().T("person_new.done", "Name", f.values.get("facilitator")), a.words.Current().T("person_new.done_detail"))
	}
	return f
}

// newOwnPhrase changes the passphrase of whoever unlocked; the old one is asked so that nobody does it at a desk left open.
func newOwnPhrase(a *App) *form {
	f := newForm(a, "phrase")
	f.hidden = newSecrets("old", "phrase", "again")
	s := a.session
	f.saveHidden = func(ctx context.Context, _ typed, taken map[string][]byte) error {
		return s.People.ChangePassphrase(ctx, taken["old"], taken["phrase"])
	}
	f.refused = func(l *text.Localizer, err error) bool {
		var refused WrongPassphrase
		if !errors.As(err, &refused) {
			return false
		}
		f.wrong["old"] = l.T("unlock.wrong")
		if refused.Wait > 0 {
			f.wrong["old"] = l.T("unlock.wrong_wait", "Wait", waitInWords(l, refused.Wait))
		}
		return true
	}
	f.saved = func() {
		a.pop()
		a.tell(good, a.words.Current().T("phrase.done"), a.words.Current().T("phrase.done_detail"))
	}
	return f
}

// removal takes somebody's way in away, after asking twice.
type removal struct {
	app  *App
	who  Keyholder
	sure bool
}

func (r *removal) page(l *text.Localizer) page {
	key := "removal.first"
	if r.sure {
		key = "removal.second"
	}
	return page{
		Name: l.T("removal.name"), Title: l.T("removal.title", "Name", r.who.Name), Narrow: true,
		Blocks: []block{notice{Tone: caution, Title: l.T(key, "Name", r.who.Name), Text: l.T(key + "_advice")}},
		Actions: []action{
			{Key: keyMain, Label: l.T("removal.keep"), Do: r.app.pop, Tone: primary},
			{Key: sureKey(r.sure), Label: l.T(key + "_go"), Do: r.goOn},
			{Key: keyBack, Label: l.T("do.back"), Do: r.app.pop},
		},
	}
}

// sureKey is the key that goes on with what cannot be undone. The second time it is another one, so that no key held down too long
// says yes twice.
func sureKey(asked bool) key {
	if asked {
		return keyF5
	}
	return keyF10
}

func (r *removal) goOn() {
	if !r.sure {
		r.sure = true
		return
	}
	a, s := r.app, r.app.session
	a.work(a.words.Current().T("task.saving"), func(ctx context.Context) error { return s.People.Remove(ctx, r.who.ID) }, func() {
		a.pop()
		a.tell(good, a.words.Current().T("removal.done", "Name", r.who.Name), "")
	})
}

// renewal asks before a new recovery key makes the one in the drawer worthless.
type renewal struct{ app *App }

func (r *renewal) page(l *text.Localizer) page {
	a := r.app
	n := careful(l, "renewal.first")
	if a.session.HasRecovery {
		n = careful(l, "renewal.again")
	}
	return page{
		Name: l.T("recovery.name"), Title: l.T("renewal.title"), Lead: l.T("renewal.lead"), Narrow: true, Blocks: []block{n},
		Actions: []action{
			{Key: keyMain, Label: l.T("renewal.go"), Do: func() { a.replace(&recoveryKey{app: a}) }, Tone: primary},
			{Key: keyBack, Label: l.T("do.back"), Do: a.pop},
		},
	}
}

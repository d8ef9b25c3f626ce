package facilitator

import (
	"context"
	"errors"
	"slices"

	"bottega/desk"
	"bottega/desk/civil"
	"bottega/desk/walk"
	"bottega/ui/text"
)

// refusal is a record that the hub could not make sense of: why, and what can be done. What the record says is looked up each time:
// its visit may have been erased meanwhile.
type refusal struct {
	app   *App
	entry string
}

type refusalDesk interface {
	Refused() []desk.RefusedRecord
}

func (r *refusal) desk() refusalDesk { return r.app.session.Desk }

func (r *refusal) find() (desk.RefusedRecord, bool) {
	all := r.desk().Refused()
	i := slices.IndexFunc(all, func(x desk.RefusedRecord) bool { return x.Entry == r.entry })
	if i < 0 {
		return desk.RefusedRecord{}, false
	}
	return all[i], true
}

// enter goes on to the page below where there is nothing left to correct.
func (r *refusal) enter() {
	if _, there := r.find(); !there {
		r.app.pop()
	}
}

func (r *refusal) page(l *text.Localizer) page {
	a := r.app
	back := action{Key: keyBack, Label: l.T("do.back"), Do: a.pop}
	record, there := r.find()
	if !there {
		return page{Name: l.T("refusal.name"), Title: l.T("refusal.gone"), Narrow: true, Actions: []action{back}}
	}
	p := page{
		Name: l.T("refusal.name"), Title: l.T("refusal.title", "What", kindWords(l, record.Kind)), Lead: l.DateTime(record.At), Narrow: true,
		Blocks: []block{notice{Tone: bad, Title: l.T("refusal.why"), Text: reasonWords(l, record.Reason)}},
	}
	if key := "line.reason." + record.Reason; record.Reason != "" && !l.Has(key) {
		p.Blocks = append(p.Blocks, paragraph{Text: l.T("refusal.word", "Word", record.Reason), Small: true})
	}
	if form := r.form(record); form != nil {
		p.Actions = append(p.Actions, action{Key: keyMain, Label: l.T("refusal.correct"), Do: func() { a.push(form) }, Tone: primary})
	} else {
		p.Blocks = append(p.Blocks, paragraph{Text: l.T("refusal.not_here")})
	}
	if record.Visit != "" {
		p.Actions = append(p.Actions, action{Key: keyF2, Label: l.T("refusal.visit"), Do: func() { a.push(newVisitScreen(a, record.Visit)) }})
	}
	p.Actions = append(p.Actions, action{Key: keyF10, Label: l.T("refusal.leave"), Do: r.letBe}, back)
	return p
}

// letBe says that nobody will correct the record.
func (r *refusal) letBe() {
	a, d := r.app, r.app.session.Desk
	a.work(a.words.Current().T("task.saving"), func(ctx context.Context) error {
		return d.CloseFollowUp(ctx, r.entry, "refused")
	}, func() {
		a.pop()
		a.tell(good, a.words.Current().T("refusal.left"), a.words.Current().T("refusal.left_detail"))
	})
}

// form is where the record is corrected, nil where it cannot be.
func (r *refusal) form(record desk.RefusedRecord) *form {
	switch p := record.Payload.(type) {
	case *desk.ActivationRequested:
		return r.activation(p)
	case *desk.ExemptionRequested:
		return r.exemption(p)
	}
	return nil
}

// newCorrection is a form over what a request says of a person; right makes the request as it should have been.
func (r *refusal) newCorrection(was desk.Person, right func(v typed, person desk.Person) desk.Payload, ids ...string) *form {
	a, d := r.app, r.app.session.Desk
	f := newForm(a, "correct", append([]string{"fiscal_code", "surname", "given"}, ids...)...)
	f.wide = true
	f.kinds = map[string]fieldKind{"fiscal_code": codeField, "card_number": digitsField, "document": codeField, "expires": dateField, "exemption": codeField}
	f.values["fiscal_code"], f.values["surname"], f.values["given"] = was.FiscalCode, was.Surname, was.Name
	f.check = func(l *text.Localizer, f *form) {
		f.needs(l, f.ids...)
		if _, wrong := walk.FiscalCode(f.values.get("fiscal_code")); wrong != nil && f.wrong["fiscal_code"] == "" {
			f.wrong["fiscal_code"] = l.T("naming.code_wrong") + " " + l.In(wrong.Text)
		}
		if number, asked := f.values["card_number"]; asked && f.wrong["card_number"] == "" {
			if _, wrong := walk.CardDigits(number); wrong != nil {
				f.wrong["card_number"] = l.In(wrong.Text)
			}
		}
		if day, asked := f.values["expires"]; asked && f.wrong["expires"] == "" {
			if _, err := civil.ParseItalian(day); err != nil {
				f.wrong["expires"] = l.T("correct.day_wrong")
			}
		}
	}
	f.save = func(ctx context.Context, v typed) error {
		person := was
		if v.get("fiscal_code") != was.FiscalCode || v.get("surname") != was.Surname || v.get("given") != was.Name {
			person = desk.Retyped(was, v.get("fiscal_code"), v.get("surname"), v.get("given"), civilDay(d.Now()))
		}
		return d.Correct(ctx, r.entry, right(v, person))
	}
	f.refused = func(_ *text.Localizer, err error) bool {
		gone := errors.Is(err, desk.ErrNoEntry)
		if gone { // and with it goes what stands in these lines
			a.pop()
			a.fail(err)
		}
		return gone
	}
	f.saved = func() {
		a.pop() // the record is refused no more, so that its page goes too
		a.tell(good, a.words.Current().T("correct.done"), a.words.Current().T("correct.done_detail"))
	}
	return f
}

func (r *refusal) activation(was *desk.ActivationRequested) *form {
	f := r.newCorrection(was.Holder, func(v typed, holder desk.Person) desk.Payload {
		right := *was
		right.Holder, right.CardNumber, right.Document.Number = holder, v.get("card_number"), v.get("document")
		right.Document.Expires, _ = civil.ParseItalian(v.get("expires")) // checked before
		return right
	}, "card_number", "document", "expires")
	f.values["card_number"], f.values["document"], f.values["expires"] = was.CardNumber, was.Document.Number, was.Document.Expires.Italian()
	return f
}

func (r *refusal) exemption(was *desk.ExemptionRequested) *form {
	f := r.newCorrection(was.Person, func(v typed, person desk.Person) desk.Payload {
		right := *was
		right.Person, right.Code = person, v.get("exemption")
		return right
	}, "exemption")
	f.values["exemption"] = was.Code
	return f
}

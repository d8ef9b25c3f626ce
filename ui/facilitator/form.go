package facilitator

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"bottega/desk"
	"bottega/desk/walk"
	"bottega/ui/text"
)

// form asks for one or a few lines and does one thing with them. The small screens of a visit are forms.
type form struct {
	app *App
	// key is the prefix of its words: KEY.name, KEY.title, KEY.lead, KEY.go, KEY.FIELD, KEY.FIELD_hint.
	key    string
	ids    []string
	kinds  map[string]fieldKind
	values typed
	// hidden are lines that are never a string, below the others; see secrets.
	hidden secrets
	// wide sets the lines in two columns: so many would not fit below each other.
	wide  bool
	wrong map[string]string
	// check fills wrong; nil means that nothing can be.
	check func(l *text.Localizer, f *form)
	// save works off the goroutine of the windows, on the values as they were when Enter was pressed; saveHidden is for forms with
	// secrets, which are wiped after it.
	save       func(ctx context.Context, v typed) error
	saveHidden func(ctx context.Context, v typed, taken map[string][]byte) error
	// refused turns an error of save into the words of a field; it reports whether it knew the error.
	refused func(l *text.Localizer, err error) bool
	// saved is done after a success; nil goes back.
	saved func()
}

func newForm(a *App, key string, ids ...string) *form {
	return &form{app: a, key: key, ids: ids, values: typed{}, wrong: map[string]string{}}
}

// typed are the lines of a form.
type typed map[string]string

// get returns a line without needless spaces.
func (v typed) get(id string) string { return strings.Join(strings.Fields(v[id]), " ") }

func (f *form) page(l *text.Localizer) page {
	p := page{
		Name: l.T(f.key + ".name"), Title: l.T(f.key + ".title"), Lead: l.T(f.key + ".lead"), Focus: f.first(), Narrow: true,
		Actions: []action{
			{Key: keyMain, Label: l.T(f.key + ".go"), Do: f.submit, Tone: primary},
			{Key: keyBack, Label: l.T("do.back"), Do: f.app.pop},
		},
	}
	for _, id := range f.ids {
		p.Blocks = append(p.Blocks, field{
			ID: id, Label: l.T(f.key + "." + id), Hint: hint(l, f.key+"."+id), Value: f.values[id], Wrong: f.wrong[id], Kind: f.kinds[id],
			Set: func(v string) { f.values[id] = v },
		})
	}
	p.Blocks = append(p.Blocks, f.hidden.blocks(l, f.key, f.wrong)...)
	if half := (len(p.Blocks) + 1) / 2; f.wide {
		p.Narrow, p.Blocks = false, []block{columns{Cols: [][]block{p.Blocks[:half], p.Blocks[half:]}}}
	}
	return p
}

// first is where the cursor goes: the first line that was refused, or the first of all.
func (f *form) first() string {
	all := slices.Concat(f.ids, f.hidden.ids)
	for _, id := range all {
		if f.wrong[id] != "" {
			return id
		}
	}
	return all[0]
}

func (f *form) submit() {
	a, l := f.app, f.app.words.Current()
	clear(f.wrong)
	if f.check != nil {
		f.check(l, f)
	}
	if len(f.wrong) > 0 {
		return
	}
	taken, ok := f.hidden.take(l, f.wrong)
	if !ok {
		return
	}
	values := maps.Clone(f.values)
	a.worker.run(l.T("task.saving"), func(ctx context.Context) error {
		defer wipe(taken)
		if f.saveHidden != nil {
			return f.saveHidden(ctx, values, taken)
		}
		return f.save(ctx, values)
	}, func(err error) {
		switch {
		case err == nil && f.saved != nil:
			f.saved()
		case err == nil:
			a.pop()
		case f.refused == nil || !f.refused(l, err):
			a.fail(err)
		}
	})
}

// needs demands that the fields are filled in.
func (f *form) needs(l *text.Localizer, ids ...string) {
	for _, id := range ids {
		if f.values.get(id) == "" {
			f.wrong[id] = l.T("field.missing")
		}
	}
}

// newNote is a remark about a visit; what looks like a secret is refused where it stands.
func newNote(a *App, visit string) *form {
	f := newForm(a, "note", "text")
	f.check = func(l *text.Localizer, f *form) { f.needs(l, "text") }
	d := a.session.Desk
	f.save = func(ctx context.Context, v typed) error { return d.AddNote(ctx, visit, v.get("text")) }
	f.refused = func(l *text.Localizer, err error) bool {
		if !errors.Is(err, desk.ErrLooksSecret) {
			return false
		}
		f.wrong["text"] = l.T("note.secret")
		return true
	}
	return f
}

// newHandout records a card reader given to the citizen.
func newHandout(a *App, visit string) *form {
	f := newForm(a, "handout", "serial")
	f.check = func(l *text.Localizer, f *form) { f.needs(l, "serial") }
	d := a.session.Desk
	f.save = func(ctx context.Context, v typed) error { return d.GiveReader(ctx, visit, v.get("serial")) }
	return f
}

// newNaming says by hand who the visit is about.
func newNaming(a *App, v desk.Visit) *form {
	f := newForm(a, "naming", "fiscal_code", "surname", "given")
	f.kinds = map[string]fieldKind{"fiscal_code": codeField}
	f.values["fiscal_code"], f.values["surname"], f.values["given"] = v.Person.FiscalCode, v.Person.Surname, v.Person.Name
	f.check = func(l *text.Localizer, f *form) {
		code := f.values.get("fiscal_code")
		if _, wrong := walk.FiscalCode(code); code != "" && wrong != nil {
			f.wrong["fiscal_code"] = l.T("naming.code_wrong") + " " + l.In(wrong.Text)
		}
		f.needs(l, "surname", "given")
		if code != "" && f.wrong["fiscal_code"] == "" && f.values.get("surname") == "" {
			f.wrong["surname"] = l.T("naming.scanned") // a scanner presses Enter by itself
		}
	}
	d := a.session.Desk
	f.save = func(ctx context.Context, lines typed) error {
		person := desk.TypedPerson(lines.get("fiscal_code"), lines.get("surname"), lines.get("given"), civilDay(d.Now()))
		return d.NameVisit(ctx, v.ID, desk.NamedByHand, person)
	}
	return f
}

// newEnrolment takes the hub's one-time code.
func newEnrolment(a *App) *form {
	f := newForm(a, "enrol", "code")
	f.check = func(l *text.Localizer, f *form) { f.needs(l, "code") }
	line := a.session.Line
	f.save = func(ctx context.Context, v typed) error { return line.Enrol(ctx, v.get("code")) }
	f.refused = func(l *text.Localizer, err error) bool {
		var refused *EnrolError
		if !errors.As(err, &refused) {
			return false
		}
		f.wrong["code"] = enrolWords(l, refused)
		return true
	}
	f.saved = func() {
		a.pop()
		a.tell(good, a.words.Current().T("enrol.done"), "")
	}
	return f
}

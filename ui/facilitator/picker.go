package facilitator

import (
	"context"
	"path/filepath"

	"bottega/ui/text"
)

// picker asks for a folder to write into, or for a file to read. What is likely is listed, sticks first; anything else can be
// typed.
type picker struct {
	app *App
	// key is the prefix of its words: KEY.name, KEY.title, KEY.lead, KEY.none.
	key string
	// ending is how the name of the file ends; empty asks for a folder.
	ending string
	rows   []choice
	looked bool
	do     func(path string)
}

// pickFolder asks into which folder something goes.
func (a *App) pickFolder(key string, do func(folder string)) {
	a.push(&picker{app: a, key: key, do: do})
}

// pickFile asks for a file with that ending.
func (a *App) pickFile(key, ending string, do func(file string)) {
	a.push(&picker{app: a, key: key, ending: ending, do: do})
}

func (p *picker) enter() { p.look() }

func (p *picker) look() {
	a, l := p.app, p.app.words.Current()
	var rows []choice
	a.work(l.T("task.places"), func(ctx context.Context) (err error) {
		rows, err = p.find(ctx, l)
		return err
	}, func() { p.rows, p.looked = rows, true })
}

func (p *picker) find(ctx context.Context, l *text.Localizer) ([]choice, error) {
	var rows []choice
	if p.ending == "" {
		places, err := p.app.Computer.Places(ctx)
		for _, place := range places {
			rows = append(rows, choice{Label: placeName(l, place), Detail: place.Path, Plain: true, Do: func() { p.do(place.Path) }})
		}
		return rows, err
	}
	files, err := p.app.Computer.Find(ctx, p.ending)
	for _, f := range files {
		detail := l.T("picker.file_detail", "Place", placeName(l, f.Place), "Time", l.DateTime(f.At))
		rows = append(rows, choice{Label: filepath.Base(f.Path), Detail: detail, Plain: true, Do: func() { p.do(f.Path) }})
	}
	return rows, err
}

// placeName is what people call a place.
func placeName(l *text.Localizer, p Place) string {
	switch {
	case p.Stick && p.Name != "":
		return l.T("place.stick_named", "Name", p.Name)
	case p.Stick:
		return l.T("place.stick")
	default:
		return l.T("place.documents")
	}
}

func (p *picker) page(l *text.Localizer) page {
	pg := page{Name: l.T(p.key + ".name"), Title: l.T(p.key + ".title"), Lead: l.T(p.key + ".lead"), Narrow: true}
	if p.looked && len(p.rows) == 0 {
		pg.Blocks = append(pg.Blocks, careful(l, p.key+".none"))
	}
	if len(p.rows) > 0 {
		pg.Blocks = append(pg.Blocks, choices{Rows: p.rows}, paragraph{Text: l.T("picker.stick"), Small: true})
	}
	other := "picker.folder"
	if p.ending != "" {
		other = "picker.file"
	}
	pg.Actions = []action{
		{Key: keyF5, Label: l.T("picker.look"), Do: p.look},
		{Key: keyF6, Label: l.T(other + ".open"), Do: func() { p.app.push(p.newTyped(other)) }},
		{Key: keyBack, Label: l.T("do.back"), Do: p.app.pop},
	}
	return pg
}

// newTyped takes the place as it is typed.
func (p *picker) newTyped(key string) *form {
	f := newForm(p.app, key, "path")
	f.check = func(l *text.Localizer, f *form) {
		if f.needs(l, "path"); f.wrong["path"] == "" && !filepath.IsAbs(f.values["path"]) {
			f.wrong["path"] = l.T("picker.not_whole")
		}
	}
	f.save = func(context.Context, typed) error { return nil }
	f.saved = func() {
		p.app.pop() // the list is looked through again
		p.app.worker.after(func() { p.do(filepath.Clean(f.values["path"])) })
	}
	return f
}

package facilitator

import (
	"slices"
	"strconv"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"bottega/ui/text"
	"bottega/ui/theme"
	"bottega/ui/widgets"
)

// painter makes the objects of one page. What can have the focus gets a name, so that the focus survives a redraw.
type painter struct {
	view    *View
	page    page
	words   *text.Localizer
	row     int // the next row's place among the rows of the page
	targets map[string]fyne.Focusable
}

// blocks draws blocks one below the other.
func (p *painter) blocks(all []block) []fyne.CanvasObject {
	objects := make([]fyne.CanvasObject, 0, len(all))
	for _, b := range all {
		if o := p.block(b); o != nil {
			objects = append(objects, o)
		}
	}
	return objects
}

func (p *painter) block(b block) fyne.CanvasObject {
	switch b := b.(type) {
	case heading:
		return widgets.SectionTitle(b.Text)
	case paragraph:
		return drawParagraph(b)
	case notice:
		return widgets.Notice(widgetTone(b.Tone), b.Title, b.Text)
	case facts:
		return drawFacts(b)
	case choices:
		return p.choices(b)
	case field:
		return p.field(b)
	case secret:
		return p.secret(b)
	case progress:
		return p.progress(b)
	case tiles:
		return drawTiles(b)
	case groups:
		return drawGroups(b)
	case columns:
		return p.columns(b)
	case qr:
		return p.qr(b)
	}
	return nil
}

func drawParagraph(b paragraph) fyne.CanvasObject {
	if b.Small {
		return widgets.NewText(b.Text, widgets.Style{Size: fynetheme.SizeNameCaptionText, Color: theme.ColorMuted})
	}
	return widgets.Body(b.Text)
}

// widgetTone is how a tone looks: each has its picture as well as its colour.
func widgetTone(t tone) widgets.Tone {
	return map[tone]widgets.Tone{plain: widgets.Info, good: widgets.Good, caution: widgets.Careful, bad: widgets.Bad, primary: widgets.Info}[t]
}

// factColor is the colour of a value; the words say the same.
func factColor(t tone) fyne.ThemeColorName {
	return map[tone]fyne.ThemeColorName{
		plain: fynetheme.ColorNameForeground, good: fynetheme.ColorNameSuccess, caution: fynetheme.ColorNameWarning,
		bad: fynetheme.ColorNameError, primary: theme.ColorInfo,
	}[t]
}

func drawFacts(b facts) fyne.CanvasObject {
	share := float32(0.38)
	if b.Slim {
		share = 0.31
	}
	rows := make([]fyne.CanvasObject, 0, 2*len(b.Rows))
	for i, f := range b.Rows {
		if i > 0 {
			rows = append(rows, widgets.Line())
		}
		value := widgets.NewText(f.Value, widgets.Style{Bold: true, Color: factColor(f.Tone)})
		rows = append(rows, widgets.SideBySide(share, 260, widgets.Muted(f.Label), value))
	}
	return widgets.Panel(widgets.ColumnOf(theme.SizeHair, rows...))
}

func drawTiles(b tiles) fyne.CanvasObject {
	objects := make([]fyne.CanvasObject, 0, len(b.Items))
	for _, t := range b.Items {
		objects = append(objects, widgets.Panel(widgets.ColumnOf("",
			widgets.NewText(t.Value, widgets.Style{Size: theme.SizeTitle, Bold: true, Color: theme.ColorInfo}),
			widgets.NewText(t.Label, widgets.Style{Size: fynetheme.SizeNameCaptionText, Color: theme.ColorMuted}),
		)))
	}
	return widgets.Tiles(130, objects...)
}

// groupsInRow is how many groups of a key stand beside each other: as on the sheet, so that both are compared line by line.
const groupsInRow = 4

// drawGroups sets each group of a key in a frame of its own, so that it is read and copied by itself.
func drawGroups(b groups) fyne.CanvasObject {
	tiles := make([]fyne.CanvasObject, 0, len(b.Groups))
	for i, g := range b.Groups {
		tiles = append(tiles, widgets.Panel(widgets.ColumnOf("",
			widgets.NewText(b.Label+" "+strconv.Itoa(i+1), widgets.Style{Size: fynetheme.SizeNameCaptionText, Color: theme.ColorMuted}),
			widgets.NewText(string(g), widgets.Style{Size: theme.SizeTitle, Bold: true, Mono: true, Scale: 1.35}),
		)))
	}
	var rows []fyne.CanvasObject
	for row := range slices.Chunk(tiles, groupsInRow) {
		rows = append(rows, widgets.Tiles(200, row...))
	}
	return widgets.Column(rows...)
}

func (p *painter) columns(b columns) fyne.CanvasObject {
	drawn := make([]fyne.CanvasObject, len(b.Cols))
	for i, col := range b.Cols {
		drawn[i] = widgets.Column(p.blocks(col)...)
	}
	switch len(drawn) {
	case 1:
		return drawn[0]
	case 2:
		return widgets.SideBySide(0.5, 300, drawn[0], drawn[1])
	}
	return widgets.Tiles(200, drawn...)
}

// choices are buttons where a row leads somewhere, and answers where it has a state.
func (p *painter) choices(b choices) fyne.CanvasObject {
	var objects []fyne.CanvasObject
	if b.Label != "" {
		objects = append(objects, widgets.Strong(b.Label))
	}
	if b.Wrong != "" {
		objects = append(objects, widgets.NewStatus(widgets.Bad, b.Wrong).Object())
	}
	answers := widgets.ChoicesOptions{Several: b.Tick, SayChosen: p.words.T("choice.chosen")}
	for _, r := range b.Rows {
		index := p.row
		p.row++
		id, key := "row:"+strconv.Itoa(index), p.view.keyLabel(p.page.numberKey(index))
		if r.Plain {
			button := widgets.NewButton(widgets.Action{
				Title: r.Label, Hint: r.Detail, Shortcut: key, Weight: rowWeight(r.Tone), Do: p.view.rowDo(index),
			})
			p.targets[id] = button
			objects = append(objects, button)
			continue
		}
		off := ""
		if r.Do == nil {
			off = p.words.T("choice.off")
		}
		answers.Choices = append(answers.Choices, widgets.Choice{ID: id, Title: r.Label, Hint: r.Detail, Off: off, Key: key})
		if r.On {
			answers.Chosen = append(answers.Chosen, id)
		}
	}
	if len(answers.Choices) > 0 {
		answers.Changed = func(id string) { p.view.pressRow(id) }
		list := widgets.NewChoices(answers)
		for i, row := range list.Focusables() {
			p.targets[answers.Choices[i].ID] = row
		}
		objects = append(objects, list.Object())
	}
	return widgets.Column(objects...)
}

func rowWeight(t tone) widgets.Weight {
	if t == primary {
		return widgets.Main
	}
	return widgets.Ordinary
}

// field draws a line to fill in. The box itself lives on while the page does, with what is typed and its cursor.
func (p *painter) field(b field) fyne.CanvasObject {
	f := p.view.fields[b.ID]
	if f == nil {
		f = &liveField{}
		options := widgets.FieldOptions{Label: b.Label, Help: b.Hint, Kind: fieldKinds()[b.Kind], Value: b.Value}
		options.Changed = func(v string) {
			f.changed(v)
			p.view.app.Active()
		}
		f.field = widgets.NewField(options)
		p.view.fields[b.ID] = f
	}
	f.set, f.kind = b.Set, b.Kind
	if f.field.Value() != b.Value {
		f.field.SetValue(b.Value)
	}
	f.field.SetProblem(b.Wrong)
	return f.field.Object()
}

func fieldKinds() map[fieldKind]widgets.FieldKind {
	return map[fieldKind]widgets.FieldKind{
		textField: widgets.TextField, digitsField: widgets.DigitsField, dateField: widgets.DateField, codeField: widgets.CodeField,
		moneyField: widgets.AmountField,
	}
}

// liveField is a box on the screen and where its words go.
type liveField struct {
	field *widgets.Field
	set   func(string)
	kind  fieldKind
}

// changed hands on what is typed; a day typed without marks is handed on as it will be written.
func (f *liveField) changed(value string) {
	if f.kind == dateField {
		if day, err := widgets.ParseDate(value); err == nil {
			value = day.Italian()
		}
	}
	f.set(value)
}

func (p *painter) secret(b secret) fyne.CanvasObject {
	box := p.view.secrets[b.ID]
	if box == nil {
		count := func(n int) string { return p.view.app.words.Current().N("secret.letters", n) }
		box = widgets.NewSecret(widgets.SecretOptions{Label: b.Label, Help: b.Hint, SayCount: count, Changed: p.view.app.Active})
		p.view.secrets[b.ID] = box
	}
	b.From.lend(box.Take)
	box.SetProblem(b.Wrong)
	return box.Object()
}

func (p *painter) progress(b progress) fyne.CanvasObject {
	busy := widgets.NewBusy(b.Label, "", nil)
	p.view.busy = append(p.view.busy, busy)
	if b.Fraction >= 0 {
		busy.Progress(int(b.Fraction*100), 100)
	}
	return busy.Object()
}

func (p *painter) qr(b qr) fyne.CanvasObject {
	code, err := widgets.NewQR(b.URL, b.URL, 200)
	if err != nil {
		return widgets.Body(b.URL)
	}
	return widgets.Beside(code, widgets.Body(b.URL), nil)
}

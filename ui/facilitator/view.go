package facilitator

import (
	"fmt"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"bottega/ui/citizen"
	"bottega/ui/text"
	"bottega/ui/theme"
	"bottega/ui/widgets"
)

// View draws the page of an App into a window and brings its keys back.
type View struct {
	app    *App
	window fyne.Window
	keys   *widgets.Keys

	frame   *frameLayout
	root    *fyne.Container
	preview *citizen.View

	// What is drawn now: the page, and what must outlive a redraw of the same page.
	drawn   string // the page's name, language included
	print   string // everything the page says, to see whether it changed
	page    page
	focus   string
	fields  map[string]*liveField
	secrets map[string]*widgets.Secret
	targets map[string]fyne.Focusable
	busy    []*widgets.Busy
}

// NewView fills a window. Draw draws it; App.Start takes that as its redraw.
func NewView(w fyne.Window, a *App) *View {
	v := &View{app: a, window: w, keys: widgets.NewKeys(w.Canvas()), preview: citizen.NewPreview(a.Stage, previewWidth)}
	v.frame = &frameLayout{view: v, back: widgets.NewPresence(a.Active)}
	v.root = container.New(v.frame)
	w.SetPadded(false)
	w.SetContent(v.root)
	v.keys.Hear(a.Active)
	v.keys.Always(widgets.Plain(fyne.KeyDown), func() { w.Canvas().FocusNext() })
	v.keys.Always(widgets.Plain(fyne.KeyUp), func() { w.Canvas().FocusPrevious() })
	v.keys.Always(widgets.Plain(fyne.KeyPageDown), func() { widgets.Turn(v.frame.scrollBody, pageTurn) })
	v.keys.Always(widgets.Plain(fyne.KeyPageUp), func() { widgets.Turn(v.frame.scrollBody, -pageTurn) })
	a.words.Subscribe(func(l *text.Localizer) { v.speak(l.Lang()) })
	v.speak(a.words.Current().Lang())
	return v
}

// pageTurn is how much of its height a page moves at once: what stood last stands first.
const pageTurn = 0.85

// speak gives the toolkit's own few words the window's language.
func (v *View) speak(lang string) {
	if err := widgets.ToolkitSpeaks(lang); err != nil {
		fyne.LogError("the toolkit's words", err)
	}
}

// Redress draws everything again after colours or sizes changed.
func (v *View) Redress() {
	v.print = ""
	v.drawn = ""
	v.Draw()
}

// Draw shows the page as it is now. What the page before had typed or focused stays where it is the same page.
func (v *View) Draw() {
	p := v.app.page()
	l := v.app.words.Current()
	v.page = p
	v.bind(p)
	title := windowTitle(p, v.app.worker.current)
	print := fingerprint(p) + v.status(l) + v.app.citizenWords.Current().Lang() + strconv.FormatBool(v.app.Stage.Covered())
	if print == v.print {
		v.window.SetTitle(title)
		return
	}
	name := p.Name + "\x00" + p.Title + "\x00" + l.Lang()
	same := name == v.drawn
	focused := v.focused()
	if !same {
		for _, s := range v.secrets {
			s.Wipe() // nothing that was typed and not taken stays in memory
		}
		v.fields, v.secrets = map[string]*liveField{}, map[string]*widgets.Secret{}
		v.frame.newPage()
	}
	for _, b := range v.busy {
		b.Stop()
	}
	v.busy = nil
	v.print, v.drawn = print, name
	v.paint(p, l)
	v.refocus(p, same, focused, title)
}

// windowTitle names the screen, for people with many windows and for programs that drive this one. It changes last, when the page
// takes keys.
func windowTitle(p page, t *task) string {
	title := "Bottega — " + p.Name
	if t != nil {
		title += " …"
	}
	return title
}

func (v *View) paint(p page, l *text.Localizer) {
	painter := &painter{view: v, page: p, words: l, targets: map[string]fyne.Focusable{}}
	head := []fyne.CanvasObject{widgets.ScreenTitle(p.Title)}
	if p.Lead != "" {
		head = append(head, widgets.Muted(p.Lead))
	}
	body := append([]fyne.CanvasObject{widgets.ColumnOf(theme.SizeHair, head...)}, painter.blocks(p.Blocks)...)
	var side []fyne.CanvasObject
	if p.Citizen {
		side = append(side, v.previewBlocks(l)...)
	}
	side = append(side, painter.blocks(p.Side)...)
	v.targets = painter.targets
	for id, f := range v.fields {
		v.targets["field:"+id] = f.field.Focusable()
	}
	for id, s := range v.secrets {
		v.targets["field:"+id] = s.Focusable()
	}
	v.frame.show(v.top(l), body, side, v.bar(p), p.Narrow)
	v.root.Refresh()
}

// previewBlocks are the citizen's window in small, so that the facilitator always knows what is seen.
func (v *View) previewBlocks(l *text.Localizer) []fyne.CanvasObject {
	title := l.T("bar.preview")
	if v.app.Stage.Covered() {
		title = l.T("bar.blank")
	}
	keys := widgets.Row(
		widgets.KeyHint(v.keyLabel(keyBlank), l.T("bar.key_blank")),
		widgets.KeyHint(v.keyLabel(keyTurnOver), l.T("bar.key_turn")),
		widgets.KeyHint(v.keyLabel(keyCitizenLang), l.T("lang."+v.app.citizenWords.Current().Lang())),
	)
	frame := widgets.Layers(widgets.NewBorderedFill("", theme.ColorTileEdge, 2, ""), widgets.Padded(theme.SizeHair, v.preview.Object()))
	return []fyne.CanvasObject{widgets.Strong(title), frame, keys}
}

// bar holds the buttons of the page, the main one first.
func (v *View) bar(p page) fyne.CanvasObject {
	var buttons []fyne.CanvasObject
	for i, a := range p.Actions {
		if a.Hidden {
			continue
		}
		weight := widgets.Ordinary
		if a.Tone == primary {
			weight = widgets.Main
		}
		buttons = append(buttons, widgets.NewButton(widgets.Action{
			Title: a.Label, Shortcut: v.keyLabel(a.Key), Weight: weight, Do: v.actionDo(i),
		}))
	}
	return widgets.Layers(widgets.NewFill(fynetheme.ColorNameHeaderBackground), widgets.Padded(theme.SizeGap, widgets.Row(buttons...)))
}

// top is the band of the practice desk and the bar with what is always true: who, the reader, the hub.
func (v *View) top(l *text.Localizer) fyne.CanvasObject {
	on := func(s string, bold bool) fyne.CanvasObject {
		return widgets.NewText(s, widgets.Style{Color: theme.ColorOnHeader, Bold: bold})
	}
	keys := l.T("bar.help", "Key", v.keyLabel(keyHelp))
	if v.app.session != nil && v.app.session.Hand != nil {
		keys = l.T("bar.practice_cards", "Key", v.keyLabel(keyPractice)) + "    " + keys
	}
	header := widgets.Header(on("Bottega", true), on(v.status(l), false), on(keys, true))
	if v.app.session == nil || !v.app.session.Desk.Practice() {
		return header
	}
	return widgets.ColumnOf("", widgets.PracticeBand(l.T("bar.practice")), header)
}

// status is the line of the header.
func (v *View) status(l *text.Localizer) string {
	a := v.app
	if a.session == nil {
		return l.T("bar." + a.lockedWord())
	}
	parts := []string{a.session.Facilitator.Name, l.T("bar." + cardWord(a.card))}
	if s := a.session.Line.Status(); s.Total > 0 {
		parts = append(parts, lineShort(l, s))
	}
	return strings.Join(parts, "   ·   ")
}

// keyLabel is what is written on a key in the language of the window.
func (v *View) keyLabel(k key) string { return keyName(v.app.words.Current(), k) }

// bind gives the window's keys what they do on this page. They look the page up when pressed, so that none is ever stale.
func (v *View) bind(p page) {
	bindings := map[widgets.Key]func(){}
	for _, a := range p.Actions {
		bindings[widgetKey(a.Key)] = v.press(a.Key)
	}
	for i := range p.rows() {
		if k := p.numberKey(i); k != "" {
			bindings[widgetKey(k)] = v.press(k)
		}
	}
	v.keys.Screen(bindings)
}

func (v *View) press(k key) func() { return func() { v.app.Press(k) } }

// widgetKey is the toolkit's name of a key.
func widgetKey(k key) widgets.Key {
	names := map[key]fyne.KeyName{keyMain: fyne.KeyReturn, keyBack: fyne.KeyEscape}
	if name, ok := names[k]; ok {
		return widgets.Plain(name)
	}
	if rest, ok := strings.CutPrefix(string(k), string(alt)); ok {
		return widgets.Alt(fyne.KeyName(rest))
	}
	return widgets.Plain(fyne.KeyName(k))
}

func (v *View) actionDo(i int) func() {
	return func() {
		if i < len(v.page.Actions) {
			v.app.choose(v.page.Actions[i].Do)
		}
	}
}

func (v *View) rowDo(i int) func() {
	return func() {
		if rows := v.page.rows(); i < len(rows) {
			v.app.choose(rows[i].Do)
			v.print = "" // a row that was refused must not keep the mark that the click gave it
			v.Draw()
		}
	}
}

func (v *View) pressRow(id string) {
	if i, err := strconv.Atoi(strings.TrimPrefix(id, "row:")); err == nil {
		v.rowDo(i)()
	}
}

// focused returns the name of what has the focus now.
func (v *View) focused() string {
	now := v.window.Canvas().Focused()
	for id, t := range v.targets {
		if now != nil && t == now {
			return id
		}
	}
	return ""
}

// refocus puts the cursor where the page wants it, or back where it was, and then gives the window its title. It leaves the focus
// alone while something covers the window, such as the citizen's view of a screen turned over.
func (v *View) refocus(p page, same bool, was, title string) {
	c := v.window.Canvas()
	wanted := ""
	if p.Focus != "" {
		wanted = "field:" + p.Focus
	}
	target := was
	if !same || wanted != v.focus {
		target = wanted
	}
	v.focus = wanted
	t := v.targets[target]
	switch {
	case c.Overlays().Top() != nil:
	case t == nil:
		c.Unfocus()
	case same:
		v.giveFocus(t)
	default:
		// The driver sends the key that led here and then its letter: a field that had the focus by then would take the letter.
		c.Unfocus()
		v.focusLater(t, title)
		return
	}
	v.window.SetTitle(title)
}

// focusLater gives the focus after the event that goes on, if the page is still the same then.
func (v *View) focusLater(t fyne.Focusable, title string) {
	here := v.drawn
	v.app.Dispatch(func() {
		if v.drawn != here {
			return
		}
		if c := v.window.Canvas(); c.Focused() == nil && c.Overlays().Top() == nil {
			v.giveFocus(t)
		}
		v.window.SetTitle(title)
	})
}

func (v *View) giveFocus(t fyne.Focusable) {
	if c := v.window.Canvas(); c.Focused() != t {
		c.Focus(t)
	}
}

// fingerprint is everything a page says, without what it does.
func fingerprint(p page) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q %q %q %t %t %q", p.Name, p.Title, p.Lead, p.Citizen, p.Narrow, p.Focus)
	write := func(x block) {
		switch x := x.(type) {
		case choices:
			fmt.Fprintf(&b, "%q %q %t", x.Label, x.Wrong, x.Tick)
			for _, r := range x.Rows {
				fmt.Fprintf(&b, "%q %q %t %d %t %t", r.Label, r.Detail, r.On, r.Tone, r.Plain, r.Do == nil)
			}
		case field:
			fmt.Fprintf(&b, "%q %q %q %q %d", x.ID, x.Label, x.Value, x.Wrong, x.Kind)
		case secret:
			fmt.Fprintf(&b, "%q %q %q", x.ID, x.Label, x.Wrong)
		case groups: // never what is in them
			fmt.Fprintf(&b, "%q %d", x.Label, len(x.Groups))
		default:
			fmt.Fprintf(&b, "%#v", x)
		}
	}
	each(p.all(), write)
	for _, a := range p.Actions {
		fmt.Fprintf(&b, "%q %q %t", a.Key, a.Label, a.Hidden)
	}
	return b.String()
}

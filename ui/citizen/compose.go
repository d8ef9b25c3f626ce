package citizen

import (
	"strconv"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"bottega/ui/theme"
	"bottega/ui/widgets"
)

// The window for which the sizes of type are chosen; others scale from it.
const (
	designWidth  = 1366
	designHeight = 768
)

// pictures stand for what a page is about; a page without one has words enough.
var pictures = map[Kind]string{
	Welcome: theme.PictureHello, InsertCard: theme.PictureInsert, Reading: theme.PictureWait, Greeting: theme.PictureHello,
	TypeNow: theme.PictureType, TypeCode: theme.PictureType, TypeOnPad: theme.PictureType, LastTry: theme.PictureInfo,
	ScanCode: theme.PicturePhone, Papers: theme.PicturePaper,
	TakeCard: theme.PictureCard, Goodbye: theme.PictureGoodbye, Covered: theme.PictureCurtain,
}

// moods are the picture and the colour of a Result.
var moods = map[Mood]struct {
	picture string
	color   fyne.ThemeColorName
}{
	Good:    {theme.PictureDone, theme.ColorCitizenGood},
	Waiting: {theme.PictureWait, theme.ColorCitizenAccent},
	Careful: {theme.PictureInfo, theme.ColorCitizenCareful},
}

// look returns the picture of a page, empty when it has none, and the colour of picture and heading.
func look(p Page) (picture string, color fyne.ThemeColorName) {
	if m, ok := moods[p.Mood]; ok {
		return m.picture, m.color
	}
	return pictures[p.Kind], theme.ColorCitizenAccent
}

// piece is one thing and its place.
type piece struct {
	object     fyne.CanvasObject
	x, y, w, h float32
}

// sheet puts the parts of a page below each other at one scale. All measures are of the design window, times the scale.
type sheet struct {
	scale  float32
	x, w   float32 // the column being filled
	y      float32
	align  fyne.TextAlign
	pieces []piece
}

func (s *sheet) put(o fyne.CanvasObject, x, w, h float32) {
	s.pieces = append(s.pieces, piece{o, x, s.y, w, h})
}

func (s *sheet) gap(points float32) { s.y += points * s.scale }

func (s *sheet) style(style widgets.Style) widgets.Style {
	style.Scale = s.scale
	if style.Size == "" {
		style.Size = theme.SizeCitizenText
	}
	if style.Color == "" {
		style.Color = theme.ColorCitizenForeground
	}
	return style
}

// small is the scale of what is not the citizen's to read: as small as the window allows, so that the rest can be large.
func (s *sheet) small() float32 {
	return min(s.scale, theme.CitizenSmallest/fynetheme.Size(theme.SizeCitizenText))
}

// text adds wrapped words over the whole column.
func (s *sheet) text(words string, style widgets.Style) {
	style.Align = s.align
	t := widgets.NewText(words, s.style(style))
	h := t.HeightFor(s.w)
	s.put(t, s.x, s.w, h)
	s.y += h
}

// hanging adds words with a mark before them.
func (s *sheet) hanging(mark, words string) {
	indent := 52 * s.scale * fynetheme.Size(theme.SizeCitizenText) / 36
	m := widgets.NewText(mark, s.style(widgets.Style{Bold: true, Color: theme.ColorCitizenAccent}))
	t := widgets.NewText(words, s.style(widgets.Style{}))
	h := t.HeightFor(s.w - indent)
	s.put(m, s.x, indent, h)
	s.put(t, s.x+indent, s.w-indent, h)
	s.y += h
}

// fact adds a name with its value beside it.
func (s *sheet) fact(f PageFact) {
	nameWidth := s.w * 0.38
	name := widgets.NewText(f.Name, s.style(widgets.Style{}))
	value := widgets.NewText(f.Value, s.style(widgets.Style{Bold: true, Mono: f.Figures}))
	valueWidth := s.w - nameWidth - 20*s.scale
	h := max(name.HeightFor(nameWidth), value.HeightFor(valueWidth))
	s.put(name, s.x, nameWidth, h)
	s.put(value, s.x+nameWidth+20*s.scale, valueWidth, h)
	s.y += h
}

// picture adds a picture, in the middle or at the left as the words are.
func (s *sheet) picture(name string, color fyne.ThemeColorName, side float32) {
	side *= s.scale
	x := s.x
	if s.align == fyne.TextAlignCenter {
		x += (s.w - side) / 2
	}
	s.put(widgets.NewIconOf(theme.Picture(name), color, theme.SizeIcon, 1), x, side, side)
	s.y += side
}

// band adds the heading of something to do: full width, in the colours that call.
func (s *sheet) band(p Page, whole float32) {
	air, side := 22*s.scale, 84*s.scale
	gap := 28 * s.scale
	t := widgets.NewText(p.Heading, s.style(widgets.Style{
		Size: theme.SizeCitizenHeading, Bold: true, Tight: true, Color: theme.ColorCitizenOnBand,
	}))
	width := min(s.w-side-gap, t.NaturalWidth())
	words := t.HeightFor(width)
	height := max(words, side)
	s.put(widgets.NewFill(theme.ColorCitizenBand), 0, whole, height+2*air)
	left := s.x
	if s.align == fyne.TextAlignCenter {
		left += (s.w - side - gap - width) / 2
	}
	s.y += air
	top := s.y
	s.y = top + (height-side)/2
	s.put(widgets.NewIconOf(theme.Picture(pictures[p.Kind]), theme.ColorCitizenOnBand, theme.SizeIcon, 1), left, side, side)
	s.y = top + (height-words)/2
	s.put(t, left+side+gap, width, words)
	s.y = top + height + air
}

// body fills the middle of the page.
func (s *sheet) body(p Page, whole float32) {
	switch {
	case p.Act:
		s.band(p, whole)
	default:
		picture, color := look(p)
		if picture != "" && p.Code == "" {
			s.picture(picture, color, 96)
			s.gap(16)
		}
		if p.Heading != "" {
			s.text(p.Heading, widgets.Style{Size: theme.SizeCitizenHeading, Bold: true, Tight: true, Color: color})
		}
	}
	for _, line := range p.Lines {
		s.gap(18)
		s.text(line, widgets.Style{})
	}
	for i, item := range p.Items {
		s.gap(14)
		s.hanging(strconv.Itoa(i+1)+".", item)
	}
	for _, f := range p.Facts {
		s.gap(14)
		s.fact(f)
	}
}

// compose lays a page out at a scale and returns its pieces and whether they fit the size, leaving free the part air (0 to 1) of
// the height. Where the page has keys, they are pad.
func compose(p Page, scale float32, size fyne.Size, air float32, pad fyne.CanvasObject) ([]piece, bool) {
	margin := 56 * scale
	s := &sheet{scale: scale, x: margin, w: size.Width - 2*margin}
	s.put(widgets.NewFill(theme.ColorCitizenBackground), 0, size.Width, size.Height)
	s.practice(p, size.Width)
	s.progress(p)
	top := s.y
	bottom := size.Height - s.hint(p, size)
	if p.Centered {
		s.align = fyne.TextAlignCenter
	}
	first := len(s.pieces)
	fits := true
	var keys []piece // read after the words that ask for them
	switch {
	case p.Code != "":
		fits = s.code(p, top, bottom)
	case p.Pad != NoPad:
		keys = s.pad(pad, top, bottom)
	}
	s.y = top
	from := len(s.pieces)
	if p.Code == "" {
		from = first
	}
	s.gap(20)
	s.body(p, size.Width)
	s.gap(20)
	free := bottom - s.y
	for i := from; i < len(s.pieces) && free > 0; i++ {
		s.pieces[i].y += free * 0.42
	}
	return append(s.pieces, keys...), fits && s.w > 0 && free >= air*(bottom-top)-0.5
}

// practice adds the band that says PROVA.
func (s *sheet) practice(p Page, width float32) {
	if p.Practice == "" {
		return
	}
	style := s.style(widgets.Style{Bold: true, Color: theme.ColorOnPractice, Align: fyne.TextAlignCenter})
	style.Scale = s.small()
	t := widgets.NewText(p.Practice, style)
	h := t.HeightFor(s.w)
	s.put(widgets.NewFill(theme.ColorPractice), 0, width, h)
	s.put(t, s.x, s.w, h)
	s.y += h
}

// progress adds "Passo 2 di 5" and its bars.
func (s *sheet) progress(p Page) {
	if p.Progress == "" {
		return
	}
	s.gap(20)
	t := widgets.NewText(p.Progress, s.style(widgets.Style{Bold: true}))
	words, h := t.NaturalWidth(), t.HeightFor(s.w)
	s.put(t, s.x, words, h)
	bar := 22 * s.scale
	left := words + 28*s.scale
	at := s.y
	s.y += (h - bar) / 2
	s.put(widgets.CitizenSteps(p.Step, p.Steps, bar), s.x+left, max(1, s.w-left), bar)
	s.y = at + h
}

// hint adds the facilitator's hint at the foot and returns the height it takes.
func (s *sheet) hint(p Page, size fyne.Size) float32 {
	if p.Hint == "" {
		return 0
	}
	style := s.style(widgets.Style{Align: fyne.TextAlignCenter})
	style.Scale = s.small()
	t := widgets.NewText(p.Hint, style)
	h := t.HeightFor(s.w)
	at := s.y
	s.y = size.Height - h - 8*s.scale
	s.put(t, s.x, s.w, h)
	s.y = at
	return h + 8*s.scale
}

// pad returns the keys at the right, as tall as the page, and narrows the column to what is left of it.
func (s *sheet) pad(keys fyne.CanvasObject, top, bottom float32) []piece {
	air, side := 24*s.scale, s.w*0.5
	left := s.x + s.w - side
	s.w -= side + 48*s.scale
	if keys == nil {
		return nil
	}
	return []piece{{keys, left, top + air, side, bottom - top - 2*air}}
}

// code adds the QR code at the right, narrows the column to what is left of it, and reports whether there was room.
func (s *sheet) code(p Page, top, bottom float32) bool {
	side := min(s.w*0.42, bottom-top-48*s.scale)
	q, err := widgets.NewQR(p.Code, p.CodeSays, side)
	if err != nil || side <= 0 {
		return err != nil
	}
	edge := 3 * s.scale
	s.y = top + (bottom-top-side)/2
	x := s.x + s.w - side
	frame := widgets.NewBorderedFill(theme.ColorCitizenEdge, "", 0, "")
	s.y -= edge
	s.put(frame, x-edge, side+2*edge, side+2*edge)
	s.y += edge
	s.put(q, x, side, side)
	s.w -= side + 48*s.scale
	return true
}

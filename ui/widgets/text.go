package widgets

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bottega/ui/theme"
)

// Style is how a text is set. The zero Style is running text.
type Style struct {
	Size  fyne.ThemeSizeName  // empty: the text size of the theme
	Color fyne.ThemeColorName // empty: the foreground of the theme
	Bold  bool
	Mono  bool // figures and codes
	Align fyne.TextAlign
	// Tight sets the lines of a heading close together.
	Tight bool
	// Scale multiplies the size; zero means 1. The citizen's window uses it to fit its words.
	Scale float32
}

func (s Style) font() fyne.TextStyle { return fyne.TextStyle{Bold: s.Bold, Monospace: s.Mono} }

func (s Style) points() float32 {
	name := s.Size
	if name == "" {
		name = fynetheme.SizeNameText
	}
	scale := s.Scale
	if scale == 0 {
		scale = 1
	}
	return fynetheme.Size(name) * scale
}

func (s Style) color() fyne.ThemeColorName {
	if s.Color == "" {
		return fynetheme.ColorNameForeground
	}
	return s.Color
}

// Text is words that wrap at spaces and are never cut off. A screen reader reads them.
type Text struct {
	widget.BaseWidget
	words string
	style Style
}

var (
	_ Flowing         = (*Text)(nil)
	_ fyne.Accessible = (*Text)(nil)
)

// NewText returns words in a style.
func NewText(words string, style Style) *Text {
	t := &Text{words: words, style: style}
	t.ExtendBaseWidget(t)
	return t
}

// Body returns running text.
func Body(words string) *Text { return NewText(words, Style{}) }

// Strong returns running text in bold.
func Strong(words string) *Text { return NewText(words, Style{Bold: true}) }

// Muted returns text that matters less.
func Muted(words string) *Text { return NewText(words, Style{Color: theme.ColorMuted}) }

// Figures returns a number or code in the typeface for figures.
func Figures(words string) *Text { return NewText(words, Style{Mono: true}) }

// ScreenTitle returns the name of a screen.
func ScreenTitle(words string) *Text {
	return NewText(words, Style{Size: theme.SizeTitle, Bold: true, Tight: true})
}

// SectionTitle returns the name of a part of a screen.
func SectionTitle(words string) *Text {
	return NewText(words, Style{Size: fynetheme.SizeNameSubHeadingText, Bold: true, Tight: true})
}

// Words returns the text.
func (t *Text) Words() string { return t.words }

// SetWords changes the text.
func (t *Text) SetWords(words string) {
	if t.words == words {
		return
	}
	t.words = words
	t.Refresh()
}

// SetStyle changes how the text is set.
func (t *Text) SetStyle(style Style) {
	if t.style == style {
		return
	}
	t.style = style
	t.Refresh()
}

// AccessibilityLabel implements fyne.Accessible.
func (t *Text) AccessibilityLabel() string { return t.words }

// AccessibilityRole implements fyne.Accessible.
func (t *Text) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// HeightFor implements Flowing.
func (t *Text) HeightFor(width float32) float32 {
	return float32(len(t.lines(width))-1)*t.leading() + t.lineHeight()
}

// NaturalWidth implements Flowing.
func (t *Text) NaturalWidth() float32 {
	var width float32
	for line := range strings.SplitSeq(t.words, "\n") {
		width = max(width, t.measure(line))
	}
	return width + 1
}

func (t *Text) measure(s string) float32 {
	return fyne.MeasureText(s, t.style.points(), t.style.font()).Width
}

func (t *Text) lineHeight() float32 {
	return fyne.MeasureText("Àg", t.style.points(), t.style.font()).Height
}

// leading is the distance from line to line. Titillium Web stands 1.5 times its size apart, which is right for reading and too
// wide for headings.
func (t *Text) leading() float32 {
	if t.style.Tight {
		return t.lineHeight() * 0.8
	}
	return t.lineHeight()
}

// lines breaks the text for a width.
func (t *Text) lines(width float32) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(t.words, "\n") {
		broken := t.wrap(paragraph, width)
		if t.style.Align == fyne.TextAlignCenter && len(broken) > 1 {
			broken = t.balance(paragraph, width, len(broken))
		}
		lines = append(lines, broken...)
	}
	return lines
}

// balance breaks centred words so that all lines are about as long: a single word alone in the last line looks like a mistake.
func (t *Text) balance(paragraph string, width float32, count int) []string {
	least, most := width/float32(count)*0.8, width
	for most-least > 4 {
		middle := (least + most) / 2
		if len(t.wrap(paragraph, middle)) > count {
			least = middle
		} else {
			most = middle
		}
	}
	return t.wrap(paragraph, most)
}

func (t *Text) wrap(paragraph string, width float32) []string {
	var lines []string
	line := ""
	for _, word := range strings.Split(paragraph, " ") {
		candidate := word
		if line != "" {
			candidate = line + " " + word
		}
		if t.measure(candidate) <= width {
			line = candidate
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for t.measure(word) > width {
			head := t.head(word, width)
			if head == word {
				break
			}
			lines = append(lines, head)
			word = word[len(head):]
		}
		line = word
	}
	return append(lines, line)
}

// head returns as many letters of a word as fit the width, at least one: a web address may be longer than any line.
func (t *Text) head(word string, width float32) string {
	end := 0
	for i, r := range word {
		next := i + len(string(r))
		if end > 0 && t.measure(word[:next]) > width {
			break
		}
		end = next
	}
	return word[:end]
}

// MinSize implements fyne.CanvasObject: as wide as the longest word, as tall as the width it was given makes it.
func (t *Text) MinSize() fyne.Size {
	var width float32
	for _, word := range strings.Fields(t.words) {
		width = max(width, t.measure(word))
	}
	return fyne.NewSize(min(width, unknownWidth)+1, t.HeightFor(max(width, laidOut(t.Size().Width))))
}

// CreateRenderer implements fyne.Widget. The toolkit throws renderers away that were not seen for a minute and makes new ones
// without laying them out, so that a window that was turned over would come back empty: each lays itself out.
func (t *Text) CreateRenderer() fyne.WidgetRenderer {
	r := &textRenderer{text: t}
	if !t.Size().IsZero() {
		r.Layout(t.Size())
	}
	return r
}

type textRenderer struct {
	text  *Text
	lines []fyne.CanvasObject
}

func (r *textRenderer) Destroy()                     {}
func (r *textRenderer) Objects() []fyne.CanvasObject { return r.lines }
func (r *textRenderer) MinSize() fyne.Size           { return r.text.MinSize() }

func (r *textRenderer) Layout(size fyne.Size) {
	style := r.text.style
	height := r.text.lineHeight()
	r.lines = r.lines[:0]
	for i, line := range r.text.lines(size.Width) {
		drawn := canvas.NewText(line, fynetheme.Color(style.color()))
		drawn.TextSize, drawn.TextStyle, drawn.Alignment = style.points(), style.font(), style.Align
		place(drawn, 0, float32(i)*r.text.leading(), size.Width, height)
		r.lines = append(r.lines, drawn)
	}
}

func (r *textRenderer) Refresh() {
	r.Layout(r.text.Size())
	canvas.Refresh(r.text)
}

package widgets

import (
	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"bottega/ui/theme"
)

// Tone is what a message is: each has its picture, its colours and, before the words, nothing that only colour tells.
type Tone int

// The tones, from quiet to loud.
const (
	Neutral Tone = iota
	Info
	Good
	Careful
	Bad
	Working // something is under way
)

type toneLook struct {
	front, back fyne.ThemeColorName
	picture     func() fyne.Resource
}

var tones = map[Tone]toneLook{
	Neutral: {theme.ColorMuted, theme.ColorPanel, fynetheme.InfoIcon},
	Info:    {theme.ColorInfo, theme.ColorInfoBackground, fynetheme.InfoIcon},
	Good:    {fynetheme.ColorNameSuccess, theme.ColorGoodBackground, goodPicture},
	Careful: {fynetheme.ColorNameWarning, theme.ColorWarnBackground, fynetheme.WarningIcon},
	Bad:     {fynetheme.ColorNameError, theme.ColorBadBackground, fynetheme.ErrorIcon},
	Working: {theme.ColorInfo, theme.ColorInfoBackground, fynetheme.ViewRefreshIcon},
}

func goodPicture() fyne.Resource { return theme.Picture(theme.PictureDone) }

// Notice is a message in a box: what it is about, and what it says or what to do. Either may be empty.
func Notice(tone Tone, title, body string, extra ...fyne.CanvasObject) *fyne.Container {
	look := tones[tone]
	var words []fyne.CanvasObject
	if title != "" {
		words = append(words, Strong(title))
	}
	if body != "" {
		words = append(words, Body(body))
	}
	words = append(words, extra...)
	return Layers(
		NewBorderedFill(look.back, look.front, 2, fynetheme.SizeNameCardRadius),
		Padded(theme.SizeNoticeAir, Beside(NewIcon(look.picture(), look.front), ColumnOf(theme.SizeHair, words...), nil)),
	)
}

// Status is one line that says how something stands, with a picture; it changes in place.
type Status struct {
	root *fyne.Container
	icon *Icon
	line *Text
}

// NewStatus returns a line in a tone.
func NewStatus(tone Tone, words string) *Status {
	look := tones[tone]
	s := &Status{icon: NewIcon(look.picture(), look.front), line: Body(words)}
	s.root = BesideCentered(s.icon, s.line, nil)
	return s
}

// Object returns what stands on the screen.
func (s *Status) Object() fyne.CanvasObject { return s.root }

// Words returns what the line says.
func (s *Status) Words() string { return s.line.words }

// Set changes the line.
func (s *Status) Set(tone Tone, words string) {
	look := tones[tone]
	s.icon.Set(look.picture(), look.front)
	s.line.SetWords(words)
	relayout(s.root)
}

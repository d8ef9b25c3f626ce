package widgets

import (
	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bottega/ui/theme"
)

// keyCap is a key as it lies on the keyboard: its name in a small frame.
type keyCap struct {
	widget.BaseWidget
	root  *fyne.Container
	frame *Fill
	name  *Text
}

func newKeyCap() *keyCap {
	k := &keyCap{
		frame: NewBorderedFill("", theme.ColorMuted, 1, fynetheme.SizeNameSelectionRadius),
		name:  NewText("", Style{}),
	}
	k.root = Layers(k.frame, Padded(theme.SizeHair, k.name))
	k.ExtendBaseWidget(k)
	return k
}

func (k *keyCap) dress(name string, d dress) {
	k.Hidden = name == ""
	k.name.words = name
	k.name.style = Style{Size: fynetheme.SizeNameCaptionText, Color: d.soft, Align: fyne.TextAlignCenter}
	k.frame.Edge, k.frame.Width = d.soft, 1
}

func (k *keyCap) HeightFor(width float32) float32 { return HeightFor(k.root, width) }
func (k *keyCap) NaturalWidth() float32           { return NaturalWidth(k.root) + fynetheme.Size(theme.SizeGap) }
func (k *keyCap) MinSize() fyne.Size              { return k.root.MinSize() }

func (k *keyCap) Refresh() {
	k.root.Refresh()
	k.BaseWidget.Refresh()
}

func (k *keyCap) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(k.root) }

// KeyHint says what a key does: the key in its frame and the words beside it.
func KeyHint(key, does string) *fyne.Container {
	keycap := newKeyCap()
	keycap.dress(key, dress{words: theme.ColorMuted, soft: theme.ColorMuted})
	return BesideCentered(keycap, NewText(does, Style{Size: fynetheme.SizeNameCaptionText, Color: theme.ColorMuted}), nil)
}

package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bottega/ui/theme"
)

// Steps says where one is on a way: the words ("Passo 2 di 5"), and below them as many bars, full up to the present one.
// Bars ahead are hollow, not only paler.
func Steps(words string, current, total int) *fyne.Container {
	look := stepLook{full: fynetheme.ColorNamePrimary, edge: theme.ColorTileEdge}
	return ColumnOf(theme.SizeHair, NewText(words, Style{Size: fynetheme.SizeNameCaptionText, Bold: true}), newBars(current, total, 10, look))
}

// CitizenSteps are the bars of Steps in the citizen's colours; the words are the window's own.
func CitizenSteps(current, total int, height float32) fyne.CanvasObject {
	return newBars(current, total, height, stepLook{full: theme.ColorCitizenAccent, edge: theme.ColorCitizenEdge})
}

type stepLook struct{ full, edge fyne.ThemeColorName }

// bars are drawn by hand so that any number of them fits.
type bars struct {
	widget.BaseWidget
	current, total int
	height         float32
	look           stepLook
}

func newBars(current, total int, height float32, look stepLook) *bars {
	b := &bars{current: current, total: total, height: height, look: look}
	b.ExtendBaseWidget(b)
	return b
}

func (b *bars) MinSize() fyne.Size { return fyne.NewSize(float32(b.total)*6, b.height) }

func (b *bars) CreateRenderer() fyne.WidgetRenderer {
	r := &barsRenderer{bars: b}
	if !b.Size().IsZero() {
		r.Layout(b.Size())
	}
	return r
}

type barsRenderer struct {
	bars    *bars
	objects []fyne.CanvasObject
}

func (r *barsRenderer) Destroy()                     {}
func (r *barsRenderer) MinSize() fyne.Size           { return r.bars.MinSize() }
func (r *barsRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *barsRenderer) Layout(size fyne.Size) {
	r.objects = nil
	if r.bars.total <= 0 {
		return
	}
	gap := min(6, size.Width/float32(r.bars.total)/4)
	width := (size.Width - gap*float32(r.bars.total-1)) / float32(r.bars.total)
	for i := range r.bars.total {
		bar := canvas.NewRectangle(fynetheme.Color(r.bars.look.full))
		if i >= r.bars.current {
			bar = canvas.NewRectangle(color.Transparent)
			bar.StrokeColor, bar.StrokeWidth = fynetheme.Color(r.bars.look.edge), 2
		}
		bar.CornerRadius = r.bars.height / 3
		place(bar, float32(i)*(width+gap), 0, width, r.bars.height)
		r.objects = append(r.objects, bar)
	}
}

func (r *barsRenderer) Refresh() {
	r.Layout(r.bars.Size())
	canvas.Refresh(r.bars)
}

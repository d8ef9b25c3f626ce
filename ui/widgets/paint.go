package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"bottega/ui/theme"
)

// Fill is a rectangle in colours of the theme, which follows when the theme changes.
type Fill struct {
	widget.BaseWidget
	// Color fills it, Edge (may be empty) draws its border, of the thickness Width.
	Color, Edge fyne.ThemeColorName
	Width       float32
	Radius      fyne.ThemeSizeName
}

// NewFill returns a rectangle without border.
func NewFill(name fyne.ThemeColorName) *Fill { return NewBorderedFill(name, "", 0, "") }

// NewBorderedFill returns a rectangle with a border and round corners.
func NewBorderedFill(fill, edge fyne.ThemeColorName, width float32, radius fyne.ThemeSizeName) *Fill {
	f := &Fill{Color: fill, Edge: edge, Width: width, Radius: radius}
	f.ExtendBaseWidget(f)
	return f
}

// MinSize implements fyne.CanvasObject.
func (f *Fill) MinSize() fyne.Size { return fyne.NewSize(0, 0) }

// CreateRenderer implements fyne.Widget.
func (f *Fill) CreateRenderer() fyne.WidgetRenderer {
	r := &fillRenderer{fill: f, rect: canvas.NewRectangle(color.Transparent)}
	r.paint()
	r.Layout(f.Size())
	return r
}

type fillRenderer struct {
	fill *Fill
	rect *canvas.Rectangle
}

func (r *fillRenderer) paint() {
	r.rect.FillColor = color.Transparent
	if r.fill.Color != "" {
		r.rect.FillColor = fynetheme.Color(r.fill.Color)
	}
	r.rect.StrokeColor, r.rect.StrokeWidth = color.Transparent, 0
	if r.fill.Edge != "" {
		r.rect.StrokeColor, r.rect.StrokeWidth = fynetheme.Color(r.fill.Edge), r.fill.Width
	}
	if r.fill.Radius != "" {
		r.rect.CornerRadius = fynetheme.Size(r.fill.Radius)
	}
}

func (r *fillRenderer) Destroy()                     {}
func (r *fillRenderer) MinSize() fyne.Size           { return fyne.NewSize(0, 0) }
func (r *fillRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.rect} }
func (r *fillRenderer) Layout(size fyne.Size)        { r.rect.Resize(size) }
func (r *fillRenderer) Refresh() {
	r.paint()
	canvas.Refresh(r.fill)
}

// Icon is a picture in one colour of the theme. It says nothing by itself: words always stand beside it.
type Icon struct {
	widget.BaseWidget
	picture fyne.Resource
	color   fyne.ThemeColorName
	size    fyne.ThemeSizeName
	scale   float32
}

// NewIcon returns a picture the size of a line of text.
func NewIcon(picture fyne.Resource, color fyne.ThemeColorName) *Icon {
	return NewIconOf(picture, color, theme.SizeIcon, 1)
}

// NewIconOf returns a picture of a named size, multiplied by scale.
func NewIconOf(picture fyne.Resource, color fyne.ThemeColorName, size fyne.ThemeSizeName, scale float32) *Icon {
	i := &Icon{picture: picture, color: color, size: size, scale: scale}
	i.ExtendBaseWidget(i)
	return i
}

// Set changes the picture and its colour.
func (i *Icon) Set(picture fyne.Resource, color fyne.ThemeColorName) {
	i.picture, i.color = picture, color
	i.Refresh()
}

// MinSize implements fyne.CanvasObject.
func (i *Icon) MinSize() fyne.Size { return fyne.NewSquareSize(fynetheme.Size(i.size) * i.scale) }

// CreateRenderer implements fyne.Widget.
func (i *Icon) CreateRenderer() fyne.WidgetRenderer {
	r := &iconRenderer{icon: i, image: &canvas.Image{FillMode: canvas.ImageFillContain}}
	r.paint()
	r.Layout(i.Size())
	return r
}

type iconRenderer struct {
	icon  *Icon
	image *canvas.Image
}

func (r *iconRenderer) paint() {
	r.image.Resource = nil
	if r.icon.picture != nil {
		r.image.Resource = fynetheme.NewColoredResource(r.icon.picture, r.icon.color)
	}
	r.image.Refresh()
}

func (r *iconRenderer) Destroy()                     {}
func (r *iconRenderer) MinSize() fyne.Size           { return r.icon.MinSize() }
func (r *iconRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.image} }
func (r *iconRenderer) Layout(size fyne.Size)        { r.image.Resize(size) }
func (r *iconRenderer) Refresh() {
	r.paint()
	canvas.Refresh(r.icon)
}

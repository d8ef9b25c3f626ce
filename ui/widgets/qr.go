package widgets

import (
	"fmt"
	"image"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
	"github.com/boombuler/barcode/qr"
)

// quietZone is the empty border that ISO/IEC 18004 asks for around a QR code, in modules.
const quietZone = 4

// QR is a QR code, black on white in every theme: phones read it, and an inverted one many do not.
type QR struct {
	widget.BaseWidget
	image *image.Gray
	side  float32
	says  string
}

var _ fyne.Accessible = (*QR)(nil)

// NewQR returns the QR code of a content, at least side points wide and high; says is what a screen reader says of it.
func NewQR(content, says string, side float32) (*QR, error) {
	code, err := qr.Encode(content, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("make a QR code of %d bytes: %w", len(content), err)
	}
	modules := code.Bounds().Dx()
	whole := modules + 2*quietZone
	img := image.NewGray(image.Rect(0, 0, whole, whole))
	for y := range whole {
		for x := range whole {
			img.SetGray(x, y, color.Gray{Y: 0xff})
			inside := x >= quietZone && y >= quietZone && x < quietZone+modules && y < quietZone+modules
			if inside {
				img.Set(x, y, code.At(x-quietZone, y-quietZone))
			}
		}
	}
	q := &QR{image: img, side: side, says: says}
	q.ExtendBaseWidget(q)
	return q, nil
}

// AccessibilityLabel implements fyne.Accessible.
func (q *QR) AccessibilityLabel() string { return q.says }

// AccessibilityRole implements fyne.Accessible.
func (q *QR) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// MinSize implements fyne.CanvasObject.
func (q *QR) MinSize() fyne.Size { return fyne.NewSquareSize(q.side) }

// CreateRenderer implements fyne.Widget.
func (q *QR) CreateRenderer() fyne.WidgetRenderer {
	drawn := canvas.NewImageFromImage(q.image)
	drawn.FillMode, drawn.ScaleMode = canvas.ImageFillContain, canvas.ImageScalePixels
	drawn.Resize(q.Size())
	return widget.NewSimpleRenderer(drawn)
}

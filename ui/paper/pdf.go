package paper

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/jung-kurt/gofpdf"

	"bottega/assets"
)

// fontNames lists the typefaces in the order of their constants.
var fontNames = [typefaces]string{
	assets.TitilliumRegular, assets.TitilliumSemiBold, assets.TitilliumBold,
	assets.RobotoMono, assets.RobotoMonoBold,
}

func loadFonts() ([][]byte, error) {
	fonts := make([][]byte, typefaces)
	for i, name := range fontNames {
		data, err := assets.Font(name)
		if err != nil {
			return nil, err
		}
		fonts[i] = data
	}
	return fonts, nil
}

// pdf draws with gofpdf and measures with its widths, so that what is measured is what is drawn. It serves one document.
type pdf struct{ f *gofpdf.Fpdf }

func newPDF(fonts [][]byte) (pdf, error) {
	f := gofpdf.New("P", "pt", "A4", "")
	// Identical facts must give identical bytes: fixed order of objects, and no clock but the paper's own.
	f.SetCatalogSort(true)
	f.SetAutoPageBreak(false, 0)
	f.SetMargins(0, 0, 0)
	f.SetLineCapStyle("round")
	f.SetLineJoinStyle("round")
	for i, data := range fonts {
		// The writer cuts unused letters out of the font it is given; the original stays whole.
		f.AddUTF8FontFromBytes(fontNames[i], "", bytes.Clone(data))
	}
	return pdf{f}, f.Error()
}

func (p pdf) width(s string, face typeface, size float64) float64 {
	p.f.SetFont(fontNames[face], "", size)
	return p.f.GetStringWidth(s)
}

func (p pdf) text(x, y float64, s string, face typeface, size float64, c colour) {
	p.f.SetFont(fontNames[face], "", size)
	p.f.SetTextColor(c.r, c.g, c.b)
	p.f.Text(x, y, s)
}

func (p pdf) pen(width float64, c colour, dash []float64) {
	p.f.SetLineWidth(width)
	p.f.SetDrawColor(c.r, c.g, c.b)
	p.f.SetDashPattern(dash, 0)
}

func (p pdf) line(x1, y1, x2, y2, width float64, c colour, dash []float64) {
	p.pen(width, c, dash)
	p.f.Line(x1, y1, x2, y2)
}

func (p pdf) rect(x, y, w, h float64, fill, stroke *colour, width float64) {
	if fill != nil {
		p.f.SetFillColor(fill.r, fill.g, fill.b)
		p.f.Rect(x, y, w, h, "F")
	}
	if stroke != nil {
		p.pen(width, *stroke, nil)
		p.f.Rect(x, y, w, h, "D")
	}
}

func (p pdf) ring(x, y, radius, width float64, c colour, dash []float64) {
	p.pen(width, c, dash)
	p.f.Circle(x, y, radius, "D")
}

func (p pdf) path(points []point, width float64, c colour) {
	p.pen(width, c, nil)
	for i, at := range points {
		if i == 0 {
			p.f.MoveTo(at.x, at.y)
			continue
		}
		p.f.LineTo(at.x, at.y)
	}
	p.f.DrawPath("D")
}

// ghost lays one pale word along the diagonal of the page, behind everything else.
func (p pdf) ghost(s string, size float64, c colour) {
	w := p.width(s, bold, size)
	angle := math.Atan2(pageHeight, pageWidth) * 180 / math.Pi
	p.f.TransformBegin()
	p.f.TransformRotate(angle, pageWidth/2, pageHeight/2)
	p.text(pageWidth/2-w/2, pageHeight/2+size*0.33, s, bold, size, c)
	p.f.TransformEnd()
}

// write draws every page of a composition and returns the file.
func (p pdf) write(c composition) ([]byte, error) {
	p.f.SetTitle(c.doc.Title+" "+c.doc.Number, true)
	p.f.SetProducer("Bottega", true)
	// What the QR says stands in the file's properties too, so that a program can verify a certificate without looking at it.
	for _, b := range c.doc.Blocks {
		if code, ok := b.(Code); ok {
			p.f.SetKeywords(code.Payload, false)
		}
	}
	p.f.SetCreationDate(c.doc.MadeAt.UTC())
	p.f.SetModificationDate(c.doc.MadeAt.UTC())
	for n := range c.pages {
		p.f.AddPage()
		c.draw(p, n)
	}
	var out bytes.Buffer
	if err := p.f.Output(&out); err != nil {
		return nil, fmt.Errorf("writing the PDF: %w", err)
	}
	return withLanguage(out.Bytes(), c.doc.Lang)
}

// withLanguage adds to the catalogue of a file what gofpdf cannot write: the language, for screen readers, and that a viewer
// shows the title. The catalogue is the last object, so only the place of the cross-reference table moves.
func withLanguage(file []byte, lang string) ([]byte, error) {
	const catalogue, start = "/Type /Catalog\n", "startxref\n"
	at, from := bytes.LastIndex(file, []byte(catalogue)), bytes.LastIndex(file, []byte(start))
	if at < 0 || from < at {
		return nil, errors.New("writing the language of the PDF: its catalogue is not where it was")
	}
	at, from = at+len(catalogue), from+len(start)
	digits := bytes.IndexByte(file[from:], '\n')
	place, err := strconv.Atoi(string(file[from : from+max(digits, 0)]))
	if err != nil {
		return nil, fmt.Errorf("writing the language of the PDF: %w", err)
	}
	added := fmt.Appendf(nil, "/Lang (%s)\n/ViewerPreferences << /DisplayDocTitle true >>\n", lang)
	moved := strconv.AppendInt(nil, int64(place+len(added)), 10)
	return slices.Concat(file[:at], added, file[at:from], moved, file[from+digits:]), nil
}

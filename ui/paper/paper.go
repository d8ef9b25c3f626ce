package paper

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"bottega/desk"
)

// Template is the version of layout and words that this package renders.
const Template = desk.PaperTemplate

// Errors of Render, matched with errors.Is.
var (
	// ErrTemplate says that the paper was made by another version of the program; printing it with this one would change it.
	ErrTemplate = errors.New("this program has no layout of that version")
	// ErrNoFacts says that the facts of the paper's kind are missing.
	ErrNoFacts = errors.New("the facts of this paper are missing")
	// ErrNotConfirmed says that a certificate lacks the hub's signature: a memo is what can be printed.
	ErrNotConfirmed = errors.New("only an exemption that the registry confirmed and signed leads to a certificate; print a memo")
	// ErrExpired says that the exemption of a certificate ended before the paper was made: a memo is what can be printed.
	ErrExpired = errors.New("the exemption has expired; print a memo")
	// ErrSecret says that a text of the paper looks like a PIN, a PUK, a CIP or a password.
	ErrSecret = errors.New("a text looks like a secret code, which no paper may carry; remove it")
)

// Renderer implements desk.Papers. It is safe for use by several goroutines.
type Renderer struct {
	fonts   [][]byte
	letters coverage
	texts   map[string]map[string]string
}

var _ desk.Papers = (*Renderer)(nil)

// New reads fonts and texts, which are part of the program: it fails only when the program was built wrong.
func New() (*Renderer, error) {
	fonts, err := loadFonts()
	if err != nil {
		return nil, err
	}
	letters, err := newCoverage(fonts)
	if err != nil {
		return nil, err
	}
	r := &Renderer{fonts: fonts, letters: letters, texts: map[string]map[string]string{}}
	for _, lang := range []string{"it", "en"} {
		if r.texts[lang], err = loadWords(lang); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Render returns the paper as PDF. Equal papers give equal bytes.
func (r *Renderer) Render(ctx context.Context, p desk.Paper) ([]byte, error) {
	c, out, err := r.compose(p)
	if err != nil {
		return nil, fmt.Errorf("making the paper %s (%s): %w", p.Number, p.Kind, err)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("making the paper %s (%s): %w", p.Number, p.Kind, err)
	}
	return out.write(c)
}

// compose lays the paper out, and returns what draws it.
func (r *Renderer) compose(p desk.Paper) (composition, pdf, error) {
	doc, err := r.document(p)
	if err != nil {
		return composition{}, pdf{}, err
	}
	return r.layOut(doc)
}

func (r *Renderer) layOut(doc Document) (composition, pdf, error) {
	out, err := newPDF(r.fonts)
	if err != nil {
		return composition{}, pdf{}, fmt.Errorf("opening the fonts: %w", err)
	}
	c, err := compose(doc, out, r.letters)
	return c, out, err
}

// Digest is the SHA-256 of a file in lower-case hexadecimal, as desk.PaperMade keeps it.
func Digest(pdf []byte) string {
	sum := sha256.Sum256(pdf)
	return hex.EncodeToString(sum[:])
}

// builder is what the writers of the kinds work with.
type builder struct {
	*words
	paper desk.Paper
}

// kind writes the blocks of one kind of paper.
type kind struct {
	blocks func(*builder) ([]Block, error)
	// large is the scale of the large version; normal that of the other.
	normal, large Scale
}

func kinds() map[desk.PaperKind]kind {
	return map[desk.PaperKind]kind{
		desk.PaperCertificate: {(*builder).certificate, Normal, LargePrint},
		desk.PaperMemo:        {(*builder).memo, Normal, LargePrint},
		desk.PaperDeclaration: {(*builder).declaration, Normal, LargePrint},
		desk.PaperReceipt:     {(*builder).receipt, Normal, LargePrint},
		desk.PaperCardTest:    {(*builder).cardTest, Normal, LargePrint},
		// The sheet is for reading at home without glasses: it is in large print anyway.
		desk.PaperTakeHome: {(*builder).takeHome, LargePrint, GiantPrint},
		desk.PaperErasure:  {(*builder).erasure, Normal, LargePrint},
	}
}

// document says what stands on a paper.
func (r *Renderer) document(p desk.Paper) (Document, error) {
	if p.Template != Template {
		return Document{}, fmt.Errorf("template %d: %w", p.Template, ErrTemplate)
	}
	if err := refuseSecrets(p); err != nil {
		return Document{}, err
	}
	k, known := kinds()[p.Kind]
	if !known {
		return Document{}, fmt.Errorf("kind %q: %w", p.Kind, ErrNoFacts)
	}
	b := &builder{words: r.words(p.Lang), paper: p}
	blocks, err := k.blocks(b)
	if err != nil {
		return Document{}, err
	}
	scale := k.normal
	if p.Large {
		scale = k.large
	}
	return b.finish(blocks, scale)
}

// finish puts the frame around what stands on a paper. A text that is missing stops it.
func (b *builder) finish(blocks []Block, scale Scale) (Document, error) {
	doc := b.frame()
	doc.Blocks, doc.Scale = blocks, scale
	if b.missing != "" {
		return Document{}, fmt.Errorf("the text %q is missing in %s", b.missing, b.lang)
	}
	return doc, nil
}

// words returns the texts of a language; every language but English gets Italian.
func (r *Renderer) words(lang string) *words {
	if len(lang) >= 2 && lang[:2] == "en" {
		return &words{lang: "en", texts: r.texts["en"]}
	}
	return &words{lang: "it", texts: r.texts["it"]}
}

// frame is what every paper has around its content.
func (b *builder) frame() Document {
	site := b.paper.Site
	doc := Document{
		Title:     b.say(string(b.paper.Kind) + ".title"),
		Number:    b.paper.Number,
		Lang:      b.lang,
		MadeAt:    b.paper.MadeAt,
		Page:      b.say("common.page"),
		Continued: b.say("common.continued"),
		Head:      nonEmpty(site.Name, site.Municipality),
		Foot:      joined(" · ", b.place()...),
		Aside:     []string{b.say("common.number", "number", b.paper.Number), b.date(day(b.paper.MadeAt))},
	}
	if site.Name == "" {
		doc.Head = append([]string{b.say("common.brand")}, doc.Head...)
	}
	if site.Phone != "" {
		phone := b.say("common.phone", "phone", unbroken(site.Phone))
		doc.Head = append(doc.Head, phone)
		doc.Foot = joined(" · ", doc.Foot, phone)
	}
	if b.paper.Practice {
		doc.Practice = b.say("common.practice")
		doc.PracticeMark = b.say("common.practice_mark")
	}
	return doc
}

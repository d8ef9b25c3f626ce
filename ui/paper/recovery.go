package paper

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"bottega/desk"
)

// ErrNeverKept says that somebody tried to write a recovery key down elsewhere than on paper.
var ErrNeverKept = errors.New("a recovery key is printed, and never kept in a file")

// RecoverySheet is what the paper of a recovery key says. It is no desk.Paper, because papers are recorded and this one holds a secret:
// nothing renders it but RenderRecovery, no verb of fmt shows it, and it refuses to be encoded.
type RecoverySheet struct {
	// Key is the key as it is typed, groups divided by hyphens or blanks. The caller wipes it.
	Key  []byte
	Site desk.Site
	// Desk numbers the desk within its site; By is the sigla of whoever made the key.
	Desk, By string
	MadeAt   time.Time
	Lang     string
	// Practice marks the sheet PROVA.
	Practice bool
}

// Format implements fmt.Formatter and shows nothing of the key.
func (RecoverySheet) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "[recovery sheet]") }

// MarshalJSON implements json.Marshaler and refuses.
func (RecoverySheet) MarshalJSON() ([]byte, error) { return nil, ErrNeverKept }

// GobEncode implements gob.GobEncoder and refuses.
func (RecoverySheet) GobEncode() ([]byte, error) { return nil, ErrNeverKept }

// RenderRecovery returns the sheet as PDF: one page, so that nothing of it is lost, with the key in large type. The bytes hold the key: they go to the printer and are wiped.
func (r *Renderer) RenderRecovery(ctx context.Context, s RecoverySheet) ([]byte, error) {
	c, out, err := r.composeRecovery(s)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("making the sheet of the recovery key: %w", err)
	}
	return out.write(c)
}

func (r *Renderer) composeRecovery(s RecoverySheet) (composition, pdf, error) {
	doc, err := r.recovery(s)
	if err != nil {
		return composition{}, pdf{}, err
	}
	return r.layOut(doc)
}

// recovery says what stands on the sheet.
func (r *Renderer) recovery(s RecoverySheet) (Document, error) {
	var groups []string
	for _, g := range bytes.FieldsFunc(s.Key, func(r rune) bool { return r == '-' || r == ' ' }) {
		groups = append(groups, string(g))
	}
	if len(groups) == 0 {
		return Document{}, ErrNoFacts
	}
	b := &builder{words: r.words(s.Lang), paper: desk.Paper{Kind: "recovery", MadeAt: s.MadeAt, Site: s.Site, Practice: s.Practice}}
	b.paper.Number = b.say("recovery.number", "desk", s.Desk)
	aside := []string{b.paper.Number, b.date(day(s.MadeAt)), b.say("recovery.by", "name", b.or(s.By))}
	doc, err := b.finish([]Block{
		Banner{Text: b.say("recovery.banner")},
		Groups{Items: groups},
		Paragraph{Text: b.say("recovery.lead"), Tone: Strong},
		Together{Blocks: []Block{Heading{Text: b.say("recovery.keep")}, Bullets{Items: b.list("recovery.keep")}}},
		Together{Blocks: []Block{Heading{Text: b.say("recovery.use")}, Bullets{Items: b.list("recovery.use"), Numbered: true}}},
		Notice{Title: b.say("recovery.lost.title"), Texts: b.list("recovery.lost"), Grave: true},
	}, Normal)
	doc.Aside = aside
	return doc, err
}

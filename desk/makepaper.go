package desk

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"bottega/desk/civil"
	"bottega/desk/walk"
)

// ErrPaperChanged says that a reprint would not be the paper that was given out: the program's layout changed since.
var ErrPaperChanged = errors.New("this program lays the paper out differently from the one that made it")

// PaperOrder asks for a paper of a visit.
type PaperOrder struct {
	Kind  PaperKind
	Lang  string
	Large bool
	// Walk is the walk whose answers fill a declaration; empty takes the last one of the visit that came to a code.
	Walk string
	// Declaration is a declaration filled elsewhere; nil fills it from the walk.
	Declaration *DeclarationFacts
	// Code is the exemption that a memo or a certificate is about.
	Code string
}

// MakePaper composes a paper from what the visit knows, renders it, records it and returns it with its bytes.
func (d *Desk) MakePaper(ctx context.Context, visit string, o PaperOrder) (Paper, []byte, error) {
	var paper Paper
	var pdf []byte
	err := d.locked(func() error {
		v := d.state.visit(visit)
		if v == nil {
			return ErrNoVisit
		}
		var err error
		if paper, err = d.compose(v, o); err != nil {
			return err
		}
		if pdf, err = d.p.Papers.Render(ctx, paper); err != nil {
			return fmt.Errorf("rendering the %s: %w", o.Kind, err)
		}
		_, err = d.append(ctx, drafts(visit, PaperMade{Paper: paper, SHA256: digest(pdf)})...)
		return err
	})
	if err != nil {
		return Paper{}, nil, err
	}
	d.announce()
	return paper, pdf, nil
}

// Reprint renders a paper again from its facts. The bytes are those of the original, or ErrPaperChanged.
func (d *Desk) Reprint(ctx context.Context, paper string) (Paper, []byte, error) {
	m, _, err := d.findPaper(paper)
	if err != nil {
		return Paper{}, nil, err
	}
	pdf, err := d.p.Papers.Render(ctx, m.Paper)
	if err != nil {
		return Paper{}, nil, fmt.Errorf("rendering paper %s: %w", m.Paper.Number, err)
	}
	if digest(pdf) != m.SHA256 {
		return Paper{}, nil, fmt.Errorf("paper %s: %w", m.Paper.Number, ErrPaperChanged)
	}
	return m.Paper, pdf, nil
}

// PaperLeft records that a paper was printed, saved or opened.
func (d *Desk) PaperLeft(ctx context.Context, paper, way string) error {
	m, visit, err := d.findPaper(paper)
	if err != nil {
		return err
	}
	err = d.locked(func() error {
		_, err := d.append(ctx, drafts(visit, PaperPrinted{Paper: paper, Way: way, Reprint: len(m.Ways) > 0})...)
		return err
	})
	if err != nil {
		return err
	}
	d.announce()
	return nil
}

func (d *Desk) findPaper(id string) (MadePaper, string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := d.state.visitIn(d.state.byPaper, id)
	if v == nil {
		return MadePaper{}, "", ErrNoPaper
	}
	return *v.paper(id), v.ID, nil
}

func digest(pdf []byte) string {
	sum := sha256.Sum256(pdf)
	return hex.EncodeToString(sum[:])
}

// compose fills a paper with the facts of its kind. The caller holds d.mu.
func (d *Desk) compose(v *Visit, o PaperOrder) (Paper, error) {
	now := d.p.Clock.Now()
	paper := Paper{
		ID: d.p.NewID(), Number: d.paperNumber(now), Kind: o.Kind, Template: PaperTemplate,
		Lang: o.Lang, Large: o.Large, Practice: d.p.Practice, MadeAt: now.Truncate(time.Second), Site: d.state.site.Site,
	}
	fill, ok := map[PaperKind]func(*Paper, *Visit, PaperOrder) error{
		PaperCertificate: d.fillCertificate,
		PaperMemo:        d.fillMemo,
		PaperDeclaration: d.fillDeclaration,
		PaperReceipt:     fillReceipt,
		PaperCardTest:    fillCardTest,
		PaperTakeHome:    d.fillTakeHome,
	}[o.Kind]
	if !ok {
		return Paper{}, fmt.Errorf("%q: %w", o.Kind, ErrNoPaper)
	}
	if err := fill(&paper, v, o); err != nil {
		return Paper{}, fmt.Errorf("making the %s: %w", o.Kind, err)
	}
	return paper, nil
}

// paperNumber counts the papers of a desk within a year: LU-PIAZZA-1-2026-000042.
func (d *Desk) paperNumber(now time.Time) string {
	s := d.state.site
	return fmt.Sprintf("%s-%s-%d-%06d", s.Site.ID, s.Desk, now.Year(), d.state.papers[now.Year()]+1)
}

func (d *Desk) fillCertificate(p *Paper, v *Visit, o PaperOrder) error {
	asked := v.asked(o.Code)
	if !asked.confirmed() {
		return ErrNothingToTell
	}
	ex := *asked.Reply.Exemption
	p.Certificate = &CertificateFacts{Exemption: ex, Description: d.Catalogue().describe(ex.Code, p.Lang)}
	return nil
}

// asked returns the last request to the registry for a code, or for any code when it is empty.
func (v *Visit) asked(code string) *AskedExemption {
	for i := range slices.Backward(v.Exemptions) {
		if code == "" || v.Exemptions[i].Request.Code == code {
			return &v.Exemptions[i]
		}
	}
	return nil
}

func (d *Desk) fillMemo(p *Paper, v *Visit, o PaperOrder) error {
	m := MemoFacts{Holder: v.Person, Reason: MemoOffline}
	if asked := v.asked(o.Code); asked != nil {
		m.Holder, m.Reason = asked.Request.Person, MemoPending
		if asked.Reply != nil {
			m.Reason, m.Registered = memoReason(asked.Reply.Kind), asked.Reply.Exemption
		}
	}
	if v.Check != nil {
		m.Fits, m.Fails, m.NotChecked = lines(v.Check.Fits, p.Lang), lines(v.Check.Fails, p.Lang), lines(v.Check.NotChecked, p.Lang)
	}
	if m.Registered == nil && len(m.Fits)+len(m.Fails)+len(m.NotChecked) == 0 {
		return ErrNothingToTell
	}
	p.Memo = &m
	return nil
}

func memoReason(k ReplyKind) MemoReason {
	reasons := map[ReplyKind]MemoReason{
		ExemptionFound: MemoNotSigned, ExemptionNotFound: MemoNotFound, ExemptionExpired: MemoExpired,
	}
	if r, ok := reasons[k]; ok {
		return r
	}
	return MemoPending
}

func (d *Desk) fillDeclaration(p *Paper, v *Visit, o PaperOrder) error {
	f := o.Declaration
	if f == nil {
		begun, err := d.beginDeclaration(v, o)
		if err != nil {
			return err
		}
		f = &begun
	}
	if f.Beneficiary.IsZero() {
		f.Beneficiary = v.Person
	}
	if f.Description == "" {
		f.Description = d.Catalogue().describe(f.Code, p.Lang)
	}
	p.Declaration = f
	return nil
}

func (d *Desk) beginDeclaration(v *Visit, o PaperOrder) (DeclarationFacts, error) {
	if d.Catalogue().Exemptions == nil {
		return DeclarationFacts{}, ErrNoRules
	}
	for i := range slices.Backward(v.Walks) {
		if o.Walk != "" && v.Walks[i].ID != o.Walk {
			continue
		}
		l, _, err := d.live(v.Walks[i].ID)
		if err != nil {
			return DeclarationFacts{}, err
		}
		answers := l.run.Answers()
		code := cmp.Or(o.Code, answers[walk.AnswerCode])
		if code != "" {
			return d.Catalogue().Exemptions.Declaration(code, o.Lang, answers, civil.Of(d.p.Clock.Now()))
		}
	}
	return DeclarationFacts{}, ErrNothingToTell
}

// PaperOf returns the paper that a step of a walk makes now: where a step leaves the choice open, the certificate once the
// registry has confirmed and signed, the memo before.
func (v *Visit) PaperOf(step walk.Step) PaperKind {
	if step.Paper != walk.MemoOrCertificate {
		return PaperKind(step.Paper)
	}
	if v.asked("").confirmed() {
		return PaperCertificate
	}
	return PaperMemo
}

// confirmed reports whether the registry found the exemption and the hub signed it.
func (a *AskedExemption) confirmed() bool {
	return a != nil && a.Reply != nil && a.Reply.Kind == ExemptionFound && a.Reply.Exemption != nil && a.Reply.Exemption.Token != ""
}

func fillReceipt(p *Paper, v *Visit, _ PaperOrder) error {
	a := v.Activation
	if a == nil {
		return ErrNothingToTell
	}
	f := ReceiptFacts{
		Holder: a.Request.Holder, CardNumber: a.Request.CardNumber, RequestID: a.Entry, AskedAt: a.At,
		Presence: a.Request.Presence, Delegate: a.Request.Delegate, Envelope: v.Envelope, State: "requested",
	}
	if n := len(v.Handouts); n > 0 {
		f.Handout = v.Handouts[n-1]
	}
	if c := v.Card; c != nil && c.Number == a.Request.CardNumber && c.Proof != nil {
		f.Login = c.Proof.Door
	}
	if a.Reply != nil {
		f.Reason = a.Reply.Reason
		switch a.Reply.Kind {
		case ActivationConfirmed:
			f.State = "confirmed"
		case ActivationRefused:
			f.State = "refused"
		}
	}
	p.Receipt = &f
	return nil
}

func fillCardTest(p *Paper, v *Visit, _ PaperOrder) error {
	if v.Card == nil {
		return ErrNothingToTell
	}
	p.CardTest = &CardTestFacts{
		Holder: v.Card.Holder, CardNumber: v.Card.Number, Expires: v.Card.Expires, Model: v.Card.Model,
		TestedAt: v.Card.At, Test: v.Card.Whole(),
	}
	if v.Card.CardKind != KindHealth {
		p.CardTest.Kind = v.Card.CardKind
	}
	if v.Card.Proof != nil {
		p.CardTest.TestedAt, p.CardTest.Login = v.Card.Proof.At, v.Card.Proof.Door
	}
	return nil
}

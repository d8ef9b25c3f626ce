package desk

import (
	"context"
	"errors"
	"slices"
	"time"

	"bottega/desk/walk"
)

// CodeWork is what was done with a card's codes.
type CodeWork string

// The works. Whichever it is, the code itself is in no entry.
const (
	WorkTest    CodeWork = "test"    // the PIN was given, and the test door asked where there was a line
	WorkChange  CodeWork = "change"  // the holder chose a new PIN
	WorkUnblock CodeWork = "unblock" // the PUK set a new PIN
)

// CardProved is what a card showed when its holder typed a code: whether it took the code, and what the test door of the hub
// said of it. It proves nothing about the activation, which the body that runs the cards alone confirms.
type CardProved struct {
	// Number is the card's, so that what one card showed is never said of another.
	Number string   `json:"number"`
	Work   CodeWork `json:"work"`
	// Checks are those of PartPIN and PartLogin.
	Checks []PartCheck `json:"checks"`
	// Door is what the test door answered, nil when it was not asked.
	Door *DoorAnswer `json:"door,omitempty"`
}

// SeenProof is what a card showed in a visit so far, and when it did last.
type SeenProof struct {
	CardProved
	At time.Time
	// Changed says that the holder has a new PIN since.
	Changed bool
}

// after returns the proof with what was shown later. A changed PIN takes nothing back of what the door said before.
func (p *SeenProof) after(later CardProved, at time.Time) *SeenProof {
	next := &SeenProof{CardProved: later, At: at, Changed: later.Work != WorkTest}
	if p == nil {
		return next
	}
	next.Changed = next.Changed || p.Changed
	if later.Work == WorkTest {
		return next
	}
	for _, c := range p.Checks {
		if next.check(c.Part).Result == PartNotChecked {
			next.Checks = append(slices.Clone(next.Checks), c)
		}
	}
	if next.Door == nil {
		next.Door = p.Door
	}
	return next
}

// check returns what was found about a part; NotChecked where the proof does not tell.
func (p *SeenProof) check(part CardPart) PartCheck {
	if p != nil {
		for _, c := range p.Checks {
			if c.Part == part {
				return c
			}
		}
	}
	return PartCheck{Part: part, Result: PartNotChecked}
}

// Whole returns the test of a card with what it showed when its holder typed a code.
func (c *SeenCard) Whole() CardTest {
	checks := slices.Clone(c.Test.Parts)
	if c.Proof != nil {
		checks = append(checks, c.Proof.Checks...)
		return TestOf(checks...)
	}
	return CardTest{Parts: checks}
}

// ErrOtherCard says that what is to be recorded is of a card that this visit has not seen.
var ErrOtherCard = errors.New("this is not the card of the visit")

// CardProved records what the card in the reader showed when its holder typed a code. The card is recorded with it, should the
// visit not have seen it yet.
func (d *Desk) CardProved(ctx context.Context, visit string, c *Card, p CardProved) error {
	if c == nil || c.Number != p.Number {
		return ErrOtherCard
	}
	v, err := d.Visit(visit)
	if err != nil {
		return err
	}
	var payloads []Payload
	if v.Card == nil || v.Card.Number != c.Number {
		payloads = seen(&v, c)
	}
	return d.record(ctx, visit, append(payloads, p)...)
}

// proofFacts are what a walk may look at; "unknown" is said and not left out, so that a walk can ask for it.
func proofFacts(card *SeenCard) walk.Facts {
	pin, login := card.Proof.check(PartPIN), card.Proof.check(PartLogin)
	facts := walk.Facts{
		walk.CardPIN: walk.Unknown, walk.CardLogin: walk.Unknown,
		walk.CardPINChanged: walk.Bool(card.Proof != nil && card.Proof.Changed),
	}
	switch {
	case pin.Result == PartWorks:
		facts[walk.CardPIN] = walk.Yes
	case pin.Result != PartFails:
	case pin.Reason == ReasonPINBlocked:
		facts[walk.CardPIN] = walk.Blocked
	case pin.Reason == ReasonNotActive:
		facts[walk.CardPIN] = walk.NotActive
	default:
		facts[walk.CardPIN] = walk.No
	}
	switch login.Result {
	case PartWorks:
		facts[walk.CardLogin] = walk.Yes
	case PartFails:
		facts[walk.CardLogin] = walk.No
	}
	return facts
}

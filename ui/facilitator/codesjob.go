package facilitator

import (
	"context"
	"errors"
	"fmt"

	"bottega/cardreader"
	"bottega/desk"
)

// codeJob is one code given to one card, and what came of it written down.
type codeJob struct {
	codes  cardreader.Codes
	desk   codeDesk
	visit  string
	work   desk.CodeWork
	card   *desk.Card
	reader string
	// door is the test door to log in at; empty gives the PIN to the card alone.
	door         string
	first, fresh []byte
}

// proofFound is what came of a code.
type proofFound struct {
	// checks are those of desk.PartPIN and desk.PartLogin, as far as they tell something.
	checks []desk.PartCheck
	door   *desk.DoorAnswer
	// err is why the card did not do what was asked; nil where it did, even if the door refused it.
	err error
	// recorded says that it stands in the visit, unwritten why it does not.
	recorded  bool
	unwritten error
}

// run gives the code and records what the card said of it. What was found is recorded even when the task is given up meanwhile:
// a try is spent whether somebody waits for the answer or not.
func (j codeJob) run(ctx context.Context) proofFound {
	found := j.give(ctx)
	if j.visit == "" || len(found.checks) == 0 {
		return found
	}
	found.unwritten = j.desk.CardProved(context.WithoutCancel(ctx), j.visit, j.card, desk.CardProved{
		Number: j.card.Number, Work: j.work, Checks: found.checks, Door: found.door,
	})
	found.recorded = found.unwritten == nil
	return found
}

func (j codeJob) give(ctx context.Context) proofFound {
	switch {
	case j.work == desk.WorkChange:
		return judged(j.codes.Change(ctx, j.reader, j.first, j.fresh))
	case j.work == desk.WorkUnblock:
		return judged(j.codes.Unblock(ctx, j.reader, j.first, j.fresh))
	case j.door == "":
		found := judged(j.codes.Verify(ctx, j.reader, j.first))
		if found.err == nil {
			reason := desk.ReasonNoLine
			if j.card.Certificate == nil {
				reason = desk.ReasonMissing
			}
			found.checks = append(found.checks, desk.PartCheck{Part: desk.PartLogin, Result: desk.PartNotChecked, Reason: reason})
		}
		return found
	}
	answer, err := j.codes.Login(ctx, j.reader, j.door, j.first)
	if err != nil {
		return judged(err)
	}
	found := proofFound{door: &answer, checks: []desk.PartCheck{{Part: desk.PartPIN, Result: desk.PartWorks}}}
	login := desk.PartCheck{Part: desk.PartLogin, Result: desk.PartWorks}
	if !answer.Accepted {
		login.Result, login.Reason = desk.PartFails, answer.Reason
		if login.Reason == "" {
			login.Reason = desk.ReasonRefused
		}
	}
	found.checks = append(found.checks, login)
	return found
}

// judged is what a call that returned err says of PIN and login. Troubles that are no word about the card say nothing.
func judged(err error) proofFound {
	found := proofFound{err: err}
	check := func(part desk.CardPart, result desk.PartResult, reason string) {
		found.checks = append(found.checks, desk.PartCheck{Part: part, Result: result, Reason: reason})
	}
	is := func(troubles ...cardreader.Trouble) bool {
		for _, t := range troubles {
			if errors.Is(err, t) {
				return true
			}
		}
		return false
	}
	switch {
	case err == nil:
		check(desk.PartPIN, desk.PartWorks, "")
	case is(cardreader.WrongPIN, cardreader.PINTriesLow):
		check(desk.PartPIN, desk.PartFails, desk.ReasonWrongPIN)
	case is(cardreader.PINBlocked, cardreader.PUKBlocked):
		check(desk.PartPIN, desk.PartFails, desk.ReasonPINBlocked)
	case is(cardreader.NotActive):
		check(desk.PartPIN, desk.PartFails, desk.ReasonNotActive)
	case is(cardreader.KeyFails):
		check(desk.PartPIN, desk.PartWorks, "")
		check(desk.PartLogin, desk.PartFails, desk.ReasonKeyFails)
	case is(cardreader.CertificateRefused):
		check(desk.PartPIN, desk.PartWorks, "")
		check(desk.PartLogin, desk.PartFails, desk.ReasonRefused)
	case is(cardreader.NoCertificate):
		check(desk.PartLogin, desk.PartFails, desk.ReasonMissing)
	case is(cardreader.CertificateExpired):
		check(desk.PartLogin, desk.PartFails, desk.ReasonCertificateExpired)
	case is(cardreader.DoorClosed):
		check(desk.PartLogin, desk.PartNotChecked, desk.ReasonNoLine)
	}
	return found
}

// String says nothing of the codes, wherever a job might be printed.
func (j codeJob) String() string { return fmt.Sprintf("%s of a card", j.work) }

// GoString is String.
func (j codeJob) GoString() string { return j.String() }

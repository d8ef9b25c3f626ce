package facilitator

import (
	"bytes"
	"context"
	"errors"
	"time"

	"bottega/cardreader"
	"bottega/desk"
	"bottega/ui/citizen"
)

// typingTime is how long a citizen may take for one code before the desk takes the question back.
const typingTime = 2 * time.Minute

// codeStage is where a task with a card's codes stands.
type codeStage int

const (
	codeAsking  codeStage = iota // the card is asked how it takes codes
	codeLastTry                  // one try is left: the facilitator says yes first, then the citizen
	codeTyping                   // the citizen types, on the screen or on the reader
	codeDone                     // the card has answered, or the task was given up
)

// codeTask lets the holder of the card in the reader type a code, once, and says what came of it. Nothing is ever tried a second
// time by itself. The codes are bytes that pass through here from the citizen's keys to the card: every way out wipes them.
type codeTask struct {
	app *App
	// visit is where the outcome is recorded; empty records nothing.
	visit string
	work  desk.CodeWork
	// pinOnly leaves the test door out.
	pinOnly bool

	card   *desk.Card
	reader string
	needs  cardreader.CodeNeeds
	stage  codeStage
	typing citizen.Code
	// first is the PIN or the PUK that is to be replaced, fresh the new PIN until it was typed twice.
	first, fresh []byte
	// unlike says that the new PIN was not the same twice.
	unlike bool
	// asked tells one question from the next.
	asked int
	// stopClock ends the wait for the citizen.
	stopClock func()

	found proofFound
	// gaveUp says that nothing was typed to the end.
	gaveUp bool
}

// codeDesk is what a task with codes needs of the desk.
type codeDesk interface {
	CardProved(ctx context.Context, visit string, c *desk.Card, p desk.CardProved) error
}

// openCodes begins a task with the card in the reader.
func (a *App) openCodes(visit string, work desk.CodeWork) {
	t := &codeTask{app: a, visit: visit, work: work, stopClock: func() {}}
	a.push(t)
	t.begin()
}

// begin asks the card how it takes codes; that spends no try.
func (t *codeTask) begin() {
	a := t.app
	t.card, t.reader = a.card.Card, a.card.Reader
	t.stage, t.found, t.gaveUp, t.unlike = codeAsking, proofFound{}, false, false
	codes := a.session.Codes
	switch {
	case codes == nil:
		t.end(proofFound{err: cardreader.NotActive})
		return
	case t.reader == "" || t.card == nil:
		t.end(proofFound{err: cardreader.NoCard})
		return
	}
	var needs cardreader.CodeNeeds
	reader := t.reader
	a.worker.run(a.words.Current().T("task.asking_card"), func(ctx context.Context) (err error) {
		needs, err = codes.Ask(ctx, reader)
		return err
	}, func(err error) {
		t.needs = needs
		switch {
		case err != nil:
			t.end(proofFound{err: err})
		case t.work == desk.WorkUnblock:
			t.type1st()
		case needs.PINLeft == 0:
			t.end(proofFound{err: cardreader.PINBlocked})
		case needs.PINLeft == 1:
			t.stage = codeLastTry
		default:
			t.type1st()
		}
	})
}

// askHolder lets the citizen say yes to the last try, after the facilitator did.
func (t *codeTask) askHolder() {
	t.stage, t.typing = codeTyping, ""
	t.ask(citizen.Asking{Done: func([]byte) { t.type1st() }})
}

// firstCode is what the holder types first.
func (t *codeTask) firstCode() citizen.Code {
	return map[desk.CodeWork]citizen.Code{
		desk.WorkTest: citizen.CodePIN, desk.WorkChange: citizen.CodeOldPIN, desk.WorkUnblock: citizen.CodePUK,
	}[t.work]
}

// type1st asks for the first code, on the reader where it has keys of its own.
func (t *codeTask) type1st() {
	if t.needs.Pad {
		t.stage, t.typing = codeTyping, t.firstCode()
		t.app.showCitizen() // a task that goes on leaves the citizen's screen alone
		t.give(nil, nil)
		return
	}
	t.typeCode(t.firstCode())
}

// typeCode asks for one code on the citizen's keys.
func (t *codeTask) typeCode(code citizen.Code) {
	t.stage, t.typing = codeTyping, code
	least, most := t.needs.MinPIN, t.needs.MaxPIN
	if code == citizen.CodePUK {
		least, most = t.needs.PUK, t.needs.PUK
	}
	t.ask(citizen.Asking{Least: least, Most: most, Done: t.typed})
}

func (t *codeTask) ask(q citizen.Asking) {
	a := t.app
	t.stopClock()
	t.asked++
	mine, done := t.asked, q.Done
	t.stopClock = a.later(typingTime, func() {
		if t.asked == mine { // the clock of a question that was answered may strike when the next one is there
			a.Stage.GiveUp()
		}
	})
	q.Done = func(code []byte) { t.stopClock(); done(code); a.changed() }
	q.Stopped = func() { t.stopped(); a.changed() }
	a.showCitizen()
	a.Stage.Ask(q)
}

// typed takes a code over from the citizen's keys.
func (t *codeTask) typed(code []byte) {
	switch t.typing {
	case citizen.CodePIN:
		t.give(code, nil)
	case citizen.CodeOldPIN, citizen.CodePUK:
		t.first = code
		t.typeCode(citizen.CodeNewPIN)
	case citizen.CodeNewPIN:
		t.fresh, t.unlike = code, false
		t.typeCode(citizen.CodeAgain)
	case citizen.CodeAgain:
		same := bytes.Equal(t.fresh, code)
		clear(code)
		if !same {
			clear(t.fresh)
			t.fresh, t.unlike = nil, true
			t.typeCode(citizen.CodeNewPIN)
			return
		}
		first, fresh := t.first, t.fresh
		t.first, t.fresh = nil, nil
		t.give(first, fresh)
	}
}

// give hands the codes to the card, off the goroutine of the windows. Whoever takes them wipes them.
func (t *codeTask) give(first, fresh []byte) {
	a, s := t.app, t.app.session
	job := t.job(s, first, fresh)
	var found proofFound
	started := a.worker.run(a.words.Current().T("task.card_decides"), func(ctx context.Context) error {
		defer clear(first)
		defer clear(fresh)
		found = job.run(ctx)
		return nil
	}, func(error) { t.end(found) })
	if !started {
		clear(first)
		clear(fresh)
		t.end(proofFound{err: cardreader.Busy})
	}
}

// job gathers what the work needs, so that it meets nothing that changes on the screen meanwhile.
func (t *codeTask) job(s *Session, first, fresh []byte) codeJob {
	job := codeJob{
		codes: s.Codes, desk: s.Desk, visit: t.visit, work: t.work, card: t.card, reader: t.reader, first: first, fresh: fresh,
	}
	if s.Door != nil && !t.pinOnly && t.app.moment().HubReachable && t.card.Certificate != nil {
		job.door = s.Door()
	}
	return job
}

// stopped ends the task where the citizen gave up, took too long, or the screen was covered.
func (t *codeTask) stopped() {
	t.wipe()
	if t.stage == codeTyping {
		t.stage, t.gaveUp = codeDone, true
	}
}

// end shows what came of it.
func (t *codeTask) end(found proofFound) {
	t.wipe()
	t.stage, t.found = codeDone, found
	if errors.Is(found.err, cardreader.PadCancelled) {
		t.gaveUp = true
	}
}

// wipe leaves no digit behind.
func (t *codeTask) wipe() {
	t.stopClock()
	clear(t.first)
	clear(t.fresh)
	t.first, t.fresh = nil, nil
}

// leave is told that the page goes, whoever closes it.
func (t *codeTask) leave() {
	t.wipe()
	t.stage = codeDone
	t.app.Stage.Withdraw()
}

// refresh gives up when the card that the code is for has gone.
func (t *codeTask) refresh() {
	gone := t.app.card.Reader != t.reader || (t.app.card.Card != nil && t.card != nil && t.app.card.Card.Number != t.card.Number)
	if !gone || (t.stage != codeTyping && t.stage != codeLastTry) || t.app.worker.current != nil {
		return
	}
	t.stage = codeDone // before the citizen's question ends, so that it ends for this reason
	t.app.Stage.Withdraw()
	t.end(proofFound{err: cardreader.RemovedEarly})
}

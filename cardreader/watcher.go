package cardreader

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"bottega/desk"
)

// ErrReset says that another program reset the card: what was selected on it is forgotten, and reading starts again.
var ErrReset = errors.New("the card was reset by another program")

// The limits of a watch. None of them is a speed: they bound what a stuck service or card can cost.
const (
	lookEvery    = 5 * time.Second  // a look at the readers even when nothing was announced
	servicePause = 2 * time.Second  // between attempts to reach a service that is down
	busyPause    = time.Second      // between attempts at a card that another program holds
	noticePause  = 2 * time.Second  // until the port must have noticed a removal that a reading ran into
	readingLimit = 30 * time.Second // a slow card (9600 baud) needs about 4 seconds
	resetRetries = 3                // readings begun again because another program reset the card
)

// Watcher follows the readers of a Port and reads every card that comes in.
type Watcher struct {
	// Port is where the readers are and Read how a card is read (cns.Reader's Read).
	Port Port
	Read ReadFunc
	// Deliver receives the events one at a time and in order, on a goroutine of the watcher. It should return soon, and must
	// not wait for Run to end.
	Deliver func(Event)

	delivering sync.Mutex
}

// slot is what the watcher knows about one reader.
type slot struct {
	state  ReaderState
	cancel context.CancelCauseFunc // ends the reading, nil when there is none
	done   chan struct{}           // closed when the reading has ended
	early  *Event                  // the trouble of a reading that was cut short, told after the removal; valid once done
}

// Run watches until the context ends, and returns its error. When it returns nothing of the watcher is left running.
// A service that is down is reported once, waited for, and watched again.
func (w *Watcher) Run(ctx context.Context) error {
	slots := map[string]*slot{}
	defer func() { w.forget(slots) }()
	var known []ReaderState
	down := false
	for ctx.Err() == nil {
		states, err := w.Port.Watch(ctx, known, lookEvery)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			w.forget(slots)
			if !down {
				w.trouble("", err, ServiceDown)
			}
			down, known = true, nil
			pause(ctx, servicePause)
		default:
			changed := known == nil || !sameReaders(known, states)
			if changed {
				w.announce(states)
			}
			w.update(ctx, slots, states)
			if changed && len(states) == 0 {
				// Told last: whatever was cut short at a reader that left, what helps is to attach one.
				w.trouble("", NoReader, NoReader)
			}
			down, known = false, append([]ReaderState{}, states...)
		}
	}
	return ctx.Err()
}

// announce tells the readers that are there now.
func (w *Watcher) announce(states []ReaderState) {
	names := make([]string, len(states))
	for i, s := range states {
		names[i] = s.Name
	}
	w.emit(Event{Kind: ReadersChanged, Readers: names})
}

// update brings the slots to the given states: what left is reported, what came in is read.
func (w *Watcher) update(ctx context.Context, slots map[string]*slot, states []ReaderState) {
	present := map[string]bool{}
	for _, s := range states {
		present[s.Name] = true
	}
	for name, old := range slots {
		if !present[name] {
			w.leave(old)
			delete(slots, name)
		}
	}
	for _, now := range states {
		old, seen := slots[now.Name]
		if seen && old.state.Card == now.Card && old.state.Changes == now.Changes {
			continue
		}
		if seen {
			w.leave(old)
		}
		slots[now.Name] = w.enter(ctx, now)
	}
}

// enter begins what a reader's state asks for: a reading, the report of a mute card, or nothing.
func (w *Watcher) enter(ctx context.Context, state ReaderState) *slot {
	s := &slot{state: state}
	switch state.Card {
	case Present:
		w.emit(Event{Kind: CardInserted, Reader: state.Name})
		reading, cancel := context.WithCancelCause(ctx)
		s.cancel, s.done = cancel, make(chan struct{})
		go func() {
			defer close(s.done)
			w.read(reading, s)
		}()
	case Mute:
		w.emit(Event{Kind: CardInserted, Reader: state.Name})
		e := w.troubled(state.Name, MuteCard, MuteCard)
		e.Card = silent(state.Name)
		w.emit(e)
	case Empty:
	}
	return s
}

// leave ends what goes on at a reader whose card or self went away. That a reading was cut short is told last, so that it stays
// on a screen which forgets the card when it is removed.
func (w *Watcher) leave(s *slot) {
	if s.cancel != nil {
		s.cancel(RemovedEarly)
		<-s.done
	}
	if s.state.Card != Empty {
		w.emit(Event{Kind: CardRemoved, Reader: s.state.Name})
	}
	if s.early != nil {
		w.emit(*s.early)
	}
}

// forget empties the slots: the service went down, or the watch ends.
func (w *Watcher) forget(slots map[string]*slot) {
	for name, s := range slots {
		w.leave(s)
		delete(slots, name)
	}
}

// read reads the card in a reader to its end: done, removed, or in a trouble. A busy card is told once and then waited for.
func (w *Watcher) read(ctx context.Context, s *slot) {
	reader, told := s.state.Name, false
	for {
		card, err := w.readOnce(ctx, reader, told)
		switch {
		case err == nil:
			w.emit(Event{Kind: CardRead, Reader: reader, Card: card})
			return
		case errors.Is(err, Busy):
			if !told {
				w.trouble(reader, err, Busy)
			}
			told = true
			if pause(ctx, busyPause) {
				continue
			}
			return
		case ctx.Err() != nil && !errors.Is(context.Cause(ctx), RemovedEarly):
			return // the watch ends: nobody is there to hear of it
		case errors.Is(err, RemovedEarly):
			if pause(ctx, noticePause) {
				continue // nobody noticed a removal: the card is back in
			}
			if errors.Is(context.Cause(ctx), RemovedEarly) {
				e := w.troubled(reader, err, RemovedEarly)
				e.Card, s.early = nameless(card), &e
			}
			return
		default:
			e := w.troubled(reader, err, MuteCard)
			e.Card = card
			w.emit(e)
			return
		}
	}
}

// readOnce reads within the reading limit. The connecting is told only the first time, so that a screen which says that the
// card is busy goes on saying so.
func (w *Watcher) readOnce(ctx context.Context, reader string, again bool) (*desk.Card, error) {
	return readWithin(ctx, w.Port, w.Read, reader, func(p Phase) {
		if p != PhaseConnecting || !again {
			w.emit(Event{Kind: ReadingPhase, Reader: reader, Phase: p})
		}
	})
}

// readWithin connects and reads within the reading limit, again from the start when another program reset the card.
func readWithin(ctx context.Context, port Port, read ReadFunc, reader string, phase func(Phase)) (*desk.Card, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, readingLimit, MuteCard)
	defer cancel()
	for attempt := 0; ; attempt++ {
		card, err := connectAndRead(ctx, port, read, reader, phase)
		switch {
		case err == nil:
			return card, nil
		case ctx.Err() != nil:
			return card, context.Cause(ctx)
		case errors.Is(err, ErrReset) && attempt < resetRetries:
		case errors.Is(err, ErrReset):
			return card, fmt.Errorf("%w: %w", Busy, err)
		default:
			return card, err
		}
	}
}

// connectAndRead holds one conversation with the card in a reader.
func connectAndRead(ctx context.Context, port Port, read ReadFunc, reader string, phase func(Phase)) (*desk.Card, error) {
	phase(PhaseConnecting)
	link, err := port.Connect(ctx, reader)
	if errors.Is(err, MuteCard) {
		return silent(reader), fmt.Errorf("connecting to the card: %w", err)
	}
	if err != nil {
		return nil, fmt.Errorf("connecting to the card: %w", err)
	}
	defer func() { _ = link.Close() }() // the card was read or is gone: nothing is left to do about it
	card, err := read(ctx, link, phase)
	if err != nil {
		return &card, fmt.Errorf("reading the card: %w", err)
	}
	return &card, nil
}

// FirstReader returns the named reader, or the first that holds a card when the name is empty. The error wraps a Trouble when it
// holds none (NoReader, NoCard, ServiceDown), and MuteCard, with the reader's name, when what is in it does not answer.
func FirstReader(ctx context.Context, port Port, reader string) (string, error) {
	states, err := port.Watch(ctx, nil, 0)
	if err != nil {
		return "", fmt.Errorf("looking for readers: %w", err)
	}
	return choose(states, reader)
}

// ReadFirst reads the card in the named reader once, or in the first reader that holds one when the name is empty, for
// programs that need one answer and no watch. The error wraps a Trouble (NoReader, NoCard, Busy, ...) or is the context's.
func ReadFirst(ctx context.Context, port Port, read ReadFunc, reader string) (desk.Card, error) {
	name, err := FirstReader(ctx, port, reader)
	if errors.Is(err, MuteCard) {
		return *silent(name), err
	}
	if err != nil {
		return desk.Card{}, err
	}
	card, err := readWithin(ctx, port, read, name, func(Phase) {})
	if card == nil {
		card = &desk.Card{}
	}
	return *card, err
}

// silent is all that there is to say of a card that does not answer, for its card-test slip.
func silent(reader string) *desk.Card {
	return &desk.Card{Reader: reader, Test: desk.TestOf(desk.PartCheck{Part: desk.PartChip, Result: desk.PartFails, Reason: desk.ReasonNoAnswer})}
}

// nameless keeps of a card that left what its parts answered, and nothing of its holder.
func nameless(card *desk.Card) *desk.Card {
	if card == nil {
		return nil
	}
	return &desk.Card{Reader: card.Reader, ATR: card.ATR, Model: card.Model, Kind: card.Kind, Test: card.Test, Cost: card.Cost}
}

// choose names the reader to read from: the one asked for, else the first with a card. A mute card is named with its error.
func choose(states []ReaderState, asked string) (string, error) {
	if len(states) == 0 {
		return "", NoReader
	}
	mute := ""
	for _, s := range states {
		if asked != "" && s.Name != asked {
			continue
		}
		switch {
		case s.Card == Present:
			return s.Name, nil
		case s.Card == Mute:
			mute = s.Name
		case asked != "":
			return "", NoCard
		}
	}
	switch {
	case mute != "":
		return mute, MuteCard
	case asked != "":
		return "", fmt.Errorf("reader %q: %w", asked, NoReader)
	default:
		return "", NoCard
	}
}

func (w *Watcher) emit(e Event) {
	w.delivering.Lock()
	defer w.delivering.Unlock()
	w.Deliver(e)
}

// trouble reports an error by the Trouble that it wraps, or by otherwise when it wraps none.
func (w *Watcher) trouble(reader string, err error, otherwise Trouble) {
	w.emit(w.troubled(reader, err, otherwise))
}

func (w *Watcher) troubled(reader string, err error, otherwise Trouble) Event {
	t := otherwise
	errors.As(err, &t)
	return Event{Kind: TroubleMet, Reader: reader, Trouble: t, Err: err}
}

// pause waits, and reports whether it waited to the end.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// sameReaders reports whether two looks saw the same readers, whatever is in them.
func sameReaders(a, b []ReaderState) bool {
	return slices.EqualFunc(a, b, func(x, y ReaderState) bool { return x.Name == y.Name })
}

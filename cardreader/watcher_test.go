package cardreader_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bottega/cardreader"
	"bottega/cardreader/cns"
	"bottega/cardreader/practice"
	"bottega/desk"
	"bottega/desk/civil"
)

// net is a safety net under waits for things that happen at once; no test measures it.
const net = 20 * time.Second

const readerName = "Lettore di prova"

func practiceCard(t testing.TB, id string) *practice.Card {
	t.Helper()
	profile, err := practice.Find(id, civil.Of(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	card, err := practice.New(profile)
	if err != nil {
		t.Fatal(err)
	}
	return card
}

// watched is a watch under test.
type watched struct {
	t      *testing.T
	events chan cardreader.Event
	stop   context.CancelFunc
	ended  chan error
}

// watch runs a watcher until the test ends, and fails a watcher that does not end then.
func watch(t *testing.T, port cardreader.Port, read cardreader.ReadFunc) *watched {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	w := &watched{t: t, events: make(chan cardreader.Event, 1000), stop: stop, ended: make(chan error, 1)}
	watcher := &cardreader.Watcher{Port: port, Read: read, Deliver: func(e cardreader.Event) { w.events <- e }}
	go func() { w.ended <- watcher.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		select {
		case err := <-w.ended:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("the watch ended with %v", err)
			}
		case <-time.After(net):
			t.Error("the watch does not end")
		}
	})
	return w
}

// next returns the next event.
func (w *watched) next() cardreader.Event {
	w.t.Helper()
	select {
	case e := <-w.events:
		return e
	case <-time.After(net):
		w.t.Fatal("no event")
		return cardreader.Event{}
	}
}

// brief writes an event in a few words.
func brief(e cardreader.Event) string {
	words := []string{string(e.Kind)}
	switch e.Kind {
	case cardreader.ReadersChanged:
		words = append(words, fmt.Sprint(len(e.Readers)))
	case cardreader.ReadingPhase:
		words = append(words, string(e.Phase))
	case cardreader.TroubleMet:
		words = append(words, string(e.Trouble))
	case cardreader.CardRead:
		words = append(words, e.Card.Holder.Surname)
	case cardreader.CardInserted, cardreader.CardRemoved:
	}
	return strings.Join(words, " ")
}

// expect fails unless exactly these events come next, in this order.
func (w *watched) expect(want ...string) {
	w.t.Helper()
	for _, text := range want {
		if got := brief(w.next()); got != text {
			w.t.Fatalf("got %q, want %q", got, text)
		}
	}
}

var wholeReading = []string{"card_inserted", "reading connecting", "reading number", "reading personal", "reading certificate"}

func TestEveryCardPutInIsReadByItself(t *testing.T) {
	reader := practice.NewReader(readerName)
	w := watch(t, reader, cns.Reader{}.Read)
	w.expect("readers_changed 1")
	for _, id := range []string{"bruna", "arben"} {
		card := practiceCard(t, id)
		reader.Insert(card)
		w.expect(wholeReading...)
		w.expect("card_read " + card.Profile().Holder.Surname)
		reader.Remove()
		w.expect("card_removed")
	}
}

func TestACardAlreadyInIsReadWhenTheWatchBegins(t *testing.T) {
	reader := practice.NewReader(readerName)
	reader.Insert(practiceCard(t, "bruna"))
	w := watch(t, reader, cns.Reader{}.Read)
	w.expect("readers_changed 1")
	w.expect(wholeReading...)
	w.expect("card_read INNOCENTI")
}

func TestACardPulledOutInMidReadIsATroubleAndNeverAHang(t *testing.T) {
	phases := []cardreader.Phase{cardreader.PhaseNumber, cardreader.PhasePersonal, cardreader.PhaseCertificate}
	for _, when := range phases {
		t.Run(string(when), func(t *testing.T) {
			reader := practice.NewReader(readerName)
			reader.Insert(practiceCard(t, "bruna"))
			w := watch(t, reader, func(ctx context.Context, link cardreader.Link, phase func(cardreader.Phase)) (desk.Card, error) {
				return cns.Reader{}.Read(ctx, link, func(p cardreader.Phase) {
					phase(p)
					if p == when {
						reader.Remove()
					}
				})
			})
			w.expect("readers_changed 1", "card_inserted", "reading connecting")
			for _, p := range phases[:slices.Index(phases, when)+1] {
				w.expect("reading " + string(p))
			}
			w.expect("card_removed")
			e := w.next()
			if brief(e) != "trouble removed_early" {
				t.Fatalf("got %q", brief(e))
			}
			if e.Card == nil || e.Card.Test.Works() || !e.Card.Holder.IsZero() {
				t.Errorf("the card test of a card pulled out: %+v", e.Card)
			}
		})
	}
}

func TestACardBackInBeforeAnybodyNoticedIsReadAgain(t *testing.T) {
	reader := practice.NewReader(readerName)
	reader.Insert(practiceCard(t, "bruna"))
	first := true
	w := watch(t, reader, func(ctx context.Context, link cardreader.Link, phase func(cardreader.Phase)) (desk.Card, error) {
		if first {
			first = false
			return desk.Card{}, cardreader.RemovedEarly
		}
		return cns.Reader{}.Read(ctx, link, phase)
	})
	w.expect("readers_changed 1", "card_inserted", "reading connecting")
	w.expect(wholeReading[1:]...)
	w.expect("card_read INNOCENTI")
}

func TestAReadingThatHangsEndsWhenTheCardIsPulledOut(t *testing.T) {
	reader := practice.NewReader(readerName)
	reader.Insert(practiceCard(t, "bruna"))
	w := watch(t, reader, func(ctx context.Context, _ cardreader.Link, _ func(cardreader.Phase)) (desk.Card, error) {
		<-ctx.Done()
		return desk.Card{}, context.Cause(ctx)
	})
	w.expect("readers_changed 1", "card_inserted", "reading connecting")
	reader.Remove()
	w.expect("card_removed", "trouble removed_early")
}

func TestAWatchThatIsStoppedInMidReadEndsQuietly(t *testing.T) {
	reader := practice.NewReader(readerName)
	reader.Insert(practiceCard(t, "bruna"))
	began := make(chan struct{})
	w := watch(t, reader, func(ctx context.Context, _ cardreader.Link, _ func(cardreader.Phase)) (desk.Card, error) {
		close(began)
		<-ctx.Done()
		return desk.Card{}, context.Cause(ctx)
	})
	<-began
	w.stop()
	err := <-w.ended
	w.ended <- err
	w.expect("readers_changed 1", "card_inserted", "reading connecting", "card_removed")
	if len(w.events) != 0 {
		t.Errorf("and then %q", brief(<-w.events))
	}
}

func TestATroubledCardIsToldWithItsTest(t *testing.T) {
	reader := practice.NewReader(readerName)
	reader.Insert(practiceCard(t, "vuota"))
	w := watch(t, reader, cns.Reader{}.Read)
	w.expect("readers_changed 1")
	w.expect(wholeReading...)
	e := w.next()
	if brief(e) != "trouble not_personalised" || e.Card == nil || len(e.Card.Test.Parts) != len(desk.CardParts()) {
		t.Errorf("got %q with %+v", brief(e), e.Card)
	}
}

func TestABusyCardIsToldOnceAndReadWhenItIsFree(t *testing.T) {
	reader := practice.NewReader(readerName)
	reader.Insert(practiceCard(t, "bruna"))
	other, err := reader.Connect(context.Background(), readerName)
	if err != nil {
		t.Fatal(err)
	}
	w := watch(t, reader, cns.Reader{}.Read)
	w.expect("readers_changed 1", "card_inserted", "reading connecting", "trouble busy")
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	w.expect("reading number", "reading personal", "reading certificate", "card_read INNOCENTI")
}

// moody is a port whose service is up or down as the test wants, and whose readers are what the test says.
type moody struct {
	cardreader.Port
	mu     sync.Mutex
	down   bool
	states []cardreader.ReaderState
}

func (m *moody) set(down bool, states ...cardreader.ReaderState) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.down, m.states = down, states
}

func (m *moody) Watch(ctx context.Context, _ []cardreader.ReaderState, _ time.Duration) ([]cardreader.ReaderState, error) {
	select {
	case <-time.After(5 * time.Millisecond):
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down {
		return nil, cardreader.ServiceDown
	}
	return slices.Clone(m.states), nil
}

func (m *moody) Connect(context.Context, string) (cardreader.Link, error) {
	return nil, cardreader.MuteCard
}

func TestAServiceThatGoesDownAndComesBackIsSurvived(t *testing.T) {
	port := &moody{}
	port.set(true)
	w := watch(t, port, cns.Reader{}.Read)
	w.expect("trouble service_down")
	port.set(false, cardreader.ReaderState{Name: "A", Card: cardreader.Mute})
	w.expect("readers_changed 1", "card_inserted")
	e := w.next()
	if brief(e) != "trouble mute_card" || e.Card == nil || e.Card.Test.Works() || e.Card.Test.Parts[0].Reason != desk.ReasonNoAnswer {
		t.Errorf("got %q with %+v", brief(e), e.Card)
	}
	port.set(true)
	w.expect("card_removed", "trouble service_down")
	port.set(false)
	w.expect("readers_changed 0", "trouble no_reader")
}

func TestReadersThatComeAndGoAreTold(t *testing.T) {
	port := &moody{}
	w := watch(t, port, cns.Reader{}.Read)
	w.expect("readers_changed 0", "trouble no_reader")
	a, b := cardreader.ReaderState{Name: "A", Card: cardreader.Empty}, cardreader.ReaderState{Name: "B", Card: cardreader.Mute}
	port.set(false, a)
	w.expect("readers_changed 1")
	port.set(false, a, b)
	w.expect("readers_changed 2", "card_inserted", "trouble mute_card")
	port.set(false, a)
	w.expect("readers_changed 1", "card_removed")
}

// resetting is a link whose card another program resets a number of times.
type resetting struct {
	cardreader.Link
	left *int
}

func (r resetting) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if *r.left > 0 {
		*r.left--
		return nil, cardreader.ErrReset
	}
	return r.Link.Transmit(ctx, command)
}

func TestAReadingBeginsAgainWhenAnotherProgramResetsTheCard(t *testing.T) {
	for resets, want := range map[int]string{2: "card_read INNOCENTI", 1000: "trouble busy"} {
		t.Run(fmt.Sprint(resets), func(t *testing.T) {
			reader := practice.NewReader(readerName)
			reader.Insert(practiceCard(t, "bruna"))
			left := resets
			w := watch(t, reader, func(ctx context.Context, link cardreader.Link, phase func(cardreader.Phase)) (desk.Card, error) {
				return cns.Reader{}.Read(ctx, resetting{link, &left}, phase)
			})
			w.expect("readers_changed 1", "card_inserted")
			for {
				got := brief(w.next())
				if strings.HasPrefix(got, "reading") {
					continue
				}
				if got != want {
					t.Errorf("got %q, want %q", got, want)
				}
				return
			}
		})
	}
}

func TestReadFirstAnswersOnce(t *testing.T) {
	tests := []struct {
		name, card, reader string
		want               error
	}{
		{"a card in any reader", "bruna", "", nil},
		{"a card in the reader named", "bruna", readerName, nil},
		{"no card in any reader", "", "", cardreader.NoCard},
		{"no card in the reader named", "", readerName, cardreader.NoCard},
		{"a reader that is not there", "bruna", "another", cardreader.NoReader},
		{"a blank card", "vuota", "", cardreader.NotPersonalised},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			port := practice.NewReader(readerName)
			if tt.card != "" {
				port.Insert(practiceCard(t, tt.card))
			}
			card, err := cardreader.ReadFirst(context.Background(), port, cns.Reader{}.Read, tt.reader)
			if !errors.Is(err, tt.want) {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			if tt.want == nil && card.Holder.Surname != "INNOCENTI" {
				t.Errorf("read %+v", card.Holder)
			}
		})
	}
	if _, err := cardreader.ReadFirst(context.Background(), &moody{}, cns.Reader{}.Read, ""); !errors.Is(err, cardreader.NoReader) {
		t.Errorf("without readers: %v", err)
	}
}

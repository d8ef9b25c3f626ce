//go:build cgo

package pcsc_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ebfe/scard"

	"bottega/cardreader"
	"bottega/cardreader/cns"
	"bottega/cardreader/pcsc"
	"bottega/cardreader/pcsc/pcscdtest"
	"bottega/cardreader/practice"
	"bottega/desk/civil"
)

// net is a safety net under waits for things that happen soon; no test measures it.
const net = 30 * time.Second

// awaitReader waits until the first reader is as wanted, as the service sees it.
func awaitReader(t *testing.T, want cardreader.CardPresence) {
	t.Helper()
	awaitOn(t, portOf(t), want)
}

func awaitOn(t testing.TB, port cardreader.Port, want cardreader.CardPresence) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), net)
	defer cancel()
	var known []cardreader.ReaderState
	for {
		states, err := port.Watch(ctx, known, net)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range states {
			if s.Name == pcscdtest.ReaderName(0) && s.Card == want {
				return
			}
		}
		known = states
	}
}

// insert puts a card into the first reader and waits until the service has it. The card of the test before may still be on
// its way out.
func insert(t *testing.T, profile string) *practice.Card {
	t.Helper()
	awaitReader(t, cardreader.Empty)
	card, _ := daemon.Insert(t, 0, profile)
	awaitReader(t, cardreader.Present)
	return card
}

// watch runs a watcher on the real service and returns its events. The watcher ends with the test, or the test fails.
func watch(t *testing.T) <-chan cardreader.Event {
	t.Helper()
	awaitReader(t, cardreader.Empty) // the card of the test before may still be on its way out
	return watchNow(t)
}

// watchNow is watch while a card is in.
func watchNow(t *testing.T) <-chan cardreader.Event {
	t.Helper()
	events := make(chan cardreader.Event, 1000)
	w := &cardreader.Watcher{Port: pcsc.New(), Read: cns.Reader{}.Read, Deliver: func(e cardreader.Event) { events <- e }}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-ended:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("the watch ended with %v", err)
			}
		case <-time.After(net):
			t.Error("the watch does not end")
		}
	})
	return events
}

// await returns the first event of a kind and, when it is a trouble, of that trouble; what comes before it is passed over.
func await(t *testing.T, events <-chan cardreader.Event, kind cardreader.EventKind, trouble cardreader.Trouble) cardreader.Event {
	t.Helper()
	var before []string
	limit := time.After(net)
	for {
		select {
		case e := <-events:
			if e.Kind == kind && e.Trouble == trouble {
				return e
			}
			before = append(before, string(e.Kind)+" "+string(e.Trouble)+string(e.Phase))
		case <-limit:
			t.Fatalf("no %s %s; there was %s", kind, string(trouble), strings.Join(before, ", "))
		}
	}
}

func todaysCard(t *testing.T, id string) *practice.Card {
	t.Helper()
	p, err := practice.Find(id, civil.Of(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	card, err := practice.New(p)
	if err != nil {
		t.Fatal(err)
	}
	return card
}

func TestACardInARealReaderIsReadByItself(t *testing.T) {
	events := watch(t)
	await(t, events, cardreader.ReadersChanged, "")
	card, remove := daemon.Insert(t, 0, "arben")
	e := await(t, events, cardreader.CardRead, "")
	if e.Card.Holder != card.Profile().Holder || e.Reader != pcscdtest.ReaderName(0) {
		t.Errorf("read %+v in %s", e.Card.Holder, e.Reader)
	}
	remove()
	await(t, events, cardreader.CardRemoved, "")
	if left := card.TriesLeft(); left != 3 {
		t.Errorf("%d tries left", left)
	}
}

func TestACardPulledOutOfARealReaderInMidReadIsRemovedEarly(t *testing.T) {
	events := watch(t)
	await(t, events, cardreader.ReadersChanged, "")
	remove := daemon.Plug(t, 0, todaysCard(t, "bruna"), 9600) // its reading takes seconds
	for e := await(t, events, cardreader.ReadingPhase, ""); e.Phase != cardreader.PhaseCertificate; {
		e = await(t, events, cardreader.ReadingPhase, "")
	}
	remove()
	await(t, events, cardreader.CardRemoved, "")
	e := await(t, events, cardreader.TroubleMet, cardreader.RemovedEarly)
	if e.Card == nil || e.Card.Model != "classic" || e.Card.Test.Works() || !e.Card.Holder.IsZero() {
		t.Errorf("what is told of it: %+v", e.Card)
	}
	daemon.Insert(t, 0, "gino")
	if e := await(t, events, cardreader.CardRead, ""); e.Card.Holder.Surname != "BARTOLINI" {
		t.Errorf("then read %+v", e.Card.Holder)
	}
}

func TestAReaderUnpluggedInMidReadTakesItsCardAlongAndBothComeBack(t *testing.T) {
	events := watch(t)
	await(t, events, cardreader.ReadersChanged, "")
	t.Cleanup(func() { _ = daemon.PlugIn() }) // done below; this is for a test that failed
	daemon.Plug(t, 0, todaysCard(t, "bruna"), 9600)
	for e := await(t, events, cardreader.ReadingPhase, ""); e.Phase != cardreader.PhaseCertificate; {
		e = await(t, events, cardreader.ReadingPhase, "")
	}
	if err := daemon.Unplug(); err != nil {
		t.Fatal(err)
	}
	await(t, events, cardreader.CardRemoved, "")
	await(t, events, cardreader.TroubleMet, cardreader.NoReader) // the last word: what helps is a reader
	if err := daemon.PlugIn(); err != nil {
		t.Fatal(err)
	}
	await(t, events, cardreader.ReadersChanged, "")
	if e := await(t, events, cardreader.CardRead, ""); e.Card.Holder.Surname != "INNOCENTI" {
		t.Errorf("then read %+v", e.Card.Holder)
	}
}

func TestACardThatDoesNotAnswerIsMuteAndTheNextOneIsRead(t *testing.T) {
	events := watch(t)
	await(t, events, cardreader.ReadersChanged, "")
	_, remove := daemon.Insert(t, 0, "muta")
	e := await(t, events, cardreader.TroubleMet, cardreader.MuteCard)
	if e.Card == nil || e.Card.Test.Works() {
		t.Errorf("what is told of it: %+v", e.Card)
	}
	remove()
	await(t, events, cardreader.CardRemoved, "")
	daemon.Insert(t, 0, "bruna")
	await(t, events, cardreader.CardRead, "")
}

func TestAnImpatientHolderIsToldAndHasTheCardReadTheSecondTime(t *testing.T) {
	events := watch(t)
	await(t, events, cardreader.ReadersChanged, "")
	daemon.Insert(t, 0, "frettolosa") // it comes back by itself
	await(t, events, cardreader.CardRemoved, "")
	await(t, events, cardreader.TroubleMet, cardreader.RemovedEarly)
	await(t, events, cardreader.CardRead, "")
}

func TestAServiceThatEndsAndStartsAgainIsSurvived(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func() error
	}{
		{"stopped", daemon.Close},
		{"crashed", daemon.Kill},
	} {
		t.Run(tt.name, func(t *testing.T) {
			events := watch(t)
			await(t, events, cardreader.ReadersChanged, "")
			daemon.Insert(t, 0, "bruna")
			await(t, events, cardreader.CardRead, "")
			if err := tt.end(); err != nil {
				t.Fatal(err)
			}
			await(t, events, cardreader.CardRemoved, "")
			await(t, events, cardreader.TroubleMet, cardreader.ServiceDown)
			if err := daemon.Restart(); err != nil {
				t.Fatal(err)
			}
			await(t, events, cardreader.ReadersChanged, "")
			if e := await(t, events, cardreader.CardRead, ""); e.Card.Holder.Surname != "INNOCENTI" {
				t.Errorf("then read %+v", e.Card.Holder)
			}
		})
	}
}

func TestAServiceThatStopsAnsweringInTheMiddleIsDownAndNeverAHang(t *testing.T) {
	insert(t, "bruna")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	port := portOf(t)
	known, err := port.Watch(ctx, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	link, err := port.Connect(ctx, pcscdtest.ReaderName(0))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = link.Close() }() // the service may not have come round yet
	results := make(chan error, 3)
	for _, limit := range []time.Duration{time.Second, net} {
		go func() {
			_, err := port.Watch(ctx, known, limit)
			results <- err
		}()
	}
	time.Sleep(500 * time.Millisecond) // let both wait inside the service
	if err := daemon.Pause(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = daemon.Resume() }) // it must run for the tests that follow
	go func() {
		_, err := link.Transmit(ctx, []byte{0x00, 0xA4, 0x00, 0x0C, 0x02, 0x3F, 0x00})
		results <- err
	}()
	if err := first(t, results); !errors.Is(err, cardreader.ServiceDown) {
		t.Errorf("a watch whose time has come: %v", err)
	}
	cancel()
	for range 2 {
		if err := first(t, results); !errors.Is(err, context.Canceled) {
			t.Errorf("a watch and a command that nobody waits for: %v", err)
		}
	}
}

// first returns the next result, and fails a test that would wait for ever.
func first(t *testing.T, results <-chan error) error {
	t.Helper()
	select {
	case err := <-results:
		return err
	case <-time.After(net):
		t.Fatal("it hangs")
		return nil
	}
}

func TestAServiceThatAnswersNobodyIsDownAndNeverAHang(t *testing.T) {
	if err := daemon.Pause(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = daemon.Resume() }) // done below; this is for a test that failed
	port := portOf(t)
	ctx, cancel := context.WithTimeout(context.Background(), net)
	defer cancel()
	if _, err := port.Watch(ctx, nil, 0); !errors.Is(err, cardreader.ServiceDown) {
		t.Errorf("watch: %v", err)
	}
	if _, err := port.Connect(ctx, pcscdtest.ReaderName(0)); !errors.Is(err, cardreader.Busy) {
		t.Errorf("connect: %v", err)
	}
	if err := daemon.Resume(); err != nil {
		t.Fatal(err)
	}
	if _, err := port.Watch(ctx, nil, 0); err != nil {
		t.Errorf("watch afterwards: %v", err)
	}
}

func TestACardThatAnotherProgramHoldsIsBusyAndThenRead(t *testing.T) {
	tests := []struct {
		name string
		mode scard.ShareMode
		end  scard.Disposition
	}{
		{"in a transaction", scard.ShareShared, scard.LeaveCard},
		{"in a transaction, resetting it at the end", scard.ShareShared, scard.ResetCard},
		{"exclusively", scard.ShareExclusive, scard.LeaveCard},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			insert(t, "bruna")
			let := holdCard(t, tt.mode, tt.end)
			events := watchNow(t)
			await(t, events, cardreader.TroubleMet, cardreader.Busy)
			let()
			await(t, events, cardreader.CardRead, "")
		})
	}
}

// holdCard does what another program would: it takes the card and begins a transaction. The returned hand lets go.
func holdCard(t *testing.T, mode scard.ShareMode, end scard.Disposition) (let func()) {
	t.Helper()
	other, err := scard.EstablishContext()
	if err != nil {
		t.Fatal(err)
	}
	card, err := other.Connect(pcscdtest.ReaderName(0), mode, scard.ProtocolAny)
	if err != nil {
		t.Fatal(err)
	}
	if err := card.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	return func() {
		for _, err := range []error{card.EndTransaction(end), card.Disconnect(scard.LeaveCard), other.Release()} {
			if err != nil {
				t.Error(err)
			}
		}
	}
}

// readOnce reads the card in the first reader to its end and returns how many commands that took.
func readOnce(t *testing.T) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), net)
	defer cancel()
	card, err := cardreader.ReadFirst(ctx, portOf(t), cns.Reader{}.Read, pcscdtest.ReaderName(0))
	if err != nil {
		t.Fatal(err)
	}
	if card.Certificate == nil || card.Number == "" || card.Holder.FiscalCode == "" {
		t.Fatalf("read %+v", card)
	}
	return card.Cost.APDUs
}

// BenchmarkAPDU is the cost of one command over the real service and a virtual reader.
func BenchmarkAPDU(b *testing.B) {
	link := connected(b)
	for b.Loop() {
		if _, err := link.Transmit(b.Context(), []byte{0x00, 0xA4, 0x08, 0x0C, 0x04, 0x10, 0x00, 0x10, 0x03}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRead is the cost of a whole reading: number, personal data, certificate.
func BenchmarkRead(b *testing.B) {
	link := connected(b)
	for b.Loop() {
		card, err := cns.Reader{}.Read(b.Context(), link, func(cardreader.Phase) {})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(card.Cost.APDUs), "APDUs/op")
	}
}

// connected puts a card in and connects to it, until the benchmark ends.
func connected(b *testing.B) cardreader.Link {
	b.Helper()
	port := pcsc.New()
	awaitOn(b, port, cardreader.Empty)
	daemon.Insert(b, 0, "bruna")
	awaitOn(b, port, cardreader.Present)
	link, err := port.Connect(b.Context(), pcscdtest.ReaderName(0))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = link.Close() }) // the benchmark is over
	return link
}

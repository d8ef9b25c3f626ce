package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"bottega/desk"
	"bottega/sync/client/clienttest"
	"bottega/sync/wire"
)

// run starts a line over a fake hub inside a bubble, where time passes only when everything waits.
func run(t *testing.T, j *clienttest.Journal, h door, more ...func(*Client)) (*Client, func()) {
	t.Helper()
	c, err := line(t.Context(), j, h)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range more {
		f(c)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	return c, sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
}

func TestALineThatIsCutForDaysIsTriedUntilItWorks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, h := clienttest.New(), newFakeHub()
		var at []time.Time
		h.before = func() error {
			at = append(at, time.Now())
			return offline()
		}
		j.Add(desk.NoteAdded{Text: "uno"})
		c, stop := run(t, j, h)
		defer stop()
		time.Sleep(72 * time.Hour)
		if s := c.Status(); s.State != desk.LineOffline || s.Problem != HubUnreachable || s.Total != 1 || s.Safe != 0 || !s.NextAt.After(time.Now()) {
			t.Errorf("line: %+v", s)
		}
		h.mu.Lock()
		for i := 1; i < len(at); i++ {
			if wait := at[i].Sub(at[i-1]); wait < backoffLeast || wait > backoffMost {
				t.Errorf("attempt %d came after %s", i, wait)
			}
		}
		if len(at) < 72*4 {
			t.Errorf("only %d attempts in three days", len(at))
		}
		h.before = nil
		h.mu.Unlock()
		time.Sleep(backoffMost)
		if s := c.Status(); s.State != desk.LineIdle || s.Safe != 1 || s.Problem != "" || !s.NextAt.IsZero() || s.LastAt.IsZero() {
			t.Errorf("line: %+v", s)
		}
	})
}

func TestNewEntriesAreGatheredAndSentSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, h := clienttest.New(), newFakeHub()
		c, stop := run(t, j, h)
		defer stop()
		time.Sleep(10 * time.Second)
		asked := h.requests()
		for range 15 { // one every tenth of a second
			j.Add(desk.NoteAdded{Text: "answer me"})
			c.Nudge()
			time.Sleep(100 * time.Millisecond)
		}
		if s := c.Status(); h.requests() != asked || s.Total != 15 || s.Safe != 0 {
			t.Errorf("%d requests while entries gather; line: %+v", h.requests()-asked, s)
		}
		time.Sleep(settle)
		if s := c.Status(); s.Safe != 30 || s.Total != 30 || len(j.Replies()) != 15 {
			t.Errorf("line: %+v, %d replies", s, len(j.Replies()))
		}
	})
}

func TestRepliesAreFetchedWithoutNewEntries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, h := clienttest.New(), newFakeHub()
		_, stop := run(t, j, h)
		defer stop()
		time.Sleep(time.Second)
		h.mu.Lock()
		h.answers = append(h.answers, desk.Reply{Number: 1, About: "later", Kind: desk.ActivationConfirmed})
		h.mu.Unlock()
		time.Sleep(2 * askEvery)
		if got := j.Replies(); len(got) != 1 || got[0].About != "later" {
			t.Errorf("replies: %+v", got)
		}
	})
}

func TestANetworkThatComesBackIsUsedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, h := clienttest.New(), newFakeHub()
		h.before = offline
		var mu sync.Mutex
		address := ""
		c, stop := run(t, j, h, func(c *Client) {
			c.addresses = func() string {
				mu.Lock()
				defer mu.Unlock()
				return address
			}
		})
		defer stop()
		time.Sleep(24 * time.Hour) // by now attempts are minutes apart
		for time.Until(c.Status().NextAt) < 5*time.Minute {
			time.Sleep(time.Second)
		}
		h.mu.Lock()
		h.before = nil
		h.mu.Unlock()
		mu.Lock()
		address = "192.0.2.7/24"
		mu.Unlock()
		time.Sleep(2 * lookEvery)
		if s := c.Status(); s.State != desk.LineIdle {
			t.Errorf("line: %+v", s)
		}
	})
}

func TestAHubThatAsksToWaitIsObeyed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, h := clienttest.New(), newFakeHub()
		h.before = func() error { return &Trouble{Word: HubBusy, After: 40 * time.Minute} }
		var looked atomic.Int32
		c, stop := run(t, j, h, func(c *Client) {
			c.addresses = func() string { looked.Add(1); return time.Now().String() } // a network that never rests
		})
		defer stop()
		time.Sleep(time.Second)
		for range 39 {
			j.Add(desk.NoteAdded{Text: "uno"})
			c.Nudge()
			time.Sleep(time.Minute)
		}
		if h.requests() != 1 || looked.Load() > 0 {
			t.Errorf("asked %d times in 39 minutes, looked at the network %d times", h.requests(), looked.Load())
		}
		time.Sleep(6 * time.Minute)
		if h.requests() != 2 {
			t.Errorf("asked %d times in 45 minutes", h.requests())
		}
	})
}

func TestAConnectionThatCostsIsSpared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, h := clienttest.New(), newFakeHub()
		c, stop := run(t, j, h)
		defer stop()
		c.SetMetered(true)
		time.Sleep(time.Second)
		asked := h.requests()
		for range 25 * 60 { // new entries every second
			j.Add(desk.NoteAdded{Text: "uno"})
			c.Nudge()
			time.Sleep(time.Second)
		}
		sent := h.requests() - asked
		if s := c.Status(); !s.Metered || s.Safe < 14*60 || s.Total != 25*60 {
			t.Errorf("line: %+v", s)
		}
		if rounds := sent / (15*60/2 + 1); rounds > 1 { // two entries go into a batch of these tests
			t.Errorf("%d requests in 25 minutes", sent)
		}
		time.Sleep(meteredSettle)
		asked = h.requests()
		time.Sleep(2 * time.Hour)
		if idle := h.requests() - asked; idle < 3 || idle > 5 {
			t.Errorf("asked %d times in two hours without anything new", idle)
		}
		j.Add(desk.NoteAdded{Text: "due"})
		if err := c.Send(t.Context()); err != nil || c.Status().Safe != 25*60+1 {
			t.Errorf("by hand: %v, line %+v", err, c.Status())
		}
	})
}

func TestAConnectionThatNoLongerCostsIsUsedAgainSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, h := clienttest.New(), newFakeHub()
		c, stop := run(t, j, h)
		defer stop()
		c.SetMetered(true)
		time.Sleep(time.Minute)
		j.Add(desk.NoteAdded{Text: "uno"})
		c.Nudge()
		time.Sleep(time.Minute)
		if s := c.Status(); s.Safe != 0 {
			t.Errorf("line: %+v", s)
		}
		c.SetMetered(false)
		time.Sleep(settle + time.Second)
		if s := c.Status(); s.Metered || s.Safe != 1 {
			t.Errorf("line: %+v", s)
		}
	})
}

func TestAPortalThatOpensIsNoticedAlthoughTheNetworkStaysTheSame(t *testing.T) {
	for _, word := range []string{NotTheHub, WrongCertificate} {
		t.Run(word, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j, h := clienttest.New(), newFakeHub()
				h.before = func() error { return &Trouble{Word: word} }
				c, stop := run(t, j, h)
				defer stop()
				time.Sleep(20 * time.Minute) // by now other troubles are looked at minutes apart
				h.mu.Lock()
				h.before = nil
				h.mu.Unlock()
				time.Sleep(portalEvery + time.Second)
				if s := c.Status(); s.State != desk.LineIdle {
					t.Errorf("line: %+v", s)
				}
			})
		})
	}
}

func TestAHubThatAnswersAsAnotherForDaysIsNotKnockedAtEveryHalfMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, h := clienttest.New(), newFakeHub()
		h.before = func() error { return &Trouble{Word: WrongCertificate} }
		_, stop := run(t, j, h)
		defer stop()
		time.Sleep(24 * time.Hour)
		asked := h.requests()
		time.Sleep(24 * time.Hour)
		if day := h.requests() - asked; day > 24*60/5 {
			t.Errorf("knocked %d times on the second day", day)
		}
	})
}

// faulty is a hub on which the program fails.
type faulty struct{ *fakeHub }

func (faulty) push(context.Context, wire.Batch, *text) (wire.Ack, error) { panic("Nella Bianchi") }

func TestAFaultOfTheProgramIsToldAndIsNotTheEndOfTheLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, h := clienttest.New(), newFakeHub()
		j.Add(desk.NoteAdded{Text: "uno"})
		var log bytes.Buffer
		c, stop := run(t, j, faulty{h}, func(c *Client) { c.params.Log = slog.New(slog.NewTextHandler(&log, nil)) })
		time.Sleep(time.Second)
		if s := c.Status(); s.State != desk.LineAttention || s.Problem != ProgramFault || s.Total != 1 || s.NextAt.IsZero() {
			t.Errorf("line: %+v", s)
		}
		if err := c.Send(t.Context()); wordOf(err) != ProgramFault {
			t.Errorf("by hand: %v", err)
		}
		stop()
		if text := log.String(); !strings.Contains(text, "faulty") || strings.Contains(text, "Nella") {
			t.Errorf("the log says %s", text)
		}
	})
}

func TestALineThatAPersonFoundToWorkIsUsedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, h := clienttest.New(), newFakeHub()
		h.before = offline
		c, stop := run(t, j, h)
		defer stop()
		time.Sleep(24 * time.Hour) // by now attempts are minutes apart
		for time.Until(c.Status().NextAt) < 5*time.Minute {
			time.Sleep(time.Second)
		}
		h.mu.Lock()
		h.before = nil
		h.mu.Unlock()
		if err := c.Send(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		j.Add(desk.NoteAdded{Text: "uno"})
		c.Nudge()
		time.Sleep(settle + time.Second)
		if s := c.Status(); s.State != desk.LineIdle || s.Safe != 1 {
			t.Errorf("line: %+v", s)
		}
	})
}

func TestADeskThatIsHeldGoesOnByItselfWhenItIsKnownAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, h := clienttest.New(), newFakeHub()
		h.before = func() error { return &Trouble{Word: ReEnrol} }
		c, stop := run(t, j, h)
		defer stop()
		time.Sleep(time.Hour)
		if s := c.Status(); s.State != desk.LineHeld || s.Problem != ReEnrol {
			t.Errorf("line: %+v", s)
		}
		h.mu.Lock()
		h.before = nil
		h.mu.Unlock()
		time.Sleep(backoffMost)
		if s := c.Status(); s.State != desk.LineIdle {
			t.Errorf("line: %+v", s)
		}
	})
}

func TestRunEndsAtOnceAlsoInTheMiddleOfARequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := clienttest.New()
		j.Add(desk.NoteAdded{Text: "uno"})
		c, err := line(t.Context(), j, stuck{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- c.Run(ctx) }()
		synctest.Wait()
		if s := c.Status(); s.State != desk.LineSending {
			t.Errorf("line: %+v", s)
		}
		second, give := context.WithTimeout(t.Context(), time.Second)
		defer give()
		if err := c.Send(second); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Send while another round runs = %v", err)
		}
		cancel()
		if err := <-ended; err != nil || c.Status().State == desk.LineSending {
			t.Errorf("Run = %v, line %+v", err, c.Status())
		}
	})
}

// old is the part of a hub that one of 0.1 has not.
type old struct{}

func (old) info(context.Context) (wire.HubInfo, error) {
	return wire.HubInfo{}, &Trouble{Word: NotTheHub, Err: errors.New("404")}
}

func (old) renew(context.Context, wire.RenewRequest) (wire.Enrolment, error) {
	return wire.Enrolment{}, &Trouble{Word: NotTheHub, Err: errors.New("404")}
}

// stuck is a hub that never answers.
type stuck struct{ old }

func (stuck) push(ctx context.Context, _ wire.Batch, _ *text) (wire.Ack, error) {
	<-ctx.Done()
	return wire.Ack{}, ctx.Err()
}

func (stuck) replies(ctx context.Context, _ uint64) (wire.Replies, error) {
	<-ctx.Done()
	return wire.Replies{}, ctx.Err()
}

func TestEveryWaitIsBetweenTheLeastAndTheMost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		failures := rapid.IntRange(0, 1_000_000).Draw(t, "failures")
		after := time.Duration(rapid.Int64Range(0, int64(maxRetryAfter)).Draw(t, "after"))
		wait := backoff(failures, after)
		if wait < backoffLeast || wait < after || wait > max(backoffMost, after+after/10+1) {
			t.Fatalf("wait %s", wait)
		}
	})
}

func TestWatchersHearOfEveryChangeUntilTheyStop(t *testing.T) {
	j, h := clienttest.New(), newFakeHub()
	c, err := line(t.Context(), j, h)
	if err != nil {
		t.Fatal(err)
	}
	var states []desk.LineState
	stop := c.Watch(func() { states = append(states, c.Status().State) })
	j.Add(desk.NoteAdded{Text: "uno"})
	if err := c.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(states) < 2 || states[0] != desk.LineSending || states[len(states)-1] != desk.LineIdle {
		t.Errorf("heard %v", states)
	}
	heard := len(states)
	stop()
	j.Add(desk.NoteAdded{Text: "due"})
	if err := c.Send(t.Context()); err != nil || len(states) != heard {
		t.Errorf("Send = %v, heard %v", err, states)
	}
}

func TestAJournalThatFailsIsTold(t *testing.T) {
	j, h := clienttest.New(), newFakeHub()
	c, err := line(t.Context(), j, h)
	if err != nil {
		t.Fatal(err)
	}
	j.Add(desk.NoteAdded{Text: "uno"})
	j.Break(errors.New("disk"))
	err = c.Send(t.Context())
	var trouble *Trouble
	if !errors.As(err, &trouble) || trouble.Word != JournalFault || c.Status().State != desk.LineAttention {
		t.Errorf("Send = %v, line %+v", err, c.Status())
	}
	j.Break(nil)
	if err := c.Send(t.Context()); err != nil || c.Status().Safe != 1 {
		t.Errorf("Send = %v, line %+v", err, c.Status())
	}
}

func TestAnEntryTooLargeIsToldAndAnAnswerThatLiesIsNotBelieved(t *testing.T) {
	for name, tc := range map[string]struct {
		hub  liar
		word string
	}{
		"every batch is too large":          {liar{err: &Trouble{Word: TooLarge}}, TooLarge},
		"another epoch":                     {liar{ack: wire.Ack{Epoch: "other", Durable: 1}}, NotTheHub},
		"wants what does not exist":         {liar{err: problem(wire.ProblemGap, 99)}, NotTheHub},
		"wants nothing":                     {liar{err: problem(wire.ProblemFork, 0)}, NotTheHub},
		"never content, asks for the first": {liar{err: problem(wire.ProblemGap, 1)}, Other},
		"never content, always a fork":      {liar{err: problem(wire.ProblemFork, 1)}, Other},
	} {
		t.Run(name, func(t *testing.T) {
			j := clienttest.New()
			j.Add(desk.NoteAdded{Text: "uno"}, desk.NoteAdded{Text: "due"}, desk.NoteAdded{Text: "tre"})
			c, err := line(t.Context(), j, tc.hub)
			if err != nil {
				t.Fatal(err)
			}
			err = c.Send(t.Context())
			var trouble *Trouble
			if !errors.As(err, &trouble) || trouble.Word != tc.word || c.Status().Safe != 0 {
				t.Errorf("Send = %v, line %+v", err, c.Status())
			}
		})
	}
}

// liar answers everything the same way.
type liar struct {
	old
	ack wire.Ack
	err error
}

func (l liar) push(context.Context, wire.Batch, *text) (wire.Ack, error) { return l.ack, l.err }

func (l liar) replies(context.Context, uint64) (wire.Replies, error) { return wire.Replies{}, l.err }

// fickle is a hub that counts otherwise whenever it is asked.
type fickle struct {
	fakeDoor
	asked *int
}

func (f fickle) replies(context.Context, uint64) (wire.Replies, error) {
	*f.asked++
	return wire.Replies{Series: fmt.Sprint(*f.asked), Last: 1, Replies: []desk.Reply{{Number: 1, About: "a"}}}, nil
}

func TestAHubThatNeverCountsTheSameWayIsNotAskedForEver(t *testing.T) {
	j, h := newEnrolled(t)
	c := enrolledAt(t, j, h, 0)
	asked := 0
	c.door = fickle{fakeDoor{h, shows(c)}, &asked}
	if err := c.Send(t.Context()); wordOf(err) != Other || asked > maxCorrections+2 {
		t.Errorf("Send = %v after %d requests", err, asked)
	}
}

func TestRepliesThatLeaveAHoleAreNotKept(t *testing.T) {
	j, h := clienttest.New(), newFakeHub()
	h.answers = []desk.Reply{{Number: 1, About: "a"}, {Number: 3, About: "b"}}
	c, err := line(t.Context(), j, h)
	if err != nil {
		t.Fatal(err)
	}
	var trouble *Trouble
	if err := c.Send(t.Context()); !errors.As(err, &trouble) || trouble.Word != NotTheHub || len(j.Replies()) != 0 {
		t.Errorf("Send = %v, replies %+v", err, j.Replies())
	}
}

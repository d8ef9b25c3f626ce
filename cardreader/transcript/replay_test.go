package transcript

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"bottega/cardreader"
)

// send plays one command, written in hexadecimal.
func send(t *testing.T, link cardreader.Link, command string) ([]byte, error) {
	t.Helper()
	b, err := bytesOf(command, maxUnit)
	if err != nil {
		t.Fatal(err)
	}
	return link.Transmit(limited(t), b)
}

func connected(t *testing.T, r *Replay) cardreader.Link {
	t.Helper()
	link, err := r.Connect(limited(t), "replay")
	if err != nil {
		t.Fatal(err)
	}
	return link
}

func TestAReplayAnswersTheRecordedCommandsInTheirOrder(t *testing.T) {
	r := NewReplay(load(t, []byte(small)), "replay")
	link := connected(t, r)
	for _, step := range []struct {
		command, answer string
		err             error
	}{
		{"00A4080C0410001003", "9000", nil},
		{"00B0000010", "363039306282", nil},
		{"00200010083132333435FFFFFF", "63C2", nil},
		{"002A808605AABBCCDDEE00", "000000009000", nil},
		{"00B0000010", "", cardreader.RemovedEarly},
	} {
		answer, err := send(t, link, step.command)
		if want, _ := bytesOf(step.answer, maxUnit); !bytes.Equal(answer, want) || !errors.Is(err, step.err) {
			t.Errorf("%s: answer %X, %v", step.command, answer, err)
		}
	}
	if err := r.Done(); !errors.Is(err, ErrUnplayed) {
		t.Errorf("before the second conversation: %v", err)
	}
	if _, err := r.Connect(limited(t), "replay"); !errors.Is(err, cardreader.Busy) {
		t.Errorf("a second link: %v", err)
	}
	if err := link.Close(); err != nil {
		t.Error(err)
	}
	connected(t, r)
	if err := r.Done(); err != nil {
		t.Error(err)
	}
}

func TestAReplayTakesNothingElse(t *testing.T) {
	for _, test := range []struct {
		name, command, says string
	}{
		{"another command", "00B0000010", "exchange 1 is select file 1000/1003 from the master file"},
		{"another length", "00A4080C041000100300", "exchange 1"},
		{"another instruction under the same header", "00A4080C0410001002", "the program sent select file 1000/1002"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := NewReplay(load(t, []byte(small)), "replay")
			link := connected(t, r)
			_, err := send(t, link, test.command)
			if !errors.Is(err, ErrUnexpected) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v", err)
			}
			if _, err := send(t, link, "00A4080C0410001003"); !errors.Is(err, ErrUnexpected) {
				t.Errorf("the right command after it: %v", err)
			}
			if err := r.Done(); !errors.Is(err, ErrUnexpected) {
				t.Errorf("at the end: %v", err)
			}
		})
	}
}

func TestAPINIsTakenWhateverItIsButNotAsAnotherCommand(t *testing.T) {
	const head = "00A4080C0410001003"
	for command, want := range map[string]error{
		"00200010083132333435FFFFFF": nil, "00200010080000000000000000": nil,
		"00200090083132333435FFFFFF": ErrUnexpected, "00200010053132333435": ErrUnexpected, "0020001000": ErrUnexpected,
	} {
		r := NewReplay(load(t, []byte(small)), "replay")
		link := connected(t, r)
		for _, before := range []string{head, "00B0000010"} {
			if _, err := send(t, link, before); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := send(t, link, command); !errors.Is(err, want) {
			t.Errorf("%s: %v", command, err)
		}
	}
}

func TestAnEmptyEndIsReportedAsSuch(t *testing.T) {
	r := NewReplay(load(t, []byte(small)), "replay")
	if err := r.Done(); !errors.Is(err, ErrUnplayed) {
		t.Errorf("nothing played: %v", err)
	}
	link := connected(t, r)
	if err := r.Done(); !errors.Is(err, ErrUnplayed) || !strings.Contains(err.Error(), "exchange 1") {
		t.Errorf("nothing sent: %v", err)
	}
	if err := link.Close(); err != nil {
		t.Error(err)
	}
	if _, err := r.Connect(limited(t), "replay"); !errors.Is(err, ErrUnplayed) {
		t.Errorf("the next conversation: %v", err)
	}
	one := load(t, []byte(small))
	one.Conversations = one.Conversations[1:]
	r = NewReplay(one, "replay")
	link = connected(t, r)
	if _, err := send(t, link, "00B0000010"); !errors.Is(err, ErrUnexpected) || !strings.Contains(err.Error(), "after the last exchange") {
		t.Errorf("one command too many: %v", err)
	}
	if err := link.Close(); err != nil {
		t.Error(err)
	}
	if _, err := r.Connect(limited(t), "replay"); !errors.Is(err, ErrUnexpected) {
		t.Errorf("one conversation too many: %v", err)
	}
}

func TestFaultsComeBackAsTheyWere(t *testing.T) {
	for fault, want := range map[Fault]error{
		FaultReset: cardreader.ErrReset, FaultStopped: context.Canceled, FaultOther: errOther, Fault(cardreader.MuteCard): cardreader.MuteCard,
	} {
		r := NewReplay(&Transcript{Conversations: []Conversation{{{Command: Unit{Head: []byte{0, 1, 2, 3}}, Fault: fault}}}}, "replay")
		_, err := send(t, connected(t, r), "00010203")
		if !errors.Is(err, want) || faultOf(err) != fault {
			t.Errorf("%s: %v", fault, err)
		}
	}
	r := NewReplay(&Transcript{Conversations: []Conversation{{{Command: Unit{Head: []byte{0, 1, 2, 3}}, Fault: FaultMalformed}}}}, "replay")
	if answer, err := send(t, connected(t, r), "00010203"); err != nil || len(answer) > 1 {
		t.Errorf("malformed: %X, %v", answer, err)
	}
}

func TestTheReaderOfAReplayHoldsItsCardUntilItIsClosed(t *testing.T) {
	r := NewReplay(load(t, []byte(small)), "replay")
	ctx := limited(t)
	states, err := r.Watch(ctx, nil, net)
	if err != nil || len(states) != 1 || states[0].Name != "replay" || states[0].Card != cardreader.Present || !bytes.Equal(states[0].ATR, []byte{0x3B, 0x00}) {
		t.Fatalf("saw %+v, %v", states, err)
	}
	if again, err := r.Watch(ctx, states, time.Millisecond); err != nil || len(again) != 1 {
		t.Errorf("without news: %+v, %v", again, err)
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := r.Watch(stopped, states, net); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	if _, err := r.Connect(stopped, "replay"); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	if _, err := r.Connect(ctx, "another"); !errors.Is(err, cardreader.NoReader) {
		t.Errorf("another reader: %v", err)
	}
	for range 2 {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := r.Watch(ctx, states, net); !errors.Is(err, cardreader.ServiceDown) {
		t.Errorf("closed: %v", err)
	}
	if _, err := r.Connect(ctx, "replay"); !errors.Is(err, cardreader.ServiceDown) {
		t.Errorf("closed: %v", err)
	}
}

package transcript

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"bottega/cardreader"
	"bottega/cardreader/cns"
	"bottega/cardreader/practice"
)

// secrets are codes that a holder types in these tests; none of their digits may be anywhere.
const (
	freshPIN   = "83617"
	anotherPIN = "27495816"
)

func TestCodesAreNeverRecorded(t *testing.T) {
	card, err := practice.New(profiles(t)[0])
	if err != nil {
		t.Fatal(err)
	}
	recorder := plugged(t, card)
	codes := &cns.Codes{Port: recorder}
	ctx := limited(t)
	for _, step := range []func() error{
		func() error { return codes.Verify(ctx, readerName, []byte(practice.DefaultPIN)) },
		func() error { return codes.Change(ctx, readerName, []byte(practice.DefaultPIN), []byte(freshPIN)) },
		func() error { return codes.Unblock(ctx, readerName, []byte(practice.DefaultPUK), []byte(anotherPIN)) },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if err := codes.Verify(ctx, readerName, []byte("99999")); !errors.Is(err, cardreader.WrongPIN) {
		t.Fatal(err)
	}
	typed := []string{practice.DefaultPIN, practice.DefaultPUK, freshPIN, anotherPIN, "99999"}
	for _, conversation := range recorder.conversations {
		for _, h := range conversation {
			for _, code := range typed {
				if bytes.Contains(slices.Concat(h.command.Head, h.command.Tail, h.answer), []byte(code)) {
					t.Errorf("%s was kept", Words(h.command))
				}
			}
		}
	}
	recorded, err := recorder.Transcript(About{Day: theDay})
	if err != nil {
		t.Fatal(err)
	}
	text := recorded.Text()
	for _, code := range typed {
		if form := search(text).leaked([]byte(code)); form != "" {
			t.Errorf("the code %s stands there: %s\n%s", code, form, text)
		}
	}
	for _, want := range []string{"verify a code: 0020009008 *8 -> 9000", "change a code: 0024009010 *16 -> 9000", "unblock a code: 002C009010 *16 -> 9000", "*8 -> 63C2"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is missing:\n%s", want, text)
		}
	}
	if !slices.Contains(recorded.Replaced, ReplacedCodes) {
		t.Errorf("only %v is said to be replaced", recorded.Replaced)
	}
	again := &cns.Codes{Port: NewReplay(load(t, text), readerName)}
	for i, step := range []func() error{
		func() error { return again.Verify(ctx, readerName, []byte("11111")) },
		func() error { return again.Change(ctx, readerName, []byte("11111"), []byte("22222")) },
		func() error { return again.Unblock(ctx, readerName, []byte("33333333"), []byte("44444")) },
	} {
		if err := step(); err != nil {
			t.Errorf("replay, step %d: %v", i, err)
		}
	}
	if err := again.Verify(ctx, readerName, []byte("55555")); !errors.Is(err, cardreader.WrongPIN) {
		t.Errorf("replay: %v", err)
	}
}

// deaf is a link that answers every command in the same way.
type deaf struct {
	answer []byte
	err    error
}

func (deaf) Reader() string { return "" }
func (deaf) ATR() []byte    { return nil }
func (deaf) Close() error   { return nil }
func (d deaf) Transmit(context.Context, []byte) ([]byte, error) {
	return slices.Clone(d.answer), d.err
}

func TestWhatMayBeSecretIsHiddenWhateverTheCommandLooksLike(t *testing.T) {
	for _, test := range []struct{ name, command, answer, want string }{
		{"a PIN", "0020001008 3132333435FFFFFF", "9000", "0020001008 *8 -> 9000"},
		{"a PIN without its length", "00200010 3132333435", "6700", "00200010 *5 -> 6700"},
		{"a PIN under secure messaging", "0C20001008 3132333435363738", "9000", "0C20001008 *8 -> 9000"},
		{"a PIN where a file's name belongs", "0CA4000008 3132333435363738", "9000", "0CA4000008 *8 -> 9000"},
		{"a PIN in an extended command", "00200010000008 3132333435363738", "9000", "00200010000008 *8 -> 9000"},
		{"a changed PIN", "0024001010 31323334353637383132333435363738", "9000", "0024001010 *16 -> 9000"},
		{"a block for the key", "002A808605 0001020304 00", "AABBCCDD9000", "002A808605 *5 00 -> *4 9000"},
		{"data to write", "00D6000003 414243", "9000", "00D6000003 *3 -> 9000"},
		{"random bytes", "0084000008", "01020304050607089000", "0084000008 -> *8 9000"},
		{"a command too short to be one", "0020", "6700", "0020 -> 6700"},
		{"a path stays", "00A4080C04 11001102", "9000", "00A4080C04 11001102 -> 9000"},
		{"a key's reference stays", "0022F1B803 830101", "9000", "0022F1B803 830101 -> 9000"},
	} {
		t.Run(test.name, func(t *testing.T) {
			bare := strings.NewReplacer(" ", "")
			command, err := bytesOf(bare.Replace(test.command), 300)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := bytesOf(test.answer, 300)
			if err != nil {
				t.Fatal(err)
			}
			h := hear(command, answer, nil)
			got := unitText(h.command) + " -> " + strings.TrimSpace(unitText(Unit{Head: h.answer, Hidden: h.hidden})+fmt.Sprintf(" %04X", uint16(h.status)))
			if bare.Replace(got) != bare.Replace(test.want) {
				t.Errorf("kept as %s, want %s", got, test.want)
			}
		})
	}
}

func TestTheRestOfAHiddenAnswerIsHiddenToo(t *testing.T) {
	recorder := &Recorder{conversations: make([][]heard, 1)}
	ctx := limited(t)
	for _, step := range []struct{ command, answer string }{
		{"002A80860100", "6102"}, {"00C0000002", "AABB6102"}, {"00C0000002", "CCDD9000"}, {"00B0000002", "11229000"}, {"00C0000002", "33449000"},
	} {
		command, _ := bytesOf(step.command, 300)
		answer, _ := bytesOf(step.answer, 300)
		link := &recordedLink{Link: deaf{answer: answer}, recorder: recorder}
		if _, err := link.Transmit(ctx, command); err != nil {
			t.Fatal(err)
		}
	}
	var kept []string
	for _, h := range recorder.conversations[0] {
		kept = append(kept, unitText(Unit{Head: h.answer, Hidden: h.hidden}))
	}
	if want := []string{"", "*2", "*2", "1122", "3344"}; !slices.Equal(kept, want) {
		t.Errorf("kept %q, want %q", kept, want)
	}
}

// keypad is a link to a reader with a keypad on which a holder types.
type keypad struct{ deaf }

func (keypad) HasPad(context.Context) bool { return true }
func (k keypad) VerifyOnPad(context.Context, cardreader.PadTemplate) ([]byte, error) {
	return k.answer, k.err
}
func (k keypad) ModifyOnPad(context.Context, cardreader.PadTemplate) ([]byte, error) {
	return k.answer, k.err
}

func TestTheKeypadOfAReaderWorksThroughARecorder(t *testing.T) {
	recorder := &Recorder{conversations: make([][]heard, 1)}
	link := &recordedLink{Link: keypad{deaf{answer: []byte{0x90, 0x00}}}, recorder: recorder}
	ctx := limited(t)
	template := cardreader.PadTemplate{INS: 0x20, P2: 0x10, Stored: 8, Min: 5, Max: 8}
	if !link.HasPad(ctx) {
		t.Error("the keypad is not found")
	}
	if answer, err := link.VerifyOnPad(ctx, template); err != nil || !bytes.Equal(answer, []byte{0x90, 0x00}) {
		t.Errorf("answer %X, %v", answer, err)
	}
	template.INS = 0x24
	if _, err := link.ModifyOnPad(ctx, template); err != nil {
		t.Error(err)
	}
	if got := unitText(recorder.conversations[0][0].command) + ", " + unitText(recorder.conversations[0][1].command); got != "0020001008 *8, 0024001010 *16" {
		t.Errorf("recorded %s", got)
	}
	plain := &recordedLink{Link: deaf{}, recorder: recorder}
	if _, err := plain.VerifyOnPad(ctx, template); plain.HasPad(ctx) || err == nil {
		t.Error("a reader without a keypad has one")
	}
	if err := plain.Guard(ctx); err != nil {
		t.Error(err)
	}
}

package transcript

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"bottega/cardreader"
	"bottega/cardreader/apdu"
)

// Recorder is a cardreader.Port that keeps what passes between a program and the cards behind another port. What it keeps is
// personal until Transcript has redacted it, and never leaves it otherwise.
type Recorder struct {
	port cardreader.Port

	mu            sync.Mutex
	reader        string
	atr           []byte
	conversations [][]heard
	around        int // which conversation, counted from one, went beyond the reading; 0 for none
	exchanges     int
	bytes         int
	tooLong       bool
	seed          func() [32]byte // what inventions are drawn from; nil is chance
}

var _ cardreader.Port = (*Recorder)(nil)

// NewRecorder records what passes through a port. Closing the recorder closes the port.
func NewRecorder(port cardreader.Port) *Recorder { return &Recorder{port: port} }

// Watch is the port's.
func (r *Recorder) Watch(ctx context.Context, known []cardreader.ReaderState, limit time.Duration) ([]cardreader.ReaderState, error) {
	return r.port.Watch(ctx, known, limit)
}

// Close is the port's.
func (r *Recorder) Close() error { return r.port.Close() }

// Connect is the port's; what passes over its link is kept. Only the card of the first conversation is recorded as one: a
// recorder is for one card.
func (r *Recorder) Connect(ctx context.Context, reader string) (cardreader.Link, error) {
	link, err := r.port.Connect(ctx, reader)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.conversations) == 0 {
		r.reader, r.atr = link.Reader(), slices.Clone(link.ATR())
	}
	r.conversations = append(r.conversations, nil)
	return &recordedLink{Link: link, recorder: r, conversation: len(r.conversations) - 1}, nil
}

// recordedLink is a link that is listened to.
type recordedLink struct {
	cardreader.Link
	recorder     *Recorder
	conversation int
}

// Transmit is the link's.
func (l *recordedLink) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	answer, err := l.Link.Transmit(ctx, command)
	l.recorder.keep(l.conversation, hear(command, answer, err))
	return answer, err
}

var (
	_ cardreader.Guarded = (*recordedLink)(nil)
	_ cardreader.PadLink = (*recordedLink)(nil)
)

// Guard is the link's, where it has one.
func (l *recordedLink) Guard(ctx context.Context) error {
	if guarded, ok := l.Link.(cardreader.Guarded); ok {
		return guarded.Guard(ctx)
	}
	return nil
}

// HasPad is the link's, where it has one.
func (l *recordedLink) HasPad(ctx context.Context) bool {
	pad, ok := l.Link.(cardreader.PadLink)
	return ok && pad.HasPad(ctx)
}

// VerifyOnPad is the link's, and recorded as if the code had been sent from here.
func (l *recordedLink) VerifyOnPad(ctx context.Context, template cardreader.PadTemplate) ([]byte, error) {
	return l.onPad(ctx, template, 1, cardreader.PadLink.VerifyOnPad)
}

// ModifyOnPad is the link's, and recorded as if the codes had been sent from here.
func (l *recordedLink) ModifyOnPad(ctx context.Context, template cardreader.PadTemplate) ([]byte, error) {
	return l.onPad(ctx, template, 2, cardreader.PadLink.ModifyOnPad)
}

func (l *recordedLink) onPad(ctx context.Context, t cardreader.PadTemplate, codes int, ask padFunc) ([]byte, error) {
	pad, ok := l.Link.(cardreader.PadLink)
	if !ok {
		return nil, errNoPad
	}
	answer, err := ask(pad, ctx, t)
	command, commandErr := apdu.Command{CLA: t.CLA, INS: t.INS, P1: t.P1, P2: t.P2, Data: make([]byte, codes*t.Stored)}.Bytes()
	if commandErr == nil {
		l.recorder.keep(l.conversation, hear(command, answer, err))
	}
	return answer, err
}

// padFunc is one of the two things that a keypad does.
type padFunc = func(cardreader.PadLink, context.Context, cardreader.PadTemplate) ([]byte, error)

var errNoPad = errors.New("the reader has no keypad")

func (r *Recorder) keep(conversation int, h heard) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.exchanges++
	r.bytes += h.command.Len() + len(h.answer) + h.hidden
	if r.tooLong = r.tooLong || r.exchanges > maxExchanges || r.bytes > maxBytes; r.tooLong {
		clear(h.answer)
		return
	}
	heardSoFar := r.conversations[conversation]
	if n := len(heardSoFar); h.command.ins() == insGetResponse && n > 0 && heardSoFar[n-1].secret {
		h.hide() // the rest of an answer that is not kept
	}
	r.conversations[conversation] = append(heardSoFar, h)
}

// heard is one exchange as it was, as far as it may be kept at all.
type heard struct {
	command Unit
	answer  []byte // without its status
	hidden  int    // length of an answer that is not kept
	secret  bool   // the answer is of a kind that is not kept
	status  apdu.Status
	fault   Fault
}

// Instructions that the recorder knows.
const (
	insSelect      = 0xA4
	insRead        = 0xB0
	insGetResponse = 0xC0
	insGetData     = 0xCA
	insGetDataBER  = 0xCB
	insManage      = 0x22
)

// ins is a command's instruction byte, 0 where there is none.
func (u Unit) ins() byte {
	if len(u.Head) < 2 {
		return 0
	}
	return u.Head[1]
}

// maxShownData bounds command data that are kept: paths, names of applications, key references.
const maxShownData = 32

// hear keeps what may be kept of an exchange. Data of a command are kept where they can only name a file, an application or a
// key; all others may be a PIN, a PUK or a secret of the key and are never kept, not even until the redaction. The same goes for
// answers that come from a key.
func hear(command, answer []byte, err error) heard {
	h := heard{command: hideData(command)}
	if err != nil {
		h.fault = faultOf(err)
		return h
	}
	r, err := apdu.ParseResponse(answer)
	if err != nil {
		h.fault = FaultMalformed
		return h
	}
	h.answer, h.status = slices.Clone(r.Data), r.Status
	if !answerKept(command) {
		h.hide()
	}
	return h
}

// hide forgets the answer and keeps its length.
func (h *heard) hide() {
	clear(h.answer)
	h.secret = true
	h.hidden += len(h.answer)
	h.answer = nil
}

func hideData(raw []byte) Unit {
	const header = 4
	c, err := apdu.ParseCommand(raw)
	if err != nil {
		shown := min(header, len(raw))
		return Unit{Head: slices.Clone(raw[:shown]), Hidden: len(raw) - shown}
	}
	ours := c.CLA&^apdu.ChainBit == 0
	names := c.INS == insSelect || c.INS == insManage || c.INS == insGetDataBER
	if len(c.Data) == 0 || (ours && names && len(c.Data) <= maxShownData) {
		return Unit{Head: slices.Clone(raw)}
	}
	lengths := 1 // bytes of Lc
	if raw[header] == 0 {
		lengths = 3
	}
	start := header + lengths
	return Unit{
		Head: slices.Clone(raw[:start]), Hidden: len(c.Data), Tail: slices.Clone(raw[start+len(c.Data):]),
	}
}

// answerKept reports whether the answer to a command may be kept for the redaction: what files and data objects hold, which
// the card gives to anybody.
func answerKept(command []byte) bool {
	return len(command) > 1 && command[0]&^apdu.ChainBit == 0 &&
		slices.Contains([]byte{insSelect, insRead, insGetResponse, insGetData, insGetDataBER}, command[1])
}

// identifying are the parts of a reader's name that tell one from another: what stands in brackets, and words of digits.
var identifying = regexp.MustCompile(`\([^)]*\)|\[[^\]]*\]|[(\[].*$|\S*[0-9]{5,}\S*|\b[0-9A-Fa-f]{2}\b`)

// makeOf returns a reader's make from the name that the computer gives it: "Bit4id miniLector EVO (0123456789) 00 00" is a
// "Bit4id miniLector EVO".
func makeOf(reader string) string {
	const most = 60
	words := strings.Fields(strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return ' '
		}
		return c
	}, identifying.ReplaceAllString(reader, " ")))
	name := strings.Join(words, " ")
	return strings.TrimSpace(name[:min(len(name), most)])
}

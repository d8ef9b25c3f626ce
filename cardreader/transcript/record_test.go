package transcript

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"bottega/cardreader"
	"bottega/cardreader/practice"
)

// hostile is a reader with a card that answers whatever it likes: a piece of data after another, each led by its length.
type hostile struct {
	deaf
	data []byte
}

func (*hostile) Watch(context.Context, []cardreader.ReaderState, time.Duration) ([]cardreader.ReaderState, error) {
	return []cardreader.ReaderState{{Name: "hostile", Card: cardreader.Present}}, nil
}

func (h *hostile) Connect(context.Context, string) (cardreader.Link, error) { return h, nil }

func (h *hostile) Transmit(context.Context, []byte) ([]byte, error) {
	if len(h.data) < 2 {
		return nil, cardreader.RemovedEarly
	}
	n := min(int(h.data[0])<<2, len(h.data)-1)
	answer := bytes.Clone(h.data[1 : 1+n])
	h.data = h.data[1+n:]
	return answer, nil
}

// answers writes data as a hostile card gives them: each piece padded to a multiple of four bytes.
func answers(pieces ...[]byte) []byte {
	var b []byte
	for _, p := range pieces {
		p = append(make([]byte, (4-len(p)%4)%4), p...)
		b = append(append(b, byte(len(p)/4)), p...)
	}
	return b
}

// FuzzRecord lets a card answer anything: what is recorded is redacted, written and loaded again, with every length and status as
// they were.
func FuzzRecord(f *testing.F) {
	ok := []byte{0x00, 0x00, 0x90, 0x00}
	p := person{surname: "ROSSI", name: "MARIA", sex: "F", code: "RSSMRA80A41H501W", place: "H501", residence: "D612", born: theDay, issued: theDay, expires: theDay}
	f.Add(answers(ok, []byte("60900123456780009000"), ok, append(p.file(true), 0x90, 0x00)))
	f.Add(answers(ok, []byte{0x30, 0x82, 0x00, 0x10, 0x30, 0x03, 0x02, 0x01, 0x05, 0x90, 0x00}))
	f.Add(answers([]byte{0x6F, 0x06, 0x80, 0x02, 0x01, 0x90, 0xA5, 0x00, 0x90, 0x00}, []byte{0x61, 0x10}, []byte{0x6C, 0x08}))
	f.Add(answers(ok, []byte{0x5A, 0x02, 0x12, 0x34, 0x90, 0x00}, []byte{0x90}, []byte("NICCOL\xd2\x90\x00")))
	for _, profile := range profiles(f)[:8] {
		card, err := practice.New(profile)
		if err != nil {
			f.Fatal(err)
		}
		recorder := plugged(f, card)
		read(f, recorder)
		var heard [][]byte
		for _, h := range recorder.conversations[0] {
			heard = append(heard, append(bytes.Clone(h.answer), byte(h.status>>8), byte(h.status)))
		}
		f.Add(answers(heard...))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		recorder := NewRecorder(&hostile{data: data})
		recorder.seed = seeded(7)
		got := read(t, recorder)
		var heard []byte
		for _, h := range recorder.conversations[0] {
			heard = append(heard, byte(len(h.answer)), byte(h.status>>8), byte(h.status))
		}
		recorded, err := recorder.Transcript(about(got))
		if errors.Is(err, ErrTooLong) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		again, err := Load(bytes.NewReader(recorded.Text()))
		if err != nil {
			t.Fatalf("%v\n%s", err, recorded.Text())
		}
		var written []byte
		for _, e := range again.Conversations[0] {
			written = append(written, byte(e.Answer.Len()), byte(e.Status>>8), byte(e.Status))
		}
		if !bytes.Equal(heard, written) {
			t.Fatalf("heard %X, written %X", heard, written)
		}
	})
}

func TestAReaderIsNamedByItsMakeOnly(t *testing.T) {
	for name, want := range map[string]string{
		"Bit4id miniLector EVO (0123456789) 00 00":          "Bit4id miniLector EVO",
		"ACS ACR39U ICC Reader [ACR39U] (A1B2C3) 01 00":     "ACS ACR39U ICC Reader",
		"Gemalto PC Twin Reader 00 00":                      "Gemalto PC Twin Reader",
		"SCM Microsystems Inc. SCR 3310 [CCID Interface":    "SCM Microsystems Inc. SCR 3310",
		"Identiv uTrust 53201234567890 Smart Card Reader 0": "Identiv uTrust Smart Card Reader 0",
		"Lettore di prova 00":                               "Lettore di prova",
		"Lettore\ndi\x1b[31m prova":                         "Lettore di",
		"":                                                  "",
	} {
		if got := makeOf(name); got != want {
			t.Errorf("%q became %q, want %q", name, got, want)
		}
	}
}

func TestMoreThanATranscriptTakesIsNotRecorded(t *testing.T) {
	recorder := NewRecorder(&hostile{data: bytes.Repeat([]byte{0x01, 0x00, 0x00, 0x90, 0x00}, maxExchanges+2)})
	link, err := recorder.Connect(limited(t), "hostile")
	if err != nil {
		t.Fatal(err)
	}
	for range maxExchanges + 1 {
		if _, err := link.Transmit(limited(t), []byte{0x00, 0xB0, 0x00, 0x00, 0x02}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := recorder.Transcript(About{}); !errors.Is(err, ErrTooLong) {
		t.Errorf("got %v", err)
	}
}

func TestACardThatWasNeverReachedLeavesNothingToWrite(t *testing.T) {
	reader := practice.NewReader("Lettore di prova")
	recorder := NewRecorder(reader)
	if _, err := recorder.Connect(limited(t), "Lettore di prova"); !errors.Is(err, cardreader.NoCard) {
		t.Fatal(err)
	}
	if _, err := recorder.Transcript(About{}); !errors.Is(err, ErrNothing) {
		t.Errorf("got %v", err)
	}
}

//go:build cgo

package pcsc_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"bottega/cardreader"
	"bottega/cardreader/cns"
	"bottega/cardreader/pcsc/pcscdtest"
	"bottega/cardreader/transcript"
	"bottega/desk/civil"
)

func TestACardRecordedOverTheCardServiceReplaysAsItWas(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	insert(t, "maria")
	recorder := transcript.NewRecorder(portOf(t))
	card, err := cardreader.ReadFirst(ctx, recorder, cns.Reader{}.Read, pcscdtest.ReaderName(0))
	if err != nil {
		t.Fatal(err)
	}
	recorded, err := recorder.Transcript(transcript.About{Program: "test", Day: civil.Of(time.Now()), Model: card.Model})
	if err != nil {
		t.Fatal(err)
	}
	text := recorded.Text()
	if bytes.Contains(text, []byte(card.Holder.Surname)) || recorded.Reader != "Virtual PCD" {
		t.Errorf("recorded\n%s", text)
	}
	loaded, err := transcript.Load(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	replay := transcript.NewReplay(loaded, "replay")
	again, err := cardreader.ReadFirst(ctx, replay, cns.Reader{}.Read, "")
	if err != nil || replay.Done() != nil {
		t.Fatalf("%v, %v\n%s", err, replay.Done(), text)
	}
	if again.ATR != card.ATR || again.Cost != card.Cost || again.Model != card.Model || !again.Test.Works() || again.Holder.Surname == card.Holder.Surname {
		t.Errorf("the card: %+v\nthe replay: %+v", card, again)
	}
}

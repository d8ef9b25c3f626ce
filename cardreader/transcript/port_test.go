package transcript_test

import (
	"testing"
	"time"

	"bottega/cardreader/porttest"
	"bottega/cardreader/practice"
	"bottega/cardreader/transcript"
	"bottega/desk/civil"
)

func TestARecorderIsAPort(t *testing.T) {
	porttest.Run(t, func(t *testing.T) porttest.Rig {
		reader := practice.NewReader("Lettore di prova")
		return porttest.Rig{
			Port: transcript.NewRecorder(reader), Reader: "Lettore di prova",
			Insert: func(t testing.TB, id string) {
				profile, err := practice.Find(id, civil.Of(time.Now()))
				if err != nil {
					t.Fatal(err)
				}
				card, err := practice.New(profile)
				if err != nil {
					t.Fatal(err)
				}
				reader.Insert(card)
			},
			Remove: func(testing.TB) { reader.Remove() },
		}
	})
}

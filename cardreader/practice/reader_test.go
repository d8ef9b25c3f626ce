package practice_test

import (
	"testing"
	"time"

	"bottega/cardreader/porttest"
	"bottega/cardreader/practice"
	"bottega/desk/civil"
)

// cardOf makes the practice card of a profile as it is today.
func cardOf(t testing.TB, id string) *practice.Card {
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

func TestThePracticeReaderIsAPort(t *testing.T) {
	porttest.Run(t, func(t *testing.T) porttest.Rig {
		r := practice.NewReader("Lettore di prova")
		return porttest.Rig{
			Port: r, Reader: "Lettore di prova",
			Insert: func(t testing.TB, profile string) { r.Insert(cardOf(t, profile)) },
			Remove: func(testing.TB) { r.Remove() },
		}
	})
}

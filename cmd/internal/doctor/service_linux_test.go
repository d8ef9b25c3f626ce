//go:build cgo

package doctor

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"bottega/cardreader"
	"bottega/cardreader/pcsc"
	"bottega/cardreader/pcsc/pcscdtest"
	"bottega/cmd/internal/house"
	"bottega/ui/checkup"
	"bottega/ui/text"
	"bottega/ui/text/texttest"
)

// daemon is the real card service of these tests.
var daemon *pcscdtest.Daemon

func TestMain(m *testing.M) { os.Exit(pcscdtest.Main(m, &daemon)) }

// onTheRealService is a healthy computer whose cards are those of the real card service.
func onTheRealService() *Computer {
	c := healthy()
	c.Cards = func() cardreader.Port { return pcsc.New() }
	c.Read = house.Cards().Read
	c.Run = run
	return c
}

// wants examines until the findings are there: the real service takes its time to see what a hand did. The limit is a safety net.
func wants(t *testing.T, c *Computer, wanted ...string) []checkup.Finding {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		found := examine(t, c)
		said := words(found)
		if !slices.ContainsFunc(wanted, func(w string) bool { return !slices.Contains(said, w) }) {
			return found
		}
		if time.Now().After(deadline) {
			t.Fatalf("found %v, want %v", said, wanted)
		}
	}
}

func TestTheRealServiceIsExaminedThroughADayOfTroubles(t *testing.T) {
	c := onTheRealService()
	wants(t, c, "well service.runs", "well reader.there", "well card.none")

	_, remove := daemon.Insert(t, 0, "bruna")
	found := wants(t, c, "well card.read", "well holder.free")
	said := checkup.Text(texttest.Localizer(t, text.Italian), found)
	if !strings.Contains(said, "si legge: Tessera sanitaria con chip") || strings.Contains(said, "INNOCENTI") || strings.Contains(said, "BRUNA") {
		t.Errorf("of the practice card it says\n%s", said)
	}

	other := pcsc.New()
	defer func() { _ = other.Close() }() // the test is over
	held, err := other.Connect(t.Context(), pcscdtest.ReaderName(0))
	if err != nil {
		t.Fatal(err)
	}
	wants(t, c, "broken holder.busy")
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	wants(t, c, "well card.read", "well holder.free")
	remove()
	wants(t, c, "well card.none")

	if err := daemon.Unplug(); err != nil {
		t.Fatal(err)
	}
	wants(t, c, "broken reader.none")
	if err := daemon.PlugIn(); err != nil {
		t.Fatal(err)
	}
	wants(t, c, "well reader.there")

	if err := daemon.Kill(); err != nil {
		t.Fatal(err)
	}
	wants(t, c, "broken service.down")
	if err := daemon.Restart(); err != nil {
		t.Fatal(err)
	}
	wants(t, c, "well service.runs", "well reader.there")
}

func TestAServiceThatHangsIsDown(t *testing.T) {
	if err := daemon.Pause(); err != nil {
		t.Fatal(err)
	}
	found := words(examine(t, onTheRealService()))
	if err := daemon.Resume(); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(found, "broken service.down") && !slices.Contains(found, "broken service.late") {
		t.Errorf("found %v", found)
	}
	wants(t, onTheRealService(), "well service.runs")
}

package main

import (
	"testing"

	"bottega/cmd/internal/house"
	"bottega/sync/client"
)

func TestWhereTheLineIsSparedSoAreTheListsOfWithdrawnCertificates(t *testing.T) {
	j, err := practiceJournal(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.New(t.Context(), client.Params{Journal: lineJournal{Journal: j}, Identity: j, Program: "bottega test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	room := newCardRoom(nil, c, house.OpenPacks(house.PacksParams{}), opening{folder: t.TempDir()})
	for _, metered := range []bool{false, true, false} {
		c.SetMetered(metered)
		if got := room.checker.Spare(); got != metered {
			t.Errorf("metered %t, spared %t", metered, got)
		}
	}
}

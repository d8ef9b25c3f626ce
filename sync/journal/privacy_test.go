package journal_test

import (
	"context"
	"testing"

	"bottega/desk"
	"bottega/desk/civil"
	"bottega/desk/desktest"
	"bottega/sync/journal"
)

func TestNothingPersonalCanBeReadInTheDataFolder(t *testing.T) {
	c := newClock()
	j := create(t, c)
	ctx := context.Background()
	needles := []string{fullName, "Rossicchioli", "Gino Bartalucci", "torna con il figlio Ermete", "-----BEGIN PRIVATE KEY-----",
		string(passphrase()), "CA5544332AA", "Bottega di Piazza Tasso"}
	_, err := j.Append(ctx, desk.Draft{Payload: desk.SiteSet{Site: desk.Site{ID: "FI-TASSO", Name: "Bottega di Piazza Tasso"}}})
	must(t, err)
	for n := range 40 {
		p := citizen(t, n)
		needles = append(needles, p.FiscalCode, p.Surname, p.Name)
		visit := "visit-" + string(rune('a'+n%26)) + string(rune('a'+n/26))
		_, err := j.Append(ctx,
			desk.Draft{Visit: visit, Payload: named(p)},
			desk.Draft{Visit: visit, Payload: desk.NoteAdded{Text: "torna con il figlio Ermete"}},
			desk.Draft{Visit: visit, Payload: desk.ActivationRequested{Holder: p, Document: desk.Document{Number: "CA5544332AA", Expires: civil.Date{Year: 2030, Month: 1, Day: 2}}}})
		must(t, err)
		if _, err := j.Visits(ctx, p.FiscalCode); err != nil {
			t.Error(err)
		}
	}
	must(t, j.SaveIdentity(ctx, []byte("-----BEGIN PRIVATE KEY-----")))
	_, err = j.AddFacilitator(ctx, journal.NewFacilitator{Sigla: "GB", Name: "Gino Bartalucci"}, passphrase())
	must(t, err)
	must(t, j.Listen(func() {}))
	eraseOne(t, j, "visit-aa")
	readable(t, j.Dir(), needles) // while open, with the keys in memory
	must(t, j.Close())
	readable(t, j.Dir(), needles)
}

func readable(t *testing.T, dir string, needles []string) {
	t.Helper()
	hits, err := desktest.Found(dir, needles)
	must(t, err)
	for _, hit := range hits {
		t.Errorf("readable in the data folder: %s", hit)
	}
}

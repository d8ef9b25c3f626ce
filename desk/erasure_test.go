package desk_test

import (
	"reflect"
	"testing"
	"time"

	"bottega/desk"
)

func TestTheStatementOfAnErasureIsTheSameWheneverItIsPrinted(t *testing.T) {
	r := open(t)
	visit := r.visit()
	tally, err := r.TallyOf(visit)
	if err != nil {
		t.Fatal(err)
	}
	r.clock.Advance(time.Hour)
	r.erase(desk.VisitErased{Visit: visit, Reason: desk.ErasedOnRequest, Tally: &tally})
	entries := r.journal.Entries()
	e := entries[len(entries)-1]
	proof := desk.ErasureProof{VisitErased: desk.VisitErased{Visit: visit}, Seq: e.Seq, ID: e.ID, At: e.At, Digest: "91c4be00"}
	first := r.ErasurePaper(proof, "it", false)
	if first.Number != "LU-1-C000006" || first.Kind != desk.PaperErasure || first.MadeAt != morning.Add(time.Hour) || first.Site.ID != "LU" {
		t.Errorf("the statement is %+v", first)
	}
	if err := r.SetSite(t.Context(), desk.SiteSet{Site: desk.Site{ID: "PI", Name: "Bottega", Municipality: "Pisa"}, Desk: "2"}); err != nil {
		t.Fatal(err)
	}
	r.clock.Advance(30 * 24 * time.Hour)
	r.restart()
	if again := r.ErasurePaper(proof, "it", false); !reflect.DeepEqual(again, first) {
		t.Errorf("a month later, elsewhere, it is %+v", again)
	}
	if n := len(r.journal.Entries()); n != len(entries)+1 {
		t.Error("printing it was recorded, though it belongs to no visit")
	}
}

package desk_test

import (
	"errors"
	"testing"

	"bottega/desk"
)

// refuse lets the hub say that it cannot make sense of an entry.
func (r *room) refuse(entry, reason string) {
	r.t.Helper()
	r.receive(desk.Reply{About: entry, Kind: desk.RecordRefused, Reason: reason, At: morning})
}

// mistyped is ada with two letters of her code changed about.
func mistyped() desk.Person {
	p := ada()
	p.FiscalCode = "VPR" + p.FiscalCode[3:]
	return p
}

func TestARefusedRequestIsCorrectedInItsVisitAlthoughThatIsClosed(t *testing.T) {
	r := open(t)
	visit, err := r.OpenVisit(t.Context(), desk.Opening{Naming: desk.NamedByHand, Person: mistyped()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.journal.Append(t.Context(), desk.Draft{Visit: visit, Payload: desk.ExemptionRequested{Person: mistyped(), Code: "E01"}}); err != nil {
		t.Fatal(err)
	}
	if err := r.CloseVisit(t.Context(), visit, desk.Closing{}); err != nil {
		t.Fatal(err)
	}
	v, _ := r.Visit(visit)
	entry := v.Exemptions[0].Entry
	r.refuse(entry, "fiscal_code")
	refused := r.Refused()
	if len(refused) != 1 || refused[0].Entry != entry || refused[0].Visit != visit || refused[0].Reason != "fiscal_code" {
		t.Fatalf("refused: %+v", refused)
	}
	right := *refused[0].Payload.(*desk.ExemptionRequested)
	right.Person = ada()
	if err := r.Correct(t.Context(), entry, right); err != nil {
		t.Fatal(err)
	}
	for _, when := range []string{"at once", "after a restart"} {
		v, err := r.Visit(visit)
		if err != nil || v.Open() || len(v.Exemptions) != 1 || v.Exemptions[0].Request.Person != ada() || v.Exemptions[0].Reply != nil {
			t.Errorf("%s the visit shows %+v, %v", when, v.Exemptions, err)
		}
		if v.Person != ada() || len(r.VisitsOf(mistyped().FiscalCode)) != 0 || len(r.VisitsOf(ada().FiscalCode)) != 1 {
			t.Errorf("%s the visit is found under the mistyped code", when)
		}
		ups := r.FollowUps()
		if len(ups) != 1 || ups[0].ID == entry || ups[0].Reply != nil || len(r.Refused()) != 0 {
			t.Errorf("%s there is to come back to %+v, refused is %+v", when, ups, r.Refused())
		}
		r.restart()
	}
	v, _ = r.Visit(visit)
	r.receive(desk.Reply{About: v.Exemptions[0].Entry, Kind: desk.ExemptionNotFound, At: morning})
	if ups := r.FollowUps(); len(ups) != 1 || ups[0].Reply == nil {
		t.Errorf("the answer to the correction reached %+v", ups)
	}
}

func TestACorrectionIsCheckedAsTheRecordWas(t *testing.T) {
	r := open(t)
	visit := r.visit()
	r.activate(visit)
	if err := r.AddNote(t.Context(), visit, "torna domani"); err != nil {
		t.Fatal(err)
	}
	if err := r.RecordService(t.Context(), visit, desk.VisitRecorded{Minutes: 5, Service: "exemption"}); err != nil {
		t.Fatal(err)
	}
	of := map[desk.Kind]string{}
	for _, e := range r.journal.Entries() {
		of[e.Kind] = e.ID
	}
	v, _ := r.Visit(visit)
	asked := v.Activation.Request
	nobody, badNumber := asked, asked
	nobody.Holder = desk.Person{}
	badNumber.CardNumber = "80380000900123456783"
	before := len(r.journal.Entries())
	for name, tc := range map[string]struct {
		entry string
		right desk.Payload
		want  error
	}{
		"no such record":                     {"entry-999", desk.NoteAdded{}, desk.ErrNoEntry},
		"another kind":                       {of["visit.note"], desk.VisitClosed{}, desk.ErrNotCorrigible},
		"nothing":                            {of["visit.note"], nil, desk.ErrNotCorrigible},
		"what happened cannot be undone":     {of["card.read"], desk.CardRead{Number: "6090012345678000"}, desk.ErrNotCorrigible},
		"a secret in a note":                 {of["visit.note"], desk.NoteAdded{Text: "il PIN è 48213"}, desk.ErrLooksSecret},
		"an activation for nobody":           {of["activation.request"], nobody, desk.ErrNobodyNamed},
		"a card number that cannot be right": {of["activation.request"], badNumber, desk.ErrCardNumber},
		"a service that there is not":        {of["visit.recorded"], desk.VisitRecorded{Service: "volare"}, desk.ErrNoService},
	} {
		if err := r.Correct(t.Context(), tc.entry, tc.right); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	if n := len(r.journal.Entries()); n != before {
		t.Errorf("%d entries were written for what was refused", n-before)
	}
}

func TestNotesRecordsAndNumbersAreCorrectedInTheirPlace(t *testing.T) {
	r := open(t)
	visit := r.visit()
	r.activate(visit)
	id := func() string { all := r.journal.Entries(); return all[len(all)-1].ID }
	for _, text := range []string{"prima", "seconda"} {
		if err := r.AddNote(t.Context(), visit, text); err != nil {
			t.Fatal(err)
		}
	}
	second := id()
	if err := r.AddNote(t.Context(), visit, "terza"); err != nil {
		t.Fatal(err)
	}
	if err := r.RecordService(t.Context(), visit, desk.VisitRecorded{Minutes: 5, Service: "activation"}); err != nil {
		t.Fatal(err)
	}
	record := id()
	v, _ := r.Visit(visit)
	right := v.Activation.Request
	right.CardNumber = "80380000900123456782" // as it stands on the back of the card
	for entry, p := range map[string]desk.Payload{
		second: &desk.NoteAdded{Text: " seconda, giusta "}, record: desk.VisitRecorded{Minutes: 25, Service: "exemption"}, v.Activation.Entry: right,
	} {
		if err := r.Correct(t.Context(), entry, p); err != nil {
			t.Fatal(err)
		}
		if err := r.Correct(t.Context(), entry, p); !errors.Is(err, desk.ErrCorrected) {
			t.Errorf("corrected twice: %v", err)
		}
	}
	for range 2 {
		v, _ := r.Visit(visit)
		if len(v.Notes) != 3 || v.Notes[1] != "seconda, giusta" || len(v.Records) != 1 || v.Records[0].Service != "exemption" {
			t.Errorf("notes %q, records %+v", v.Notes, v.Records)
		}
		if v.Activation.Request.CardNumber != "6090012345678000" {
			t.Errorf("the card number is %s", v.Activation.Request.CardNumber)
		}
		if c := r.Today(); c.ByService["exemption"] != 1 || c.Activations != 1 {
			t.Errorf("counts %+v", c)
		}
		r.restart()
	}
}

func TestARefusalThatNobodyWillCorrectIsLetBe(t *testing.T) {
	r := open(t)
	visit := r.visit()
	entries := r.journal.Entries()
	card := entries[len(entries)-2] // a record that has no follow-up of its own
	r.refuse(card.ID, "unreadable")
	if refused := r.Refused(); len(refused) != 1 || refused[0].Kind != "card.read" || refused[0].Visit != visit {
		t.Fatalf("refused: %+v", refused)
	}
	if err := r.CloseFollowUp(t.Context(), card.ID, "unknown"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if refused := r.Refused(); len(refused) != 0 {
			t.Errorf("still asks for attention: %+v", refused)
		}
		r.restart()
	}
	r.refuse("of-another-desk", "unreadable")
	if refused := r.Refused(); len(refused) != 0 {
		t.Errorf("a refusal of what this desk does not have is shown: %+v", refused)
	}
}

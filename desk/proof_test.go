package desk_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"bottega/desk"
	"bottega/desk/desktest"
	"bottega/desk/walk"
)

// proofDesk is a desk with a visit of Ada's, who has her card in the reader.
func proofDesk(t *testing.T) (*desk.Desk, *desktest.Journal, string) {
	t.Helper()
	clock := desktest.NewClock(morning)
	journal := &desktest.Journal{Clock: clock}
	d, err := desk.Open(t.Context(), desk.Params{
		Journal: journal, Clock: clock, NewID: desktest.IDs(), Papers: desktest.Papers{},
		Catalogue: desk.Catalogue{Services: []*walk.Service{activation()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.SetSite(t.Context(), desk.SiteSet{Site: desk.Site{ID: "LU", Name: "Bottega", Municipality: "Lucca"}, Desk: "1"}); err != nil {
		t.Fatal(err)
	}
	visit, err := d.OpenVisitByCard(t.Context(), adasCard())
	if err != nil {
		t.Fatal(err)
	}
	return d, journal, visit
}

func accepted() *desk.DoorAnswer {
	return &desk.DoorAnswer{Accepted: true, Serial: "0A1B", FiscalCode: ada().FiscalCode, CardNumber: adasCard().Number, Protocol: "TLS 1.3", At: morning}
}

func works(part desk.CardPart) desk.PartCheck {
	return desk.PartCheck{Part: part, Result: desk.PartWorks}
}

func fails(part desk.CardPart, reason string) desk.PartCheck {
	return desk.PartCheck{Part: part, Result: desk.PartFails, Reason: reason}
}

func proved(work desk.CodeWork, door *desk.DoorAnswer, checks ...desk.PartCheck) desk.CardProved {
	return desk.CardProved{Number: adasCard().Number, Work: work, Checks: checks, Door: door}
}

func TestWhatACardProvedStandsInTheVisitAndOnItsSlip(t *testing.T) {
	d, _, visit := proofDesk(t)
	if err := d.CardProved(t.Context(), visit, adasCard(), proved(desk.WorkTest, accepted(), works(desk.PartPIN), works(desk.PartLogin))); err != nil {
		t.Fatal(err)
	}
	// Reading the same card again takes nothing back.
	if err := d.CardSeen(t.Context(), visit, adasCard()); err != nil {
		t.Fatal(err)
	}
	paper, _, err := d.MakePaper(t.Context(), visit, desk.PaperOrder{Kind: desk.PaperCardTest, Lang: "it"})
	if err != nil {
		t.Fatal(err)
	}
	if got := paper.CardTest.Login; got == nil || !got.Accepted {
		t.Errorf("the slip says of the door: %+v", got)
	}
	if parts := paper.CardTest.Test.Parts; !slices.Contains(parts, works(desk.PartPIN)) || !slices.Contains(parts, works(desk.PartLogin)) {
		t.Errorf("the slip has the parts %+v", parts)
	}
}

func TestWhatOneCardProvedIsNeverSaidOfAnother(t *testing.T) {
	d, _, visit := proofDesk(t)
	if err := d.CardProved(t.Context(), visit, adasCard(), proved(desk.WorkTest, accepted(), works(desk.PartPIN))); err != nil {
		t.Fatal(err)
	}
	other := adasCard()
	other.Number = "6090000000019000"
	if err := d.CardProved(t.Context(), visit, other, proved(desk.WorkTest, nil, works(desk.PartPIN))); !errors.Is(err, desk.ErrOtherCard) {
		t.Errorf("what another card proved is recorded: %v", err)
	}
	if err := d.CardSeen(t.Context(), visit, other); err != nil {
		t.Fatal(err)
	}
	v, err := d.Visit(visit)
	if err != nil || v.Card.Proof != nil {
		t.Errorf("the other card has %+v, %v", v.Card.Proof, err)
	}
}

func TestAChangedPINTakesNothingBackOfWhatTheDoorSaid(t *testing.T) {
	d, journal, visit := proofDesk(t)
	for _, p := range []desk.CardProved{
		proved(desk.WorkTest, accepted(), works(desk.PartPIN), works(desk.PartLogin)),
		proved(desk.WorkChange, nil, works(desk.PartPIN)),
	} {
		if err := d.CardProved(t.Context(), visit, adasCard(), p); err != nil {
			t.Fatal(err)
		}
	}
	v, err := d.Visit(visit)
	if err != nil {
		t.Fatal(err)
	}
	if p := v.Card.Proof; !p.Changed || p.Door == nil || !slices.Contains(p.Checks, works(desk.PartLogin)) {
		t.Errorf("the card shows %+v", p)
	}
	// A later test says it anew: what it did not check is not checked.
	if err := d.CardProved(t.Context(), visit, adasCard(), proved(desk.WorkTest, nil, fails(desk.PartPIN, desk.ReasonWrongPIN))); err != nil {
		t.Fatal(err)
	}
	if v, err = d.Visit(visit); err != nil || v.Card.Proof.Door != nil || !v.Card.Proof.Changed {
		t.Errorf("after a failed test the card shows %+v, %v", v.Card.Proof, err)
	}
	again, err := desk.Open(t.Context(), desk.Params{Journal: journal, Clock: desktest.NewClock(morning), NewID: desktest.IDs()})
	if err != nil {
		t.Fatal(err)
	}
	if w, err := again.Visit(visit); err != nil || len(w.Card.Proof.Checks) != 1 {
		t.Errorf("read again from the journal: %+v, %v", w.Card.Proof, err)
	}
}

func TestAWalkSeesWhatBecameOfThePIN(t *testing.T) {
	for name, tc := range map[string]struct {
		proof *desk.CardProved
		want  map[walk.Fact]string
	}{
		"nothing typed yet": {nil, map[walk.Fact]string{walk.CardPIN: "unknown", walk.CardLogin: "unknown", walk.CardPINChanged: "no"}},
		"taken and let in": {
			new(proved(desk.WorkTest, accepted(), works(desk.PartPIN), works(desk.PartLogin))),
			map[walk.Fact]string{walk.CardPIN: "yes", walk.CardLogin: "yes"},
		},
		"wrong":          {new(proved(desk.WorkTest, nil, fails(desk.PartPIN, desk.ReasonWrongPIN))), map[walk.Fact]string{walk.CardPIN: "no", walk.CardLogin: "unknown"}},
		"blocked":        {new(proved(desk.WorkTest, nil, fails(desk.PartPIN, desk.ReasonPINBlocked))), map[walk.Fact]string{walk.CardPIN: "blocked"}},
		"not active yet": {new(proved(desk.WorkTest, nil, fails(desk.PartPIN, desk.ReasonNotActive))), map[walk.Fact]string{walk.CardPIN: "not_active"}},
		"refused": {
			new(proved(desk.WorkTest, &desk.DoorAnswer{Reason: desk.ReasonRevoked}, works(desk.PartPIN), fails(desk.PartLogin, desk.ReasonRevoked))),
			map[walk.Fact]string{walk.CardPIN: "yes", walk.CardLogin: "no"},
		},
		"changed": {new(proved(desk.WorkChange, nil, works(desk.PartPIN))), map[walk.Fact]string{walk.CardPINChanged: "yes"}},
	} {
		t.Run(name, func(t *testing.T) {
			for fact, want := range tc.want {
				t.Run(string(fact), func(t *testing.T) {
					if got := outcomeBy(t, tc.proof, fact, want); got != "as-wanted" {
						t.Errorf("the walk does not see %s = %s", fact, want)
					}
				})
			}
		})
	}
}

// outcomeBy walks a service of one question that ends "as-wanted" where a fact has a value.
func outcomeBy(t *testing.T, proof *desk.CardProved, fact walk.Fact, value string) string {
	t.Helper()
	s := &walk.Service{
		ID: "facts", Version: 1, Title: both("Fatti"),
		Steps: []walk.Step{{ID: "look", Kind: walk.Say, Next: []walk.Branch{
			{When: []walk.Condition{{Fact: fact, Is: value}}, Outcome: "as-wanted"}, {Outcome: "other"},
		}}},
		Outcomes: []walk.Outcome{{ID: "as-wanted", Class: walk.Done}, {ID: "other", Class: walk.Done}},
	}
	clock := desktest.NewClock(morning)
	d, err := desk.Open(t.Context(), desk.Params{
		Journal: &desktest.Journal{Clock: clock}, Clock: clock, NewID: desktest.IDs(), Papers: desktest.Papers{},
		Catalogue: desk.Catalogue{Services: []*walk.Service{s}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.SetSite(t.Context(), desk.SiteSet{Site: desk.Site{ID: "LU", Name: "Bottega", Municipality: "Lucca"}, Desk: "1"}); err != nil {
		t.Fatal(err)
	}
	visit, err := d.OpenVisitByCard(t.Context(), adasCard())
	if err != nil {
		t.Fatal(err)
	}
	if proof != nil {
		if err := d.CardProved(t.Context(), visit, adasCard(), *proof); err != nil {
			t.Fatal(err)
		}
	}
	id, err := d.StartWalk(t.Context(), visit, "facts")
	if err != nil {
		t.Fatal(err)
	}
	view, wrong, err := d.Answer(t.Context(), id, nil, desk.Moment{Card: adasCard()})
	if err != nil || wrong != nil || view.Outcome == nil {
		t.Fatalf("%+v, %v, %v", view, wrong, err)
	}
	return view.Outcome.ID
}

func TestAWalkKnowsTheKindsOfCards(t *testing.T) {
	for _, kind := range desk.CardKinds() {
		service := &walk.Service{
			ID: "kinds", Version: 1, Checked: day(2026, 11, 21), Title: both("Carte"), Summary: both("Carte"),
			Steps: []walk.Step{{ID: "look", Kind: walk.Say, Title: both("Carta"), Citizen: both("Carta"), Next: []walk.Branch{
				{When: []walk.Condition{{Fact: walk.CardKind, Is: string(kind)}}, Outcome: "end"}, {Outcome: "end"},
			}}},
			Outcomes: []walk.Outcome{{ID: "end", Class: walk.Done, Title: both("Fine"), TakeHome: both("Fine"), NextSteps: nil}},
		}
		for _, problem := range walk.Lint(service, day(2026, 11, 21)) {
			t.Errorf("%s: %s %s", kind, problem.At, problem.Text.En)
		}
	}
}

func TestAScannedFiscalCodeAndThePrintedNumberAreReadAsTheyCome(t *testing.T) {
	code := ada().FiscalCode
	for name, tc := range map[string]struct {
		kind  walk.FieldType
		typed string
		kept  string
		says  string
	}{
		"a scanner's asterisks":       {walk.FiscalCodeField, "*" + strings.ToLower(code) + "*", code, ""},
		"a code of fifteen":           {walk.FiscalCodeField, code[:15], "", "count again"},
		"an O for a zero":             {walk.FiscalCodeField, code[:6] + "OO" + code[8:], "", "O and 0"},
		"a last letter that is off":   {walk.FiscalCodeField, "RSSMRA80A01H501X", "", "last letter"},
		"a day that is none":          {walk.FiscalCodeField, "RSSMRA80B31H501J", "", ""},
		"the number on the back":      {walk.CardNumberField, "80380 00090 01234 56782", "6090012345678000", ""},
		"the number of the chip":      {walk.CardNumberField, "6090012345678000", "6090012345678000", ""},
		"nineteen digits":             {walk.CardNumberField, "8038000090012345678", "", "count again"},
		"one digit wrong":             {walk.CardNumberField, "80380000900123456783", "", "last digit"},
		"letters instead of a number": {walk.CardNumberField, "tessera", "", "20 digits"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &walk.Service{Steps: []walk.Step{
				{ID: "page", Kind: walk.Form, Fields: []walk.Field{{ID: "number", Type: tc.kind, Required: true}}, Next: []walk.Branch{{Outcome: "end"}}},
			}, Outcomes: []walk.Outcome{{ID: "end"}}}
			event, wrong := walk.Start(s).Answer(map[string]string{"number": tc.typed}, walk.Facts{})
			if tc.kept == "" {
				if len(wrong) == 0 || !strings.Contains(wrong["number"].Text.En, tc.says) || !wrong["number"].Text.Complete() {
					t.Fatalf("refused with %+v", wrong)
				}
				return
			}
			if wrong != nil || event.Answers["number"] != tc.kept {
				t.Errorf("kept %v, refused %v", event.Answers, wrong)
			}
		})
	}
}

func TestWhoIsTypedAgainIsWhatTheCodeSaysAndKeepsTheRest(t *testing.T) {
	was := desk.Person{
		Surname: "PROVINI", Name: "AD", FiscalCode: "VRDGPP58C12E715O", BirthDate: day(1958, 3, 12), Sex: "M", BirthPlace: "E715", Residence: "D612",
	}
	from := func(change func(*desk.Person)) desk.Person {
		p := was
		change(&p)
		return p
	}
	for name, tc := range map[string]struct {
		code, surname, given string
		want                 desk.Person
	}{
		"nothing": {was.FiscalCode, "PROVINI", "AD", was},
		"a name":  {was.FiscalCode, "PROVINI", "ADA", from(func(p *desk.Person) { p.Name = "ADA" })},
		"a code": {ada().FiscalCode, "PROVINI", "AD", from(func(p *desk.Person) {
			p.FiscalCode, p.BirthDate, p.Sex, p.BirthPlace = ada().FiscalCode, ada().BirthDate, ada().Sex, ada().BirthPlace
		})},
		"a scanned code":     {"*" + was.FiscalCode + "*", "PROVINI", "AD", was},
		"a provisional code": {"12345678903", "PROVINI", "AD", from(func(p *desk.Person) { p.FiscalCode = "12345678903" })},
	} {
		t.Run(name, func(t *testing.T) {
			if got := desk.Retyped(was, tc.code, tc.surname, tc.given, day(2026, 11, 21)); got != tc.want {
				t.Errorf("\n got %+v\nwant %+v", got, tc.want)
			}
		})
	}
}

func TestAHolderWithoutAChipIsNamedByHand(t *testing.T) {
	p := desk.TypedPerson("*"+ada().FiscalCode+"*", "PROVINI", "ADA", day(2026, 11, 21))
	if p != ada() {
		t.Errorf("typed as %+v, want %+v", p, ada())
	}
}

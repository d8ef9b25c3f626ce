package desk_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"bottega/desk"
	"bottega/desk/bilingual"
	"bottega/desk/civil"
	"bottega/desk/desktest"
	"bottega/desk/fiscalcode"
	"bottega/desk/walk"
)

var morning = time.Date(2026, 11, 21, 9, 30, 0, 0, time.FixedZone("CET", 3600))

func day(y int, m time.Month, d int) civil.Date { return civil.Date{Year: y, Month: m, Day: d} }

// ada is invented.
func ada() desk.Person {
	born := day(1948, time.March, 5)
	return desk.Person{
		Surname: "PROVINI", Name: "ADA", BirthDate: born, Sex: "F", BirthPlace: "D612",
		FiscalCode: fiscalcode.Compose("PROVINI", "ADA", born, "F", "D612"),
	}
}

func adasCard() *desk.Card {
	return &desk.Card{
		Reader: "Reader", Model: "classic", Number: "6090012345678000", Issuer: "6090", Expires: day(2030, time.January, 14),
		Holder: ada(), Test: desk.CardTest{Parts: []desk.PartCheck{{Part: desk.PartChip, Result: desk.PartWorks}}},
	}
}

func both(s string) bilingual.Text { return bilingual.Text{It: s, En: s + " (en)"} }

// activation is the shortest service that asks for an activation.
func activation() *walk.Service {
	return &walk.Service{
		ID: "activation", Version: 3, Title: both("Attivazione"), Notice: &walk.Notice{Version: "2026-01", Text: both("Informativa")},
		Steps: []walk.Step{
			{ID: "chip", Kind: walk.Card, Title: both("La carta")},
			{ID: walk.AnswerPresence, Kind: walk.Ask, Options: []walk.Option{
				{ID: "in_person", Label: both("In persona")}, {ID: "proxy", Label: both("Delegato"), Outcome: "stopped"},
			}},
			{ID: walk.AnswerNotice, Kind: walk.Ask, Options: []walk.Option{{ID: "given", Label: both("Data")}}},
			{ID: "document", Kind: walk.Form, Fields: []walk.Field{
				{ID: walk.AnswerCardNumber, Type: walk.DigitsField, Required: true, Prefill: walk.CardNumber},
				{ID: walk.AnswerDocumentKind, Type: walk.TextField, Required: true},
				{ID: walk.AnswerDocumentNumber, Type: walk.TextField, Required: true},
				{ID: walk.AnswerDocumentExpiry, Type: walk.DateField, Required: true, NotBefore: "today"},
			}},
			{ID: "request", Kind: walk.Act, Action: walk.RequestActivation, Next: []walk.Branch{{Outcome: "requested"}}},
		},
		Outcomes: []walk.Outcome{
			{ID: "requested", Class: walk.Done, Title: both("Richiesta"), TakeHome: both("Abbiamo chiesto l'attivazione."),
				WhileWaiting: []bilingual.Text{both("La avvisiamo noi.")}, NextSteps: []bilingual.Text{both("Non dica il PIN a nessuno.")}},
			{ID: "stopped", Class: walk.Stopped, Anytime: true, Title: both("Rinviata"), TakeHome: both("Torni con i documenti."),
				FollowUp: &walk.FollowUp{Kind: "person", Days: 3, Text: both("Richiamare")}},
		},
	}
}

// exemption asks the income, judges, asks the registry.
func exemption() *walk.Service {
	return &walk.Service{
		ID: "exemption", Version: 1, Title: both("Esenzione"),
		Steps: []walk.Step{
			{ID: "situation", Kind: walk.Ask, Options: []walk.Option{{ID: "older", Label: both("Più di 65 anni")}}},
			{ID: "income-page", Kind: walk.Form, Fields: []walk.Field{
				{ID: walk.AnswerBirthDate, Type: walk.DateField, Required: true, Prefill: walk.HolderBirthDate},
				{ID: walk.AnswerIncome, Type: walk.MoneyField, Required: true, Transient: true},
			}},
			{ID: "judge", Kind: walk.Act, Action: walk.CheckExemption, Next: []walk.Branch{
				{When: []walk.Condition{{Fact: walk.VerdictFits, Is: walk.Yes}}, Goto: "ask"}, {Outcome: "no"},
			}},
			{ID: "ask", Kind: walk.Act, Action: walk.RequestExemption,
				Fields: []walk.Field{{ID: walk.AnswerCode, Type: walk.TextField, Required: true}},
				Next:   []walk.Branch{{Outcome: "asked"}}},
		},
		Outcomes: []walk.Outcome{
			{ID: "asked", Class: walk.Partly, Title: both("Chiesta"), TakeHome: both("Abbiamo chiesto al registro.")},
			{ID: "no", Class: walk.Stopped, Title: both("Non spetta"), TakeHome: both("Non spetta.")},
		},
	}
}

// under is a judge with one rule, E01 under 36.151,98, and keeps what it was shown.
type under struct{ shown map[string]string }

func (u *under) Judge(answers map[string]string, _ civil.Date) (desk.Judgement, error) {
	u.shown = answers
	line := desk.JudgedLine{Code: "E01", Description: both("Più di 65 anni"), Why: both("Reddito sotto il limite"), Norm: "L. 537/1993"}
	if answers[walk.AnswerIncome] == "20.000,00" {
		return desk.Judgement{Rules: "test/1", Fits: []desk.JudgedLine{line}}, nil
	}
	return desk.Judgement{Rules: "test/1", Fails: []desk.JudgedLine{line}}, nil
}

func (u *under) Describe(string) bilingual.Text { return both("Più di 65 anni e reddito basso") }

func (u *under) Declaration(code, lang string, answers map[string]string, on civil.Date) (desk.DeclarationFacts, error) {
	return desk.DeclarationFacts{Code: code, IncomeYear: on.Year - 1, Declares: lang + " " + answers["situation"], Role: "self"}, nil
}

type room struct {
	*desk.Desk
	t       *testing.T
	journal *desktest.Journal
	clock   *desktest.Clock
	judge   *under
	params  desk.Params
}

func open(t *testing.T) *room {
	t.Helper()
	clock := desktest.NewClock(morning)
	r := &room{t: t, clock: clock, journal: &desktest.Journal{Clock: clock}, judge: &under{}}
	r.params = desk.Params{
		Journal: r.journal, Clock: clock, NewID: desktest.IDs(), Papers: desktest.Papers{},
		Catalogue: desk.Catalogue{Services: []*walk.Service{activation(), exemption()}, Exemptions: r.judge},
	}
	r.restart()
	if err := r.SetSite(t.Context(), desk.SiteSet{Site: desk.Site{ID: "LU", Name: "Bottega", Municipality: "Lucca"}, Desk: "1"}); err != nil {
		t.Fatal(err)
	}
	return r
}

// restart opens the desk again on the same journal, as after a crash.
func (r *room) restart() {
	r.t.Helper()
	d, err := desk.Open(r.t.Context(), r.params)
	if err != nil {
		r.t.Fatal(err)
	}
	r.Desk = d
}

func (r *room) visit() string {
	r.t.Helper()
	id, err := r.OpenVisitByCard(r.t.Context(), adasCard())
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

func (r *room) start(visit, service string) string {
	r.t.Helper()
	id, err := r.StartWalk(r.t.Context(), visit, service)
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

func (r *room) answer(id string, values map[string]string) desk.WalkView {
	r.t.Helper()
	v, wrong, err := r.Answer(r.t.Context(), id, values, desk.Moment{Card: adasCard()})
	if err != nil || len(wrong) > 0 {
		r.t.Fatalf("Answer(%v) = %v, %v", values, wrong, err)
	}
	return v
}

// receive keeps a reply as the line to the hub does: in the journal, behind the desk's back.
func (r *room) receive(reply desk.Reply) {
	r.t.Helper()
	if _, err := r.journal.Append(r.t.Context(), desk.Draft{Payload: desk.ReplyReceived{Reply: reply}}); err != nil {
		r.t.Fatal(err)
	}
	if err := r.CatchUp(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *room) kinds() string {
	var kinds []string
	for _, e := range r.journal.Entries() {
		kinds = append(kinds, string(e.Kind))
	}
	return strings.Join(kinds, " ")
}

var documentAnswers = map[string]string{
	walk.AnswerCardNumber: "6090012345678000", walk.AnswerDocumentKind: "identity_card",
	walk.AnswerDocumentNumber: "CA00000AA", walk.AnswerDocumentExpiry: "31/12/2030",
}

func (r *room) activate(visit string) string {
	r.t.Helper()
	id := r.start(visit, "activation")
	r.answer(id, nil)
	r.answer(id, map[string]string{walk.AnswerPresence: "in_person"})
	r.answer(id, map[string]string{walk.AnswerNotice: "given"})
	r.answer(id, documentAnswers)
	r.answer(id, nil)
	return id
}

func TestAnActivationIsRequestedFromTheAnswersOfItsWalk(t *testing.T) {
	r := open(t)
	v := r.visit()
	r.activate(v)
	got, _ := r.Visit(v)
	if got.Activation == nil {
		t.Fatalf("no activation among %s", r.kinds())
	}
	req := got.Activation.Request
	want := desk.ActivationRequested{
		Walk: req.Walk, CardNumber: "6090012345678000", Holder: ada(), Presence: desk.InPerson, Notice: "2026-01",
		Document: desk.Document{Kind: "identity_card", Number: "CA00000AA", Expires: day(2030, time.December, 31)},
	}
	if req != want {
		t.Errorf("requested %+v, want %+v", req, want)
	}
	if got.OpenWalk() != nil || got.Walks[0].Outcome != "requested" {
		t.Errorf("walk ended as %q", got.Walks[0].Outcome)
	}
}

func TestACardNumberIsTakenFromTheChipOrTheBackAndCheckedFirst(t *testing.T) {
	for name, tc := range map[string]struct {
		typed string
		want  error
	}{
		"on the chip":        {"6090012345678000", nil},
		"on the back":        {"80380000900123456782", nil},
		"with a digit wrong": {"80380000900123456783", desk.ErrCardNumber},
	} {
		t.Run(name, func(t *testing.T) {
			r := open(t)
			v := r.visit()
			id := r.start(v, "activation")
			answers := maps.Clone(documentAnswers)
			answers[walk.AnswerCardNumber] = tc.typed
			for _, values := range []map[string]string{nil, {walk.AnswerPresence: "in_person"}, {walk.AnswerNotice: "given"}, answers} {
				r.answer(id, values)
			}
			_, _, err := r.Answer(t.Context(), id, nil, desk.Moment{})
			if !errors.Is(err, tc.want) {
				t.Fatalf("Answer = %v, want %v", err, tc.want)
			}
			if got, _ := r.Visit(v); err == nil && got.Activation.Request.CardNumber != "6090012345678000" {
				t.Errorf("requested for %s", got.Activation.Request.CardNumber)
			}
		})
	}
}

func TestARefusedAnswerChangesNothing(t *testing.T) {
	r := open(t)
	id := r.start(r.visit(), "activation")
	before := len(r.journal.Entries())
	r.answer(id, nil)
	_, wrong, err := r.Answer(t.Context(), id, map[string]string{walk.AnswerPresence: "nobody"}, desk.Moment{})
	if err != nil || wrong[walk.AnswerPresence].Code != walk.NotChoice {
		t.Fatalf("Answer = %v, %v", wrong, err)
	}
	if got := len(r.journal.Entries()); got != before+1 {
		t.Errorf("%d entries were added, want 1", got-before)
	}
}

func TestAWalkResumesWhereItWasAfterACrashAtAnyStep(t *testing.T) {
	steps := []map[string]string{nil, {walk.AnswerPresence: "in_person"}, {walk.AnswerNotice: "given"}, documentAnswers, nil}
	for crash := range steps {
		t.Run(fmt.Sprintf("before step %d", crash+1), func(t *testing.T) {
			r := open(t)
			v := r.visit()
			id := r.start(v, "activation")
			for i, s := range steps {
				if i == crash {
					before, _ := r.Walk(id, desk.Moment{})
					r.restart()
					after, err := r.Walk(id, desk.Moment{})
					if err != nil || after.Step.ID != before.Step.ID {
						t.Fatalf("resumed at %q, %v, want %q", after.Step.ID, err, before.Step.ID)
					}
				}
				r.answer(id, s)
			}
			if got, _ := r.Visit(v); got.Activation == nil || strings.Count(r.kinds(), "activation.request") != 1 {
				t.Errorf("want one request, got %s", r.kinds())
			}
		})
	}
}

func TestAnAnswerThatCouldNotBeWrittenDidNotHappen(t *testing.T) {
	r := open(t)
	id := r.start(r.visit(), "activation")
	r.answer(id, nil)
	full := errors.New("no space left on device")
	r.journal.Fail = func([]desk.Draft) error { return full }
	if _, _, err := r.Answer(t.Context(), id, map[string]string{walk.AnswerPresence: "in_person"}, desk.Moment{}); !errors.Is(err, full) {
		t.Fatalf("Answer = %v, want %v", err, full)
	}
	r.journal.Fail = nil
	if v, err := r.Walk(id, desk.Moment{}); err != nil || v.Step.ID != walk.AnswerPresence {
		t.Errorf("the walk stands at %q, %v", v.Step.ID, err)
	}
}

func TestBackKeepsAnswersAndDoesNotAskTheHubTwice(t *testing.T) {
	r := open(t)
	v := r.visit()
	id := r.start(v, "exemption")
	r.answer(id, map[string]string{"situation": "older"})
	r.answer(id, map[string]string{walk.AnswerBirthDate: "05/03/1948", walk.AnswerIncome: "20.000,00"})
	r.answer(id, nil)
	back, err := r.Back(t.Context(), id, desk.Moment{})
	if err != nil || back.Step.ID != "judge" {
		t.Fatalf("Back = %q, %v", back.Step.ID, err)
	}
	r.answer(id, nil)
	r.answer(id, map[string]string{walk.AnswerCode: "E01"})
	if n := strings.Count(r.kinds(), "exemption.requested"); n != 1 {
		t.Errorf("%d requests to the registry, want 1", n)
	}
}

func TestIncomesAreUsedAndForgotten(t *testing.T) {
	r := open(t)
	v := r.visit()
	id := r.start(v, "exemption")
	r.answer(id, map[string]string{"situation": "older"})
	r.answer(id, map[string]string{walk.AnswerBirthDate: "05/03/1948", walk.AnswerIncome: "20.000,00"})
	r.answer(id, nil)
	if r.judge.shown[walk.AnswerIncome] != "20.000,00" {
		t.Fatalf("the judge was shown %v", r.judge.shown)
	}
	for _, e := range r.journal.Entries() {
		if strings.Contains(string(e.Payload), "20.000") || strings.Contains(string(e.Payload), "20000") {
			t.Errorf("the income is in entry %d, %s", e.Seq, e.Kind)
		}
	}
}

func TestRepliesOfTheHubReachTheirFollowUp(t *testing.T) {
	r := open(t)
	v := r.visit()
	r.activate(v)
	visit, _ := r.Visit(v)
	reply := desk.Reply{Number: 1, About: visit.Activation.Entry, Kind: desk.ActivationConfirmed, At: morning}
	r.receive(reply)
	if ups := r.FollowUps(); len(ups) != 1 || ups[0].Reply == nil {
		t.Fatalf("follow-ups before a restart: %+v", ups)
	}
	r.restart()
	ups := r.FollowUps()
	if len(ups) != 1 || ups[0].Reply == nil || ups[0].Reply.Kind != desk.ActivationConfirmed || ups[0].Person != ada() {
		t.Fatalf("follow-ups: %+v", ups)
	}
	if err := r.CloseFollowUp(t.Context(), ups[0].ID, "obtained"); err != nil {
		t.Fatal(err)
	}
	if left := r.FollowUps(); len(left) != 0 {
		t.Errorf("still open: %+v", left)
	}
}

func TestACertificateExistsOnlyForACodeThatTheRegistryConfirmedAndSigned(t *testing.T) {
	found := &desk.RegisteredExemption{Number: "TO-1", Code: "E01", Holder: ada(), Issuer: "AUSL", Token: "BTG1..."}
	unsigned := *found
	unsigned.Token = ""
	for name, tc := range map[string]struct {
		reply *desk.Reply
		want  error
	}{
		"no answer yet": {nil, desk.ErrNothingToTell},
		"not found":     {&desk.Reply{Number: 1, Kind: desk.ExemptionNotFound}, desk.ErrNothingToTell},
		"not signed":    {&desk.Reply{Number: 1, Kind: desk.ExemptionFound, Exemption: &unsigned}, desk.ErrNothingToTell},
		"found":         {&desk.Reply{Number: 1, Kind: desk.ExemptionFound, Exemption: found}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := open(t)
			v := r.visit()
			id := r.start(v, "exemption")
			r.answer(id, map[string]string{"situation": "older"})
			r.answer(id, map[string]string{walk.AnswerBirthDate: "05/03/1948", walk.AnswerIncome: "20.000,00"})
			r.answer(id, nil)
			r.answer(id, map[string]string{walk.AnswerCode: "E01"})
			if tc.reply != nil {
				visit, _ := r.Visit(v)
				tc.reply.About = visit.Exemptions[0].Entry
				r.receive(*tc.reply)
			}
			_, _, err := r.MakePaper(t.Context(), v, desk.PaperOrder{Kind: desk.PaperCertificate, Lang: "it"})
			if !errors.Is(err, tc.want) {
				t.Errorf("certificate: %v, want %v", err, tc.want)
			}
			if _, _, err := r.MakePaper(t.Context(), v, desk.PaperOrder{Kind: desk.PaperMemo, Lang: "it"}); err != nil {
				t.Errorf("memo: %v", err)
			}
		})
	}
}

func TestADeclarationIsFilledFromItsWalkAndHoldsNoIncome(t *testing.T) {
	r := open(t)
	v := r.visit()
	id := r.start(v, "exemption")
	r.answer(id, map[string]string{"situation": "older"})
	r.answer(id, map[string]string{walk.AnswerBirthDate: "05/03/1948", walk.AnswerIncome: "20.000,00"})
	p, pdf, err := r.MakePaper(t.Context(), v, desk.PaperOrder{Kind: desk.PaperDeclaration, Lang: "it", Walk: id, Code: "E01"})
	if err != nil {
		t.Fatal(err)
	}
	if d := p.Declaration; d.Code != "E01" || d.Declares != "it older" || d.Beneficiary != ada() || d.IncomeYear != 2025 {
		t.Errorf("declared %+v", d)
	}
	if strings.Contains(string(pdf), "20.000") {
		t.Error("the income is on the paper")
	}
}

func TestNothingIsAskedOfTheHubForNobody(t *testing.T) {
	r := open(t)
	v, err := r.OpenVisit(t.Context(), desk.Opening{})
	if err != nil {
		t.Fatal(err)
	}
	id := r.start(v, "activation")
	for _, values := range []map[string]string{nil, {walk.AnswerPresence: "in_person"}, {walk.AnswerNotice: "given"}, documentAnswers} {
		if _, wrong, err := r.Answer(t.Context(), id, values, desk.Moment{}); err != nil || wrong != nil {
			t.Fatal(wrong, err)
		}
	}
	if _, _, err := r.Answer(t.Context(), id, nil, desk.Moment{}); !errors.Is(err, desk.ErrNobodyNamed) {
		t.Fatalf("Answer = %v, want %v", err, desk.ErrNobodyNamed)
	}
	if err := r.NameVisit(t.Context(), v, desk.NamedByHand, ada()); err != nil {
		t.Fatal(err)
	}
	r.answer(id, nil)
	if got, _ := r.Visit(v); got.Activation == nil || got.Activation.Request.Holder != ada() {
		t.Errorf("requested for %+v", got.Activation)
	}
}

func TestAReprintIsByteForByteTheOriginalEvenAfterARestart(t *testing.T) {
	r := open(t)
	v := r.visit()
	r.activate(v)
	p, pdf, err := r.MakePaper(t.Context(), v, desk.PaperOrder{Kind: desk.PaperReceipt, Lang: "it", Large: true})
	if err != nil {
		t.Fatal(err)
	}
	r.clock.Advance(48 * time.Hour)
	r.restart()
	again, bytes, err := r.Reprint(t.Context(), p.ID)
	if err != nil || string(bytes) != string(pdf) || again.Number != "LU-1-2026-000001" {
		t.Errorf("reprint %s: %v, equal %v", again.Number, err, string(bytes) == string(pdf))
	}
}

func TestAReturningVisitWithTheCardInTheReaderTakesThreeActs(t *testing.T) {
	r := open(t)
	v := r.visit()
	r.clock.Advance(7 * time.Minute)
	record := desk.VisitRecorded{Minutes: r.SuggestedMinutes(v), Service: "activation"}
	err := r.CloseVisit(t.Context(), v, desk.Closing{Record: &record, CleanUp: []desk.CleanUp{desk.CleanPortal}})
	if err != nil {
		t.Fatal(err)
	}
	got, _ := r.Visit(v)
	if got.Open() || got.Records[0].Minutes != 10 || got.Person != ada() {
		t.Errorf("recorded %+v", got)
	}
	if c := r.Today(); c.Visits != 1 || c.ByService["activation"] != 1 {
		t.Errorf("counts %+v", c)
	}
}

func TestPeriodsOfAVisitAddUpEvenWhenTheClockJumpsBack(t *testing.T) {
	r := open(t)
	v, err := r.OpenVisit(t.Context(), desk.Opening{WaitingSince: morning.Add(-20 * time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	r.clock.Advance(10 * time.Minute)
	if err := r.StartPeriod(t.Context(), v, desk.Paperwork); err != nil {
		t.Fatal(err)
	}
	r.clock.Advance(-time.Hour)
	got, _ := r.Visit(v)
	for period, want := range map[desk.Period]time.Duration{desk.Waiting: 20 * time.Minute, desk.Served: 10 * time.Minute, desk.Paperwork: 0} {
		if d := got.TimeIn(period, r.clock.Now()); d != want {
			t.Errorf("%s lasted %v, want %v", period, d, want)
		}
	}
}

func TestAClosedVisitTakesNothingMore(t *testing.T) {
	r := open(t)
	v := r.visit()
	id := r.start(v, "activation")
	if err := r.CloseVisit(t.Context(), v, desk.Closing{Left: true}); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	for name, act := range map[string]func() error{
		"note":   func() error { return r.AddNote(ctx, v, "torna domani") },
		"walk":   func() error { _, err := r.StartWalk(ctx, v, "activation"); return err },
		"answer": func() error { _, _, err := r.Answer(ctx, id, nil, desk.Moment{}); return err },
		"close":  func() error { return r.CloseVisit(ctx, v, desk.Closing{}) },
	} {
		if err := act(); !errors.Is(err, desk.ErrVisitClosed) {
			t.Errorf("%s: %v, want %v", name, err, desk.ErrVisitClosed)
		}
	}
}

func TestTheSheetToTakeHomeKnowsWhatWasAnsweredMeanwhile(t *testing.T) {
	r := open(t)
	v := r.visit()
	r.activate(v)
	sheet := func() string {
		t.Helper()
		p, _, err := r.MakePaper(t.Context(), v, desk.PaperOrder{Kind: desk.PaperTakeHome, Lang: "it"})
		if err != nil {
			t.Fatal(err)
		}
		return p.TakeHome.Items[0].Done + " " + strings.Join(p.TakeHome.Items[0].Next, " ")
	}
	if got := sheet(); got != "Abbiamo chiesto l'attivazione. La avvisiamo noi. Non dica il PIN a nessuno." {
		t.Errorf("before the answer: %q", got)
	}
	visit, _ := r.Visit(v)
	r.receive(desk.Reply{Number: 1, About: visit.Activation.Entry, Kind: desk.ActivationConfirmed, At: morning})
	if got := sheet(); got != "Abbiamo chiesto l'attivazione. La risposta è arrivata: la tessera è attiva. Non dica il PIN a nessuno." {
		t.Errorf("after the answer: %q", got)
	}
}

func TestANoteThatLooksLikeASecretIsNeverWritten(t *testing.T) {
	r := open(t)
	v := r.visit()
	for text, want := range map[string]error{
		"torna giovedì con il figlio": nil, "  ": nil,
		"il PIN è 48213": desk.ErrLooksSecret, "password: gattino7": desk.ErrLooksSecret,
	} {
		before := len(r.journal.Entries())
		if err := r.AddNote(t.Context(), v, text); !errors.Is(err, want) {
			t.Errorf("AddNote(%q) = %v, want %v", text, err, want)
		}
		if want != nil && len(r.journal.Entries()) != before {
			t.Errorf("%q was written", text)
		}
	}
}

func TestAVisitNeedsASite(t *testing.T) {
	clock := desktest.NewClock(morning)
	d, err := desk.Open(t.Context(), desk.Params{Journal: &desktest.Journal{Clock: clock}, Clock: clock, NewID: desktest.IDs()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.OpenVisit(t.Context(), desk.Opening{}); !errors.Is(err, desk.ErrNoSite) {
		t.Errorf("OpenVisit = %v, want %v", err, desk.ErrNoSite)
	}
}

func TestWhatTheLineAppendedIsTakenInOnceAndInOrder(t *testing.T) {
	for name, catchUp := range map[string]bool{"by catching up": true, "by the next entry of the desk": false} {
		t.Run(name, func(t *testing.T) {
			r := open(t)
			visit, err := r.OpenVisit(t.Context(), desk.Opening{})
			if err != nil {
				t.Fatal(err)
			}
			behind := desk.Draft{Visit: visit, Payload: desk.NoteAdded{Text: "scritta da un altro"}}
			if _, err := r.journal.Append(t.Context(), behind); err != nil {
				t.Fatal(err)
			}
			if catchUp {
				err = r.CatchUp(t.Context())
			} else {
				err = r.AddNote(t.Context(), visit, "poi")
			}
			if err != nil {
				t.Fatal(err)
			}
			v, err := r.Visit(visit)
			if err != nil || len(v.Notes) == 0 || v.Notes[0] != "scritta da un altro" || (!catchUp && len(v.Notes) != 2) {
				t.Fatalf("notes are %q, %v", v.Notes, err)
			}
		})
	}
}

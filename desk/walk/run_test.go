package walk_test

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"bottega/desk/bilingual"
	"bottega/desk/civil"
	"bottega/desk/walk"
)

var today = civil.Date{Year: 2026, Month: 11, Day: 21}

func both(s string) bilingual.Text { return bilingual.Text{It: s, En: s} }

func option(id string, next ...string) walk.Option {
	o := walk.Option{ID: id, Label: both(id)}
	if len(next) > 0 {
		o.Goto = next[0]
	}
	return o
}

// service is small and has one of everything: a branch on an answer, one on a fact, one on a date, a loop, an action with needs,
// a transient field, a paper.
func service() *walk.Service {
	step := func(id string, kind walk.Kind) walk.Step {
		return walk.Step{ID: id, Kind: kind, Title: both(id), Citizen: both(id)}
	}
	who := step("role", walk.Ask)
	who.Options = []walk.Option{option("self"), option("dependant", "main")}
	who.Next = []walk.Branch{{Goto: "person"}}

	main := step("main", walk.Form)
	main.Fields = []walk.Field{{ID: "main_birth_date", Label: both("d"), Type: walk.DateField, Required: true}}

	person := step("person", walk.Form)
	person.Fields = []walk.Field{
		{ID: "birth_date", Label: both("d"), Type: walk.DateField, Required: true, Prefill: walk.HolderBirthDate, NotAfter: "today"},
		{ID: "remark", Label: both("r"), Type: walk.TextField},
	}

	card := step("card", walk.Card)
	card.Next = []walk.Branch{
		{When: []walk.Condition{{Fact: walk.CardExpired, Is: walk.Yes}}, Outcome: "expired"},
		{When: []walk.Condition{{Fact: walk.CardPresent, Is: walk.No}}, Goto: "retry"},
		{Goto: "income_page"},
	}
	retry := step("retry", walk.Ask)
	retry.Options = []walk.Option{option("again", "card"), option("without", "income_page")}

	income := step("income_page", walk.Form)
	income.Fields = []walk.Field{{ID: "income", Label: both("i"), Type: walk.MoneyField, Transient: true, Required: true}}

	check := step("check", walk.Act)
	check.Action = walk.CheckExemption
	memo := step("memo", walk.Paper)
	memo.Paper = walk.PaperMemo
	memo.DependsOn = []string{"check"}
	memo.Next = []walk.Branch{{When: []walk.Condition{{Fact: walk.VerdictFits, Is: walk.Yes}}, Outcome: "fits"}, {Outcome: "none"}}

	outcome := func(id string) walk.Outcome {
		return walk.Outcome{ID: id, Class: walk.Done, Title: both(id), TakeHome: both(id)}
	}
	left := outcome("left")
	left.Anytime = true
	return &walk.Service{
		ID: "small", Version: 1, Title: both("t"), Summary: both("s"), Checked: today,
		Steps:    []walk.Step{who, main, person, card, retry, income, check, memo},
		Outcomes: []walk.Outcome{outcome("expired"), outcome("fits"), outcome("none"), left},
	}
}

type answers = map[string]string

// walker answers steps and fails the test when one is refused or is not the expected one.
type walker struct {
	t      *testing.T
	run    *walk.Run
	events []walk.Event
}

func start(t *testing.T) *walker { return &walker{t: t, run: walk.Start(service())} }

func (w *walker) at(step string) {
	w.t.Helper()
	if here, _ := w.run.Current(); here.ID != step {
		w.t.Fatalf("standing on %q, not on %q", here.ID, step)
	}
}

func (w *walker) answer(step string, values answers, facts walk.Facts) {
	w.t.Helper()
	w.at(step)
	f := walk.Facts{walk.Today: today.String()}
	maps.Copy(f, facts)
	e, wrong := w.run.Answer(values, f)
	if wrong != nil {
		w.t.Fatalf("%s refused: %+v", step, wrong)
	}
	w.events = append(w.events, e)
}

func (w *walker) back() {
	w.t.Helper()
	e, moved := w.run.Back()
	if !moved {
		w.t.Fatal("cannot go back")
	}
	w.events = append(w.events, e)
}

func (w *walker) marks() map[string]walk.Mark {
	marks := map[string]walk.Mark{}
	for _, s := range w.run.Trail() {
		marks[s.Step.ID] = s.Mark
	}
	return marks
}

// toTheCheck goes to the check, which is not answered yet.
func (w *walker) toTheCheck() {
	w.t.Helper()
	w.answer("role", answers{"role": "self"}, nil)
	w.answer("person", answers{"birth_date": "05/03/1950"}, nil)
	w.answer("card", nil, walk.Facts{walk.CardPresent: walk.Yes})
	w.answer("income_page", answers{"income": "20000"}, nil)
	w.at("check")
}

func TestAWalkFollowsItsBranchesToANamedOutcome(t *testing.T) {
	w := start(t)
	w.toTheCheck()
	w.answer("check", nil, nil)
	w.answer("memo", nil, walk.Facts{walk.VerdictFits: walk.Yes})
	o, ended := w.run.Ended()
	if !ended || o.ID != "fits" {
		t.Fatalf("ended %v in %q", ended, o.ID)
	}
	if _, going := w.run.Current(); going {
		t.Error("there is still a step to show")
	}
	if _, wrong := w.run.Answer(nil, nil); wrong == nil {
		t.Error("a walk that ended took an answer")
	}
}

func TestAnUnknownFactTakesTheWayWithoutConditions(t *testing.T) {
	w := start(t)
	w.answer("role", answers{"role": "self"}, nil)
	w.answer("person", answers{"birth_date": "1950-03-05"}, nil)
	w.answer("card", nil, nil)
	w.at("income_page")
}

func TestReturningAndChangingNothingGoesStraightOn(t *testing.T) {
	w := start(t)
	w.answer("role", answers{"role": "self"}, nil)
	w.answer("person", answers{"birth_date": "05/03/1950"}, nil)
	w.answer("card", nil, walk.Facts{walk.CardPresent: walk.Yes})
	w.back()
	w.back()
	w.back()
	if m := w.marks(); m["role"] != walk.Here || m["person"] != walk.Kept || m["card"] != walk.Kept {
		t.Fatalf("marks %v", m)
	}
	if got := w.run.Shown(nil)["role"]; got != "self" {
		t.Errorf("the answer shown is %q", got)
	}
	w.answer("role", answers{"role": "self"}, nil)
	w.at("income_page")
}

func TestAChangedAnswerGreysWhatDependsOnItAndAsksItAgain(t *testing.T) {
	w := start(t)
	w.toTheCheck()
	w.answer("check", nil, nil)
	w.at("memo")
	for range 4 {
		w.back()
	}
	w.at("person")
	if m := w.marks(); m["check"] != walk.Kept || m["income_page"] != walk.Kept {
		t.Fatalf("before the change: %v", m)
	}
	w.answer("person", answers{"birth_date": "06/03/1950"}, nil)
	// The card and the income do not depend on the birth date and were passed over; the check does.
	w.at("check")
	if _, still := w.run.Before(); still {
		t.Error("the check counts as done although what it read has changed")
	}
	if w.run.Answers()["income"] != "20.000,00" {
		t.Error("the income was lost on the way back")
	}
}

func TestAnswersOffTheWayDoNotCount(t *testing.T) {
	w := start(t)
	w.answer("role", answers{"role": "dependant"}, nil)
	w.answer("main", answers{"main_birth_date": "01/01/1960"}, nil)
	w.back()
	w.back()
	w.answer("role", answers{"role": "self"}, nil)
	w.at("person")
	if v, there := w.run.Answers()["main_birth_date"]; there {
		t.Errorf("the answer %q of another way is still there", v)
	}
	w.back()
	w.answer("role", answers{"role": "dependant"}, nil)
	w.at("person")
	if w.run.Answers()["main_birth_date"] != "1960-01-01" {
		t.Error("the kept answer did not come back with its way")
	}
}

func TestALoopAsksAgainEachTimeRound(t *testing.T) {
	w := start(t)
	w.answer("role", answers{"role": "self"}, nil)
	w.answer("person", answers{"birth_date": "05/03/1950"}, nil)
	for range 3 {
		w.answer("card", nil, walk.Facts{walk.CardPresent: walk.No})
		w.answer("retry", answers{"retry": "again"}, nil)
		if _, done := w.run.Before(); done {
			t.Fatal("the card counts as read before it is")
		}
	}
	w.answer("card", nil, walk.Facts{walk.CardPresent: walk.Yes})
	w.at("income_page")
}

func TestAnIncomeIsInNoEventAndIsAskedAgainAfterACrash(t *testing.T) {
	w := start(t)
	w.toTheCheck()
	for _, e := range w.events {
		for id, v := range e.Answers {
			if id == "income" || v == "20.000,00" || v == "20000" {
				t.Fatalf("the event of %s holds the income", e.Step)
			}
		}
	}
	run, err := walk.Resume(service(), w.events)
	if err != nil {
		t.Fatal(err)
	}
	if here, _ := run.Current(); here.ID != "income_page" {
		t.Fatalf("resumed on %q: the check would be made without the income", here.ID)
	}
	// Once answered again the log has the page twice, and replays all the same.
	again := &walker{t: t, run: run, events: w.events}
	again.answer("income_page", answers{"income": "20000"}, nil)
	again.answer("check", nil, nil)
	third, err := walk.Resume(service(), again.events)
	if err != nil {
		t.Fatal(err)
	}
	if here, _ := third.Current(); here.ID != "memo" {
		t.Errorf("after the check the income is no longer needed, but the run stands on %q", here.ID)
	}
}

func TestAfterACrashAnIncomeIsNotPassedOverOnTheWayBackToTheCheck(t *testing.T) {
	w := start(t)
	w.toTheCheck()
	w.answer("check", nil, nil)
	run, err := walk.Resume(service(), w.events)
	if err != nil {
		t.Fatal(err)
	}
	w.run = run
	for range 4 {
		w.back()
	}
	w.answer("person", answers{"birth_date": "06/03/1950"}, nil)
	w.answer("income_page", answers{"income": "20000"}, nil)
	w.at("check")
	again, err := walk.Resume(service(), w.events)
	if err != nil {
		t.Fatal(err)
	}
	if here, _ := again.Current(); here.ID != "income_page" {
		t.Errorf("the replay stands on %q", here.ID)
	}
}

func TestForgetWipesTheIncomeAndNothingElse(t *testing.T) {
	w := start(t)
	w.toTheCheck()
	w.run.Forget()
	if got := w.run.Answers(); got["income"] != "" || got["birth_date"] != "1950-03-05" {
		t.Errorf("%v", got)
	}
}

func TestAReplayTakesTheSameWayWhateverTheCardSaysNow(t *testing.T) {
	w := start(t)
	w.answer("role", answers{"role": "self"}, nil)
	w.answer("person", answers{"birth_date": "05/03/1950"}, nil)
	w.answer("card", nil, walk.Facts{walk.CardPresent: walk.No})
	if got := w.events[2].Answers["card.present"]; got != walk.No {
		t.Fatalf("the fact the branch looked at is recorded as %q", got)
	}
	run, err := walk.Resume(service(), w.events)
	if err != nil {
		t.Fatal(err)
	}
	if here, _ := run.Current(); here.ID != "retry" {
		t.Errorf("replayed to %q", here.ID)
	}
}

func TestEventsOfAnotherFileLeaveTheRunWhereTheyStillFit(t *testing.T) {
	run, err := walk.Resume(service(), []walk.Event{
		{Step: "role", Answers: answers{"role": "self"}}, {Step: "gone", Answers: nil},
	})
	if !errors.Is(err, walk.ErrChanged) {
		t.Fatalf("error %v", err)
	}
	if here, _ := run.Current(); here.ID != "person" {
		t.Errorf("standing on %q", here.ID)
	}
}

func TestJumpingOutEndsWithThatOutcomeAndBackUndoesIt(t *testing.T) {
	w := start(t)
	w.answer("role", answers{"role": "self"}, nil)
	if err := w.run.Jump("left"); err != nil {
		t.Fatal(err)
	}
	if o, _ := w.run.Ended(); o.ID != "left" {
		t.Fatalf("ended in %q", o.ID)
	}
	w.back()
	w.at("person")
	if err := w.run.Jump("nowhere"); !errors.Is(err, walk.ErrUnknownOutcome) {
		t.Errorf("error %v", err)
	}
}

func TestBackOnTheFirstStepStaysThere(t *testing.T) {
	run := walk.Start(service())
	if _, moved := run.Back(); moved {
		t.Error("moved")
	}
}

func TestAPrefilledFieldIsShownAsPeopleWriteDates(t *testing.T) {
	w := start(t)
	w.answer("role", answers{"role": "self"}, nil)
	if got := w.run.Shown(walk.Facts{walk.HolderBirthDate: "1950-03-05"})["birth_date"]; got != "05/03/1950" {
		t.Errorf("shown %q", got)
	}
}

func TestRefusedAnswersSayWhyAndChangeNothing(t *testing.T) {
	facts := walk.Facts{walk.Today: today.String()}
	for _, c := range []struct {
		name   string
		values answers
		field  string
		want   walk.ErrorCode
	}{
		{"nothing in a required field", answers{}, "birth_date", walk.Missing},
		{"no date", answers{"birth_date": "30/02/1950"}, "birth_date", walk.NotDate},
		{"a date to come", answers{"birth_date": "22/11/2026"}, "birth_date", walk.TooLate},
		{"a PIN in a remark", answers{"birth_date": "05/03/1950", "remark": "pin 48213"}, "remark", walk.Secret},
		{"a letter too many", answers{"birth_date": "05/03/1950", "remark": string(make([]rune, 201)) + "x"}, "remark", walk.TooLong},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := start(t)
			w.answer("role", answers{"role": "self"}, nil)
			_, wrong := w.run.Answer(c.values, facts)
			if wrong[c.field].Code != c.want || !wrong[c.field].Text.Complete() {
				t.Errorf("%+v", wrong)
			}
			w.at("person")
		})
	}
	if _, wrong := walk.Start(service()).Answer(answers{"role": "king"}, facts); wrong["role"].Code != walk.NotChoice {
		t.Errorf("an option that is not there: %+v", wrong)
	}
}

// Whatever is answered and taken back, a replay of the events stands on the same step with the same answers to read.
func TestAReplayOfAnyWalkStandsWhereTheWalkStood(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := service()
		run := walk.Start(s)
		var events []walk.Event
		for range rapid.IntRange(0, 25).Draw(t, "moves") {
			if rapid.IntRange(0, 7).Draw(t, "crash") == 0 {
				again, err := walk.Resume(s, events)
				if err != nil {
					t.Fatalf("after a crash: %v", err)
				}
				run = again
			}
			step, ok := run.Current()
			if !ok || rapid.IntRange(0, 3).Draw(t, "back") == 0 {
				if e, moved := run.Back(); moved {
					events = append(events, e)
				}
				continue
			}
			tries := walk.Tries(s, step, today)
			try := tries[rapid.IntRange(0, len(tries)-1).Draw(t, "try")]
			if e, wrong := run.Answer(try.Values, try.Facts); wrong == nil {
				events = append(events, e)
			}
		}
		again, err := walk.Resume(s, events)
		if err != nil {
			t.Fatal(err)
		}
		want, got := run.Answers(), again.Answers()
		here, _ := run.Current()
		there, _ := again.Current()
		if there.ID == "income_page" && here.ID != there.ID && slices.Contains([]string{"check", "memo"}, here.ID) {
			return // the income was lost, as it must be, and is asked again
		}
		delete(want, "income")
		delete(got, "income")
		maps.DeleteFunc(want, func(_, v string) bool { return v == "" })
		maps.DeleteFunc(got, func(_, v string) bool { return v == "" })
		if here.ID != there.ID || !maps.Equal(want, got) {
			t.Fatalf("the walk stands on %q with %v, its replay on %q with %v", here.ID, want, there.ID, got)
		}
		same := func(a, b walk.Stop) bool { return a.Step.ID == b.Step.ID && a.Mark == b.Mark }
		if !slices.EqualFunc(run.Trail(), again.Trail(), same) {
			t.Fatalf("the trail beside the walk differs from that of its replay")
		}
	})
}

func TestAnOptionThatDoesNotFitCanNeitherBeSeenNorChosen(t *testing.T) {
	s := service()
	s.Steps[0].Options[1].When = []walk.Condition{{Fact: walk.VerdictCodes, Has: "E03"}}
	run := walk.Start(s)
	for codes, want := range map[string]int{"": 1, "E01,E02": 1, "E01,E03": 2, "E033": 1} {
		if got := len(run.Options(walk.Facts{walk.VerdictCodes: codes})); got != want {
			t.Errorf("with %q fitting, %d options can be seen, not %d", codes, got, want)
		}
	}
	if _, wrong := run.Answer(answers{"role": "dependant"}, walk.Facts{walk.VerdictCodes: "E01"}); wrong["role"].Code != walk.NotChoice {
		t.Errorf("a hidden option was taken: %+v", wrong)
	}
	if _, wrong := run.Answer(answers{"role": "dependant"}, walk.Facts{walk.VerdictCodes: "E03"}); wrong != nil {
		t.Errorf("an open option was refused: %+v", wrong)
	}
}

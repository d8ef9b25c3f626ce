package walk_test

import (
	"slices"
	"strings"
	"testing"

	"bottega/desk/walk"
)

func TestAServiceInOrderHasNoProblems(t *testing.T) {
	for _, p := range walk.Lint(service(), today) {
		t.Errorf("%s: %s", p.At, p.Text.En)
	}
}

// Each case breaks one thing in a service that is in order, and says where the linter must point and about what.
func TestEveryMistakeIsFoundWhereItIs(t *testing.T) {
	step := func(s *walk.Service, id string) *walk.Step {
		return &s.Steps[slices.IndexFunc(s.Steps, func(st walk.Step) bool { return st.ID == id })]
	}
	for _, c := range []struct {
		name    string
		spoil   func(*walk.Service)
		at, say string
	}{
		{"no version", func(s *walk.Service) { s.Version = 0 }, "$.version", "version"},
		{"a file id with a capital", func(s *walk.Service) { s.ID = "Small" }, "$.id", "lower-case"},
		{"no English", func(s *walk.Service) { s.Title.En = "" }, "$.title", "English"},
		{"no Italian in a note", func(s *walk.Service) {
			step(s, "card").Notes = append(step(s, "card").Notes, both("x"))
			s.Steps[3].Notes[0].It = " "
		}, "$.steps[3].notes[0]", "Italian"},
		{"no words for the citizen", func(s *walk.Service) { step(s, "memo").Citizen = both("") }, "$.steps[7].citizen", "missing"},
		{"an id used twice", func(s *walk.Service) { s.Steps[2].Fields[1].ID = "role" }, "$.steps[2].fields[1].id", "already in use"},
		{"an id that is a fact", func(s *walk.Service) { s.Steps[2].Fields[1].ID = "age" }, "$.steps[2].fields[1].id", "fact"},
		{"a kind that is not one", func(s *walk.Service) { s.Steps[0].Kind = "dance" }, "$.steps[0].kind", "dance"},
		{"a question with one answer", func(s *walk.Service) { s.Steps[4].Options = s.Steps[4].Options[:1] }, "$.steps[4].options", "no question"},
		{"answers that may all be hidden", func(s *walk.Service) {
			for i := range s.Steps[4].Options {
				s.Steps[4].Options[i].When = []walk.Condition{{Fact: walk.CardPresent, Is: walk.Yes}}
			}
		}, "$.steps[4].options", "no way on"},
		{"a condition of an option on nothing", func(s *walk.Service) {
			s.Steps[4].Options[1].When = []walk.Condition{{Is: walk.Yes}}
		}, "$.steps[4].options[1].when[0]", "answer or fact"},
		{"a form without fields", func(s *walk.Service) { s.Steps[1].Fields = nil }, "$.steps[1].kind", "fields"},
		{"a paper on a question", func(s *walk.Service) { s.Steps[0].Paper = walk.PaperMemo }, "$.steps[0].paper", "cannot have"},
		{"an action nobody knows", func(s *walk.Service) { s.Steps[6].Action = "cook" }, "$.steps[6].action", "cook"},
		{"a paper nobody knows", func(s *walk.Service) { s.Steps[7].Paper = "poem" }, "$.steps[7].paper", "poem"},
		{"a page without https", func(s *walk.Service) { s.Steps[3].Kind = walk.QR; s.Steps[3].URL = "http://x.it" }, "$.steps[3].url", "https"},
		{"a goto to nowhere", func(s *walk.Service) { s.Steps[0].Options[1].Goto = "moon" }, "$.steps[0].options[1].goto", "moon"},
		{"an outcome that is not there", func(s *walk.Service) { s.Steps[7].Next[1].Outcome = "glory" }, "$.steps[7].next[1].outcome", "glory"},
		{"two ways at once", func(s *walk.Service) { s.Steps[7].Next[1].Goto = "card" }, "$.steps[7].next[1]", "not both"},
		{"a branch to nowhere", func(s *walk.Service) { s.Steps[7].Next[1].Outcome = "" }, "$.steps[7].next[1]", "leads nowhere"},
		{"the last step with no way on", func(s *walk.Service) { s.Steps[7].Next = nil }, "$.steps[7].id", "last step"},
		{"no way when nothing holds", func(s *walk.Service) { s.Steps[7].Next = s.Steps[7].Next[:1] }, "$.steps[7].next[0]", "nowhere to go"},
		{"a branch that hides the next", func(s *walk.Service) { s.Steps[7].Next[0].When = nil }, "$.steps[7].next[0]", "never taken"},
		{"a condition on nothing", func(s *walk.Service) { s.Steps[3].Next[0].When[0].Fact = "" }, "$.steps[3].next[0].when[0]", "answer or fact"},
		{"a condition without comparison", func(s *walk.Service) { s.Steps[3].Next[0].When[0].Is = "" }, "$.steps[3].next[0].when[0]", "exactly one"},
		{"a fact nobody knows", func(s *walk.Service) { s.Steps[3].Next[0].When[0].Fact = "moon.full" }, "$.steps[3].next[0].when[0].fact", "moon.full"},
		{"a value that can never be", func(s *walk.Service) { s.Steps[3].Next[0].When[0].Is = "maybe" }, "$.steps[3].next[0].when[0]", "can never hold"},
		{"a branch on an income", func(s *walk.Service) {
			s.Steps[7].Next[0].When[0] = walk.Condition{Answer: "income", Is: "0,00"}
		}, "$.steps[7].next[0].when[0].answer", "forgotten"},
		{"a branch on an answer nobody asks", func(s *walk.Service) {
			s.Steps[7].Next[0].When[0] = walk.Condition{Answer: "shoe_size", Is: "42"}
		}, "$.steps[7].next[0].when[0].answer", "shoe_size"},
		{"a day that is none", func(s *walk.Service) {
			s.Steps[7].Next[0].When[0] = walk.Condition{Answer: "birth_date", Before: "tomorrow"}
		}, "$.steps[7].next[0].when[0]", "tomorrow"},
		{"an income that would be kept", func(s *walk.Service) { s.Steps[5].Fields[0].Transient = false }, "$.steps[5].fields[0]", "transient"},
		{"a type of field nobody knows", func(s *walk.Service) { s.Steps[5].Fields[0].Type = "colour" }, "$.steps[5].fields[0].type", "colour"},
		{"a choice without choices", func(s *walk.Service) { s.Steps[2].Fields[1].Type = walk.ChoiceField }, "$.steps[2].fields[1]", "choices"},
		{"a pattern that is none", func(s *walk.Service) { s.Steps[2].Fields[1].Pattern = "(" }, "$.steps[2].fields[1].pattern", "expression"},
		{"an example off its pattern", func(s *walk.Service) {
			s.Steps[2].Fields[1].Pattern, s.Steps[2].Fields[1].Example, s.Steps[2].Fields[1].Hint = "[0-9]+", "abc", both("h")
		}, "$.steps[2].fields[1].pattern", "abc"},
		{"a prefill from nowhere", func(s *walk.Service) { s.Steps[2].Fields[1].Prefill = "moon.full" }, "$.steps[2].fields[1].prefill", "moon.full"},
		{"a dependence on nothing", func(s *walk.Service) { s.Steps[7].DependsOn = []string{"moon"} }, "$.steps[7].depends_on[0]", "moon"},
		{"a channel that is not there", func(s *walk.Service) { s.Outcomes[0].Channels = []string{"moon"} }, "$.outcomes[0].channels[0]", "moon"},
		{"a channel without a way to it", func(s *walk.Service) {
			s.Fallbacks = []walk.Channel{{ID: "asl", Name: both("ASL"), Checked: today}}
		}, "$.fallbacks[0]", "how to get there"},
		{"a number with letters", func(s *walk.Service) {
			s.Fallbacks = []walk.Channel{{ID: "asl", Name: both("ASL"), Phone: "800-CARTA", Checked: today}}
		}, "$.fallbacks[0].phone", "digits"},
		{"a channel nobody checked", func(s *walk.Service) {
			s.Fallbacks = []walk.Channel{{ID: "asl", Name: both("ASL"), Phone: "0583 1234"}}
		}, "$.fallbacks[0].checked", "last checked"},
		{"a class that is none", func(s *walk.Service) { s.Outcomes[0].Class = "great" }, "$.outcomes[0].class", "great"},
		{"a follow-up of no kind", func(s *walk.Service) {
			s.Outcomes[0].FollowUp = &walk.FollowUp{Kind: "hope", Days: 1, Text: both("x")}
		}, "$.outcomes[0].follow_up.kind", "hope"},
		{"a follow-up yesterday", func(s *walk.Service) {
			s.Outcomes[0].FollowUp = &walk.FollowUp{Kind: "person", Days: 0, Text: both("x")}
		}, "$.outcomes[0].follow_up.days", "from 1 up"},
		{"a competence that does not exist", func(s *walk.Service) { s.Facilita.SE5 = []int{14} }, "$.facilita.se5[0]", "1 to 13"},
		{"a field of service that does not exist", func(s *walk.Service) { s.Facilita.SE6 = []string{"Z"} }, "$.facilita.se6[0]", "A to S"},
		{"an activation without a notice", func(s *walk.Service) { s.Steps[6].Action = walk.RequestActivation }, "$", "notice"},

		{"an outcome nothing leads to", func(s *walk.Service) { s.Outcomes[3].Anytime = false }, "$.outcomes[3].id", "No way leads"},
		{"a step nothing leads to", func(s *walk.Service) { s.Steps[0].Options[1].Goto = "person" }, "$.steps[1].id", "No way leads"},
		{"an outcome that conditions keep out of reach", func(s *walk.Service) {
			s.Steps[7].Next[0].When = append(s.Steps[7].Next[0].When, walk.Condition{Answer: "role", Is: "self"}, walk.Condition{Answer: "role", Is: "dependant"})
		}, "$.outcomes[1].id", "No way leads"},
		{"a loop without a way out", func(s *walk.Service) {
			s.Steps[4].Options[1].Goto = "card"
			s.Steps[4].Options[0].Goto = "retry"
			s.Steps[4].Options[1].Goto = "retry"
		}, "$.steps[4].id", "without a way out"},
		{"an action short of an answer", func(s *walk.Service) { s.Steps[2].Fields[0].Required = false }, "$.steps[6].action", "birth_date"},
		{"an action short of an answer on one way only", func(s *walk.Service) { s.Steps[0].Options[0].Goto = "card" }, "$.steps[6].action", "birth_date"},
		{"a memo before the check", func(s *walk.Service) { s.Steps[4].Options[1].Goto = "memo" }, "$.steps[7].paper", "nothing to say"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := service()
			c.spoil(s)
			problems := walk.Lint(s, today)
			if !slices.ContainsFunc(problems, func(p walk.Problem) bool { return p.At == c.at && strings.Contains(p.Text.En, c.say) }) {
				t.Errorf("nothing about %q at %s in %+v", c.say, c.at, problems)
			}
			for _, p := range problems {
				if !p.Text.Complete() || strings.Contains(p.Text.It+p.Text.En, "%!") {
					t.Errorf("badly worded: %+v", p)
				}
			}
		})
	}
}

func TestFieldsAcceptWhatPeopleWrite(t *testing.T) {
	facts := walk.Facts{walk.Today: today.String()}
	for _, c := range []struct {
		name, typed, kept string
		field             walk.Field
		refused           walk.ErrorCode
	}{
		{name: "an Italian date", typed: "5/3/1950", kept: "1950-03-05", field: walk.Field{Type: walk.DateField}},
		{name: "an ISO date", typed: "1950-03-05", kept: "1950-03-05", field: walk.Field{Type: walk.DateField}},
		{name: "today where today is the limit", typed: "21/11/2026", kept: "2026-11-21", field: walk.Field{Type: walk.DateField, NotBefore: "today", NotAfter: "today"}},
		{name: "yesterday where today is the limit", typed: "20/11/2026", field: walk.Field{Type: walk.DateField, NotBefore: "today"}, refused: walk.TooEarly},
		{name: "an amount", typed: "8263,3", kept: "8.263,30", field: walk.Field{Type: walk.MoneyField}},
		{name: "an amount as the English write it", typed: "8,263.30", field: walk.Field{Type: walk.MoneyField}, refused: walk.NotMoney},
		{name: "digits with spaces", typed: "8038 0000 9001", kept: "803800009001", field: walk.Field{Type: walk.DigitsField}},
		{name: "letters among digits", typed: "80A", field: walk.Field{Type: walk.DigitsField}, refused: walk.NotDigits},
		{name: "a text with too many spaces", typed: "  Maria   Rossi ", kept: "Maria Rossi", field: walk.Field{Type: walk.TextField}},
		{name: "an envelope number that looks like a PIN", typed: "00421736", kept: "00421736", field: walk.Field{Type: walk.TextField, Pattern: "[0-9]{8}"}},
		{name: "the same in a free text", typed: "00421736", field: walk.Field{Type: walk.TextField}, refused: walk.Secret},
		{name: "half a match", typed: "123456789", field: walk.Field{Type: walk.DigitsField, Pattern: "[0-9]{8}"}, refused: walk.BadFormat},
		{name: "an alternative does not loosen the ends", typed: "x1", field: walk.Field{Type: walk.TextField, Pattern: "1|2"}, refused: walk.BadFormat},
		{name: "yes in Italian", typed: "sì", field: walk.Field{Type: walk.YesNoField}, refused: walk.NotChoice},
		{name: "nothing where nothing is needed", typed: " ", kept: "", field: walk.Field{Type: walk.DateField}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := service()
			c.field.ID = "x"
			s.Steps = []walk.Step{{ID: "only", Kind: walk.Form, Fields: []walk.Field{c.field}, Next: []walk.Branch{{Outcome: "none"}}}}
			kept, wrong := walk.Start(s).Check(map[string]string{"x": c.typed}, facts)
			if wrong["x"].Code != c.refused || kept["x"] != c.kept {
				t.Errorf("kept %q, refused %q", kept["x"], wrong["x"].Code)
			}
		})
	}
}

func TestConditionsOverNumbersAndDates(t *testing.T) {
	six, adult := 6, 18
	for _, c := range []struct {
		name  string
		cond  walk.Condition
		facts walk.Facts
		holds bool
	}{
		{"at least, on the limit", walk.Condition{Fact: walk.Age, AtLeast: &adult}, walk.Facts{walk.Age: "18"}, true},
		{"at least, under it", walk.Condition{Fact: walk.Age, AtLeast: &adult}, walk.Facts{walk.Age: "17"}, false},
		{"below, on the limit", walk.Condition{Fact: walk.Age, Below: &six}, walk.Facts{walk.Age: "6"}, false},
		{"below, under it", walk.Condition{Fact: walk.Age, Below: &six}, walk.Facts{walk.Age: "5"}, true},
		{"an unknown age", walk.Condition{Fact: walk.Age, Below: &six}, walk.Facts{}, false},
		{"before today, on today", walk.Condition{Fact: walk.CardExpires, Before: "today"}, walk.Facts{walk.CardExpires: "2026-11-21"}, false},
		{"before today, yesterday", walk.Condition{Fact: walk.CardExpires, Before: "today"}, walk.Facts{walk.CardExpires: "2026-11-20"}, true},
		{"not before a day, on it", walk.Condition{Fact: walk.CardExpires, NotBefore: "2026-01-01"}, walk.Facts{walk.CardExpires: "2026-01-01"}, true},
		{"is not, of something unknown", walk.Condition{Fact: walk.CardExpired, IsNot: "yes"}, walk.Facts{}, false},
		{"is not, of something else", walk.Condition{Fact: walk.CardExpired, IsNot: "yes"}, walk.Facts{walk.CardExpired: "no"}, true},
		{"in", walk.Condition{Fact: walk.RegistryAnswer, In: []string{"found", "expired"}}, walk.Facts{walk.RegistryAnswer: "expired"}, true},
		{"not in", walk.Condition{Fact: walk.RegistryAnswer, In: []string{"found", "expired"}}, walk.Facts{walk.RegistryAnswer: "waiting"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := service()
			s.Steps = []walk.Step{{ID: "only", Kind: walk.Say, Next: []walk.Branch{{When: []walk.Condition{c.cond}, Outcome: "fits"}, {Outcome: "none"}}}}
			run := walk.Start(s)
			c.facts[walk.Today] = today.String()
			if _, wrong := run.Answer(nil, c.facts); wrong != nil {
				t.Fatal(wrong)
			}
			if o, _ := run.Ended(); (o.ID == "fits") != c.holds {
				t.Errorf("led to %s", o.ID)
			}
		})
	}
}

package walk

import (
	"slices"

	"bottega/desk/bilingual"
	"bottega/desk/civil"
)

// Service is one thing a desk helps with, as its content file says it. The first step is where every walk begins.
type Service struct {
	ID      string         `yaml:"id"`
	Version int            `yaml:"version"`
	Title   bilingual.Text `yaml:"title"`
	// Summary is one sentence for the list of services.
	Summary bilingual.Text `yaml:"summary"`
	// Checked is the day on which somebody last held the whole file against the world.
	Checked  civil.Date `yaml:"checked"`
	Facilita Facilita   `yaml:"facilita"`
	// Bring is what the citizen should have at hand.
	Bring []bilingual.Text `yaml:"bring"`
	// Notice is the short privacy notice; nil when the service records nothing personal of its own.
	Notice *Notice `yaml:"notice"`
	// Fallbacks are the other ways to the same thing: telephone, counter, pharmacy.
	Fallbacks []Channel `yaml:"fallbacks"`
	Steps     []Step    `yaml:"steps"`
	Outcomes  []Outcome `yaml:"outcomes"`
}

// Facilita holds the codes of the national monitoring system with which the service is counted.
type Facilita struct {
	// SE5 are competences, 1 to 13; SE6 are fields of public service, A to S.
	SE5 []int    `yaml:"se5"`
	SE6 []string `yaml:"se6"`
}

// Notice is a privacy notice; its version is what is recorded as given.
type Notice struct {
	Version string         `yaml:"version"`
	Text    bilingual.Text `yaml:"text"`
}

// Channel is another way to get help: a number to call, a counter, a page.
type Channel struct {
	ID    string         `yaml:"id"`
	Name  bilingual.Text `yaml:"name"`
	Phone string         `yaml:"phone"`
	URL   string         `yaml:"url"`
	Hours bilingual.Text `yaml:"hours"`
	// Note says what to ask for there, or what it cannot do.
	Note bilingual.Text `yaml:"note"`
	// Checked is the day on which somebody last made sure of it.
	Checked civil.Date `yaml:"checked"`
}

// Kind is what a step is for. The set is closed: each has its own picture in both windows.
type Kind string

// The kinds of step.
const (
	Say          Kind = "say"           // something to explain; "next" goes on
	Ask          Kind = "ask"           // one question, one of Options; the answer's id is the step's
	Form         Kind = "form"          // Fields to fill in
	CitizenTypes Kind = "citizen_types" // the citizen has the keyboard, the facilitator looks away
	OpenPage     Kind = "open_page"     // URL opens in the browser
	QR           Kind = "qr"            // URL is shown as a code for the citizen's telephone
	Card         Kind = "card"          // the card is put in and read; the facts card.* say how it went
	Act          Kind = "action"        // the desk does Action, with Fields asked on the same page
	Paper        Kind = "paper"         // Paper is made and printed, saved or opened
)

// Kinds returns every kind of step.
func Kinds() []Kind { return []Kind{Say, Ask, Form, CitizenTypes, OpenPage, QR, Card, Act, Paper} }

// Step is one page of a walk.
type Step struct {
	ID    string         `yaml:"id"`
	Kind  Kind           `yaml:"kind"`
	Title bilingual.Text `yaml:"title"`
	// Citizen is what the citizen reads in big letters. Notes are for the facilitator alone.
	Citizen bilingual.Text   `yaml:"citizen"`
	Notes   []bilingual.Text `yaml:"notes"`
	Options []Option         `yaml:"options"`
	Fields  []Field          `yaml:"fields"`
	URL     string           `yaml:"url"`
	Action  Action           `yaml:"action"`
	Paper   PaperName        `yaml:"paper"`
	// DependsOn names fields and steps: when one of them changes after a return, this step is asked again.
	DependsOn []string `yaml:"depends_on"`
	// Channels names fallbacks worth showing on this very page.
	Channels []string `yaml:"channels"`
	// Next says where to go; the first branch that holds is taken. Empty means the step below in the file.
	Next []Branch `yaml:"next"`
}

// Option is one answer to an Ask. Without Goto and Outcome the step's Next decides.
type Option struct {
	ID    string         `yaml:"id"`
	Label bilingual.Text `yaml:"label"`
	// When keeps the option back unless all of it holds: nobody should choose an exemption that does not fit.
	When    []Condition `yaml:"when"`
	Goto    string      `yaml:"goto"`
	Outcome string      `yaml:"outcome"`
}

// FieldType is how a field is filled in, and how it is checked.
type FieldType string

// The types of field. Dates are kept as YYYY-MM-DD, money as Italians write it (8.263,31), yes_no as "yes" and "no".
const (
	TextField   FieldType = "text"
	DigitsField FieldType = "digits"
	DateField   FieldType = "date"
	ChoiceField FieldType = "choice"
	MoneyField  FieldType = "money"
	YesNoField  FieldType = "yes_no"
	// FiscalCodeField and CardNumberField are typed or scanned, checked, and kept as the card has them: 16 characters, 16 digits.
	FiscalCodeField FieldType = "fiscal_code"
	CardNumberField FieldType = "card_number"
)

// FieldTypes returns every type of field.
func FieldTypes() []FieldType {
	return []FieldType{
		TextField, DigitsField, DateField, ChoiceField, MoneyField, YesNoField, FiscalCodeField, CardNumberField,
	}
}

// Field is one thing to fill in.
type Field struct {
	ID    string         `yaml:"id"`
	Label bilingual.Text `yaml:"label"`
	// Hint says where to find the answer or how to write it; it is also what a wrong format is answered with.
	Hint     bilingual.Text `yaml:"hint"`
	Type     FieldType      `yaml:"type"`
	Required bool           `yaml:"required"`
	// Transient answers are used and forgotten: they are in no event and no entry.
	Transient bool `yaml:"transient"`
	// Pattern is a regular expression that the whole answer must match; Example is an answer that does.
	Pattern string `yaml:"pattern"`
	Example string `yaml:"example"`
	// NotBefore and NotAfter bound a date: a day, or the word today.
	NotBefore string   `yaml:"not_before"`
	NotAfter  string   `yaml:"not_after"`
	Choices   []Choice `yaml:"choices"`
	// Prefill is the fact that proposes an answer.
	Prefill Fact `yaml:"prefill"`
}

// Choice is one of a field's answers.
type Choice struct {
	ID    string         `yaml:"id"`
	Label bilingual.Text `yaml:"label"`
}

// Branch leads to a step or to an outcome when all its conditions hold; without conditions it always does.
type Branch struct {
	When    []Condition `yaml:"when"`
	Goto    string      `yaml:"goto"`
	Outcome string      `yaml:"outcome"`
}

// Class says how well an outcome ended, for its colour and its place in the counts.
type Class string

// The classes of outcome.
const (
	Done    Class = "done"    // the citizen got what they came for
	Partly  Class = "partly"  // something was got, something has to follow
	Sent    Class = "sent"    // somebody else must do it; the citizen knows who
	Stopped Class = "stopped" // not today, and the sheet says what is missing
)

// Classes returns every class of outcome.
func Classes() []Class { return []Class{Done, Partly, Sent, Stopped} }

// Outcome is a named end of a walk, with what the citizen takes home from it.
type Outcome struct {
	ID    string         `yaml:"id"`
	Class Class          `yaml:"class"`
	Title bilingual.Text `yaml:"title"`
	// TakeHome says on the sheet what was done; WhileWaiting and NextSteps what to do now, one line each: the former only as long as the
	// hub has not answered.
	TakeHome     bilingual.Text   `yaml:"take_home"`
	WhileWaiting []bilingual.Text `yaml:"while_waiting"`
	NextSteps    []bilingual.Text `yaml:"next_steps"`
	// Channels names the fallbacks to print on the sheet.
	Channels []string  `yaml:"channels"`
	FollowUp *FollowUp `yaml:"follow_up"`
	// Anytime outcomes can be chosen on every step: the portal is down, the citizen has to leave.
	Anytime bool `yaml:"anytime"`
}

// Steps are what to do after the walk.
func (o Outcome) Steps(answered bool) []bilingual.Text {
	if answered {
		return o.NextSteps
	}
	return slices.Concat(o.WhileWaiting, o.NextSteps)
}

// FollowUp is something to come back to after the walk.
type FollowUp struct {
	// Kind is activation, exemption or person, as desk.FollowUpKind.
	Kind string         `yaml:"kind"`
	Days int            `yaml:"days"`
	Text bilingual.Text `yaml:"text"`
}

// Step returns the step with the given id.
func (s *Service) Step(id string) (Step, bool) {
	for _, step := range s.Steps {
		if step.ID == id {
			return step, true
		}
	}
	return Step{}, false
}

// Outcome returns the outcome with the given id.
func (s *Service) Outcome(id string) (Outcome, bool) {
	for _, o := range s.Outcomes {
		if o.ID == id {
			return o, true
		}
	}
	return Outcome{}, false
}

// AnytimeOutcomes returns the outcomes that can be chosen on every step.
func (s *Service) AnytimeOutcomes() []Outcome {
	var found []Outcome
	for _, o := range s.Outcomes {
		if o.Anytime {
			found = append(found, o)
		}
	}
	return found
}

// ChannelsNamed returns the fallbacks with the given ids, in that order; ids that the file lacks are left out.
func (s *Service) ChannelsNamed(ids []string) []Channel {
	var found []Channel
	for _, id := range ids {
		for _, c := range s.Fallbacks {
			if c.ID == id {
				found = append(found, c)
			}
		}
	}
	return found
}

// follower returns the id of the step below in the file, empty for the last one.
func (s *Service) follower(id string) string {
	for i, step := range s.Steps {
		if step.ID == id && i+1 < len(s.Steps) {
			return s.Steps[i+1].ID
		}
	}
	return ""
}

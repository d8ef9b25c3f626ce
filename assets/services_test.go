package assets

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"unicode/utf8"

	"bottega/desk/bilingual"
	"bottega/desk/guard"
	"bottega/desk/walk"
)

func embedded(t *testing.T) []*walk.Service {
	t.Helper()
	services, err := Services()
	if err != nil {
		t.Fatal(err)
	}
	return services
}

func TestTheThreeServicesAreThere(t *testing.T) {
	var ids []string
	for _, s := range embedded(t) {
		ids = append(ids, s.ID)
	}
	if want := []string{"card-activation", "exemption-check", "fse"}; !slices.Equal(ids, want) {
		t.Errorf("%v, want %v", ids, want)
	}
}

// Every way through every file, with a return on each step, a replay of each, and all of it taken back to the start.
func TestEveryPathOfEveryServiceEndsWellAndCanBeTakenBack(t *testing.T) {
	for _, s := range embedded(t) {
		t.Run(s.ID, func(t *testing.T) {
			paths, outcomes := 0, map[string]bool{}
			err := walk.EachPath(s, s.Checked, func(path []walk.Try) error {
				paths++
				outcome, err := play(s, path)
				outcomes[outcome] = true
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range s.Outcomes {
				if !outcomes[o.ID] && !o.Anytime {
					t.Errorf("no path ends in %s", o.ID)
				}
			}
			t.Logf("%d paths, %d outcomes", paths, len(outcomes))
		})
	}
}

// play walks a path, returning from every step and answering it again, and checks that nothing but the answers counts.
func play(s *walk.Service, path []walk.Try) (string, error) {
	run := walk.Start(s)
	var events []walk.Event
	for i, try := range path {
		step, ok := run.Current()
		if !ok {
			return "", fmt.Errorf("ended before answer %d", i+1)
		}
		first, wrong := run.Answer(try.Values, try.Facts)
		if wrong != nil {
			return "", fmt.Errorf("step %s refused %v: %v", step.ID, try.Values, wrong)
		}
		back, moved := run.Back()
		if here, _ := run.Current(); !moved || here.ID != step.ID {
			return "", fmt.Errorf("back from after %s led to %q", step.ID, here.ID)
		}
		second, wrong := run.Answer(try.Values, try.Facts)
		if wrong != nil {
			return "", fmt.Errorf("step %s refused the same answer again: %v", step.ID, wrong)
		}
		events = append(events, first, back, second)
	}
	end, ended := run.Ended()
	if !ended {
		return "", fmt.Errorf("the path of %d answers does not end", len(path))
	}
	again, err := walk.Resume(s, events)
	if err != nil {
		return "", err
	}
	if o, _ := again.Ended(); o.ID != end.ID {
		return "", fmt.Errorf("a replay ends in %q and not in %q", o.ID, end.ID)
	}
	return end.ID, nil
}

func TestTakingAWholeWalkBackAndGoingOnAsksNothingAgain(t *testing.T) {
	for _, s := range embedded(t) {
		err := walk.EachPath(s, s.Checked, func(path []walk.Try) error {
			run := walk.Start(s)
			steps := map[string]bool{}
			for _, try := range path {
				step, _ := run.Current()
				if steps[step.ID] || len(step.Fields) > 0 && hasTransient(step) {
					return nil // a loop, or an income, is asked again on purpose
				}
				steps[step.ID] = true
				if _, wrong := run.Answer(try.Values, try.Facts); wrong != nil {
					return fmt.Errorf("%v", wrong)
				}
			}
			end, _ := run.Ended()
			for {
				if _, moved := run.Back(); !moved {
					break
				}
			}
			if _, wrong := run.Answer(path[0].Values, path[0].Facts); wrong != nil {
				return fmt.Errorf("%v", wrong)
			}
			if o, _ := run.Ended(); o.ID != end.ID {
				here, _ := run.Current()
				return fmt.Errorf("%s: standing on %q instead of %s", s.ID, here.ID, end.ID)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func hasTransient(step walk.Step) bool {
	return slices.ContainsFunc(step.Fields, func(f walk.Field) bool { return f.Transient })
}

// Texts of content end on papers and in remarks, where what looks like a secret is refused.
func TestNoTextOfTheContentLooksLikeASecret(t *testing.T) {
	rules, err := Rules()
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	check := func(text bilingual.Text) {
		count++
		for _, s := range []string{text.It, text.En} {
			if why := guard.LooksSecret(s); why != guard.Nothing {
				t.Errorf("%q looks like a secret (%s)", s, why)
			}
		}
	}
	for _, s := range embedded(t) {
		eachText(reflect.ValueOf(*s), check)
	}
	eachText(reflect.ValueOf(rules), check)
	if count < 300 {
		t.Errorf("only %d texts were looked at", count)
	}
}

// The citizen window sets words at 28 points and more: what is longer than this does not fit a small screen turned over.
func TestTheCitizensWordsAreFew(t *testing.T) {
	const most = 160
	for _, s := range embedded(t) {
		for _, step := range s.Steps {
			for _, text := range []string{step.Citizen.It, step.Citizen.En} {
				if n := utf8.RuneCountInString(text); n > most {
					t.Errorf("%s, step %s: %d letters, at most %d fit: %s", s.ID, step.ID, n, most, text)
				}
			}
		}
	}
}

func eachText(v reflect.Value, each func(bilingual.Text)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			eachText(v.Elem(), each)
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachText(v.Index(i), each)
		}
	case reflect.Struct:
		if t, ok := v.Interface().(bilingual.Text); ok {
			each(t)
			return
		}
		for i := range v.NumField() {
			eachText(v.Field(i), each)
		}
	}
}

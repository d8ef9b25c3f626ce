package citizen_test

import (
	"testing"

	"bottega/assets"
	"bottega/desk/walk"
	"bottega/ui/citizen"
	"bottega/ui/text"
	"bottega/ui/text/texttest"
	"bottega/ui/theme"
)

// TestEveryServiceSpeaksBrieflyEnoughForThePracticeDeskOnASmallLaptop is where content that grew too long is caught: whoever
// writes a step reads it on a large screen.
func TestEveryServiceSpeaksBrieflyEnoughForThePracticeDeskOnASmallLaptop(t *testing.T) {
	services, err := assets.Services()
	if err != nil {
		t.Fatal(err)
	}
	dress(t, theme.Options{})
	words := map[string]*text.Localizer{"it": texttest.Localizer(t, "it"), "en": texttest.Localizer(t, "en")}
	count := 0
	for _, service := range services {
		for _, screen := range screensOf(service) {
			count++
			screen.Practice = true
			if err := screen.Validate(); err != nil {
				t.Errorf("%s: %v", service.ID, err)
			}
			for lang, l := range words {
				points := citizen.TypeSize(screen, l, sizes["1024"])
				if points < theme.CitizenSmallest {
					t.Errorf("%s, %q in %s: set at %.1f points, wanted %.0f", service.ID, screen.Title.In(lang), lang, points,
						theme.CitizenSmallest)
				}
			}
		}
	}
	if count < 20 {
		t.Errorf("only %d screens: the test looks in the wrong place", count)
	}
}

// screensOf is what the citizen sees of a service.
func screensOf(s *walk.Service) []citizen.Screen {
	var all []citizen.Screen
	for i, step := range s.Steps {
		screen := citizen.Screen{Kind: citizen.Step, Title: step.Title, Words: step.Citizen, Step: i + 1, Steps: len(s.Steps)}
		switch step.Kind {
		case walk.CitizenTypes:
			screen.Kind = citizen.TypeNow
		case walk.QR:
			screen.Kind, screen.Code, screen.Address = citizen.ScanCode, step.URL, step.URL
		}
		all = append(all, screen)
	}
	for _, o := range s.Outcomes {
		all = append(all, citizen.Screen{Kind: citizen.Result, Mood: citizen.MoodOf(o.Class), Title: o.Title, Words: o.TakeHome, Items: o.Steps(false)})
	}
	return all
}

package citizen

import "bottega/ui/text"

// Stage is the one state behind every view of the citizen's window. It belongs to the goroutine of the windows.
type Stage struct {
	language *text.Holder
	screen   Screen
	covered  bool
	asked    *asking // nil while nothing is asked
	watchers map[int]func()
	next     int
}

// NewStage returns a stage that shows the welcome, in the citizen's own language.
func NewStage(language *text.Holder) *Stage {
	s := &Stage{language: language, screen: Screen{Kind: Welcome}, watchers: map[int]func(){}}
	language.Subscribe(func(*text.Localizer) { s.changed() })
	return s
}

// Language is the citizen's language; changing it redraws every view and leaves the facilitator's alone.
func (s *Stage) Language() *text.Holder { return s.language }

// Show puts another screen before the citizen. What is covered stays covered.
func (s *Stage) Show(screen Screen) {
	s.screen = screen.copied()
	s.changed()
}

// Screen returns what is shown, or would be if it were not covered.
func (s *Stage) Screen() Screen { return s.screen.copied() }

// Cover hides everything of the citizen's at once, and shows it again. Nobody types a code on a screen that cannot be seen.
func (s *Stage) Cover(covered bool) {
	if covered {
		s.GiveUp()
	}
	s.covered = covered
	s.changed()
}

// Covered reports whether the citizen's things are hidden.
func (s *Stage) Covered() bool { return s.covered }

// Page returns what a view draws now.
func (s *Stage) Page() Page { return Present(s.screen, s.language.Current(), s.covered) }

// Watch calls changed whenever the page changes, until the returned function is called.
func (s *Stage) Watch(changed func()) (stop func()) {
	id := s.next
	s.next++
	s.watchers[id] = changed
	return func() { delete(s.watchers, id) }
}

func (s *Stage) changed() {
	for i := range s.next {
		if f, ok := s.watchers[i]; ok {
			f()
		}
	}
}

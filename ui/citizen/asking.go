package citizen

import "fmt"

// Code is what a citizen is asked to type.
type Code string

// The codes.
const (
	CodePIN    Code = "pin"     // the PIN of the card
	CodeOldPIN Code = "old_pin" // the PIN that is to be changed
	CodeNewPIN Code = "new_pin" // the PIN that the holder chooses
	CodeAgain  Code = "again"   // the same once more
	CodePUK    Code = "puk"     // the PUK of the card
)

// Codes returns all of them.
func Codes() []Code { return []Code{CodePIN, CodeOldPIN, CodeNewPIN, CodeAgain, CodePUK} }

// Asking is a code that the citizen types, or, without Most, a question answered with yes or no. It ends once: with Done, with
// Stopped, or with neither where the asker withdraws it. Whichever it is, no digit is left behind.
type Asking struct {
	// Least and Most are how many digits the code has.
	Least, Most int
	// Done gets the code, to be wiped by whoever takes it; nil for a yes.
	Done func(code []byte)
	// Stopped is told that the citizen gave up, or that the screen was covered or closed meanwhile.
	Stopped func()
}

// asking is an Asking with what was typed so far: the only copy of it, of a capacity that never has to grow.
type asking struct {
	Asking
	digits []byte
}

func (a *asking) wipe() {
	clear(a.digits[:cap(a.digits)])
	a.digits = a.digits[:0]
}

// String says nothing of the digits, wherever an asking might be printed.
func (a *asking) String() string { return fmt.Sprintf("%d to %d digits", a.Least, a.Most) }

// GoString is String.
func (a *asking) GoString() string { return a.String() }

// Ask lets the citizen type a code, or answer a question. What was asked before is withdrawn.
func (s *Stage) Ask(a Asking) {
	s.forget()
	s.asked = &asking{Asking: a, digits: make([]byte, 0, a.Most)}
	s.changed()
}

// Withdraw takes the question back and wipes what was typed, without a word to anybody.
func (s *Stage) Withdraw() {
	if s.asked == nil {
		return
	}
	s.forget()
	s.changed()
}

func (s *Stage) forget() {
	if s.asked != nil {
		s.asked.wipe()
		s.asked = nil
	}
}

// Asks reports whether something is being asked.
func (s *Stage) Asks() bool { return s.asked != nil }

// Typed returns how many digits there are.
func (s *Stage) Typed() int {
	if s.asked == nil {
		return 0
	}
	return len(s.asked.digits)
}

// Type adds a digit, from '0' to '9'. Digits beyond the most are not taken.
func (s *Stage) Type(digit byte) {
	if a := s.asked; a != nil && len(a.digits) < a.Most && digit >= '0' && digit <= '9' {
		a.digits = append(a.digits, digit)
		s.changed()
	}
}

// RubOut takes the last digit away.
func (s *Stage) RubOut() {
	if a := s.asked; a != nil && len(a.digits) > 0 {
		last := len(a.digits) - 1
		a.digits[last] = 0
		a.digits = a.digits[:last]
		s.changed()
	}
}

// Wipe takes all digits away.
func (s *Stage) Wipe() {
	if s.asked != nil {
		s.asked.wipe()
		s.changed()
	}
}

// Accept hands the code over. With fewer digits than the least nothing happens: they are still being typed. The watchers hear of
// it once the asker has had its say: a question that follows at once finds the screen still with the citizen.
func (s *Stage) Accept() {
	a := s.asked
	if a == nil || len(a.digits) < a.Least {
		return
	}
	code := a.digits
	if a.Most == 0 {
		code = nil
	}
	s.asked = nil
	a.Done(code)
	s.changed()
}

// GiveUp ends the asking without a code.
func (s *Stage) GiveUp() {
	a := s.asked
	if a == nil {
		return
	}
	s.forget()
	if a.Stopped != nil {
		a.Stopped()
	}
	s.changed()
}

package citizen

import (
	"fyne.io/fyne/v2"

	"bottega/ui/widgets"
)

// newPad makes the keys of a page. In the facilitator's preview they are a picture: nothing can be touched there, and nobody
// sees there how much is typed.
func (l *viewLayout) newPad(p Page) {
	l.keypad, l.pad = nil, nil
	stage, words := l.view.stage, l.view.stage.Language().Current()
	live := l.view.asIf.IsZero()
	switch p.Pad {
	case Keys:
		o := widgets.KeypadOptions{
			Label: p.Label, Rub: words.T("citizen.pad.rub"), Clear: words.T("citizen.pad.clear"),
			Stop: words.T("citizen.pad.stop"), Confirm: words.T("citizen.pad.confirm"),
		}
		if live {
			o.SayCount = func(digits int) string { return words.N("citizen.pad.count", digits) }
			o.Type, o.RubOut, o.Wipe, o.GiveUp, o.Accept = stage.Type, stage.RubOut, stage.Wipe, stage.GiveUp, stage.Accept
		}
		l.keypad = widgets.NewKeypad(o)
		l.pad = l.keypad.Object()
	case Answers:
		var yes, no func()
		if live {
			yes, no = stage.Accept, stage.GiveUp
		}
		l.pad = widgets.NewAnswers(words.T("citizen.pad.yes"), words.T("citizen.pad.no"), yes, no)
	}
}

// count shows how many digits are typed.
func (l *viewLayout) count() {
	if l.keypad != nil && l.view.asIf.IsZero() {
		l.keypad.SetCount(l.view.stage.Typed())
	}
}

// typeKey does what a key of the keyboard means while something is asked, and reports whether it means anything. Digits come as
// letters, by typeRune.
func typeKey(s *Stage, key fyne.KeyName) bool {
	if !s.Asks() {
		return false
	}
	switch key {
	case fyne.KeyBackspace:
		s.RubOut()
	case fyne.KeyDelete:
		s.Wipe()
	case fyne.KeyReturn, fyne.KeyEnter:
		s.Accept()
	case fyne.KeyEscape:
		s.GiveUp()
	default:
		return false
	}
	return true
}

// typeRune takes the digits of the keyboard.
func typeRune(s *Stage, r rune) {
	if r >= '0' && r <= '9' {
		s.Type(byte(r))
	}
}

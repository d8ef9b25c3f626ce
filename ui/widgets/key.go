package widgets

import (
	"fmt"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"bottega/ui/text"
)

// Key is a key of the keyboard, alone or with Ctrl, Alt or Shift. Ctrl with A, C, V, X, Y or Z belongs to the text fields and
// never reaches a screen.
type Key struct {
	Name     fyne.KeyName
	Modifier fyne.KeyModifier
}

// Ctrl returns a letter pressed together with Ctrl.
func Ctrl(name fyne.KeyName) Key { return Key{Name: name, Modifier: fyne.KeyModifierControl} }

// Alt returns a letter pressed together with Alt.
func Alt(name fyne.KeyName) Key { return Key{Name: name, Modifier: fyne.KeyModifierAlt} }

// Plain returns a key pressed alone.
func Plain(name fyne.KeyName) Key { return Key{Name: name} }

// IsZero reports whether it is no key.
func (k Key) IsZero() bool { return k.Name == "" }

// Label returns what is written on the key, as in "Ctrl+N" or "Invio"; no key gives an empty text.
func (k Key) Label(l *text.Localizer) string {
	if k.IsZero() {
		return ""
	}
	var b strings.Builder
	for _, m := range modifierNames {
		if k.Modifier&m.modifier != 0 {
			b.WriteString(l.T(m.key))
			b.WriteByte('+')
		}
	}
	if key, ok := keyNames[k.Name]; ok {
		b.WriteString(l.T(key))
	} else {
		b.WriteString(string(k.Name))
	}
	return b.String()
}

var modifierNames = []struct {
	modifier fyne.KeyModifier
	key      string
}{
	{fyne.KeyModifierControl, "key.ctrl"},
	{fyne.KeyModifierAlt, "key.alt"},
	{fyne.KeyModifierShift, "key.shift"},
}

// keyNames are the keys whose engraving differs from the toolkit's name.
var keyNames = map[fyne.KeyName]string{
	fyne.KeyReturn:    "key.enter",
	fyne.KeyEnter:     "key.enter",
	fyne.KeyEscape:    "key.escape",
	fyne.KeySpace:     "key.space",
	fyne.KeyDelete:    "key.delete",
	fyne.KeyBackspace: "key.backspace",
	fyne.KeyTab:       "key.tab",
	fyne.KeyUp:        "key.up",
	fyne.KeyDown:      "key.down",
	fyne.KeyLeft:      "key.left",
	fyne.KeyRight:     "key.right",
	fyne.KeyPageUp:    "key.page_up",
	fyne.KeyPageDown:  "key.page_down",
	fyne.KeyHome:      "key.home",
	fyne.KeyEnd:       "key.end",
}

// Keys gives the keys of one window their meaning: some hold always, the others belong to the screen that is shown.
//
// The toolkit sends a key to whatever has the focus and to the window only when nothing has it; the widgets of this package
// pass on what they do not use themselves, so a shortcut works wherever the focus is.
type Keys struct {
	canvas     fyne.Canvas
	always     map[Key]func()
	screen     map[Key]func()
	registered map[Key]bool
	silent     bool
	heard      func()
}

// NewKeys takes over the keys of a window.
func NewKeys(c fyne.Canvas) *Keys {
	k := &Keys{canvas: c, always: map[Key]func(){}, screen: map[Key]func(){}, registered: map[Key]bool{}}
	c.SetOnTypedKey(func(ev *fyne.KeyEvent) { k.Press(keyOf(ev)) })
	return k
}

// Always gives a key its meaning on every screen; a screen cannot change it.
func (k *Keys) Always(key Key, do func()) {
	k.always[key] = do
	k.register(key)
}

// Screen forgets the keys of the last screen and takes those of a new one.
func (k *Keys) Screen(bindings map[Key]func()) {
	k.screen = map[Key]func(){}
	for key, do := range bindings {
		k.Bind(key, do)
	}
}

// Bind adds one key to the screen that is shown.
func (k *Keys) Bind(key Key, do func()) {
	if key.IsZero() || do == nil {
		return
	}
	k.screen[key] = do
	k.register(key)
}

// Silence makes every key of the window without effect, and back again: while a person must not be able to act blindly.
func (k *Keys) Silence(silent bool) { k.silent = silent }

// Hear calls heard after every key that reaches the window, whatever it means: somebody is there.
func (k *Keys) Hear(heard func()) { k.heard = heard }

// Press does what the key means now, and reports whether it means anything.
func (k *Keys) Press(key Key) bool {
	if k.heard != nil {
		defer k.heard()
	}
	if k.silent {
		return false
	}
	if key.Name == fyne.KeyEnter { // the one on the number pad
		key.Name = fyne.KeyReturn
	}
	do, ok := k.always[key]
	if !ok {
		do, ok = k.screen[key]
	}
	if ok {
		do()
	}
	return ok
}

// register tells the canvas of a combination: without it the toolkit drops what is pressed with Ctrl or Alt.
func (k *Keys) register(key Key) {
	if key.Modifier == 0 || k.registered[key] {
		return
	}
	k.registered[key] = true
	k.canvas.AddShortcut(&desktop.CustomShortcut{KeyName: key.Name, Modifier: key.Modifier}, func(fyne.Shortcut) {
		k.Press(key)
	})
}

// passKey hands a key that a widget has no use for to the window.
func passKey(o fyne.CanvasObject, ev *fyne.KeyEvent) {
	if c := canvasOf(o); c != nil && c.OnTypedKey() != nil {
		c.OnTypedKey()(ev)
	}
}

// passShortcut hands a combination to the window: a text field gets every combination first and drops what it does not know.
// It travels as a key with a name of our own, because the toolkit gives no other way from a widget to its window.
func passShortcut(o fyne.CanvasObject, s *desktop.CustomShortcut) {
	passKey(o, &fyne.KeyEvent{Name: fyne.KeyName(fmt.Sprintf("%s%d %s", combined, s.Modifier, s.KeyName))})
}

// combined begins the name of a combination that was passed on; no key of the toolkit begins so.
const combined = "combined "

func keyOf(ev *fyne.KeyEvent) Key {
	rest, ok := strings.CutPrefix(string(ev.Name), combined)
	if !ok {
		return Plain(ev.Name)
	}
	modifier, name, _ := strings.Cut(rest, " ")
	held, err := strconv.Atoi(modifier)
	if err != nil {
		return Key{}
	}
	return Key{Name: fyne.KeyName(name), Modifier: fyne.KeyModifier(held)}
}

func canvasOf(o fyne.CanvasObject) fyne.Canvas {
	return fyne.CurrentApp().Driver().CanvasForObject(o)
}

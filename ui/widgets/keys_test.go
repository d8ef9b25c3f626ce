package widgets_test

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"bottega/ui/text/texttest"
	"bottega/ui/theme"
	"bottega/ui/widgets"
)

func press(w fyne.Window, name fyne.KeyName) {
	ev := &fyne.KeyEvent{Name: name}
	if focused := w.Canvas().Focused(); focused != nil {
		focused.TypedKey(ev)
		return
	}
	w.Canvas().OnTypedKey()(ev)
}

// shortcut does as the toolkit does: what has the focus gets a combination first, and only else the window.
func shortcut(w fyne.Window, keys *widgets.Keys, key widgets.Key) {
	if focused, ok := w.Canvas().Focused().(fyne.Shortcutable); ok {
		focused.TypedShortcut(&desktop.CustomShortcut{KeyName: key.Name, Modifier: key.Modifier})
		return
	}
	keys.Press(key) // the test driver's canvas keeps its shortcuts to itself
}

func TestAKeyWorksWhereverTheFocusIs(t *testing.T) {
	dress(t, theme.Options{})
	field := widgets.NewField(widgets.FieldOptions{Label: "Nome"})
	secret := widgets.NewSecret(widgets.SecretOptions{Label: "Frase segreta"})
	button := widgets.NewButton(widgets.Action{Title: "Avanti", Do: nothing})
	choices := widgets.NewChoices(widgets.ChoicesOptions{Choices: []widgets.Choice{{ID: "a", Title: "Uno"}}})
	w := show(t, widgets.Column(field.Object(), secret.Object(), button, choices.Object()), 600, 600)
	pressed := map[string]int{}
	keys := widgets.NewKeys(w.Canvas())
	keys.Always(widgets.Plain(fyne.KeyF12), func() { pressed["F12"]++ })
	keys.Screen(map[widgets.Key]func(){
		widgets.Ctrl(fyne.KeyN):         func() { pressed["Ctrl+N"]++ },
		widgets.Plain(fyne.KeyEscape):   func() { pressed["Esc"]++ },
		widgets.Alt(fyne.KeyP):          func() { pressed["Alt+P"]++ },
		widgets.Plain(fyne.KeyPageDown): nil,
	})
	stops := map[string]func(){
		"nothing":  w.Canvas().Unfocus,
		"a field":  func() { field.Focus(w.Canvas()) },
		"a secret": func() { secret.Focus(w.Canvas()) },
		"a button": func() { w.Canvas().Focus(button) },
		"a choice": func() { choices.Focus(w.Canvas()) },
	}
	for name, focus := range stops {
		t.Run(name, func(t *testing.T) {
			clear(pressed)
			focus()
			press(w, fyne.KeyF12)
			press(w, fyne.KeyEscape)
			shortcut(w, keys, widgets.Ctrl(fyne.KeyN))
			shortcut(w, keys, widgets.Alt(fyne.KeyP))
			for _, key := range []string{"F12", "Esc", "Ctrl+N", "Alt+P"} {
				if pressed[key] != 1 {
					t.Errorf("%s did its work %d times", key, pressed[key])
				}
			}
		})
	}
}

func TestAScreenForgetsTheKeysOfTheLastOne(t *testing.T) {
	dress(t, theme.Options{})
	w := show(t, widgets.Body("x"), 100, 100)
	keys := widgets.NewKeys(w.Canvas())
	first, second, always := 0, 0, 0
	keys.Always(widgets.Plain(fyne.KeyF11), func() { always++ })
	keys.Screen(map[widgets.Key]func(){widgets.Ctrl(fyne.KeyN): func() { first++ }})
	keys.Screen(map[widgets.Key]func(){
		widgets.Plain(fyne.KeyReturn): func() { second++ }, widgets.Plain(fyne.KeyF11): func() { second++ },
	})
	shortcut(w, keys, widgets.Ctrl(fyne.KeyN))
	press(w, fyne.KeyEnter) // the one on the number pad
	press(w, fyne.KeyF11)
	if first != 0 || second != 1 || always != 1 {
		t.Errorf("first screen %d, second %d, always %d", first, second, always)
	}
	keys.Silence(true)
	if keys.Press(widgets.Plain(fyne.KeyF11)) || always != 1 {
		t.Error("a silenced window listened")
	}
}

func TestKeysAreNamedAsOnTheKeyboard(t *testing.T) {
	it, en := texttest.Localizer(t, "it"), texttest.Localizer(t, "en")
	cases := map[string]struct{ got, want string }{
		"with Ctrl":         {widgets.Ctrl(fyne.KeyN).Label(it), "Ctrl+N"},
		"enter":             {widgets.Plain(fyne.KeyReturn).Label(it), "Invio"},
		"enter, in English": {widgets.Plain(fyne.KeyReturn).Label(en), "Enter"},
		"a function key":    {widgets.Plain(fyne.KeyF11).Label(it), "F11"},
		"none":              {widgets.Key{}.Label(it), ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.got != tc.want {
				t.Errorf("got %q, want %q", tc.got, tc.want)
			}
		})
	}
}

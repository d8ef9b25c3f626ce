package widgets

import "fyne.io/fyne/v2"

// Spoken returns what a screen reader says of an object and all in it, in reading order. It walks as the toolkit's own
// walkers do, and into Page besides.
func Spoken(o fyne.CanvasObject) []string {
	var said []string
	walk(o, func(o fyne.CanvasObject) {
		if a, ok := o.(fyne.Accessible); ok && a.AccessibilityRole() != fyne.AccessibleRoleContainer {
			if _, scrolls := o.(*scroller); !scrolls && a.AccessibilityLabel() != "" {
				said = append(said, a.AccessibilityLabel())
			}
		}
	})
	return said
}

// Unnamed returns the focusable objects that a screen reader could not name: there should be none on any screen.
func Unnamed(o fyne.CanvasObject) []fyne.CanvasObject {
	var found []fyne.CanvasObject
	walk(o, func(o fyne.CanvasObject) {
		if _, ok := o.(fyne.Focusable); !ok {
			return
		}
		if a, ok := o.(fyne.Accessible); !ok || a.AccessibilityLabel() == "" {
			found = append(found, o)
		}
	})
	return found
}

// Focusables returns what can have the focus, in the order in which Tab reaches it.
func Focusables(o fyne.CanvasObject) []fyne.Focusable {
	var found []fyne.Focusable
	walk(o, func(o fyne.CanvasObject) {
		if f, ok := o.(fyne.Focusable); ok {
			found = append(found, f)
		}
	})
	return found
}

func walk(o fyne.CanvasObject, visit func(fyne.CanvasObject)) {
	if o == nil || !o.Visible() {
		return
	}
	visit(o)
	for _, child := range children(o) {
		walk(child, visit)
	}
}

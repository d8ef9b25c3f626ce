package widgets

import "fyne.io/fyne/v2"

// relayout lays everything that holds an object out again, from the window inwards, after the object became taller or shorter: a
// field that shows an error pushes down what follows. The toolkit alone would do it a frame later, or not at all.
func relayout(o fyne.CanvasObject) {
	var path []fyne.CanvasObject
	if c := canvasOf(o); c != nil && c.Content() != nil {
		path = pathTo(c.Content(), o)
	}
	if len(path) == 0 { // not on the screen yet, or in a dialog
		o.Refresh()
		return
	}
	for _, held := range path {
		if c, ok := held.(*fyne.Container); ok && c.Layout != nil {
			c.Layout.Layout(c.Objects, c.Size())
		}
	}
	path[0].Refresh()
}

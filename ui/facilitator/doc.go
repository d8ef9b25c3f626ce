// Package facilitator is the window of the facilitator: what the person who runs the desk sees and does.
//
// It has two layers. Presenters (every file but view*.go) know the desk and the words, and turn them into a page: plain rows of
// facts, choices and fields, with no toolkit in sight. The view (view*.go) draws any page with Fyne and brings keys and clicks
// back. Screens are therefore tested as rows, and all of them look and answer the keyboard alike.
//
// Everything a page does to the desk runs off the goroutine of the windows, one task at a time, and can be given up; only
// results come back, through the one dispatcher (see task.go).
//
// cmd/bottega imports it and wires its ports (ports*.go). It imports desk, assets, the face of cardreader and the other rooms of
// ui, never sync, cardreader/pcsc or cardreader/practice.
package facilitator

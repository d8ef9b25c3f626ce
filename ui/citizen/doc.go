// Package citizen is what the citizen sees: a window in big type that holds only what is theirs, never the facilitator's notes.
//
// The facilitator's side pushes a Screen, a value of words and facts, onto a Stage; every View of that stage (the window on the
// second screen, the laptop's own screen turned over, the small preview beside the notes) draws the same Screen in the
// citizen's own language. Nothing here reads the facilitator's window or the journal.
//
// ui/facilitator and cmd/bottega import it. screen.go, presenter.go and stage.go know nothing of the toolkit.
package citizen

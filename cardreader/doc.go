// Package cardreader is the face of the room of readers and cards: what can happen at a reader (Event), what can go wrong with a
// card (Trouble), the Watcher that reads every card as it comes in, and the two small interfaces, Port and Link, behind which
// stand the computer's own card service (cardreader/pcsc) and the practice card (cardreader/practice).
//
// Windows and commands import it to show and name what happens; only programs choose the port behind it. It imports the standard
// library and desk, never a window, and needs neither cgo nor a reader.
package cardreader

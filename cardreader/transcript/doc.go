// Package transcript records what passes between a program and a card, makes it harmless, and plays it back.
//
// A Recorder stands before any cardreader.Port and keeps every exchange; codes typed by a holder, and what a card answers to
// them, are not even kept in memory. Its Transcript is redacted: names, codes, dates, places, numbers and keys of a person are
// replaced by invented ones of the same length and kind that agree with each other where the real ones did, and bytes in files
// that nobody knows by filler. What is left is structure: commands, status words, lengths, tags, layouts. It is written as text
// that a person can read and mail, and a Replay of it is a card that gives exactly the recorded answers to exactly the recorded
// commands, so that a card which a desk could not read becomes a test.
//
// Programs and tests import it; it imports the standard library, desk, cardreader and cardreader/apdu.
package transcript

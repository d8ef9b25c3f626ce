// Package practice is a health card in software: the files, the PIN and PUK with their counters, the RSA key and the certificate
// of a real TS-CNS, with an invented holder. It serves the practice desk in process (Reader is a cardreader.Port) and any program
// on the computer when it is plugged into a virtual reader (Serve), and it is what our own tests read.
//
// Who is on the cards and what is wrong with them is content, in assets/cards/practice.json. How makes of cards differ is data
// too, in chips.go: the "ST 2021" of Tuscany, Athena, ACe 2021, ACe 2025, and the other cards that people push into a reader.
// It is strict where masks differ: an empty VERIFY costs a try here, as it does on some, so that a program that sends one is
// found out on these cards.
//
// Programs and tests import it; it imports the standard library, desk, cardreader, cardreader/apdu and assets/cards.
package practice

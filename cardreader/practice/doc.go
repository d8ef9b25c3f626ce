// Package practice is a health card in software: the files, the PIN and PUK with their counters, the RSA key and the certificate
// of a real TS-CNS, with an invented holder. It serves the practice desk in process (Reader is a cardreader.Port) and any program
// on the computer when it is plugged into a virtual reader (Serve), and it is what our own tests read.
//
// It imitates profile A of the field notes: the "ST 2021" mask, RSA 2048, PIN reference 90. It is strict where masks differ:
// an empty VERIFY costs a try here, as it does on some, so that a program that sends one is found out on this card.
//
// Programs and tests import it; it imports the standard library, desk, cardreader, cardreader/apdu, cardreader/cns and assets/cards.
package practice

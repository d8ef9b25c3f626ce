// Package cns reads a Carta Nazionale dei Servizi, which the Italian health card is: its number, its holder's sixteen fields
// and its authentication certificate, all of which every card gives without a PIN. It knows layouts and encodings and neither
// readers nor the service behind them.
//
// Reading never sends VERIFY, not even the empty one that asks for the tries left: some masks count it as a wrong PIN. Codes
// gives PIN and PUK, to a card in a reader of a port, and lets the card's key work as long as the PIN is given.
// Whatever a card says is hostile input: every parser has hard limits and a fuzz target.
// Programs and the other packages of cardreader import it; it imports the standard library, desk, assets, cardreader and
// cardreader/apdu.
package cns

// Package apdu is the grammar spoken with a chip card (ISO/IEC 7816-4): command and answer units, status words as errors, and
// the BER-TLV objects in a file's control information. It knows no card and no reader.
//
// Whatever a card says is hostile input: every parser here has hard limits and a fuzz target.
// Only the packages of cardreader import it; it imports the standard library.
package apdu

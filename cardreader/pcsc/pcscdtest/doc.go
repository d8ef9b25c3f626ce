// Package pcscdtest starts a card service of a test's own: the real pcscd with virtual readers, in a mount namespace where it
// disturbs neither the computer's service nor another test's. Practice cards plug into it (practice.Serve), and any PC/SC client
// reads them: our own, OpenSC, a browser.
//
// Only tests and the tour import it; it needs Linux, pcscd and vsmartcard-vpcd, and says so when one is missing.
package pcscdtest

// Package cardcert judges the authentication certificate of a card: who issued it, whether it is in date, what it may be used
// for, and whose it says it is. It looks at what is in front of it and asks nobody: whether the authority has withdrawn the
// certificate is another room's question (cardreader/revocation), and stays open here.
//
// What cannot be decided is PartNotChecked, never a fault and never a pass: the authorities of the Regions may not be installed,
// and a citizen must not hear that a good card is forged.
//
// Desk, hub and terminal share it, so that a certificate is judged alike in front of the citizen and at the test door. It imports
// the standard library and desk.
package cardcert

// Package revocation asks an authority whether it has withdrawn a certificate: by OCSP or by its list (CRL), at the addresses that
// the certificate itself gives, over whatever line there is. It never stands between a person and the reading of a card: programs
// ask it afterwards, and "not checked" is an answer like any other.
//
// What comes over the line is a stranger's until its signature says otherwise: a captive portal's page, a list without end or an
// old answer played again are no answers. What was answered is kept for as long as it says that it is good. Lists are kept on
// disk: they are public and name nobody who was here. Answers by OCSP are about one serial number, which is a person at this desk,
// and are forgotten when the program ends.
//
// cmd imports it and shows what it says; it imports desk and desk/cardcert.
package revocation

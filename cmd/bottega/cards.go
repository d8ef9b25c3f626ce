package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"

	"bottega/cardreader"
	"bottega/cardreader/cns"
	"bottega/cardreader/login"
	"bottega/cardreader/revocation"
	"bottega/cmd/internal/house"
	"bottega/desk"
	"bottega/desk/cardcert"
	"bottega/sync/client"
	"bottega/ui/facilitator"
)

// cardRoom is what a session does with cards: read them, judge their certificates, and give them codes, by the layouts and the
// authorities of the content in force.
type cardRoom struct {
	port     cardreader.Port
	packs    *house.Packs
	practice bool
	checker  *revocation.Checker
	codes    *cns.Codes
	line     *client.Client
}

// newCardRoom prepares the cards of a desk. Lists of withdrawn certificates are kept in its folder; a practice desk keeps none.
func newCardRoom(port cardreader.Port, line *client.Client, packs *house.Packs, o opening) *cardRoom {
	folder := o.folder
	if o.practice {
		folder = ""
	}
	checker := house.NewAsker(cardcert.Judge{}, folder).Checker
	checker.Spare = func() bool { return line.Status().Metered }
	return &cardRoom{
		port: port, packs: packs, practice: o.practice, checker: checker, line: line,
		codes: &cns.Codes{Port: port, Layouts: packs.Content().Cards.Layouts, Door: hubDoor{line}},
	}
}

// into gives a session its cards.
func (r *cardRoom) into(s *facilitator.Session) {
	s.Watch, s.Codes, s.Door, s.Withdrawn = watch(r.port, r.read), r.codes, r.door, r.withdrawn
}

// know takes up the card layouts of a content that came into force.
func (r *cardRoom) know(c house.Content) { r.codes.SetLayouts(c.Cards.Layouts) }

func (r *cardRoom) read(ctx context.Context, link cardreader.Link, phase func(cardreader.Phase)) (desk.Card, error) {
	content := r.packs.Content()
	reader := content.Cards
	reader.Certificates = content.Judge(r.practice)
	return reader.Read(ctx, link, phase)
}

func (r *cardRoom) withdrawn(ctx context.Context, c *desk.CardCertificate) desk.CertificateCheck {
	asker := house.Asker{Judge: r.packs.Content().Judge(r.practice), Checker: r.checker}
	return asker.Ask(ctx, c)
}

// door is where the hub says whose card it sees, empty before enrolment.
func (r *cardRoom) door() string {
	door, _ := r.line.TestDoor()
	return door.URL
}

// hubDoor knocks at the test door of the desk's own hub, and lets nobody else's certificate pass for it.
type hubDoor struct{ line *client.Client }

var _ cns.Door = hubDoor{}

// Knock implements cns.Door.
func (d hubDoor) Knock(ctx context.Context, url string, newest uint16, show func(*tls.CertificateRequestInfo) (*tls.Certificate, error)) (desk.DoorAnswer, error) {
	door, enrolled := d.line.TestDoor()
	if !enrolled {
		return desk.DoorAnswer{}, cardreader.DoorClosed
	}
	roots := x509.NewCertPool()
	roots.AddCert(door.Authority)
	return login.Door{Roots: roots}.Knock(ctx, url, newest, show)
}

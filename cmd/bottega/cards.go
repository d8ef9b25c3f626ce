package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"

	"bottega/cardreader"
	"bottega/cardreader/cns"
	"bottega/cardreader/login"
	"bottega/cmd/internal/house"
	"bottega/desk"
	"bottega/sync/client"
	"bottega/ui/facilitator"
)

// cardRoom is what a session does with cards: read them, judge their certificates, and give them codes.
type cardRoom struct {
	port   cardreader.Port
	reader cns.Reader
	asks   *house.Asker
	codes  *cns.Codes
	line   *client.Client
}

// newCardRoom prepares the cards of a desk. Lists of withdrawn certificates are kept in folder; a practice desk keeps none.
func (p *parts) newCardRoom(port cardreader.Port, line *client.Client, practice bool, folder string) (*cardRoom, error) {
	judge, err := house.Judge(practice)
	if err != nil {
		return nil, err
	}
	if practice {
		folder = ""
	}
	r := &cardRoom{port: port, reader: p.content.Cards, asks: house.NewAsker(judge, folder), line: line}
	r.reader.Certificates = judge
	r.codes = &cns.Codes{Port: port, Layouts: p.content.Cards.Layouts, Door: hubDoor{line}}
	return r, nil
}

// into gives a session its cards.
func (r *cardRoom) into(s *facilitator.Session) {
	s.Watch, s.Codes, s.Door, s.Withdrawn = watch(r.port, r.reader.Read), r.codes, r.door, r.asks.Ask
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

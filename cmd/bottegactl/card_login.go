package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"os"

	"bottega/cardreader/login"
	"bottega/desk"
)

type cardLogin struct {
	URL       string `arg:"" name:"url"`
	CA        string `name:"ca" placeholder:"FILE"`
	codeFlags `embed:""`
}

// loginReport is the answer of card login: what a test door said, or what a portal did.
type loginReport struct {
	desk.DoorAnswer
	Portal *desk.PortalAnswer `json:"portal,omitempty"`
}

// Run lets the card prove its key in a mutual TLS handshake. A certificate that is not let in is an answer, and sets the exit
// code.
func (c cardLogin) Run(ctx context.Context, a *app) error {
	if err := login.Check(c.URL); err != nil {
		return wrongUse("bad_address", "URL", c.URL)
	}
	door := login.Door{Portals: true, Now: a.now}
	if c.CA != "" {
		var err error
		if door.Roots, err = authorities(c.CA); err != nil {
			return err
		}
	}
	return a.give(ctx, c.codeFlags, door, func(g *giving) error {
		pin, err := g.pin(ctx)
		if err != nil {
			return err
		}
		answer, err := g.codes.Login(ctx, g.reader, c.URL, pin)
		if err != nil {
			return err
		}
		if err := a.show(loginReport{answer, answer.Portal}, func(w io.Writer) { a.doorText(w, answer) }); err != nil {
			return err
		}
		if !answer.Accepted {
			return errCardTroubled
		}
		return nil
	})
}

// authorities reads the certificates in a PEM file as the only ones that may vouch for a server.
func authorities(file string) (*x509.CertPool, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(content) {
		return nil, wrongUse("no_certificates", "Path", file)
	}
	return pool, nil
}

// doorText writes an answer as a person reads it.
func (a *app) doorText(w io.Writer, answer desk.DoorAnswer) {
	line(w, a.say.T("ctl.login.key"), fmt.Sprintf("(%s)", answer.Protocol))
	if portal := answer.Portal; portal != nil && portal.Status != 0 {
		line(w, a.say.T("ctl.login.portal", "Host", portal.Host, "Status", portal.Status))
	}
	if answer.Serial != "" {
		line(w, a.say.T("ctl.login.seen", "FiscalCode", answer.FiscalCode, "Number", answer.CardNumber, "Serial", answer.Serial))
	}
	if answer.Practice {
		line(w, a.say.T("ctl.login.practice"))
	}
	if answer.Accepted {
		line(w, a.say.T("ctl.login.accepted"))
		return
	}
	line(w, a.say.T("ctl.login.refused")+":", a.say.T("card_reason."+answer.Reason)+".")
}

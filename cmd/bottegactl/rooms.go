package main

import (
	"context"
	"time"

	"bottega/cardreader"
	"bottega/cardreader/cns"
	"bottega/cardreader/login"
	"bottega/cardreader/pcsc"
	"bottega/cmd/internal/doctor"
	"bottega/cmd/internal/house"
	"bottega/desk"
	"bottega/ui/paper/printer"
)

// rooms are the parts of the world that a test replaces: readers, printers, the clock, and the computer that the doctor examines.
type rooms struct {
	openPort func() cardreader.Port
	readCard cardreader.ReadFunc
	// withdrawn asks the authority about a certificate, over the line.
	withdrawn func(context.Context, *desk.CardCertificate) desk.CertificateCheck
	// openCodes gives codes to the cards of a port, and lets them show themselves at a door.
	openCodes func(cardreader.Port, login.Door) cardreader.Codes
	printers  desk.Printers
	now       func() time.Time
	computer  func(doctor.Params) *doctor.Computer
}

// realRooms are those of this computer.
func realRooms() rooms {
	return rooms{
		openPort: func() cardreader.Port { return pcsc.New() },
		readCard: house.Cards().Read,
		withdrawn: func(ctx context.Context, c *desk.CardCertificate) desk.CertificateCheck {
			return house.TerminalAsker().Ask(ctx, c)
		},
		openCodes: func(p cardreader.Port, d login.Door) cardreader.Codes {
			return &cns.Codes{Port: p, Layouts: house.Cards().Layouts, Door: d}
		},
		printers: printer.New(printer.Config{}),
		now:      time.Now,
		computer: doctor.Here,
	}
}

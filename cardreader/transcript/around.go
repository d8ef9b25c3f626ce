package transcript

import (
	"context"
	"fmt"
	"time"

	"bottega/cardreader"
	"bottega/cardreader/apdu"
)

// aroundLimit bounds the look around a card; a slow one takes five seconds.
const aroundLimit = 20 * time.Second

// aroundBytes bounds what a card may answer, far below what a transcript takes.
const aroundBytes = 1 << 16

// files that cards are known to keep, from the master file or from the folder of an application: those of the CNS, of Infocamere,
// of the cards of 2021 and 2025, and the directories of ISO/IEC 7816-4.
var knownFiles = [][]byte{
	{0x2F, 0x00}, {0x2F, 0x01}, {0x2F, 0x02}, {0x3F, 0x01}, {0x3F, 0x02}, {0x04, 0x05}, {0xD0, 0x03}, {0x50, 0x15, 0x50, 0x31},
	{0x10, 0x00}, {0x10, 0x00, 0x10, 0x02}, {0x10, 0x00, 0x10, 0x03}, {0x11, 0x00}, {0x11, 0x00, 0x11, 0x01}, {0x11, 0x00, 0x11, 0x02},
	{0x12, 0x00}, {0x12, 0x00, 0x12, 0x03}, {0x14, 0x00}, {0x14, 0x00, 0x90, 0x01, 0x20, 0x02}, {0x14, 0x00, 0x90, 0x10}, {0x2F, 0xFF, 0x82, 0x28},
	{0xDA, 0x01, 0xC0, 0x01},
}

// applications that answer on cards of many makes, by their whole names or only by the five bytes of who registered them.
var knownApplications = [][]byte{
	{},                             // whatever the card offers first
	{0xA0, 0x00, 0x00, 0x05, 0x30}, // ACe 2025
	{0xA0, 0x00, 0x00, 0x00, 0x95}, // ST 2022
	{0xA0, 0x00, 0x00, 0x00, 0x77}, // IDEMIA, once Oberthur
	{0xA0, 0x00, 0x00, 0x00, 0x18}, // Thales, once Gemplus
	{0xA0, 0x00, 0x00, 0x00, 0x63, 'P', 'K', 'C', 'S', '-', '1', '5'}, // PKCS #15
	{0xA0, 0x00, 0x00, 0x00, 0x39},                                    // CIE
	{0xA0, 0x00, 0x00, 0x01, 0x51},                                    // GlobalPlatform
	{0xA0, 0x00, 0x00, 0x03, 0x08},                                    // PIV and IAS ECC
	{0xE8, 0x28, 0xBD, 0x08, 0x0F},                                    // IAS
	{0xD2, 0x76, 0x00, 0x01, 0x24, 0x01},                              // OpenPGP
	{0xD2, 0x76, 0x00, 0x00, 0x85, 0x01, 0x01},                        // NFC Forum
}

// dataObjects are what GET DATA is asked for, in P1 and P2: the card's name and versions, its serial data, its historical bytes.
var dataObjects = [][2]byte{{0x01, 0x80}, {0x9F, 0x7F}, {0x5F, 0x52}, {0x00, 0x66}, {0xDF, 0x30}}

// LookAround asks the card in a reader for the files and applications that cards are known to have, so that whoever gets the
// transcript of a card that no layout fits finds more in it than refusals. It selects and reads, which any card allows or
// refuses without harm; it gives no code and writes nothing. A recorder looks around once.
func (r *Recorder) LookAround(ctx context.Context, reader string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, aroundLimit, cardreader.MuteCard)
	defer cancel()
	link, err := r.Connect(ctx, reader)
	if err != nil {
		return fmt.Errorf("looking around the card: %w", err)
	}
	defer func() { _ = link.Close() }() // what it said was said
	r.mu.Lock()
	r.around = len(r.conversations)
	r.mu.Unlock()
	l := &lookout{link: link, budget: aroundBytes}
	l.files(ctx, 0x08, apdu.Command{INS: insSelect, Data: []byte{0x3F, 0x00}, Ne: apdu.MaxNe})
	for _, object := range dataObjects {
		l.ask(ctx, apdu.Command{INS: insGetData, P1: object[0], P2: object[1], Ne: apdu.MaxNe})
	}
	for _, name := range knownApplications {
		l.files(ctx, 0x09, apdu.Command{INS: insSelect, P1: 0x04, Data: name, Ne: apdu.MaxNe})
	}
	return l.err
}

// lookout asks on until the link fails or the card has said enough.
type lookout struct {
	link   cardreader.Link
	err    error
	budget int // bytes that the card may still answer
}

// files asks for the known files below a root, in a way of selecting. The root is selected again before each file, since what was
// selected in between may have led elsewhere; a card that does not have it is left in peace.
func (l *lookout) files(ctx context.Context, way byte, root apdu.Command) {
	const longest = 8 * apdu.MaxNe
	stray := true
	for _, path := range knownFiles {
		if stray && !l.selects(ctx, root) {
			return
		}
		if stray = l.selects(ctx, apdu.Command{INS: insSelect, P1: way, Data: path, Ne: apdu.MaxNe}); !stray {
			continue
		}
		for offset := 0; offset < longest; offset += apdu.MaxNe {
			if r := l.ask(ctx, apdu.Command{INS: insRead, P1: byte(offset >> 8), Ne: apdu.MaxNe}); len(r.Data) < apdu.MaxNe {
				break
			}
		}
	}
}

// selects reports whether something was selected.
func (l *lookout) selects(ctx context.Context, c apdu.Command) bool {
	return done(l.ask(ctx, c).Status)
}

// ask sends one command, unless the link has failed or the card has said enough.
func (l *lookout) ask(ctx context.Context, c apdu.Command) apdu.Response {
	if l.err != nil || l.budget < 0 {
		return apdu.Response{}
	}
	r, err := apdu.Exchange(ctx, l.link, c)
	l.err = err
	l.budget -= len(r.Data) + apdu.MaxNe/8 // a refusal counts too
	return r
}

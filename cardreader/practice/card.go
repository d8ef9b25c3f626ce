package practice

import (
	"bytes"
	"crypto/rsa"
	"fmt"
	"math/rand/v2"
	"sync"

	"bottega/cardreader/apdu"
)

// Card is one practice card. It may be used from several goroutines: commands are taken one at a time, as a chip does. What was
// done to it, for instance wrong PINs, it remembers as long as the program runs.
type Card struct {
	profile Profile
	chip    chip
	key     *rsa.PrivateKey // nil for a card without

	mu           sync.Mutex
	root         *file
	applications []*file
	current      *file // the selected file
	chain        []byte
	chained      bool   // the last command said that it goes on
	pending      []byte // what GET RESPONSE still has to hand out
	pin          secret
	puk          secret
	chosen       bool // MSE chose the key

	insertions int         // how often the card was pushed into a reader
	since      int         // commands since the last of them
	commands   int         // commands in all
	leavesAt   int         // commands after which the card is pulled out the first time; 0 is never
	dirt       func() bool // whether the contacts fail now; nil for clean ones
	liesOfSize bool
}

// New makes the card of a profile, with its PIN and PUK as delivered and its fault, if it has one.
func New(p Profile) (*Card, error) {
	c := &Card{profile: p, chip: p.chip, pin: newSecret(DefaultPIN, maxPINTries), puk: newSecret(DefaultPUK, maxPUKTries)}
	of := contents{number: []byte(p.Number)}
	of.personal, _ = p.personalFile()
	if c.chip.bits > 0 {
		var err error
		if c.key, err = cardKey(p.key, c.chip.bits); err != nil {
			return nil, err
		}
		certificate, err := p.certificate(&c.key.PublicKey)
		if err != nil {
			return nil, err
		}
		of.certificate = certificate.Raw
	}
	spoil, known := faults[p.Fault]
	if !known {
		return nil, fmt.Errorf("practice card %s: no fault is called %q", p.ID, p.Fault)
	}
	if spoil.contents != nil {
		spoil.contents(&of)
	}
	c.root, c.applications = c.chip.tree(of)
	c.current = c.root
	if spoil.card != nil {
		spoil.card(c)
	}
	return c, nil
}

// Profile returns who is on the card.
func (c *Card) Profile() Profile { return c.profile }

// ATR returns the card's answer to reset, nothing for one that is mute.
func (c *Card) ATR() []byte { return bytes.Clone(c.chip.atr) }

// mute reports a card that does not answer to reset.
func (c *Card) mute() bool { return len(c.chip.atr) == 0 }

// Commands returns how many commands the card was sent since it was made.
func (c *Card) Commands() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.commands
}

// SetDirt lets a function say for each command whether the contacts fail, in place of chance.
func (c *Card) SetDirt(fails func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dirt = fails
}

// Reset forgets what was selected, verified and begun, as a chip does that lost its power. The counters stay.
func (c *Card) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reset()
}

func (c *Card) reset() {
	c.current, c.chain, c.chained, c.pending, c.chosen = c.root, nil, false, nil, false
	c.pin.verified = false
}

// insert is what happens to a card that is pushed into a reader.
func (c *Card) insert() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.insertions++
	c.since = 0
	c.reset()
}

// leaves reports that somebody pulls the card out now. Whoever was told to wait does so the second time.
func (c *Card) leaves() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.leavesAt > 0 && c.insertions < 2 && c.since >= c.leavesAt
}

// chance returns dirt that comes and goes. It is the same each time for the same card, and less of it stays each time that the
// card is pushed in again, as cleaning does.
func (c *Card) chance() func() bool {
	source := rand.New(rand.NewPCG(uint64(c.profile.key), 0xB077E6A)) // it only has to look like chance
	return func() bool { return source.Float64() < 1/float64(uint64(1)<<min(max(c.insertions, 1), 62)) }
}

// handlers of the commands that the card knows, by instruction byte.
var handlers = map[byte]func(*Card, apdu.Command) ([]byte, apdu.Status){
	0xA4: (*Card).selectFile,
	0xB0: (*Card).readBinary,
	0xC0: (*Card).getResponse,
	0x20: (*Card).verify,
	0x24: (*Card).change,
	0x2C: (*Card).unblock,
	0x22: (*Card).manageSecurity,
	0x2A: (*Card).performSecurity,
	0x84: (*Card).challenge,
	0xCA: (*Card).getData,
	0xCB: (*Card).getData,
}

const (
	insGetResponse = 0xC0
	// maxChained bounds the data gathered over chained commands; a signature's block takes 257 bytes.
	maxChained = 1024
)

// Process answers one command, data and status together, as it goes over a wire. Whatever the bytes are, there is an answer.
func (c *Card) Process(raw []byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.commands++
	c.since++
	data, status := c.answer(raw)
	answer := make([]byte, 0, len(data)+2)
	answer = append(answer, data...)
	return append(answer, byte(status>>8), byte(status))
}

func (c *Card) answer(raw []byte) ([]byte, apdu.Status) {
	if c.dirt != nil && c.dirt() {
		return nil, apdu.UnknownFailure
	}
	command, err := apdu.ParseCommand(raw)
	if err != nil {
		return nil, apdu.WrongLength
	}
	if command.CLA&^apdu.ChainBit != 0 {
		return nil, apdu.UnknownCLA
	}
	handle, known := handlers[command.INS]
	if !known {
		return nil, apdu.UnknownINS
	}
	if len(c.chain)+len(command.Data) > maxChained {
		c.chain, c.chained = nil, false
		return nil, apdu.WrongLength
	}
	if command.CLA&apdu.ChainBit != 0 {
		c.chain, c.chained = append(c.chain, command.Data...), true
		return nil, apdu.OK
	}
	if c.chained {
		command.Data = append(c.chain, command.Data...)
		c.chain, c.chained = nil, false
	}
	if command.INS == insGetResponse {
		return handle(c, command)
	}
	c.pending = nil
	return c.handOut(handle(c, command))
}

// handOut returns an answer as the card gives it: whole, or announced and fetched in pieces.
func (c *Card) handOut(data []byte, status apdu.Status) ([]byte, apdu.Status) {
	if c.chip.pieces == 0 || len(data) == 0 || status != apdu.OK {
		return data, status
	}
	c.pending = bytes.Clone(data)
	return nil, c.more()
}

// more announces what GET RESPONSE has to hand out.
func (c *Card) more() apdu.Status {
	if len(c.pending) == 0 {
		return apdu.OK
	}
	return 0x6100 | apdu.Status(min(len(c.pending), c.chip.pieces))
}

// getResponse hands out the next piece of an answer.
func (c *Card) getResponse(command apdu.Command) ([]byte, apdu.Status) {
	switch {
	case c.chip.pieces == 0:
		return nil, apdu.UnknownINS
	case len(c.pending) == 0:
		return nil, apdu.ConditionsNotMet
	}
	piece := c.pending[:min(command.Ne, c.chip.pieces, len(c.pending))]
	c.pending = c.pending[len(piece):]
	return piece, c.more()
}

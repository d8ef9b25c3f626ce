package practice

import (
	"crypto/rsa"
	"sync"

	"bottega/cardreader/apdu"
)

// atrST2021 is the answer to reset of the "ST 2021" mask, CNS version 1.1.
var atrST2021 = []byte{
	0x3B, 0xFF, 0x18, 0x00, 0xFF, 0x81, 0x31, 0xFE, 0x55, 0x00, 0x6B, 0x02, 0x09, 0x16, 0x17, 0x01, 0x11, 0x01,
	0x43, 0x4E, 0x53, 0x11, 0x31, 0x80, 0x8D,
}

// Card is one practice card. It may be used from several goroutines: commands are taken one at a time, as a chip does.
type Card struct {
	profile Profile
	key     *rsa.PrivateKey

	mu      sync.Mutex
	root    *file
	current *file // the selected file
	chain   []byte
	chained bool // the last command said that it goes on
	pin     secret
	puk     secret
	keyRef  byte // the key that MSE chose; 0 when none was
}

// New makes the card of a profile, with its PIN and PUK as delivered.
func New(p Profile) (*Card, error) {
	key, err := cardKey(p.key)
	if err != nil {
		return nil, err
	}
	var certificate []byte
	if !p.missingCertFile {
		c, err := p.certificate(&key.PublicKey)
		if err != nil {
			return nil, err
		}
		certificate = c.Raw
	}
	c := &Card{
		profile: p, key: key, root: filesOf(p, certificate),
		pin: newSecret(DefaultPIN, maxPINTries), puk: newSecret(DefaultPUK, maxPUKTries),
	}
	c.current = c.root
	return c, nil
}

// Profile returns who is on the card.
func (c *Card) Profile() Profile { return c.profile }

// ATR returns the card's answer to reset.
func (c *Card) ATR() []byte { return append([]byte{}, atrST2021...) }

// Reset forgets what was selected, verified and begun, as a chip does that lost its power. The counters stay.
func (c *Card) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current, c.chain, c.chained, c.keyRef = c.root, nil, false, 0
	c.pin.verified = false
}

// handlers of the commands that the card knows, by instruction byte.
var handlers = map[byte]func(*Card, apdu.Command) ([]byte, apdu.Status){
	0xA4: (*Card).selectFile,
	0xB0: (*Card).readBinary,
	0x20: (*Card).verify,
	0x24: (*Card).change,
	0x2C: (*Card).unblock,
	0x22: (*Card).manageSecurity,
	0x2A: (*Card).performSecurity,
	0x84: (*Card).challenge,
	0xCA: (*Card).getData,
	0xCB: (*Card).getData,
}

// maxChained bounds the data gathered over chained commands; a signature's block takes 257 bytes.
const maxChained = 1024

// Process answers one command, data and status together, as it goes over a wire.
func (c *Card) Process(raw []byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	data, status := c.answer(raw)
	answer := make([]byte, 0, len(data)+2)
	answer = append(answer, data...)
	return append(answer, byte(status>>8), byte(status))
}

func (c *Card) answer(raw []byte) ([]byte, apdu.Status) {
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
	return handle(c, command)
}

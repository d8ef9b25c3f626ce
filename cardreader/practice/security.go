package practice

import (
	"crypto/rand"
	"crypto/subtle"
	"math/big"

	"bottega/cardreader/apdu"
)

// The codes of a practice card as it is delivered. They are nobody's and protect nothing.
const (
	DefaultPIN = "12345"
	DefaultPUK = "12345678"
)

const (
	maxPINTries = 3
	maxPUKTries = 3
	codeLength  = 8 // codes are stored in eight bytes, padded with FF
	minPIN      = 5 // digits
)

// secret is a PIN or PUK with its counter.
type secret struct {
	code     [codeLength]byte
	tries    int
	most     int
	verified bool
}

func newSecret(code string, tries int) secret {
	return secret{code: padCode(code), tries: tries, most: tries}
}

func padCode(code string) (padded [codeLength]byte) {
	for i := range padded {
		padded[i] = 0xFF
	}
	copy(padded[:], code)
	return padded
}

// check compares an attempt and keeps the counter. Anything but the right eight bytes is a wrong try.
func (s *secret) check(attempt []byte) apdu.Status {
	if s.tries == 0 {
		return apdu.MethodBlocked
	}
	if subtle.ConstantTimeCompare(s.code[:], attempt) != 1 {
		s.tries--
		s.verified = false
		return 0x63C0 | apdu.Status(s.tries)
	}
	s.tries, s.verified = s.most, true
	return apdu.OK
}

// TriesLeft returns how many wrong PINs the card still takes, as no command can tell without risk.
func (c *Card) TriesLeft() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pin.tries
}

// verify compares the PIN. An empty VERIFY costs a try: some masks count it, and a program that sends one must be found out.
func (c *Card) verify(command apdu.Command) ([]byte, apdu.Status) {
	if status := c.codeCommand(command); status != apdu.OK {
		return nil, status
	}
	return nil, c.pin.check(command.Data)
}

// change takes the old PIN and the new one.
func (c *Card) change(command apdu.Command) ([]byte, apdu.Status) {
	if status := c.codeCommand(command); status != apdu.OK {
		return nil, status
	}
	if len(command.Data) != 2*codeLength {
		return nil, apdu.WrongLength
	}
	fresh := command.Data[codeLength:]
	if !validPIN(fresh) {
		return nil, apdu.WrongData
	}
	if status := c.pin.check(command.Data[:codeLength]); status != apdu.OK {
		return nil, status
	}
	copy(c.pin.code[:], fresh)
	return nil, apdu.OK
}

// unblock takes the PUK and a new PIN.
func (c *Card) unblock(command apdu.Command) ([]byte, apdu.Status) {
	if status := c.codeCommand(command); status != apdu.OK {
		return nil, status
	}
	if len(command.Data) != 2*codeLength {
		return nil, apdu.WrongLength
	}
	fresh := command.Data[codeLength:]
	if !validPIN(fresh) {
		return nil, apdu.WrongData
	}
	if status := c.puk.check(command.Data[:codeLength]); status != apdu.OK {
		return nil, status
	}
	c.pin = secret{tries: maxPINTries, most: maxPINTries}
	copy(c.pin.code[:], fresh)
	return nil, apdu.OK
}

// codeCommand judges where and of which code a command is. The PIN's reference is not known outside its folder.
func (c *Card) codeCommand(command apdu.Command) apdu.Status {
	switch {
	case command.P1 != 0:
		return apdu.WrongP1P2
	case !c.reaches(c.chip.codes), command.P2 != c.chip.codes.reference:
		return apdu.ReferenceNotFound
	default:
		return apdu.OK
	}
}

// validPIN reports five to eight digits, padded with FF.
func validPIN(code []byte) bool {
	digits := 0
	for digits < len(code) && code[digits] >= '0' && code[digits] <= '9' {
		digits++
	}
	for _, b := range code[digits:] {
		if b != 0xFF {
			return false
		}
	}
	return digits >= minPIN
}

// manageSecurity restores the card's security environment, or chooses the key for what follows.
func (c *Card) manageSecurity(command apdu.Command) ([]byte, apdu.Status) {
	const restore, choose = 0xF3, 0xF1
	switch {
	case c.chip.key == nil:
		return nil, apdu.UnknownINS
	case command.P1 == restore && command.P2 == c.chip.environment:
		c.chosen = false
		return nil, apdu.OK
	case command.P1 == choose && (command.P2 == 0xB8 || command.P2 == 0xB6):
		if len(command.Data) != 3 || command.Data[0] != 0x83 || command.Data[1] != 1 {
			return nil, apdu.WrongData
		}
		if command.Data[2] != c.chip.key.reference || !c.reaches(c.chip.key) {
			return nil, apdu.ReferenceNotFound
		}
		c.chosen = true
		return nil, apdu.OK
	default:
		return nil, apdu.WrongP1P2
	}
}

// performSecurity uses the private key: DECIPHER over a block that the host padded, which is how these cards sign for
// authentication, or COMPUTE DIGITAL SIGNATURE over a DigestInfo that the card pads.
func (c *Card) performSecurity(command apdu.Command) ([]byte, apdu.Status) {
	if c.key == nil {
		return nil, apdu.UnknownINS
	}
	size := c.key.Size()
	var block []byte
	switch operation := uint16(command.P1)<<8 | uint16(command.P2); {
	case operation == 0x8086 && len(command.Data) == size+1 && command.Data[0] == 0x00:
		block = command.Data[1:]
	case operation == 0x9E9A && len(command.Data) > 0 && len(command.Data) <= size-11:
		block = padType1(command.Data, size)
	case operation == 0x8086 || operation == 0x9E9A:
		return nil, apdu.WrongData
	default:
		return nil, apdu.WrongP1P2
	}
	switch {
	case !c.pin.verified:
		return nil, apdu.SecurityNotMet
	case !c.chosen:
		return nil, apdu.ConditionsNotMet
	}
	input := new(big.Int).SetBytes(block)
	if input.Cmp(c.key.N) >= 0 {
		return nil, apdu.WrongData
	}
	// A plain exponentiation is not constant in time; nothing here is secret.
	return input.Exp(input, c.key.D, c.key.N).FillBytes(make([]byte, size)), apdu.OK
}

// padType1 pads as PKCS #1 v1.5 does for signatures: 00 01 FF .. FF 00 and the data.
func padType1(data []byte, size int) []byte {
	block := make([]byte, size)
	block[1] = 0x01
	for i := 2; i < size-len(data)-1; i++ {
		block[i] = 0xFF
	}
	copy(block[size-len(data):], data)
	return block
}

// challenge returns random bytes.
func (c *Card) challenge(command apdu.Command) ([]byte, apdu.Status) {
	if command.P1 != 0 || command.P2 != 0 {
		return nil, apdu.WrongP1P2
	}
	most := apdu.MaxNe
	if c.chip.maxChallenge > 0 {
		most = c.chip.maxChallenge
	}
	if command.Ne == 0 || command.Ne > most {
		return nil, apdu.WrongLength
	}
	random := make([]byte, command.Ne)
	if _, err := rand.Read(random); err != nil {
		return nil, apdu.UnknownFailure
	}
	return random, apdu.OK
}

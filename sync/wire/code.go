package wire

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// EnrolCode is what a person types or pastes once to tie a desk to its hub: where the hub is, by which certificate it is
// recognised on the first call, and a secret that is good for one desk.
type EnrolCode struct {
	// Host is a name or an IP address, without a port.
	Host string
	Port uint16
	// Fingerprint is the beginning of the SHA-256 of the certificate (DER) of the hub's own authority. 128 bits are as good as all
	// 256 against somebody who would have to make a certificate that fits, and halve what a person types.
	Fingerprint [16]byte
	// Secret is good once, and not for long.
	Secret [10]byte
}

// ErrCode says that a text is not an enrolment code; CodeGroupError, when it can be told, says which group to look at.
var ErrCode = errors.New("this is not an enrolment code")

// CodeGroupError names the group of five that was mistyped. It matches ErrCode.
type CodeGroupError struct {
	// Group counts from one.
	Group int
}

// Error implements error.
func (e *CodeGroupError) Error() string {
	return fmt.Sprintf("group %d of the enrolment code is mistyped", e.Group)
}

// Is implements the match with ErrCode.
func (e *CodeGroupError) Is(target error) bool { return target == ErrCode }

const (
	codeVersion = 1
	maxCodeHost = 120
)

// Fingerprint returns what an EnrolCode says of a certificate.
func Fingerprint(der []byte) [16]byte {
	sum := sha256.Sum256(der)
	return [16]byte(sum[:16])
}

// Address returns host:port.
func (c EnrolCode) Address() string { return net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port))) }

// String returns the code in groups of five letters and digits; the fifth of each is its check.
func (c EnrolCode) String() string { return string(Groups(c.bytes())) }

// bytes lays the code out: version, length of host, host (4 bytes for an IPv4 address, marked by length 0), port, fingerprint,
// secret, and two bytes of SHA-256 over all of it, which catch what the checks of the groups let through.
func (c EnrolCode) bytes() []byte {
	b := []byte{codeVersion}
	if ip, err := netip.ParseAddr(c.Host); err == nil && ip.Is4() {
		four := ip.As4()
		b = append(append(b, 0), four[:]...)
	} else {
		b = append(append(b, byte(len(c.Host))), c.Host...)
	}
	b = binary.BigEndian.AppendUint16(b, c.Port)
	b = append(append(b, c.Fingerprint[:]...), c.Secret[:]...)
	sum := sha256.Sum256(b)
	return append(b, sum[0], sum[1])
}

// Check reports a code that cannot be written: no host, or one that is too long for a person to type.
func (c EnrolCode) Check() error {
	if c.Host == "" || len(c.Host) > maxCodeHost || c.Port == 0 || strings.ContainsAny(c.Host, " /\\@?#%\r\n\t\x00") {
		return fmt.Errorf("a hub at %q port %d: %w", c.Host, c.Port, ErrCode)
	}
	return nil
}

// ParseEnrolCode reads a code as people type it: small letters, blanks or hyphens anywhere, O for 0 and I or L for 1.
func ParseEnrolCode(text string) (EnrolCode, error) {
	if len(text) > 1000 {
		return EnrolCode{}, fmt.Errorf("too long: %w", ErrCode)
	}
	b, wrong := ParseGroups([]byte(text))
	switch {
	case wrong > 0:
		return EnrolCode{}, &CodeGroupError{Group: wrong}
	case len(b) == 0:
		return EnrolCode{}, fmt.Errorf("nothing was typed: %w", ErrCode)
	}
	return codeFromBytes(b)
}

func codeFromBytes(b []byte) (EnrolCode, error) {
	var c EnrolCode
	const tail = 2 + 16 + 10 + 2
	if len(b) < 2 || b[0] != codeVersion {
		return c, fmt.Errorf("written by another version, or cut short: %w", ErrCode)
	}
	hostLen, four := int(b[1]), b[1] == 0
	if four {
		hostLen = 4
	}
	if len(b) != 2+hostLen+tail {
		return c, fmt.Errorf("something is missing at the end: %w", ErrCode)
	}
	c.Host = string(b[2 : 2+hostLen])
	if four {
		c.Host = netip.AddrFrom4([4]byte(b[2:6])).String()
	}
	rest := b[2+hostLen:]
	c.Port = binary.BigEndian.Uint16(rest)
	copy(c.Fingerprint[:], rest[2:])
	copy(c.Secret[:], rest[18:])
	if err := c.Check(); err != nil {
		return EnrolCode{}, err
	}
	if string(c.bytes()) != string(b) {
		return EnrolCode{}, fmt.Errorf("the groups do not belong together: %w", ErrCode)
	}
	return c, nil
}

package transcript

import (
	"bytes"
	"crypto/rsa"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bottega/cardreader/cns"
	"bottega/cardreader/practice"
	"bottega/desk"
	"bottega/desk/civil"
)

// personal is everything on a card that tells whose it is, by name.
func personal(t *testing.T, profile practice.Profile, card desk.Card) map[string][]byte {
	t.Helper()
	h := profile.Holder
	found := map[string][]byte{
		"surname": []byte(h.Surname), "name": []byte(h.Name), "fiscal code": []byte(h.FiscalCode),
		"number": []byte(profile.Number), "serial of the number": []byte(profile.Number[4:13]),
		"birth": []byte(strings.ReplaceAll(h.BirthDate.Italian(), "/", "")), "birth place": []byte(h.BirthPlace),
		"residence": []byte(h.Residence), "issued": []byte(strings.ReplaceAll(profile.Issued.Italian(), "/", "")),
		"expires": []byte(strings.ReplaceAll(profile.Expires.Italian(), "/", "")),
	}
	for i, word := range strings.FieldsFunc(h.Surname+" "+h.Name, func(r rune) bool { return r == ' ' || r == '\'' }) {
		if len(word) >= shortest && !slices.Contains(particles, word) {
			found[fmt.Sprintf("word %d of the names", i)] = []byte(word)
		}
	}
	if profile.ID == "maria" {
		found["address"] = []byte("VIA DELLA CHIESA DI SAN ROMANO 117 INTERNO 4")
		found["notes"] = []byte("CARTA DI PROVA SENZA ALCUN VALORE")
	}
	if card.Certificate == nil || len(card.Certificate.DER) == 0 {
		return found
	}
	c, err := cns.ParseCertificate(card.Certificate.DER)
	if err != nil {
		t.Fatal(err)
	}
	found["serial of the certificate"] = c.SerialNumber.Bytes()
	found["signature"] = c.Signature
	found["first byte on of the signature"] = c.Signature[:16]
	_, hash, _ := strings.Cut(c.Subject.CommonName, ".")
	found["hash"] = []byte(hash)
	modulus := c.PublicKey.(*rsa.PublicKey).N.Bytes()
	for at := 0; at+16 <= len(modulus); at += 16 {
		found[fmt.Sprintf("modulus from %d", at)] = modulus[at : at+16]
	}
	if len(c.SubjectKeyId) > 0 {
		found["key identifier"] = c.SubjectKeyId
	}
	return found
}

// forms are the ways in which bytes may stand in a file: as they are, in small letters, with the halves of each byte swapped,
// packed two digits to a byte, in two-byte letters, and in Base64 at each of its three alignments.
func forms(b []byte) map[string][]byte {
	swap := func(b []byte) []byte {
		swapped := make([]byte, len(b))
		for i, c := range b {
			swapped[i] = c<<4 | c>>4
		}
		return swapped
	}
	var wide []byte
	for _, c := range b {
		wide = append(wide, 0, c)
	}
	found := map[string][]byte{"plain": b, "small letters": bytes.ToLower(b), "nibbles reversed": swap(b), "two-byte letters": wide}
	if digits := string(b); strings.Trim(digits, "0123456789") == "" && len(digits) >= 8 {
		p := packed(digits)
		found["packed"], found["packed, nibbles reversed"] = p, swap(p)
	}
	for skip := range 3 {
		text := base64.StdEncoding.EncodeToString(append(make([]byte, skip), b...))
		// The characters at the ends hold bits of their neighbours too.
		if start, end := (skip*8+5)/6, (skip+len(b))*8/6; end-start >= 5 {
			found[fmt.Sprintf("Base64 after %d", skip)] = []byte(text[start:end])
		}
	}
	return found
}

// hexadecimals are the bytes in a transcript's lines.
var hexadecimals = regexp.MustCompile(`\b(?:[0-9A-F]{2}){2,}\b`)

// searched is a transcript made ready to be searched: its words, the bytes that its hexadecimal digits stand for, line by line,
// and all of it as digits.
type searched struct {
	words  []byte
	heard  [][]byte
	digits string
}

func search(text []byte) searched {
	s := searched{words: hexadecimals.ReplaceAll(text, nil), digits: strings.ToUpper(string(text))}
	for _, digits := range hexadecimals.FindAll(text, -1) {
		line, err := hex.DecodeString(string(digits))
		if err != nil {
			panic(err)
		}
		s.heard = append(s.heard, line)
	}
	return s
}

// leaked tells the first form of personal bytes that stands in a transcript, and an empty text when none does. Sequences too long
// to stand anywhere by chance are also looked for among the digits, wherever they begin.
func (s searched) leaked(b []byte) string {
	const byChance = 6
	for form, wanted := range forms(b) {
		switch {
		case len(b) < shortest || len(b) == shortest && form != "plain":
			continue // stands anywhere by chance
		case bytes.Contains(s.words, wanted):
			return form + ", in the words"
		case slices.ContainsFunc(s.heard, func(line []byte) bool { return bytes.Contains(line, wanted) }):
			return form
		case len(wanted) >= byChance && strings.Contains(s.digits, hexOf(wanted)):
			return form + ", in hexadecimal digits"
		}
	}
	return ""
}

func TestNothingOfTheHolderStandsInATranscript(t *testing.T) {
	for n, profile := range profiles(t) {
		t.Run(profile.ID, func(t *testing.T) {
			card, err := practice.New(profile)
			if err != nil {
				t.Fatal(err)
			}
			recorder := plugged(t, card)
			recorder.seed = seeded(byte(n))
			got := read(t, recorder)
			recorded, err := recorder.Transcript(about(got))
			if errors.Is(err, ErrNothing) {
				return // the mute card
			}
			if err != nil {
				t.Fatal(err)
			}
			text := recorded.Text()
			ready := search(text)
			for what, b := range personal(t, profile, got.card) {
				if form := ready.leaked(b); form != "" {
					t.Errorf("%s (%q) stands there: %s\n%s", what, b, form, text)
				}
			}
		})
	}
}

func TestTheSearchForWhatIsPersonalFindsItInEveryForm(t *testing.T) {
	for form, text := range map[string]string{
		"plain": "BARTOLINI", "hexadecimal of small letters": "626172746f6c696e69", "between": "042415254" + "4F4C494E499", "hexadecimal": "424152544F4C494E49", "nibbles reversed": "24142545F4C494E494", "Base64": hexOf([]byte(base64.StdEncoding.EncodeToString([]byte("xBARTOLINIx")))),
		"two-byte letters": "0042004100520054004F004C0049004E0049",
	} {
		if search([]byte("1. read: 00B0 -> "+text+" 9000")).leaked([]byte("BARTOLINI")) == "" {
			t.Errorf("%s: not found", form)
		}
	}
}

func TestTheRecorderForgetsWhatItHeard(t *testing.T) {
	card, err := practice.New(profiles(t)[0])
	if err != nil {
		t.Fatal(err)
	}
	recorder := plugged(t, card)
	got := read(t, recorder)
	var kept [][]byte
	for _, h := range recorder.conversations[0] {
		kept = append(kept, h.answer)
	}
	if _, err := recorder.Transcript(about(got)); err != nil {
		t.Fatal(err)
	}
	for _, b := range kept {
		if len(bytes.Trim(b, "\x00")) > 0 {
			t.Errorf("still there: %q", b)
		}
	}
	if _, err := recorder.Transcript(About{Day: civil.Date{}}); !errors.Is(err, ErrNothing) {
		t.Errorf("asked again: %v", err)
	}
}

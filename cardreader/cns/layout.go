package cns

import (
	"encoding/hex"
	"strings"

	"bottega/desk"
)

// Layout says where a family of cards keeps its files and how its codes and key are used. Layouts are content, not code: each is
// a file in assets/cards, and a new family is a new file. A card is of the first layout in the list that it answers to: its
// application, if there is one, and the number or the personal data. The answer to reset only chooses which to try first.
//
// A layout without any file tells a card that is not ours by its application alone.
type Layout struct {
	// Name is what Card.Model shows; Kind is what such a card is, unless its own number says otherwise.
	Name string        `yaml:"name"`
	Kind desk.CardKind `yaml:"kind"`
	// Rank orders the attempts when the answer to reset says nothing: lower ones first, the commonest cards lowest.
	Rank int `yaml:"rank"`
	// First lists answers to reset, in hexadecimal with ? for any digit and * at the end for any rest, of cards for which this
	// layout is tried first.
	First []string `yaml:"first"`
	// Application is the identifier to select before anything else, in hexadecimal; empty for none. With one, paths are
	// followed from the folder that it selects and not from the master file.
	Application string `yaml:"application"`
	// Number, Personal and Certificate are paths, two bytes for each step; an empty one means that the card has no such file, or
	// none that we know of.
	Number      Path `yaml:"number"`
	Personal    Path `yaml:"personal"`
	Certificate Path `yaml:"certificate"`
	// NumberPacked is another file with the number, looked for where Number is not: two bytes, then two digits a byte.
	NumberPacked Path `yaml:"number_packed"`
	// CertificateElsewhere says that such cards may keep their certificate where nobody outside knows, so that not finding it says
	// nothing about the card.
	CertificateElsewhere bool `yaml:"certificate_elsewhere"`
	// CertificatePrefix is how many bytes stand before the certificate in its file; bytes 1 and 2 of them are its length.
	CertificatePrefix int `yaml:"certificate_prefix"`
	// Codes is nil for cards whose PIN we do not know how to give; Key is nil where we do not know how to use the key.
	Codes *CodesLayout `yaml:"codes"`
	Key   *KeyLayout   `yaml:"key"`
}

// CodesLayout says how PIN and PUK are given.
type CodesLayout struct {
	// Folder is selected before the code is given; empty stays where the card is.
	Folder Path `yaml:"folder"`
	// PIN is the reference in P2 of VERIFY, CHANGE and RESET RETRY COUNTER.
	PIN byte `yaml:"pin"`
	// LocalMasks lists mask makers (historical byte 3) whose cards want the reference as local to the folder: bit 8 set.
	LocalMasks []byte `yaml:"local_masks"`
	// MinPIN, MaxPIN and PUK count digits; Stored is how many bytes the card keeps, padded with FF.
	MinPIN int `yaml:"min_pin"`
	MaxPIN int `yaml:"max_pin"`
	PUK    int `yaml:"puk"`
	Stored int `yaml:"stored"`
}

// KeyLayout says how the authentication key is used.
type KeyLayout struct {
	// Folder is selected before the key is used; empty stays where the card is.
	Folder Path `yaml:"folder"`
	// Environment is the security environment to restore, Reference the key to choose.
	Environment byte `yaml:"environment"`
	Reference   byte `yaml:"reference"`
	// AnyBlock says that the card deciphers whatever block it is given, so that the padding of TLS 1.3 (PSS) works with it. A card
	// that wants PKCS #1 type 1 padding can log in over TLS 1.2 only.
	AnyBlock bool `yaml:"any_block"`
}

// hasFiles reports whether there is anything to read on such a card.
func (l Layout) hasFiles() bool { return len(l.Number) > 0 || len(l.Personal) > 0 }

// matches reports whether one of the layout's patterns is that of an answer to reset.
func (l Layout) matches(atr []byte) bool {
	text := strings.ToUpper(hex.EncodeToString(atr))
	for _, pattern := range l.First {
		if fits(strings.ToUpper(pattern), text) {
			return true
		}
	}
	return false
}

// fits compares an answer to reset with a pattern, both in capitals.
func fits(pattern, text string) bool {
	head, open := strings.CutSuffix(pattern, "*")
	if len(text) < len(head) || (!open && len(text) != len(head)) {
		return false
	}
	for i := range len(head) {
		if head[i] != '?' && head[i] != text[i] {
			return false
		}
	}
	return true
}

// applicationID returns the identifier's bytes, nil for none; the loader has seen to it that they are hexadecimal.
func (l Layout) applicationID() []byte {
	id, err := hex.DecodeString(l.Application)
	if err != nil || len(id) == 0 {
		return nil
	}
	return id
}

package cns

import "bottega/desk"

// Layout says where a family of cards keeps its files and how its codes and key are used. Layouts are content, not code: each is
// a file in assets/cards, and a new family is a new file. The first in the list whose number file answers is the card's; the
// answer to reset only chooses which to try first.
type Layout struct {
	// Name is what Card.Model shows; Kind is what such a card is, unless its own number says otherwise.
	Name string        `yaml:"name"`
	Kind desk.CardKind `yaml:"kind"`
	// First lists answers to reset, in hexadecimal with ? for any digit, of cards for which this layout is tried first.
	First []string `yaml:"first"`
	// Application is the identifier to select before anything else, in hexadecimal; empty for none. With one, paths are
	// followed from the folder that it selects and not from the master file.
	Application string `yaml:"application"`
	// Number, Personal and Certificate are paths, two bytes for each step; an empty one means that the card has no such file.
	Number      Path `yaml:"number"`
	Personal    Path `yaml:"personal"`
	Certificate Path `yaml:"certificate"`
	// CertificatePrefix is how many bytes stand before the certificate in its file; bytes 1 and 2 of them are its length.
	CertificatePrefix int `yaml:"certificate_prefix"`
	// Codes is nil for cards whose PIN we do not know how to give; Key is nil where we do not know how to use the key.
	Codes *CodesLayout `yaml:"codes"`
	Key   *KeyLayout   `yaml:"key"`
}

// Path is a way to a file, two bytes for each step.
type Path []uint16

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

// Classic is the layout of the health cards up to about 2022, and by what they answer of many later ones.
func Classic() Layout {
	return Layout{
		Name:        "classic",
		Kind:        desk.KindHealth,
		Number:      Path{0x1000, 0x1003},
		Personal:    Path{0x1100, 0x1102},
		Certificate: Path{0x1100, 0x1101},
		Codes:       &CodesLayout{PIN: 0x10, LocalMasks: []byte{0x09}, MinPIN: 5, MaxPIN: 8, PUK: 8, Stored: 8},
		Key:         &KeyLayout{Environment: 0x03, Reference: 0x01, AnyBlock: true},
	}
}

package practice

import (
	"bytes"
	"encoding/hex"
	"maps"

	"bottega/desk"
)

// chip is one make of card: what it says when it gets power, where its files are, how its codes and its key are used. It is all
// that a practice card knows of how cards differ, so that a new make is a new entry in chips.
type chip struct {
	// kind is what a card with this chip is.
	kind desk.CardKind
	// atr is the answer to reset.
	atr []byte
	// files stand below the master file, and those of applications below the folders that their identifiers select.
	files        []place
	applications []application
	// codes is where PIN and PUK are, key where the key is; nil for a card without.
	codes, key *access
	// environment is the security environment that the card's programs restore before they use the key.
	environment byte
	// bits is the length of the key.
	bits int
	// maxChallenge is how many random bytes the card gives at once.
	maxChallenge int
	// newFCI says that the card writes the type of a file in four bytes, as newer cards do.
	newFCI bool
	// hashesUsed says that the hash in the certificate's name is that of the used part of the personal data.
	hashesUsed bool
	manners
}

// manners are the habits in which cards of the same files differ. Each of them can be chosen for a practice card by itself.
type manners struct {
	// refusesQuiet: SELECT that wants no file information (P2=0C) is answered 6A86.
	refusesQuiet bool
	// pieces is how many bytes of an answer the card hands out at once, the rest by GET RESPONSE (61xx); 0 is all of them.
	pieces int
	// exact: READ BINARY for more than there is is answered 6Cxx with the length to ask for, instead of the data and 6282.
	exact bool
	// outside: READ BINARY at the very end of a file is answered 6B00, instead of nothing and 6282.
	outside bool
}

// mannersByName are the manners as practice.json names them.
var mannersByName = map[string]func(*manners){
	"refuses_quiet": func(m *manners) { m.refusesQuiet = true },
	"get_response":  func(m *manners) { m.pieces = 100 },
	"exact_length":  func(m *manners) { m.exact = true },
	"outside_file":  func(m *manners) { m.outside = true },
}

// access is where a code or a key can be used.
type access struct {
	// reference is what the card knows it by. For codes it has bit 8 set where it is local to the folder.
	reference byte
	// folder must be selected, it or anything inside it; nil is the whole card.
	folder []uint16
	// application is whose folder that is, counted from 1; 0 is the master file.
	application int
}

// place is a file and what it holds.
type place struct {
	path  []uint16
	holds func(contents) []byte
	// size is how long the file is at least; what it holds is padded with 00.
	size int
}

// contents is what the files of one card are made from.
type contents struct {
	number, personal, certificate []byte
}

// application is a folder with a name of its own (AID).
type application struct {
	aid   []byte
	files []place
}

// What files hold.
func theNumber(c contents) []byte      { return c.number }
func thePersonal(c contents) []byte    { return c.personal }
func theCertificate(c contents) []byte { return c.certificate }

func bytesOf(b ...byte) func(contents) []byte { return func(contents) []byte { return b } }

// serialObject is EF_GDO, a data object with the card's number.
func serialObject(c contents) []byte {
	return append([]byte{0x5A, byte(len(c.number))}, c.number...)
}

// prefixed is a certificate as the chambers of commerce store it: five bytes before it, the second and third its length.
func prefixed(c contents) []byte {
	n := len(c.certificate)
	return append([]byte{0x01, byte(n >> 8), byte(n), 0x00, 0x00}, c.certificate...)
}

// bcdNumber is EF D003 of the newest cards: two bytes, and the number in binary coded decimal.
func bcdNumber(c contents) []byte {
	b := []byte{0x00, 0x08}
	for i := 0; i+1 < len(c.number); i += 2 {
		b = append(b, (c.number[i]-'0')<<4|(c.number[i+1]-'0'))
	}
	return b
}

// Sizes of files, as on real cards: the certificate is followed by padding, and personal data always have theirs.
const (
	certificateSize  = 2048
	personalSize     = 400
	personalSizeCIE1 = 1200
)

// classicFiles are the files that nearly every CNS has, and where.
func classicFiles() []place {
	return []place{
		{path: []uint16{0x3F02}, holds: bytesOf(0x01, 0x00)},
		{path: []uint16{0x2F02}, holds: serialObject},
		{path: []uint16{0x1000, 0x1002}, holds: bytesOf([]byte("PROVA")...)},
		{path: []uint16{0x1000, 0x1003}, holds: theNumber},
		{path: []uint16{0x1100, 0x1101}, holds: theCertificate, size: certificateSize},
		{path: []uint16{0x1100, 0x1102}, holds: thePersonal, size: personalSize},
	}
}

// identityFiles are those of an electronic identity card: the classic ones with more room, and three that only they have
// (system data, annotations, photograph).
func identityFiles() []place {
	return []place{
		{path: []uint16{0x2F02}, holds: serialObject},
		{path: []uint16{0x1000, 0x1002}, holds: bytesOf([]byte("PROVA")...)},
		{path: []uint16{0x1000, 0x1003}, holds: theNumber},
		{path: []uint16{0x1000, 0x1004}, holds: bytesOf([]byte("PROVA")...)},
		{path: []uint16{0x1100, 0x1101}, holds: theCertificate, size: certificateSize},
		{path: []uint16{0x1100, 0x1102}, holds: thePersonal, size: personalSizeCIE1},
		{path: []uint16{0x1100, 0x1103}, holds: bytesOf([]byte("PROVA")...)},
		{path: []uint16{0x1100, 0x1104}, holds: bytesOf([]byte("PROVA")...)},
	}
}

// defaultChip is that of a card whose entry in practice.json names none.
const defaultChip = "st2021"

// chips are the makes of cards, by the name that practice.json gives them. Answers to reset and layouts are those of the field
// notes on real cards; what no public text tells, for instance the number of an old identity card, is invented in their style.
func chips() map[string]chip {
	all := healthChips()
	maps.Copy(all, otherChips())
	return all
}

// healthChips are those of Italian health cards.
func healthChips() map[string]chip {
	return map[string]chip{
		// "ST 2021", CNS version 1.1: the card of Tuscany that desks meet most. STIncard's references are local to the folder.
		"st2021": {
			kind: desk.KindHealth, atr: digits("3BFF1800FF8131FE55006B02091617011101434E531131808D"), bits: 2048,
			files: classicFiles(), codes: &access{reference: 0x90}, key: &access{reference: 0x01}, environment: 0x03,
		},
		// Athena, CNS version 1.0, until about 2015.
		"athena": {
			kind: desk.KindHealth, atr: digits("3BDF18008131FE7D006B150C0181011101434E53103180E8"), bits: 1024,
			files: classicFiles(), codes: &access{reference: 0x10}, key: &access{reference: 0x01}, environment: 0x03, hashesUsed: true,
		},
		// IDEMIA "ACe 2021": codes and key in a folder that must be selected first, and the certificate beside it.
		"idemia2021": {
			kind: desk.KindHealth, atr: digits("3BFF1800008131FE45006B05052000012101434E5310318079"), bits: 2048,
			files: []place{
				{path: []uint16{0x3F02}, holds: bytesOf(0x01, 0x00)},
				{path: []uint16{0x2F02}, holds: serialObject},
				{path: []uint16{0x1000, 0x1002}, holds: bytesOf([]byte("PROVA")...)},
				{path: []uint16{0x1000, 0x1003}, holds: theNumber},
				{path: []uint16{0x1100, 0x1102}, holds: thePersonal, size: personalSize},
				{path: []uint16{0x1400, 0x9001, 0x2002}, holds: theCertificate, size: certificateSize},
				{path: []uint16{0x1400, 0x9002}},
			},
			codes: &access{reference: 0x10, folder: []uint16{0x1400, 0x9002}},
			key:   &access{reference: 0x02, folder: []uint16{0x1400, 0x9002}}, environment: 0x03, maxChallenge: 20, newFCI: true,
		},
		// "ACe 2025", G&D on NXP: nothing below the master file, all in an application. Where its codes and key are is not
		// public; one development branch says as here.
		"ace2025": {
			kind: desk.KindHealth, atr: digits("3BFF1800FF8131FE4D006B0404B85B01F101434E531031809D"), bits: 2048,
			applications: []application{{aid: digits("A000000530000B104001021A"), files: []place{
				{path: []uint16{0xD003}, holds: bcdNumber},
				{path: []uint16{0x1000, 0x1003}, holds: theNumber},
				{path: []uint16{0x1100, 0x1101}, holds: theCertificate, size: certificateSize},
				{path: []uint16{0x1100, 0x1102}, holds: thePersonal, size: personalSize},
			}}},
			codes: &access{reference: 0x10, application: 1}, key: &access{reference: 0x01, application: 1}, environment: 0x03,
			newFCI: true, manners: manners{outside: true},
		},
		// The contactless side of a card of 2022: the reader makes up the answer to reset, the files are in an application.
		"air": {
			kind: desk.KindHealth, atr: digits("3B80800101"), bits: 2048,
			applications: []application{{aid: digits("A00000009501004D"), files: classicFiles()}}, newFCI: true,
		},
	}
}

// otherChips are those of the other cards that people push into a reader.
func otherChips() map[string]chip {
	return map[string]chip{
		// A card of the chambers of commerce, of the 1204 series: a CNS with its certificate in a place and a form of its own.
		"infocamere": {
			kind: desk.KindBusiness, atr: digits("3BFF1800FF8131FE55006B02090200010101434E531031809F"), bits: 1024,
			files: []place{
				{path: []uint16{0x2F02}, holds: serialObject},
				{path: []uint16{0x1000, 0x1003}, holds: theNumber},
				{path: []uint16{0x1100, 0x1102}, holds: thePersonal, size: personalSize},
				{path: []uint16{0x2FFF, 0x8228}, holds: prefixed, size: certificateSize},
				{path: []uint16{0x2FFF, 0x0000}},
			},
			codes: &access{reference: 0x90}, key: &access{reference: 0x21, folder: []uint16{0x2FFF}}, environment: 0x03,
		},
		// The electronic identity cards before the one of today.
		"cie1": {
			kind: desk.KindCIE1, atr: digits("3BF41800FF8131805500318000C7"), bits: 1024,
			files: identityFiles(), codes: &access{reference: 0x10}, key: &access{reference: 0x31}, environment: 0x30, hashesUsed: true,
		},
		"cie2": {
			kind: desk.KindCIE2, atr: digits("3BFF1800FF8131FE55006B02090303024954494420203180C0"), bits: 1024,
			files: identityFiles(), codes: &access{reference: 0x90}, key: &access{reference: 0x01}, environment: 0x03, hashesUsed: true,
		},
		// The electronic identity card of today answers over the air only; its applications are IAS ECC, the identity card's own,
		// and the travel document's (ICAO 9303). Nothing of them can be read without the number printed on the card.
		"cie3": {
			kind: desk.KindCIE3, atr: digits("3B8E80018031806549544E5850120FFF8290F0"), newFCI: true,
			applications: []application{
				{aid: digits("A0000000308000000009816001")}, {aid: digits("A00000000039")}, {aid: digits("A0000002471001")},
			},
		},
		// Other countries' health cards: each answers an application of its own. Of the German one (eGK) its root has a name, too.
		"egk": {
			kind: desk.KindForeignHealth, atr: digits("3BD396FF81B1FE451F078081052D"), newFCI: true,
			applications: []application{
				{aid: digits("D2760001448000"), files: []place{{path: []uint16{0x2F02}, holds: serialObject}}}, {aid: digits("D27600000102")},
			},
		},
		"ecard": {
			kind: desk.KindForeignHealth, atr: digits("3BDF18008131FE588031B05202046405C903AC73B7B1D422"), newFCI: true,
			applications: []application{{aid: digits("D040000017010101")}},
		},
		"vitale": {
			kind: desk.KindForeignHealth, atr: digits("3B751300004409EA9000"),
			applications: []application{{aid: append(digits("D250000002"), "VITALE"...)}},
		},
		"rfzo": {
			kind: desk.KindForeignHealth, atr: digits("3BF41300008131FE4552465A4FED"),
			applications: []application{{aid: append(append(digits("F381000002"), "SERVSZK"...), 0x01)}},
		},
	}
}

// digits reads a constant of this file. A mistyped one is nothing, and every test of its chip says so.
func digits(constant string) []byte {
	b, err := hex.DecodeString(constant)
	if err != nil {
		return nil
	}
	return b
}

// tree builds the folders and files below the master file, and those of each application.
func (c chip) tree(of contents) (root *file, applications []*file) {
	root = treeOf(c.files, of)
	for _, a := range c.applications {
		f := treeOf(a.files, of)
		f.aid = a.aid
		applications = append(applications, f)
	}
	return root, applications
}

func treeOf(places []place, of contents) *file {
	root := &file{fid: masterFile}
	for _, p := range places {
		f := root
		for _, fid := range p.path {
			next := f.child(fid)
			if next == nil {
				next = &file{fid: fid, parent: f}
				f.children = append(f.children, next)
			}
			f = next
		}
		if p.holds != nil {
			content := p.holds(of)
			f.content = append(bytes.Clone(content), make([]byte, max(0, p.size-len(content)))...)
		}
	}
	return root
}

// folderOf returns the folder inside which a code or a key can be used.
func (c *Card) folderOf(a *access) *file {
	f := c.root
	if a.application > 0 {
		f = c.applications[a.application-1]
	}
	for _, fid := range a.folder {
		f = f.child(fid)
	}
	return f
}

// reaches reports whether a code or a key can be used where the card is.
func (c *Card) reaches(a *access) bool {
	if a == nil {
		return false
	}
	wanted := c.folderOf(a)
	for f := c.current; f != nil; f = f.parent {
		if f == wanted {
			return true
		}
	}
	return false
}

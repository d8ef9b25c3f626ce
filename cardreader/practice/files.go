package practice

import (
	"slices"

	"bottega/cardreader/apdu"
)

// file is a folder (DF) or a transparent file (EF) of the card.
type file struct {
	fid      uint16
	parent   *file
	children []*file
	content  []byte // nil for a folder
}

// certificateSize is the size of EF_C_Carta; the certificate is followed by padding, as on real cards.
const certificateSize = 2048

// filesOf builds the classic layout. A card without a certificate has a certificate file of padding.
func filesOf(p Profile, certificate []byte) *file {
	padded := make([]byte, max(certificateSize, len(certificate)))
	copy(padded, certificate)
	number := []byte(p.Number)
	root := folder(0x3F00,
		ef(0x3F02, []byte{0x01, 0x00}),
		ef(0x2F02, append([]byte{0x5A, byte(len(number))}, number...)),
		folder(0x1000,
			ef(0x1002, []byte("PROVA")),
			ef(0x1003, number)),
		folder(0x1100,
			ef(0x1101, padded),
			ef(0x1102, p.personalFile())))
	return root
}

func ef(fid uint16, content []byte) *file { return &file{fid: fid, content: content} }

func folder(fid uint16, children ...*file) *file {
	f := &file{fid: fid, children: children}
	for _, child := range children {
		child.parent = f
	}
	return f
}

func (f *file) isFolder() bool { return f.content == nil }

// enclosing returns the folder that a selection by identifier starts from.
func (f *file) enclosing() *file {
	if f.isFolder() {
		return f
	}
	return f.parent
}

func (f *file) child(fid uint16) *file {
	for _, c := range f.children {
		if c.fid == fid {
			return c
		}
	}
	return nil
}

// neverChanged are the access conditions of an issued card: read always, everything else never.
var neverChanged = []byte{0x86, 0x09, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}

// fci returns the file control information that SELECT answers with.
func (f *file) fci() []byte {
	size, sizeTag, kind := len(f.content), byte(0x80), byte(0x01)
	if f.isFolder() {
		size, sizeTag, kind = 0x0400, 0x81, 0x38
	}
	inner := slices.Concat(
		[]byte{sizeTag, 0x02, byte(size >> 8), byte(size), 0x82, 0x01, kind, 0x83, 0x02, byte(f.fid >> 8), byte(f.fid), 0x85, 0x02, 0x01, 0x01},
		neverChanged,
		[]byte{0x8A, 0x01, 0x05})
	return append([]byte{0x6F, byte(len(inner))}, inner...)
}

// Ways of selecting, in P1, and whether the file's information is wanted, in P2.
const (
	selectByFID        = 0x00
	selectParent       = 0x03
	selectByName       = 0x04
	selectPathFromRoot = 0x08
	selectPathFromHere = 0x09
	answerFCI          = 0x00
	answerNothing      = 0x0C
)

func (c *Card) selectFile(command apdu.Command) ([]byte, apdu.Status) {
	if command.P2 != answerFCI && command.P2 != answerNothing {
		return nil, apdu.WrongP1P2
	}
	target, status := c.find(command)
	if status != apdu.OK {
		return nil, status
	}
	c.current = target
	if command.P2 == answerNothing {
		return nil, apdu.OK
	}
	return target.fci(), apdu.OK
}

// find looks a file up without selecting it, so that a failed selection leaves the old one.
func (c *Card) find(command apdu.Command) (*file, apdu.Status) {
	here := c.current.enclosing()
	switch command.P1 {
	case selectByFID:
		return c.findFID(here, command.Data)
	case selectParent:
		if here.parent == nil {
			return nil, apdu.FileNotFound
		}
		return here.parent, apdu.OK
	case selectByName:
		return nil, apdu.FileNotFound // a classic card has no applications
	case selectPathFromRoot:
		return walk(c.root, command.Data)
	case selectPathFromHere:
		return walk(here, command.Data)
	default:
		return nil, apdu.WrongP1P2
	}
}

func (c *Card) findFID(here *file, data []byte) (*file, apdu.Status) {
	if len(data) == 0 {
		return c.root, apdu.OK
	}
	if len(data) != 2 {
		return nil, apdu.WrongLength
	}
	fid := uint16(data[0])<<8 | uint16(data[1])
	switch found := here.child(fid); {
	case fid == c.root.fid:
		return c.root, apdu.OK
	case found != nil:
		return found, apdu.OK
	case here.fid == fid:
		return here, apdu.OK
	case here.parent != nil && here.parent.fid == fid:
		return here.parent, apdu.OK
	case here.parent != nil && here.parent.child(fid) != nil:
		return here.parent.child(fid), apdu.OK
	default:
		return nil, apdu.FileNotFound
	}
}

func walk(from *file, path []byte) (*file, apdu.Status) {
	if len(path) == 0 || len(path)%2 != 0 {
		return nil, apdu.WrongLength
	}
	f := from
	for ; len(path) > 0; path = path[2:] {
		if f = f.child(uint16(path[0])<<8 | uint16(path[1])); f == nil {
			return nil, apdu.FileNotFound
		}
	}
	return f, apdu.OK
}

func (c *Card) readBinary(command apdu.Command) ([]byte, apdu.Status) {
	if c.current.isFolder() {
		return nil, apdu.NoCurrentFile
	}
	if command.P1&0x80 != 0 {
		return nil, apdu.WrongP1P2
	}
	offset := int(command.P1)<<8 | int(command.P2)
	content := c.current.content
	if offset > len(content) {
		return nil, apdu.OutsideFile
	}
	rest := content[offset:]
	if len(rest) < command.Ne {
		return rest, apdu.EndOfFile
	}
	return rest[:command.Ne], apdu.OK
}

// getData knows no data objects; a CNS keeps its data in files.
func (*Card) getData(apdu.Command) ([]byte, apdu.Status) { return nil, apdu.ReferenceNotFound }

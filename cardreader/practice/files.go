package practice

import (
	"bytes"
	"slices"

	"bottega/cardreader/apdu"
)

// masterFile is the root of every card's files.
const masterFile = 0x3F00

// file is a folder (DF) or a transparent file (EF) of the card.
type file struct {
	fid      uint16
	aid      []byte // the name of an application's folder
	parent   *file
	children []*file
	content  []byte // nil for a folder
	endless  bool   // it can be read on and on
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
func (c *Card) fci(f *file) []byte {
	size, sizeTag, kind := len(f.content), byte(0x80), byte(0x01)
	if f.isFolder() {
		size, sizeTag, kind = 0x0400, 0x81, 0x38
	}
	told, descriptor, name := []byte{sizeTag, 0x02, byte(size >> 8), byte(size)}, []byte{0x82, 0x01, kind}, []byte{}
	if c.chip.newFCI {
		descriptor = []byte{0x82, 0x04, 0x03, kind, 0x00, 0x00}
	}
	if len(f.aid) > 0 {
		name = append([]byte{0x84, byte(len(f.aid))}, f.aid...)
	}
	if c.liesOfSize {
		told = []byte{sizeTag, 0x04, 0xFF, 0xFF, 0xFF, 0xFF}
	}
	inner := slices.Concat(told, descriptor, []byte{0x83, 0x02, byte(f.fid >> 8), byte(f.fid)}, name, []byte{0x85, 0x02, 0x01, 0x01},
		neverChanged, []byte{0x8A, 0x01, 0x05})
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
	if command.P2 != answerFCI && (command.P2 != answerNothing || c.chip.refusesQuiet) {
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
	return c.fci(target), apdu.OK
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
		return c.findApplication(command.Data)
	case selectPathFromRoot:
		return walk(c.root, command.Data)
	case selectPathFromHere:
		return walk(here, command.Data)
	default:
		return nil, apdu.WrongP1P2
	}
}

// shortestAID is how much of an application's name selects it (ISO/IEC 7816-5: the registered provider's five bytes).
const shortestAID = 5

func (c *Card) findApplication(name []byte) (*file, apdu.Status) {
	for _, a := range c.applications {
		if len(name) >= shortestAID && bytes.HasPrefix(a.aid, name) {
			return a, apdu.OK
		}
	}
	return nil, apdu.FileNotFound
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
	if c.current.endless {
		return endlessly(content, offset, command.Ne), apdu.OK
	}
	if offset > len(content) || (offset == len(content) && c.chip.outside) {
		return nil, apdu.OutsideFile
	}
	rest := content[offset:]
	switch {
	case len(rest) >= command.Ne:
		return rest[:command.Ne], apdu.OK
	case c.chip.exact && len(rest) > 0 && len(rest) < apdu.MaxNe:
		return nil, 0x6C00 | apdu.Status(len(rest))
	default:
		return rest, apdu.EndOfFile
	}
}

// endlessly returns what a file that never ends holds at an offset: the same over and over.
func endlessly(content []byte, offset, n int) []byte {
	data := make([]byte, n)
	for i := range data {
		data[i] = content[(offset+i)%len(content)]
	}
	return data
}

// getData knows no data objects; a CNS keeps its data in files.
func (*Card) getData(apdu.Command) ([]byte, apdu.Status) { return nil, apdu.ReferenceNotFound }

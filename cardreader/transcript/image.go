package transcript

import (
	"bytes"
	"fmt"
	"slices"

	"bottega/cardreader/apdu"
	"bottega/desk/cardnumber"
)

// fileKind is what the content of a file looks like. Content decides, never the file's place: a card that we cannot read keeps
// its files where we do not look for them.
type fileKind int

const (
	fileBlank fileKind = iota
	fileNumber
	filePersonal
	fileCertificate
	fileText
	fileOther
	fileControl // the answer to a SELECT
)

// image is a file as far as it was read, or what a data object held.
type image struct {
	content []byte // 00 where nothing was read
	read    []bool
	control bool
	fresh   []byte // redacted
}

// put takes in bytes that were read at an offset.
func (i *image) put(offset int, b []byte) {
	if grow := offset + len(b) - len(i.content); grow > 0 {
		i.content = append(i.content, make([]byte, grow)...)
		i.read = append(i.read, make([]bool, grow)...)
	}
	for at, c := range b {
		i.content[offset+at], i.read[offset+at] = c, true
	}
}

// start is the content from the file's first byte on, as far as it was read without a gap.
func (i *image) start() []byte {
	n := slices.Index(i.read, false)
	if n < 0 {
		n = len(i.content)
	}
	return i.content[:n]
}

// kind tells what the content looks like.
func (i *image) kind() fileKind {
	content := i.start()
	fields, _, personal := splitPersonal(content)
	switch {
	case i.control:
		return fileControl
	case padded(i.content):
		return fileBlank
	case len(content) >= cardnumber.Length && isCardNumber(string(content[:cardnumber.Length])) && padded(content[cardnumber.Length:]):
		return fileNumber
	case i.prefix() >= 0:
		return fileCertificate
	case personal && len(fields) > 0:
		return filePersonal
	case printable(bytes.TrimRight(content, "\x00\xFF")):
		return fileText
	default:
		return fileOther
	}
}

// prefix returns where a certificate begins in the file: at its first byte, or behind the five that Infocamere's cards write
// before it; -1 when there is none.
func (i *image) prefix() int {
	const infocamere = 5
	content := i.start()
	switch length := derLength(content); {
	case length > 0:
		return 0
	case len(content) < infocamere:
		return -1
	}
	length := derLength(content[infocamere:])
	if low, high := length&0xFF, length>>8; length > 0 && (int(content[1]) == high && int(content[2]) == low || int(content[1]) == low && int(content[2]) == high) {
		return infocamere
	}
	return -1
}

// derLength returns the length of a certificate that begins here, tag and length included; 0 when none does. All real ones have
// a length of two bytes.
func derLength(b []byte) int {
	const head = 4
	if len(b) < head || b[0] != 0x30 || b[1] != 0x82 {
		return 0
	}
	return head + int(b[2])<<8 + int(b[3])
}

// der returns the certificate in the image's true or redacted bytes, filled up with zeros when it was not read to its end.
func (i *image) der(b []byte) []byte {
	b = b[i.prefix():len(i.start())]
	n := derLength(b)
	if n <= len(b) {
		return b[:n:n]
	}
	return append(slices.Clone(b), make([]byte, n-len(b))...)
}

// operation is a command and the GET RESPONSEs that fetch the rest of its answer.
type operation struct {
	conversation, first, last int
	image                     *image // nil for an answer without data
	offset                    int
}

// gather finds the operations of conversations, and the files that they read.
func gather(conversations [][]heard) ([]operation, []*image) {
	var operations []operation
	var images []*image
	files := map[string]*image{}
	for n, conversation := range conversations {
		selected := ""
		for first := 0; first < len(conversation); {
			o := operation{conversation: n, first: first, last: first}
			for o.last+1 < len(conversation) && conversation[o.last].status>>8 == 0x61 && conversation[o.last+1].command.ins() == insGetResponse {
				o.last++
			}
			first = o.last + 1
			data := o.data(conversation)
			key := ""
			key, o.offset, selected = place(conversation[o.first], selected)
			if len(data) == 0 {
				continue
			}
			if o.image = files[key]; o.image == nil || key == "" {
				o.image = &image{control: conversation[o.first].command.ins() == insSelect}
				images = append(images, o.image)
				if key != "" {
					files[key] = o.image
				}
			}
			o.image.put(o.offset, data)
			operations = append(operations, o)
		}
	}
	return operations, images
}

// data is the whole answer of an operation.
func (o operation) data(conversation []heard) []byte {
	var data []byte
	for _, h := range conversation[o.first : o.last+1] {
		data = append(data, h.answer...)
	}
	return data
}

// place tells which file an answer is of and where in it, from what was selected; an empty key is a file of its own.
func place(h heard, selected string) (key string, offset int, next string) {
	c, err := apdu.ParseCommand(h.command.Bytes())
	if err != nil {
		return "", 0, selected
	}
	switch {
	case c.INS == insSelect && h.fault == "" && done(h.status):
		return "", 0, selection(c, selected)
	case c.INS == insRead && c.P1&0x80 != 0:
		next = fmt.Sprintf("%s#%d", selected, c.P1&0x1F)
		return next, int(c.P2), next
	case c.INS == insRead:
		return selected + " ", int(c.P1)<<8 | int(c.P2), selected
	default:
		return "", 0, selected
	}
}

// done reports whether a status says that a file was selected.
func done(s apdu.Status) bool { return s == apdu.OK || s>>8 == 0x61 || s>>8 == 0x62 }

// selection names what is selected after a SELECT, as the way that led there.
func selection(c apdu.Command, selected string) string {
	switch {
	case c.P1 == 0x04:
		return fmt.Sprintf("application %X", c.Data)
	case c.P1 == 0x08:
		return fmt.Sprintf("/%X", c.Data)
	case c.P1 == 0x00 && (len(c.Data) == 0 || bytes.Equal(c.Data, []byte{0x3F, 0x00})):
		return ""
	default:
		return fmt.Sprintf("%s %02X/%X", selected, c.P1, c.Data)
	}
}

// write writes the redacted answer into the outline of its conversation, cut as the card cut it.
func (o operation) write(v *inventor, conversation []heard, c Conversation) {
	data := o.data(conversation)
	fresh := bytes.Clone(o.image.fresh[o.offset : o.offset+len(data)])
	for i, b := range o.image.content[o.offset : o.offset+len(data)] {
		if b != data[i] { // the card answered otherwise another time
			v.fill(fresh[i : i+1])
		}
	}
	for i := o.first; i <= o.last; i++ {
		n := len(conversation[i].answer)
		c[i].Answer = Unit{Head: fresh[:n:n]}
		fresh = fresh[n:]
	}
}

// publicControl are the objects of a file's control information that say how a file is built, not what it holds: sizes, kind,
// identifier, name of the application, access conditions, state (ISO/IEC 7816-4, table 10).
var publicControl = []uint32{0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x88, 0x8A, 0x8C, 0x8D, 0xCB}

// control redacts the answer to a SELECT in place: what is no public object is filled.
func (v *inventor) control(b []byte, depth int) {
	objects, err := apdu.ParseTLV(b)
	if err != nil {
		v.replace(ReplacedUnknown)
		v.fill(b)
		return
	}
	for _, o := range objects {
		template := o.Tag == 0x6F || o.Tag == 0x62 || o.Tag == 0x64
		switch {
		case template && depth > 0:
			v.control(o.Value, depth-1)
		case slices.Contains(publicControl, o.Tag) && len(o.Value) <= maxShownData:
		case !padded(o.Value):
			v.replace(ReplacedUnknown)
			v.fill(o.Value)
		}
	}
}

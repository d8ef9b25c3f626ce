package transcript

import (
	"bytes"
	"crypto/rand"
	"crypto/sha1" // the card specification puts this hash into the certificate's name; nothing relies on it
	"encoding/base64"
	"errors"
	"slices"

	"bottega/desk/cardnumber"
	"bottega/desk/civil"
)

// ErrNothing says that no card was connected to, so that there is nothing to write down.
var ErrNothing = errors.New("nothing was recorded")

// Transcript redacts what was recorded and forgets it. The error is ErrNothing or ErrTooLong.
func (r *Recorder) Transcript(about About) (*Transcript, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.tooLong:
		return nil, ErrTooLong
	case len(r.conversations) == 0:
		return nil, ErrNothing
	}
	t := &Transcript{About: about, Reader: makeOf(r.reader), ATR: r.atr}
	operations, images := gather(r.conversations)
	v := redacted(images, r.seed, about.Day)
	outlines := make([]Conversation, len(r.conversations))
	for i, conversation := range r.conversations {
		outlines[i] = outline(conversation)
	}
	for _, o := range operations {
		o.write(v, r.conversations[o.conversation], outlines[o.conversation])
	}
	t.Conversations = outlines
	if r.around > 0 {
		t.Around = outlines[r.around-1]
		t.Conversations = slices.Delete(outlines, r.around-1, r.around)
	}
	for _, kind := range AllReplaced() {
		if v.replaced[kind] || (kind == ReplacedCodes && t.hides()) {
			t.Replaced = append(t.Replaced, kind)
		}
	}
	r.forget(images)
	return t, nil
}

// forget wipes what was personal.
func (r *Recorder) forget(images []*image) {
	for _, conversation := range r.conversations {
		for _, h := range conversation {
			clear(h.answer)
		}
	}
	for _, i := range images {
		clear(i.content)
	}
	r.conversations, r.around, r.reader, r.atr, r.exchanges, r.bytes = nil, 0, "", nil, 0, 0
}

// outline is a conversation without what the card answered.
func outline(conversation []heard) Conversation {
	c := make(Conversation, len(conversation))
	for i, h := range conversation {
		c[i] = Exchange{Command: h.command, Status: h.status, Fault: h.fault, Answer: Unit{Hidden: h.hidden}}
	}
	return c
}

// hides reports whether anything was never kept.
func (t *Transcript) hides() bool {
	return slices.ContainsFunc(append(slices.Clone(t.Conversations), t.Around), func(c Conversation) bool {
		return slices.ContainsFunc(c, func(e Exchange) bool { return e.Command.Hidden > 0 || e.Answer.Hidden > 0 })
	})
}

// redacted invents until nothing of the holder is left, also not by chance, and at last by force.
func redacted(images []*image, seed func() [32]byte, day civil.Date) *inventor {
	if seed == nil {
		seed = func() (s [32]byte) {
			_, _ = rand.Read(s[:]) // it never fails (crypto/rand)
			return s
		}
	}
	const tries = 8
	for try := 1; ; try++ {
		v := newInventor(seed(), day)
		v.redact(images)
		left := v.leaks(images)
		if !left || try == tries {
			v.force(images)
			return v
		}
	}
}

// redact makes the redacted form of every image: first it takes in all that is known of the holder, then it invents.
func (v *inventor) redact(images []*image) {
	var begins, ends []civil.Date
	add := func(list []civil.Date, d civil.Date) []civil.Date {
		if d.IsZero() {
			return list
		}
		return append(list, d)
	}
	for _, i := range images {
		i.fresh = bytes.Clone(i.content)
		var begin, end civil.Date
		switch content := i.start(); i.kind() {
		case fileNumber:
			v.learnNumber(string(content[:cardnumber.Length]))
		case filePersonal:
			begin, end = v.learnPersonal(content)
		case fileCertificate:
			begin, end = v.learnCertificate(i.der(i.content))
		}
		begins, ends = add(begins, begin), add(ends, end)
	}
	v.chooseShift(begins, ends)
	v.inventHolder()
	// The certificate names what the other files hold, and the hash of one of them: it comes last.
	for _, kinds := range [][]fileKind{{filePersonal, fileNumber}, {fileCertificate, fileText, fileOther, fileControl}} {
		for _, i := range images {
			if slices.Contains(kinds, i.kind()) {
				v.image(i)
			}
		}
	}
}

// learnNumber takes in a card number, its serial, and both as some cards pack them, two digits to a byte.
func (v *inventor) learnNumber(number string) {
	v.secret([]byte(number))
	v.secret([]byte(number[4:13]))
	v.secret(packed(number))
}

// packed writes digits two to a byte.
func packed(digits string) []byte {
	b := make([]byte, len(digits)/2)
	for i := range b {
		b[i] = (digits[2*i]-'0')<<4 | (digits[2*i+1] - '0')
	}
	return b
}

func isCardNumber(s string) bool { return !errors.Is(cardnumber.Check(s), cardnumber.ErrShape) }

// image redacts one file.
func (v *inventor) image(i *image) {
	known := i.fresh[:len(i.start())]
	switch i.kind() {
	case fileNumber:
		copy(known, v.cardNumber(string(known[:cardnumber.Length])))
	case filePersonal:
		end := v.personal(known)
		v.learnHashes(i.start(), known, end)
	case fileCertificate:
		der := i.der(i.fresh)
		v.certificate(der)
		copy(known[i.prefix():], der)
		if rest := known[min(len(known), i.prefix()+len(der)):]; !padded(rest) {
			v.replace(ReplacedUnknown)
			v.fill(rest)
		}
	case fileControl:
		v.control(known, 1)
	case fileText:
		v.replace(ReplacedUnknown)
		v.raw(known)
	default:
		v.unknown(known)
	}
	v.known(i)
	if rest := i.fresh[len(known):]; !padded(rest) {
		v.replace(ReplacedUnknown)
		v.fill(rest)
	}
}

// unknown fills a file that nobody knows; padding behind it stays, and so do the head of a serial number object (tag 5A) and one
// that claims more than there is.
func (v *inventor) unknown(b []byte) {
	v.replace(ReplacedUnknown)
	if len(b) > 2 && b[0] == 0x5A && int(b[1]) <= len(b)-2 {
		b = b[2:]
	}
	if len(b) > 6 && b[0] == 0x30 && b[1] >= 0x81 && b[1] <= 0x84 {
		b = b[2+int(b[1]&0x7F):]
	}
	end := len(b)
	for end > 0 && padded(b[end-1:end]) {
		end--
	}
	v.fill(b[:end])
}

// known writes into files that nobody knows what a card number was replaced by, where it stands there, also packed.
func (v *inventor) known(i *image) {
	if i.kind() != fileText && i.kind() != fileOther {
		return
	}
	for old, fresh := range v.number {
		for _, pair := range [][2][]byte{{[]byte(old), []byte(fresh)}, {packed(old), packed(fresh)}} {
			if at := bytes.Index(i.content, pair[0]); at >= 0 {
				copy(i.fresh[at:], pair[1])
			}
		}
	}
}

// learnHashes keeps, for each way in which the hash in a certificate's name may be taken over the holder's data (the
// specification leaves it open), the hash over the true data and that over the invented.
func (v *inventor) learnHashes(old, fresh []byte, end int) {
	const file, longFile = 400, 1200 // sizes of the file on health and identity cards
	total := 0
	for _, c := range old[:totalLength] {
		total = total<<4 | hexByte([]byte{'0', c})
	}
	for _, n := range []int{len(old), end, total, total + totalLength, file, longFile} {
		if n <= longFile {
			v.hashes[hashOf(old, n)] = hashOf(fresh, n)
		}
	}
}

// hashOf is the hash over the first n bytes of a file, which is padded with zeros.
func hashOf(b []byte, n int) string {
	padding := make([]byte, max(0, n-len(b)))
	sum := sha1.Sum(slices.Concat(b[:min(n, len(b))], padding))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// leaks reports whether anything of the holder stands in the redacted files.
func (v *inventor) leaks(images []*image) bool {
	return slices.ContainsFunc(images, func(i *image) bool {
		return slices.ContainsFunc(v.secrets, func(s []byte) bool { return bytes.Contains(i.fresh, s) })
	})
}

// force overwrites what is left of the holder: a surname that is also the authority's, say.
func (v *inventor) force(images []*image) {
	for _, i := range images {
		for _, s := range v.secrets {
			for at := bytes.Index(i.fresh, s); at >= 0; at = bytes.Index(i.fresh, s) {
				v.overwrite(i.fresh[at : at+len(s)])
			}
		}
	}
}

// overwrite replaces bytes each by another of its kind.
func (v *inventor) overwrite(b []byte) {
	if printable(b) && len(bytes.Trim(b, " .,:;'/+-=")) > 0 {
		before := bytes.Clone(b)
		if v.raw(b); !bytes.Equal(before, b) {
			return
		}
	}
	v.fill(b)
}

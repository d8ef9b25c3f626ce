package cns_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"bottega/cardreader"
	"bottega/cardreader/practice"
	"bottega/desk"
	"bottega/desk/cardnumber"
)

// double is a card made of what is known of a model and nothing else: files below the master file or below applications, and the
// answers by which it differs from others. It knows SELECT and READ BINARY only.
type double struct {
	atr string
	// files by application and path: "/1000/1003", "A0000000/1100/1102".
	files map[string][]byte
	// selecting and reading are statuses that some files answer with instead of 9000.
	selecting, reading map[string]uint16
	refusesQuiet       bool

	application, folder, selected string
	sent                          []string
}

func (d *double) Reader() string { return "test" }
func (d *double) Close() error   { return nil }
func (d *double) ATR() []byte    { return unhex(d.atr) }

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

func (d *double) Transmit(_ context.Context, command []byte) ([]byte, error) {
	d.sent = append(d.sent, strings.ToUpper(hex.EncodeToString(command)))
	switch {
	case command[1] == 0xA4 && command[3] == 0x0C && d.refusesQuiet:
		return []byte{0x6A, 0x86}, nil
	case command[1] == 0xA4:
		return d.choose(command[2], command[5:5+int(command[4])]), nil
	case command[1] == 0xB0 && d.selected != "":
		return d.read(int(command[2])<<8|int(command[3]), int(command[4])), nil
	default:
		return []byte{0x6D, 0x00}, nil
	}
}

// choose selects; after that, paths that begin here (P1=09) begin in the folder of what was selected.
func (d *double) choose(p1 byte, data []byte) []byte {
	target := strings.ToUpper(hex.EncodeToString(data))
	switch p1 {
	case 0x04:
		for name := range d.files {
			if application, _, _ := strings.Cut(name, "/"); application == target {
				d.application, d.folder, d.selected = target, "", ""
				return []byte{0x90, 0x00}
			}
		}
		return []byte{0x6A, 0x82}
	case 0x08:
		d.application, d.folder = "", ""
	}
	path := d.folder
	for i := 0; i+4 <= len(target); i += 4 {
		path += "/" + target[i:i+4]
	}
	name := d.application + path
	if _, there := d.files[name]; !there {
		return []byte{0x6A, 0x82}
	}
	d.selected, d.folder = name, path[:strings.LastIndex(path, "/")]
	if sw, odd := d.selecting[name]; odd {
		return []byte{byte(sw >> 8), byte(sw)}
	}
	return []byte{0x90, 0x00}
}

func (d *double) read(offset, n int) []byte {
	if sw, odd := d.reading[d.selected]; odd {
		return []byte{byte(sw >> 8), byte(sw)}
	}
	content := d.files[d.selected]
	if n == 0 {
		n = 256
	}
	switch {
	case offset > len(content):
		return []byte{0x6B, 0x00}
	case offset+n > len(content):
		return append(bytes.Clone(content[offset:]), 0x62, 0x82)
	}
	return append(bytes.Clone(content[offset:offset+n]), 0x90, 0x00)
}

// numbered returns a number with its check digit.
func numbered(first15 string) []byte { return append([]byte(first15), cardnumber.CheckDigit(first15)) }

const (
	numberFile, personalFile, certificateFile = "/1000/1003", "/1100/1102", "/1100/1101"
	idemiaFile, infocamereFile                = "/1400/9001/2002", "/2FFF/8228"

	atrClassic = "3BFF1800FF8131FE55006B02091617011101434E531131808D"
	atrIDEMIA  = "3BFF1800008131FE45006B05052000012101434E5310318079"
	atrACe2025 = "3BFF1800FF8131FE4D006B0404B85B01F101434E531031809D"
	atrNewCNS  = "3BFF1800FF8131FE55006B0404FFFF01FF01434E531131808D" // of no card that is known
	atrOther   = "3B6800000073C84013009000"
	aidACe2025 = "A000000530000B104001021A"
	aidJSign4  = "A00000009501004D"
)

// filesOfCNS are the files of a classic card below an application, or below the master file for an empty one.
func filesOfCNS(application string, number []byte, der []byte) map[string][]byte {
	return map[string][]byte{
		application + numberFile:      number,
		application + personalFile:    fileOf(fieldsOf(), true),
		application + certificateFile: append(bytes.Clone(der), make([]byte, 300)...),
	}
}

func with(files map[string][]byte, name string, content []byte) map[string][]byte {
	files[name] = content
	return files
}

func without(files map[string][]byte, names ...string) map[string][]byte {
	for _, name := range names {
		delete(files, name)
	}
	return files
}

func TestEveryModelIsKnownByWhatItAnswers(t *testing.T) {
	der := practiceDER(t)
	tuscan := numbered("609001234567800")
	prefixed := append([]byte{0x01, byte(len(der) >> 8), byte(len(der)), 0, 0}, der...)
	tests := []struct {
		name        string
		card        double
		model       string
		kind        desk.CardKind
		certificate string // what is told of it
		number      string // what is told of that
	}{
		{"classic", double{atr: atrClassic, files: filesOfCNS("", tuscan, der)}, "classic", desk.KindHealth, "fails usage", "works"},
		{"classic, with an answer to reset of nobody", double{atr: atrNewCNS, files: filesOfCNS("", tuscan, der)}, "classic", desk.KindHealth, "fails usage", "works"},
		{"classic, with the answer to reset of another family", double{atr: atrIDEMIA, files: filesOfCNS("", tuscan, der)}, "classic", desk.KindHealth, "fails usage", "works"},
		{"classic, without any CNS in its answer to reset", double{atr: atrOther, files: filesOfCNS("", tuscan, der)}, "classic", desk.KindHealth, "fails usage", "works"},
		{"classic, quiet selection refused", double{atr: atrClassic, refusesQuiet: true, files: filesOfCNS("", tuscan, der)}, "classic", desk.KindHealth, "fails usage", "works"},
		{"IDEMIA 2021", double{atr: atrIDEMIA, files: with(without(filesOfCNS("", tuscan, der), certificateFile), idemiaFile, der)}, "idemia-2021", desk.KindHealth, "fails usage", "works"},
		{"IDEMIA 2021, with an answer to reset of nobody", double{atr: atrNewCNS, files: with(without(filesOfCNS("", tuscan, der), certificateFile), idemiaFile, der)}, "idemia-2021", desk.KindHealth, "fails usage", "works"},
		{"IDEMIA 2021, with a blank file where others have theirs", double{atr: atrNewCNS, files: with(filesOfCNS("", tuscan, nil), idemiaFile, der)}, "idemia-2021", desk.KindHealth, "fails usage", "works"},
		{"ACe 2025", double{atr: atrACe2025, files: filesOfCNS(aidACe2025, tuscan, der)}, "ace-2025", desk.KindHealth, "fails usage", "works"},
		{"ACe 2025, quiet selection refused", double{atr: atrACe2025, refusesQuiet: true, files: filesOfCNS(aidACe2025, tuscan, der)}, "ace-2025", desk.KindHealth, "fails usage", "works"},
		{"ACe 2025, with an answer to reset of nobody", double{atr: atrNewCNS, files: filesOfCNS(aidACe2025, tuscan, der)}, "ace-2025", desk.KindHealth, "fails usage", "works"},
		{"ACe 2025, as far as one is known in public", double{atr: atrACe2025, files: without(filesOfCNS(aidACe2025, nil, der), aidACe2025+numberFile, aidACe2025+certificateFile)}, "ace-2025", desk.KindHealth, "not_checked", "fails unreadable"},
		{"ACe 2025, its number packed", double{atr: atrACe2025, files: with(without(filesOfCNS(aidACe2025, nil, der), aidACe2025+numberFile), aidACe2025+"/D003", append([]byte{0, 8}, unhex(string(tuscan))...))}, "ace-2025", desk.KindHealth, "fails usage", "works"},
		{"ST 2022, lying on the reader", double{atr: "3B80800101", files: filesOfCNS(aidJSign4, tuscan, der)}, "st2022-contactless", desk.KindHealth, "fails usage", "works"},
		{"a chamber of commerce's", double{atr: atrClassic, files: with(without(filesOfCNS("", numbered("742001234567800"), der), certificateFile), infocamereFile, prefixed)}, "infocamere", desk.KindBusiness, "fails usage", "works"},
		{"a chamber of commerce's, with both certificates", double{atr: atrClassic, files: with(filesOfCNS("", numbered("742001234567800"), der), infocamereFile, prefixed)}, "infocamere", desk.KindBusiness, "fails usage", "works"},
		{"a chamber of commerce's, its certificate empty", double{atr: atrClassic, files: with(without(filesOfCNS("", numbered("742001234567800"), der), certificateFile), infocamereFile, make([]byte, 900))}, "classic", desk.KindCNS, "fails missing", "works"},
		{"another issuer's", double{atr: atrClassic, files: filesOfCNS("", numbered("712345678901200"), der)}, "classic", desk.KindCNS, "fails usage", "works"},
		{"a national issuer's", double{atr: atrClassic, files: filesOfCNS("", numbered("512345678901200"), der)}, "classic", desk.KindCNS, "fails usage", "works"},
		{"an operator's, of a Region", double{atr: atrClassic, files: filesOfCNS("", numbered("909001234567800"), der)}, "classic", desk.KindCNS, "fails usage", "works"},
		{"an operator's, national", double{atr: atrClassic, files: filesOfCNS("", numbered("800001234567800"), der)}, "classic", desk.KindCNS, "fails usage", "works"},
		{"an identity card of the first kind", double{atr: "3BF41800FF8131805500318000C7", files: filesOfCNS("", []byte("1234567AA       "), der)}, "cie-1", desk.KindCIE1, "fails usage", "works"},
		{"an identity card of the second kind", double{atr: "3BFF1800FF8131FE55006B02090303024954494420203180C0", files: filesOfCNS("", []byte("1234567AA       "), der)}, "cie-2", desk.KindCIE2, "fails usage", "works"},
		{"a Region's, whose number is not there", double{atr: atrClassic, files: without(filesOfCNS("", nil, der), numberFile)}, "classic", desk.KindHealth, "fails usage", "fails unreadable"},
		{"a Region's, deactivated but readable", double{atr: atrClassic, files: filesOfCNS("", tuscan, der), selecting: map[string]uint16{numberFile: 0x6283, personalFile: 0x6283, certificateFile: 0x6283}}, "classic", desk.KindHealth, "fails usage", "works"},
		{"a Region's, its certificate deactivated", double{atr: atrClassic, files: filesOfCNS("", tuscan, der), reading: map[string]uint16{certificateFile: 0x6985}}, "classic", desk.KindHealth, "fails not_active", "works"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			card, err := reader().Read(context.Background(), &tt.card, func(cardreader.Phase) {})
			if err != nil {
				t.Fatalf("%v after %v", err, tt.card.sent)
			}
			if card.Holder.FiscalCode != "SMPPRV88B69D612T" {
				t.Errorf("the holder is %+v", card.Holder)
			}
			if card.Model != tt.model || card.Kind != tt.kind {
				t.Errorf("model %s, kind %s, want %s, %s", card.Model, card.Kind, tt.model, tt.kind)
			}
			got := results(card)
			if got[desk.PartCertificate] != tt.certificate || got[desk.PartNumber] != tt.number {
				t.Errorf("certificate %s, number %s, want %s, %s", got[desk.PartCertificate], got[desk.PartNumber], tt.certificate, tt.number)
			}
			if got, want := slices.Contains(card.Warnings, desk.WarningNotHealth), tt.kind != desk.KindHealth; got != want {
				t.Errorf("warned that it is no health card: %v", got)
			}
			if got, want := slices.Contains(card.Warnings, desk.WarningContactless), tt.card.atr == "3B80800101"; got != want {
				t.Errorf("warned that it only lies there: %v", got)
			}
		})
	}
}

func TestCardsOfWhichNothingIsReadAreNamed(t *testing.T) {
	tests := []struct {
		name, atr, application string
		kind                   desk.CardKind
	}{
		{"the identity card of today", "3B8E80018031806549544E5850120FFF8290F0", "A0000000308000000009816001", desk.KindCIE3},
		{"the identity card of today, made by somebody new", "3B8880010000000000000000", "A0000000308000000009816001", desk.KindCIE3},
		{"a German health card", "3BD396FF81B1FE451F078081052D", "D2760001448000", desk.KindForeignHealth},
		{"an Austrian health card", atrOther, "D040000017010101", desk.KindForeignHealth},
		{"a French health card", atrOther, "D250000002564954414C45", desk.KindForeignHealth},
		{"a Serbian health card", "3BF41300008131FE4552465A4FED", "F38100000253455256535A4B01", desk.KindForeignHealth},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := &double{atr: tt.atr, files: map[string][]byte{tt.application + "/0000": nil}}
			card, err := reader().Read(context.Background(), d, func(cardreader.Phase) {})
			if !errors.Is(err, cardreader.NotACNS) || card.Kind != tt.kind {
				t.Errorf("%v, kind %q", err, card.Kind)
			}
			if got := cardreader.TroublesOf(card); !slices.Equal(got, []cardreader.Trouble{cardreader.NotACNS}) || card.Test.Works() {
				t.Errorf("troubles %v, test %v", got, results(card))
			}
		})
	}
}

// mostAsked is how many commands a card is sent that is none of ours. Each layout adds one or two, and a card that refuses every
// way of selecting is asked in three ways.
const mostAsked = 16

func TestAnUnknownCardIsAskedLittle(t *testing.T) {
	for name, sw := range map[string]uint16{"it has no such file": 0x6A82, "it knows no such command": 0x6D00, "it wants other parameters": 0x6A86, "it wants a PIN": 0x6982, "it has a fault": 0x6F00} {
		for _, atr := range []string{atrOther, "3B80800101", atrNewCNS} {
			w := &wire{card: practiceCard(t, "bruna"), atr: unhex(atr), meddle: status(sw, always)}
			if _, _, err := read(t, w); err == nil {
				t.Errorf("%s: it was read", name)
			}
			if sw != 0x6F00 && len(w.sent) > mostAsked || len(w.sent) > 2*mostAsked { // a fault is asked again once
				t.Errorf("%s: asked %d times", name, len(w.sent))
			}
		}
	}
}

// readable are the practice cards that a layout covers, that keep still while they are read and that come to an end.
func readable(t *testing.T) []practice.Profile {
	t.Helper()
	profiles, err := practice.Profiles(today)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(profiles, func(p practice.Profile) bool {
		return p.Kind == desk.KindCIE3 || p.Kind == desk.KindForeignHealth || slices.Contains([]string{"dirty", "mute", "impatient", "endless"}, p.Fault)
	})
}

func TestEveryCardThatALayoutCoversIsReadForWhatItMustCost(t *testing.T) {
	applications := map[string]int{"ace-2025": 3, "st2022-contactless": 3} // selected before each file
	for _, profile := range readable(t) {
		t.Run(profile.ID, func(t *testing.T) {
			holder, pieces, refused := 0, 0, 0
			w := &wire{card: practiceCard(t, profile.ID), meddle: func(_ int, _, answer []byte) ([]byte, error) {
				if bytes.Equal(answer, []byte{0x6A, 0x86}) {
					refused++ // once, before the card is known to want its file information told
				}
				return answer, nil
			}}
			count := func(phase cardreader.Phase) {
				if phase == cardreader.PhaseCertificate {
					holder = len(w.sent)
				}
			}
			judge := &hasher{}
			judged := reader()
			judged.Certificates = judge
			card, _ := judged.Read(context.Background(), w, count) // a card whose data lie is read too
			for _, command := range w.sent {
				if command[1] == 0xC0 {
					pieces++ // an answer that the card itself cuts into pieces
				}
			}
			personal, useful := max(1, reads256(judge.used())), 1 // that a file is empty shows when it is read
			if card.Certificate != nil {
				useful = len(card.Certificate.DER)
			}
			if applications[card.Model] == 0 && holder > 3+personal+pieces+refused {
				t.Errorf("the holder is known after %d commands", holder)
			}
			floor := 3 + applications[card.Model] + 1 + personal + reads256(useful) + pieces
			if card.Cost.APDUs > floor+2 {
				t.Errorf("%d commands, the floor is %d: %x", card.Cost.APDUs, floor, w.sent)
			}
			if card.Cost.APDUs != len(w.sent) {
				t.Errorf("counted %d commands, %d were sent", card.Cost.APDUs, len(w.sent))
			}
		})
	}
}

// hasher wants to see all of the personal data, as a judge does that looks at the hash in a certificate's name.
type hasher struct{ personal []byte }

func (h *hasher) Judge(_ *x509.Certificate, personal []byte, _, _ string, _ time.Time) []desk.CertificateCheck {
	h.personal = bytes.Clone(personal)
	return nil
}

// used is how much of the data is more than padding.
func (h *hasher) used() int { return len(bytes.TrimRight(h.personal, "\x00")) }

func reads256(n int) int { return (n + 255) / 256 }

func TestAJudgeSeesTheDataAndHasTheLastWord(t *testing.T) {
	d := &double{atr: atrClassic, files: filesOfCNS("", numbered("609001234567800"), practiceDER(t))}
	judge := &strict{}
	r := reader()
	r.Certificates = judge
	card, err := r.Read(context.Background(), d, func(cardreader.Phase) {})
	if err != nil {
		t.Fatal(err)
	}
	if used := len(bytes.TrimRight(d.files[personalFile], "\x00")); !bytes.HasPrefix(judge.personal, d.files[personalFile][:used]) || judge.code != "SMPPRV88B69D612T" || judge.number != "6090012345678000" {
		t.Errorf("the judge saw %d bytes of %d, %s, %s", len(judge.personal), len(d.files[personalFile]), judge.code, judge.number)
	}
	if got := results(card)[desk.PartCertificate]; got != "fails forged" {
		t.Errorf("certificate: %s, want the reason of the first aspect that fails", got)
	}
	if len(card.Certificate.Checks) != 3 {
		t.Errorf("checks %+v", card.Certificate.Checks)
	}
}

// strict finds two things wrong and one open.
type strict struct {
	hasher
	code, number string
}

func (s *strict) Judge(c *x509.Certificate, personal []byte, code, number string, now time.Time) []desk.CertificateCheck {
	s.hasher.Judge(c, personal, code, number, now)
	s.code, s.number = code, number
	return []desk.CertificateCheck{
		{Aspect: desk.AspectRevocation, Result: desk.PartNotChecked, Reason: desk.ReasonNoLine},
		{Aspect: desk.AspectUsage, Result: desk.PartFails, Reason: desk.ReasonUsage},
		{Aspect: desk.AspectChain, Result: desk.PartFails, Reason: desk.ReasonForged},
	}
}

func TestAnAnswerToResetChoosesWhatIsTriedFirst(t *testing.T) {
	der, number := practiceDER(t), numbered("609001234567800")
	for atr, want := range map[string]string{
		"3BDF18008131FE7D006B150C0181011101434E53103180E8":     "classic", // Athena, Tuscany
		"3BDF18008131FE7D006B040C0184011101434E53103180FC":     "classic",
		"3BDF18008131FE7D006B020C0182011101434E53103180FC":     "classic",
		"3BFF1800FF8131FE55006B02091617011101434E531131808D":   "classic", // ST 2021
		"3BFF1800FF8131FE55006B02090303010101434E531031809D":   "classic", // Incard
		"3BFF1800008131FE45006B05052000012101434E5310318079":   "idemia-2021",
		"3BFF1800008131FE45006B05051017012101434E531031805E":   "classic", // Oberthur on Infineon, before
		"3BFF1800008131FE45006B0505200001F101434E53103180A9":   "idemia-2021",
		"3BFF1800008131FE45006B0505912001F101434E5310318038":   "idemia-2021",
		"3BFF1800008131FE45006B11050700012101434E531031804A":   "classic",
		"3BFF1800FFC10A31FE55006B0508C80C011101434E5310318005": "classic", // Siemens
		"3BFF1800FF8131FE4D006B0404B85B01F101434E531031809D":   "ace-2025",
		"3B80800101":                   "st2022-contactless",
		"3BF41800FF8131805500318000C7": "cie-1",
		"3BFF1800FF8131FE55006B02090303024954494420203180C0": "cie-2",
		"3BDF18008131FE7D006B040C01840249544944202031800000": "cie-2",
		"3B8E80018031806549544E5850120FFF8290F0":             "cie-3",
		"3BF41300008131FE4552465A4FED":                       "health-rs",
		atrOther:                                             "classic",
	} {
		files := filesOfCNS("", number, der)
		if strings.HasPrefix(want, "cie-") {
			files[numberFile] = []byte("1234567AA       ") // a Region's number would say what the card is
		}
		files[idemiaFile] = der
		for _, application := range []string{aidACe2025, aidJSign4} {
			for name, content := range filesOfCNS(application, number, der) {
				files[name] = content
			}
		}
		for _, application := range []string{"A0000000308000000009816001", "F38100000253455256535A4B01"} {
			files[application+"/0000"] = nil
		}
		card, _ := reader().Read(context.Background(), &double{atr: atr, files: files}, func(cardreader.Phase) {})
		if card.Model != want {
			t.Errorf("%s: taken for %s, want %s", atr, card.Model, want)
		}
	}
}

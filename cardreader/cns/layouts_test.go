package cns_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"bottega/assets"
	"bottega/assets/cards"
	"bottega/cardreader/cns"
	"bottega/desk"
)

// model is a layout in order, to be broken one line at a time. The first line is line 1.
const model = `name: prova-1
kind: health
rank: 5
first: ["3B??18*"]
application: "A000000001"
number: "1000/1003"
personal: "1100/1102"
certificate: "1400/9001/2002"
certificate_prefix: 5
codes:
  folder: "1400"
  pin: 0x10
  local_masks: [0x09, 12]
  min_pin: 5
  max_pin: 8
  puk: 8
  stored: 8
key:
  folder: "1E10"
  environment: 0x03
  reference: 0x21
  any_block: true
`

func TestALayoutIsReadAsItIsWritten(t *testing.T) {
	got, err := cns.ParseLayout("prova.yaml", []byte(model))
	if err != nil {
		t.Fatal(err)
	}
	want := cns.Layout{
		Name: "prova-1", Kind: desk.KindHealth, Rank: 5, First: []string{"3B??18*"}, Application: "A000000001",
		Number: cns.Path{0x1000, 0x1003}, Personal: cns.Path{0x1100, 0x1102}, Certificate: cns.Path{0x1400, 0x9001, 0x2002}, CertificatePrefix: 5,
		Codes: &cns.CodesLayout{Folder: cns.Path{0x1400}, PIN: 0x10, LocalMasks: []byte{0x09, 0x0C}, MinPIN: 5, MaxPIN: 8, PUK: 8, Stored: 8},
		Key:   &cns.KeyLayout{Folder: cns.Path{0x1E10}, Environment: 0x03, Reference: 0x21, AnyBlock: true},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestABrokenLayoutIsRefusedWithItsLine(t *testing.T) {
	tests := []struct{ name, old, with, at string }{
		{"an unknown entry", "rank: 5", "rang: 5", "3:1"},
		{"an unknown entry inside", "  pin: 0x10", "  pins: 0x10", "12:3"},
		{"an entry twice", "rank: 5", "kind: cns", "3:1"},
		{"no name", "name: prova-1", "name: Prova 1", "1:7"},
		{"an unknown kind", "kind: health", "kind: salute", "2:7"},
		{"a path of three digits", `number: "1000/1003"`, `number: "1000/103"`, "6:9"},
		{"a path that is no path", `number: "1000/1003"`, `number: [1000, 1003]`, "6:9"},
		{"a path without end", `number: "1000/1003"`, `number: "` + strings.Repeat("1000/", 9) + `1003"`, "6:9"},
		{"a byte too big", "  reference: 0x21", "  reference: 0x121", "21:14"},
		{"a byte below zero", "  reference: 0x21", "  reference: -1", "21:14"},
		{"a byte in letters", "  reference: 0x21", "  reference: xy", "21:14"},
		{"an application that is no hexadecimal", `"A000000001"`, `"A00000000G"`, "5:14"},
		{"a short application", `"A000000001"`, `"A0"`, "5:14"},
		{"an answer to reset of another world", `["3B??18*"]`, `["3A18"]`, "4:9"},
		{"a pattern with the rest in the middle", `["3B??18*"]`, `["3B*18"]`, "4:9"},
		{"a prefix too short for its length", "certificate_prefix: 5", "certificate_prefix: 2", "9:21"},
		{"a prefix without end", "certificate_prefix: 5", "certificate_prefix: 5000", "9:21"},
		{"PINs of no length", "  min_pin: 5", "  min_pin: 0", "11:3"},
		{"PINs that do not fit", "  max_pin: 8", "  max_pin: 9", "11:3"},
		{"no reference for the PIN", "  pin: 0x10", "  pin: 0", "11:3"},
		{"not YAML", "rank: 5", "rank: [", "3:7"},
		{"an alias", "rank: 5", "rank: *five", "3:7"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			broken := strings.Replace(model, tt.old, tt.with, 1)
			if broken == model {
				t.Fatal("nothing was broken")
			}
			_, err := cns.ParseLayout("prova.yaml", []byte(broken))
			var content *assets.ContentError
			if !errors.As(err, &content) {
				t.Fatalf("got %v, want a content error", err)
			}
			if got := fmt.Sprintf("%d:%d", content.Problems[0].Line, content.Problems[0].Column); got != tt.at {
				t.Errorf("at %s, want %s: %v", got, tt.at, err)
			}
			if content.Problems[0].Text.It == "" || content.Problems[0].Text.En == "" {
				t.Errorf("not told in both languages: %+v", content.Problems[0])
			}
		})
	}
}

func TestALayoutThatNothingTellsApartIsRefused(t *testing.T) {
	for name, file := range map[string]string{
		"nothing to recognise it by":     "name: x\nkind: other\n",
		"nothing to read, and a PIN":     "name: x\nkind: other\napplication: A000000001\ncodes: {pin: 16, min_pin: 5, max_pin: 8, puk: 8, stored: 8}\n",
		"nothing to read, a certificate": "name: x\nkind: other\napplication: A000000001\ncertificate: 1100/1101\n",
	} {
		if _, err := cns.ParseLayout("x.yaml", []byte(file)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestAFolderOfLayoutsIsReadWholeOrNotAtAll(t *testing.T) {
	good := []byte(model)
	other := []byte(strings.Replace(strings.Replace(model, "prova-1", "prova-0", 1), "rank: 5", "rank: 4", 1))
	crowd := fstest.MapFS{}
	for i := range 65 {
		crowd[fmt.Sprintf("%d.yaml", i)] = &fstest.MapFile{Data: []byte(strings.Replace(model, "prova-1", fmt.Sprintf("prova-%d", i), 1))}
	}
	tests := []struct {
		name  string
		files fstest.MapFS
		want  string // in the error; empty for none
	}{
		{"in the order of their ranks", fstest.MapFS{"a.yaml": {Data: good}, "b.yaml": {Data: other}, "note.txt": {Data: []byte("x")}}, ""},
		{"none", fstest.MapFS{"note.txt": {Data: good}}, "no card layout"},
		{"a name twice", fstest.MapFS{"a.yaml": {Data: good}, "b.yaml": {Data: good}}, "b.yaml:1:1"},
		{"one broken of two", fstest.MapFS{"a.yaml": {Data: good}, "b.yaml": {Data: []byte("name: [")}}, "b.yaml:1:"},
		{"one empty", fstest.MapFS{"a.yaml": {Data: nil}}, "a.yaml:1:1"},
		{"one far too long", fstest.MapFS{"a.yaml": {Data: append(good, []byte(strings.Repeat("# \n", 1<<15))...)}}, "longer than"},
		{"too many", crowd, "more than 64"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			layouts, err := cns.Layouts(tt.files)
			if tt.want == "" {
				if err != nil || len(layouts) != 2 || layouts[0].Name != "prova-0" {
					t.Errorf("got %+v, %v", layouts, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || layouts != nil {
				t.Errorf("got %v with %d layouts, want an error with %q", err, len(layouts), tt.want)
			}
		})
	}
}

func TestTheLayoutsInsideTheProgramsAreInOrder(t *testing.T) {
	layouts, err := cns.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	if layouts[0].Name != "classic" {
		t.Errorf("the first is %s, want the commonest card", layouts[0].Name)
	}
	layouts[0].Codes.PIN = 0xFF
	if again, err := cns.Embedded(); err != nil || again[0].Codes.PIN == 0xFF {
		t.Errorf("what one caller changed reached another: %v", err)
	}
}

func FuzzParseLayout(f *testing.F) {
	f.Add([]byte(model))
	names, err := cards.Files.ReadDir(".")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		if data, err := cards.Files.ReadFile(name.Name()); err == nil && strings.HasSuffix(name.Name(), ".yaml") {
			f.Add(data)
		}
	}
	f.Add([]byte("name: x\nfirst: [[[[[["))
	f.Add([]byte("number: 1e309\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := cns.ParseLayout("x.yaml", data)
		if err != nil {
			return
		}
		if l.Name == "" || len(l.Number)+len(l.Personal)+len(l.Application) == 0 || l.CertificatePrefix < 0 {
			t.Errorf("accepted %+v", l)
		}
		if c := l.Codes; c != nil && (c.MinPIN < 4 || c.MaxPIN > c.Stored || c.Stored > 16) {
			t.Errorf("accepted codes %+v", c)
		}
	})
}

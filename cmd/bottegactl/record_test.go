package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bottega/cardreader"
	"bottega/cardreader/cns"
	"bottega/cardreader/transcript"
	"bottega/ui/text"
)

func TestEverythingThatATranscriptReplacesHasAWord(t *testing.T) {
	catalog, err := text.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	texts := replacedTexts()
	for _, kind := range transcript.AllReplaced() {
		for _, lang := range text.Languages() {
			if key := texts[kind]; key == "" || !catalog.For(lang).Has(key) {
				t.Errorf("%s: no word for %s", lang, kind)
			}
		}
	}
}

func TestACardThatNoLayoutFitsIsLookedAroundWhileItIsRecorded(t *testing.T) {
	file := filepath.Join(t.TempDir(), "card.txt")
	r := scriptRooms("bruna")
	r.readCard = cns.Reader{Layouts: []cns.Layout{{Name: "unheard-of", Number: cns.Path{0x7777}, Personal: cns.Path{0x7778}}}}.Read
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"card", "record", file}, strings.NewReader(""), &stdout, &stderr, func(string) string { return "" }, r); code != exitDone {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	recorded, err := transcript.Load(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(recorded.Around) == 0 || !slices.Contains(recorded.Outcome, cardreader.UnknownModel) || !slices.Contains(recorded.Replaced, transcript.ReplacedCertificate) {
		t.Errorf("recorded %+v", recorded.About)
	}
	if bytes.Contains(text, []byte("494E4E4F43454E5449")) {
		t.Error("the holder's surname is in it")
	}
}

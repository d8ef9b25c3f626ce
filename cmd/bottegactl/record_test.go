package main

import (
	"testing"

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

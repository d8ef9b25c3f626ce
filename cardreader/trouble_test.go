package cardreader_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"bottega/cardreader"
	"bottega/desk"
)

func texts(t *testing.T, language string) map[string]string {
	t.Helper()
	raw, err := os.ReadFile("../assets/i18n/trouble." + language + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]string
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestEveryTroubleAndCardWordIsToldInItalianAndEnglish(t *testing.T) {
	want := map[string]bool{}
	for _, trouble := range cardreader.Troubles() {
		want[trouble.TitleKey()], want[trouble.AdviceKey()] = true, true
	}
	for group, words := range map[string][]string{
		"card_part":          words(desk.CardParts()),
		"card_result":        {string(desk.PartWorks), string(desk.PartFails), string(desk.PartNotChecked)},
		"card_reason":        desk.CardReasons(),
		"card_kind":          words(desk.CardKinds()),
		"card_warning":       desk.CardWarnings(),
		"certificate_aspect": words(desk.CertificateAspects()),
		"card_phase": {string(cardreader.PhaseConnecting), string(cardreader.PhaseNumber), string(cardreader.PhasePersonal),
			string(cardreader.PhaseCertificate)},
	} {
		for _, word := range words {
			want[group+"."+word] = true
		}
	}
	for _, language := range []string{"it", "en"} {
		got := texts(t, language)
		for key := range want {
			if strings.TrimSpace(got[key]) == "" {
				t.Errorf("%s: no text for %s", language, key)
			}
		}
		for key := range got {
			if !want[key] {
				t.Errorf("%s: a text that nothing uses: %s", language, key)
			}
		}
	}
}

func words[W ~string](closed []W) []string {
	plain := make([]string, len(closed))
	for i, w := range closed {
		plain[i] = string(w)
	}
	return plain
}

func TestATroubleIsFoundInsideTheErrorThatWrapsIt(t *testing.T) {
	err := fmt.Errorf("reading: %w", fmt.Errorf("connecting: %w", cardreader.Busy))
	if !errors.Is(err, cardreader.Busy) || errors.Is(err, cardreader.NoCard) {
		t.Errorf("errors.Is does not tell busy from no card in %v", err)
	}
	var trouble cardreader.Trouble
	if !errors.As(err, &trouble) || trouble != cardreader.Busy {
		t.Errorf("errors.As found %q, want busy", trouble)
	}
}

func TestEveryTroubleSaysSomethingAsAnError(t *testing.T) {
	seen := map[string]cardreader.Trouble{}
	for _, trouble := range cardreader.Troubles() {
		text := trouble.Error()
		if text == "" {
			t.Errorf("%s has no text", string(trouble))
		}
		if other, twice := seen[text]; twice {
			t.Errorf("%s and %s say the same", string(trouble), string(other))
		}
		seen[text] = trouble
	}
}

func TestTroublesOfNamesEachFailureOnce(t *testing.T) {
	card := desk.Card{Test: desk.CardTest{Parts: []desk.PartCheck{
		{Part: desk.PartChip, Result: desk.PartWorks},
		{Part: desk.PartNumber, Result: desk.PartFails, Reason: desk.ReasonCheckDigit},
		{Part: desk.PartFiscalCode, Result: desk.PartFails, Reason: desk.ReasonCheckDigit},
		{Part: desk.PartValidity, Result: desk.PartFails, Reason: desk.ReasonExpired},
		{Part: desk.PartCertificate, Result: desk.PartNotChecked},
	}}}
	got := cardreader.TroublesOf(card)
	if len(got) != 2 || got[0] != cardreader.DataWrong || got[1] != cardreader.Expired {
		t.Errorf("got %v, want data_wrong then expired", got)
	}
}

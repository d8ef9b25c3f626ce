package cns_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"slices"
	"testing"

	"bottega/cardreader"
	"bottega/cardreader/practice"
)

// The makes of cards and their manners, as practice cards have them.
var takingCodes = []string{"bruna", "lucia", "sergio", "fiorella", "rita", "ugo", "elio", "iole", "maria", "gino", "impresa", "cie1", "cie2"}

func TestEveryMakeOfCardTakesItsCodes(t *testing.T) {
	for _, profile := range takingCodes {
		t.Run(profile, func(t *testing.T) {
			reader, card := plugged(t, profile)
			listening := &tap{Port: reader}
			codes := codesOver(listening)
			if err := codes.Change(t.Context(), seat, []byte(practice.DefaultPIN), []byte("87654321")); err != nil {
				t.Fatalf("change: %v", err)
			}
			if err := codes.Verify(t.Context(), seat, []byte("87654321")); err != nil {
				t.Fatalf("verify: %v", err)
			}
			for range 3 {
				if err := codes.Verify(t.Context(), seat, []byte("00000")); !errors.As(err, new(*cardreader.CodeError)) {
					t.Fatalf("wrong: %v", err)
				}
			}
			if err := codes.Verify(t.Context(), seat, []byte("87654321")); !errors.Is(err, cardreader.PINBlocked) {
				t.Fatalf("blocked: %v", err)
			}
			if err := codes.Unblock(t.Context(), seat, []byte("00000000"), []byte("24680")); !errors.Is(err, cardreader.WrongPUK) {
				t.Fatalf("wrong PUK: %v", err)
			}
			if err := codes.Unblock(t.Context(), seat, []byte(practice.DefaultPUK), []byte("24680")); err != nil {
				t.Fatalf("unblock: %v", err)
			}
			if err := codes.Verify(t.Context(), seat, []byte("24680")); err != nil || card.TriesLeft() != 3 {
				t.Fatalf("verify after that: %v, %d tries left", err, card.TriesLeft())
			}
			listening.clean(t)
		})
	}
}

// olderOnly are those that take PKCS #1 blocks only.
var olderOnly = []string{"cie1", "cie2"}

func TestEveryMakeOfCardProvesItsKey(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		h := openHouse(t, tls.RequireAnyClientCert, version)
		for _, profile := range takingCodes {
			t.Run(profile+" over "+tls.VersionName(version), func(t *testing.T) {
				reader, card := plugged(t, profile)
				codes := codesOver(reader)
				codes.Door = h.door()
				want := tls.VersionName(version)
				if slices.Contains(olderOnly, profile) {
					want = "TLS 1.2"
				}
				answer, err := codes.Login(t.Context(), seat, h.URL, []byte(practice.DefaultPIN))
				if err != nil || answer.Protocol != want || answer.FiscalCode != card.Profile().Holder.FiscalCode {
					t.Errorf("the door answered %+v, %v", answer, err)
				}
			})
		}
	}
}

func TestACardThatIsAlreadyInTroubleSaysSo(t *testing.T) {
	for profile, tc := range map[string]struct {
		verify, unblock cardreader.Trouble
	}{
		"alfio": {cardreader.PINBlocked, ""}, // the wrong PIN takes its last try
		"ivana": {cardreader.PINBlocked, ""},
		"ennio": {cardreader.PINBlocked, cardreader.PUKBlocked},
	} {
		t.Run(profile, func(t *testing.T) {
			reader, _ := plugged(t, profile)
			codes := codesOver(reader)
			if err := codes.Verify(t.Context(), seat, []byte("00000")); !errors.Is(err, tc.verify) {
				t.Errorf("verify: %v", err)
			}
			err := codes.Unblock(t.Context(), seat, []byte(practice.DefaultPUK), []byte("24680"))
			if tc.unblock == "" && err != nil || tc.unblock != "" && !errors.Is(err, tc.unblock) {
				t.Errorf("unblock: %v", err)
			}
		})
	}
}

func TestACardThatIsNoneOfOursIsGivenNoCode(t *testing.T) {
	for _, profile := range []string{"cie3", "tedesca", "aria"} {
		t.Run(profile, func(t *testing.T) {
			reader, _ := plugged(t, profile)
			listening := &tap{Port: reader}
			err := codesOver(listening).Verify(t.Context(), seat, []byte("12345"))
			if !errors.As(err, new(cardreader.Trouble)) || len(listening.codes()) != 0 {
				t.Errorf("got %v, sent %q", err, listening.codes())
			}
		})
	}
}

func TestTheFolderOfTheKeyIsSelectedBeforeThePINAndAgainBeforeTheKey(t *testing.T) {
	reader, _ := plugged(t, "sergio")
	listening := &tap{Port: reader}
	h := openHouse(t, tls.RequireAnyClientCert, tls.VersionTLS13)
	codes := codesOver(listening)
	codes.Door = h.door()
	if _, err := codes.Login(t.Context(), seat, h.URL, []byte(practice.DefaultPIN)); err != nil {
		t.Fatal(err)
	}
	folder := []byte{0x00, 0xA4, 0x08, 0x0C, 0x04, 0x14, 0x00, 0x90, 0x02}
	verify := slices.IndexFunc(listening.said, carriesCode)
	restore := slices.IndexFunc(listening.said, func(command []byte) bool { return command[1] == 0x22 })
	if verify < 1 || restore < 1 || !bytes.Equal(listening.said[verify-1], folder) || !bytes.Equal(listening.said[restore-1], folder) {
		t.Errorf("sent % X", listening.said)
	}
}

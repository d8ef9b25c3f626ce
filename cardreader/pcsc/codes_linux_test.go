//go:build cgo

package pcsc_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/ebfe/scard"

	"bottega/cardreader"
	"bottega/cardreader/cns"
	"bottega/cardreader/login"
	"bottega/cardreader/pcsc/pcscdtest"
	"bottega/cardreader/practice"
	"bottega/desk"
)

var seat = pcscdtest.ReaderName(0)

func codesOf(t *testing.T) *cns.Codes {
	t.Helper()
	return &cns.Codes{Port: portOf(t)}
}

func TestCodesAreGivenAsOnARealCardAndOpenSCAgrees(t *testing.T) {
	for name, profile := range map[string]string{"ST 2021, whose reference is local": "bruna", "Athena, whose is not": "lucia"} {
		t.Run(name, func(t *testing.T) {
			card := insert(t, profile)
			codes := codesOf(t)
			needs, err := codes.Ask(t.Context(), seat)
			if err != nil || needs != (cardreader.CodeNeeds{PINLeft: -1, MinPIN: 5, MaxPIN: 8, PUK: 8}) {
				t.Fatalf("needs %+v, %v; the virtual reader has no keypad", needs, err)
			}
			if err := codes.Verify(t.Context(), seat, []byte(practice.DefaultPIN)); err != nil {
				t.Fatalf("verify: %v", err)
			}
			if err := codes.Change(t.Context(), seat, []byte(practice.DefaultPIN), []byte("567890")); err != nil {
				t.Fatalf("change: %v", err)
			}
			openSC(t, "pkcs15-tool", "--verify-pin", "--auth-id", "01", "--pin", "567890")
			for range 3 {
				if err := codes.Verify(t.Context(), seat, []byte("00000")); err == nil {
					t.Fatal("a wrong PIN was taken")
				}
			}
			if err := codes.Verify(t.Context(), seat, []byte("567890")); !errors.Is(err, cardreader.PINBlocked) {
				t.Fatalf("a blocked PIN: %v", err)
			}
			if err := codes.Unblock(t.Context(), seat, []byte(practice.DefaultPUK), []byte("24680")); err != nil {
				t.Fatalf("unblock: %v", err)
			}
			openSC(t, "pkcs15-tool", "--verify-pin", "--auth-id", "01", "--pin", "24680")
			if left := card.TriesLeft(); left != 3 {
				t.Errorf("%d tries left", left)
			}
		})
	}
}

func TestTheTriesLeftAreRememberedUntilTheCardLeaves(t *testing.T) {
	card := insert(t, "bruna")
	codes := codesOf(t)
	if err := codes.Verify(t.Context(), seat, []byte("99999")); !errors.Is(err, cardreader.WrongPIN) {
		t.Fatal(err)
	}
	if needs, err := codes.Ask(t.Context(), seat); err != nil || needs.PINLeft != 2 || card.TriesLeft() != 2 {
		t.Errorf("needs %+v, %v", needs, err)
	}
}

// openSession connects as another program does that keeps a card open.
func openSession(t *testing.T) *scard.Card {
	t.Helper()
	service, err := scard.EstablishContext()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = service.Release() })
	other, err := service.Connect(seat, scard.ShareShared, scard.ProtocolAny)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Disconnect(scard.LeaveCard) })
	return other
}

func TestNobodyInheritsWhatThePINOpened(t *testing.T) {
	insert(t, "bruna")
	codes := codesOf(t)
	for name, before := range map[string]bool{"by a program that had the card open": true, "by one that comes later": false} {
		t.Run(name, func(t *testing.T) {
			var other *scard.Card
			if before {
				other = openSession(t)
			}
			if err := codes.Verify(t.Context(), seat, []byte(practice.DefaultPIN)); err != nil {
				t.Fatal(err)
			}
			if !before {
				other = openSession(t)
			}
			if _, err := other.Transmit(chooseKey); errors.Is(err, scard.ErrResetCard) {
				err = other.Reconnect(scard.ShareShared, scard.ProtocolAny, scard.LeaveCard)
				if err != nil {
					t.Fatal(err)
				}
				_, _ = other.Transmit(chooseKey)
			}
			answer, err := other.Transmit(sign)
			if err != nil || len(answer) != 2 || answer[0] != 0x69 || answer[1] != 0x82 {
				t.Errorf("the key answered another program: %X, %v", answer, err)
			}
		})
	}
}

// The commands by which a key is chosen and used; the block is short enough for one command.
var (
	chooseKey = []byte{0x00, 0x22, 0xF1, 0xB8, 0x03, 0x83, 0x01, 0x01}
	sign      = []byte{0x00, 0x2A, 0x9E, 0x9A, 0x02, 0x30, 0x00, 0x00}
)

func TestGivingACodeLooksToAWatcherLikeNothing(t *testing.T) {
	insert(t, "bruna")
	codes := codesOf(t)
	before := stateOf(t, codes.Port)
	if err := codes.Verify(t.Context(), seat, []byte(practice.DefaultPIN)); err != nil {
		t.Fatal(err)
	}
	if after := stateOf(t, codes.Port); after.Changes != before.Changes || after.Card != cardreader.Present {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

func stateOf(t *testing.T, port cardreader.Port) cardreader.ReaderState {
	t.Helper()
	states, err := port.Watch(t.Context(), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range states {
		if s.Name == seat {
			return s
		}
	}
	t.Fatal("the reader is gone")
	return cardreader.ReaderState{}
}

func TestACardLogsInOverTheCardService(t *testing.T) {
	card := insert(t, "mirela")
	door := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(desk.DoorAnswer{
			Accepted: true, Serial: r.TLS.PeerCertificates[0].SerialNumber.Text(16), CardNumber: r.TLS.PeerCertificates[0].SerialNumber.String(), At: time.Now(),
		})
	}))
	door.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	door.StartTLS()
	defer door.Close()
	roots := x509.NewCertPool()
	roots.AddCert(door.Certificate())
	codes := codesOf(t)
	codes.Door = login.Door{Roots: roots}
	answer, err := codes.Login(t.Context(), seat, door.URL, []byte(practice.DefaultPIN))
	if err != nil || !answer.Accepted || answer.Protocol != "TLS 1.3" || answer.CardNumber != card.Profile().Number {
		t.Errorf("the door answered %+v, %v", answer, err)
	}
}

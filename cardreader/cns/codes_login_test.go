package cns_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bottega/cardreader"
	"bottega/cardreader/cns"
	"bottega/cardreader/login"
	"bottega/cardreader/practice"
	"bottega/desk"
)

// house is a test door of a test's own.
type house struct {
	*httptest.Server
	knocks atomic.Int32
}

// openHouse serves a door that asks for a certificate as auth says, speaks at most the newest version of TLS, and answers as
// the hub's does.
func openHouse(t *testing.T, auth tls.ClientAuthType, newest uint16) *house {
	t.Helper()
	h := &house{}
	h.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.knocks.Add(1)
		if len(r.TLS.PeerCertificates) == 0 {
			http.Error(w, "nobody", http.StatusUnauthorized)
			return
		}
		shown := r.TLS.PeerCertificates[0]
		holder, _, _ := strings.Cut(shown.Subject.CommonName, "/")
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(desk.DoorAnswer{
			Accepted: true, Serial: strings.ToUpper(shown.SerialNumber.Text(16)), FiscalCode: holder, At: time.Now(),
		})
	}))
	h.TLS = &tls.Config{ClientAuth: auth, MaxVersion: newest}
	h.Config.ErrorLog = log.New(io.Discard, "", 0)
	h.StartTLS()
	t.Cleanup(h.Close)
	return h
}

// door returns a door that trusts the house.
func (h *house) door() login.Door {
	roots := x509.NewCertPool()
	roots.AddCert(h.Certificate())
	return login.Door{Roots: roots}
}

func TestACardProvesItsKeyToADoor(t *testing.T) {
	for name, newest := range map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13} {
		t.Run(name, func(t *testing.T) {
			reader, card := plugged(t, "bruna")
			h := openHouse(t, tls.RequireAnyClientCert, newest)
			codes := codesOver(reader)
			codes.Door = h.door()
			pin := []byte(practice.DefaultPIN)
			answer, err := codes.Login(t.Context(), seat, h.URL, pin)
			if err != nil {
				t.Fatal(err)
			}
			wiped(t, pin)
			if !answer.Accepted || answer.Protocol != name || answer.FiscalCode != card.Profile().Holder.FiscalCode {
				t.Errorf("the door answered %+v", answer)
			}
		})
	}
}

func TestTheOlderTLSIsNegotiatedForACardThatTakesItsOwnPaddingOnly(t *testing.T) {
	reader, _ := plugged(t, "bruna")
	h := openHouse(t, tls.RequireAnyClientCert, tls.VersionTLS13)
	layouts, err := cns.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range layouts {
		if l.Key != nil {
			l.Key.AnyBlock = false
		}
	}
	codes := &cns.Codes{Port: reader, Layouts: layouts, Door: h.door()}
	answer, err := codes.Login(t.Context(), seat, h.URL, []byte(practice.DefaultPIN))
	if err != nil || answer.Protocol != "TLS 1.2" || !answer.Accepted {
		t.Errorf("the door answered %+v, %v", answer, err)
	}
}

func TestThePINIsNotGivenBeforeTheDoorAsksForACertificate(t *testing.T) {
	reader, card := plugged(t, "bruna")
	wrong := func() []byte { return []byte("99999") }
	codes := codesOver(reader)

	deaf := openHouse(t, tls.NoClientCert, tls.VersionTLS13)
	codes.Door = deaf.door()
	pin := wrong()
	if _, err := codes.Login(t.Context(), seat, deaf.URL, pin); !errors.Is(err, cardreader.DoorClosed) || !errors.Is(err, login.ErrNotAsked) {
		t.Errorf("a door that asks for nothing: %v", err)
	}
	wiped(t, pin)
	closed := openHouse(t, tls.RequireAnyClientCert, tls.VersionTLS13)
	codes.Door = closed.door()
	closed.Close()
	if _, err := codes.Login(t.Context(), seat, closed.URL, wrong()); !errors.Is(err, cardreader.DoorClosed) {
		t.Errorf("a door that is closed: %v", err)
	}
	strange := openHouse(t, tls.RequireAnyClientCert, tls.VersionTLS13)
	codes.Door = login.Door{Roots: x509.NewCertPool()}
	if _, err := codes.Login(t.Context(), seat, strange.URL, wrong()); !errors.Is(err, cardreader.DoorClosed) {
		t.Errorf("a door that nobody knows: %v", err)
	}
	if card.TriesLeft() != 3 {
		t.Fatalf("%d tries left", card.TriesLeft())
	}
	codes.Door = strange.door()
	if _, err := codes.Login(t.Context(), seat, strange.URL, wrong()); !errors.Is(err, cardreader.WrongPIN) {
		t.Errorf("with the wrong PIN: %v", err)
	}
	if left := card.TriesLeft(); left != 2 || strange.knocks.Load() != 0 {
		t.Errorf("%d tries left, %d knocks", left, strange.knocks.Load())
	}
}

// performs reports a command that uses the key, with the block as far as this command carries it.
func performs(command []byte) (block []byte, begins bool) {
	if command[1] != 0x2A || len(command) < 10 {
		return nil, false
	}
	return command[6:], true
}

// choosy is a card that takes PKCS #1 blocks only, although its layout says that it takes any.
func choosy(command []byte) ([]byte, error) {
	if block, begins := performs(command); begins && (block[0] != 0x00 || block[1] != 0x01) {
		return []byte{0x6A, 0x80}, nil
	}
	return nil, nil
}

func TestACardThatTurnsTheNewerPaddingDownKnocksOnceMoreWithoutThePIN(t *testing.T) {
	reader, card := plugged(t, "bruna")
	listening := &tap{Port: reader, meddle: choosy}
	h := openHouse(t, tls.RequireAnyClientCert, tls.VersionTLS13)
	codes := codesOver(listening)
	codes.Door = h.door()
	pin := []byte(practice.DefaultPIN)
	answer, err := codes.Login(t.Context(), seat, h.URL, pin)
	if err != nil || answer.Protocol != "TLS 1.2" || !answer.Accepted {
		t.Errorf("the door answered %+v, %v", answer, err)
	}
	if sent := listening.codes(); len(sent) != 1 || h.knocks.Load() != 1 || card.TriesLeft() != 3 {
		t.Errorf("gave %d PINs, was let in %d times", len(sent), h.knocks.Load())
	}
	wiped(t, pin)
	listening.clean(t)
}

func TestWhatTheKeyDoesWrongIsFoundOutBeforeTheDoorSeesIt(t *testing.T) {
	for name, tc := range map[string]struct {
		profile string
		meddle  func(reader *practice.Reader) func(command []byte) ([]byte, error)
		want    error
	}{
		"it makes something else": {"bruna", func(*practice.Reader) func([]byte) ([]byte, error) {
			return func(command []byte) ([]byte, error) {
				if command[0] == 0 && command[1] == 0x2A {
					return append(make([]byte, 256), 0x90, 0x00), nil
				}
				return nil, nil
			}
		}, cardreader.KeyFails},
		"it makes nothing":          {"bruna", refusing(0x9000), cardreader.KeyFails},
		"it wants the PIN again":    {"bruna", refusing(0x6982), cardreader.KeyFails},
		"it is not there":           {"bruna", refusing(0x6A88), cardreader.KeyFails},
		"it refuses every block":    {"bruna", refusing(0x6A80), cardreader.KeyFails},
		"the chip has a fault":      {"bruna", refusing(0x6F00), cardreader.Unreadable},
		"there is no certificate":   {"oreste", nil, cardreader.NoCertificate},
		"the card leaves meanwhile": {"bruna", leaving, cardreader.RemovedEarly},
	} {
		t.Run(name, func(t *testing.T) {
			reader, card := plugged(t, tc.profile)
			listening := &tap{Port: reader}
			if tc.meddle != nil {
				listening.meddle = tc.meddle(reader)
			}
			h := openHouse(t, tls.RequireAnyClientCert, tls.VersionTLS13)
			codes := codesOver(listening)
			codes.Door = h.door()
			pin := []byte(practice.DefaultPIN)
			if answer, err := codes.Login(t.Context(), seat, h.URL, pin); !errors.Is(err, tc.want) || answer != (desk.DoorAnswer{}) {
				t.Errorf("got %+v, %v", answer, err)
			}
			if len(listening.codes()) > 1 || h.knocks.Load() != 0 || card.TriesLeft() != 3 {
				t.Errorf("gave %d PINs, was let in %d times", len(listening.codes()), h.knocks.Load())
			}
			wiped(t, pin)
			listening.clean(t)
		})
	}
}

func refusing(status uint16) func(*practice.Reader) func([]byte) ([]byte, error) {
	return func(*practice.Reader) func([]byte) ([]byte, error) {
		return func(command []byte) ([]byte, error) {
			if command[1] == 0x2A {
				return []byte{byte(status >> 8), byte(status)}, nil
			}
			return nil, nil
		}
	}
}

func leaving(reader *practice.Reader) func([]byte) ([]byte, error) {
	return func(command []byte) ([]byte, error) {
		if command[1] == 0x2A {
			reader.Remove()
		}
		return nil, nil
	}
}

// doorFunc is a door that does as a test wants.
type doorFunc func(ctx context.Context, newest uint16, show cns.ShowFunc) (desk.DoorAnswer, error)

func (f doorFunc) Knock(ctx context.Context, _ string, newest uint16, show cns.ShowFunc) (desk.DoorAnswer, error) {
	return f(ctx, newest, show)
}

func TestNothingIsAskedOfTheCardAfterTheConversation(t *testing.T) {
	reader, card := plugged(t, "bruna")
	listening := &tap{Port: reader}
	codes := codesOver(listening)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var late cns.ShowFunc
	var shown *tls.Certificate
	asked := &tls.CertificateRequestInfo{SignatureSchemes: []tls.SignatureScheme{tls.PSSWithSHA256}, Version: tls.VersionTLS13}
	codes.Door = doorFunc(func(ctx context.Context, _ uint16, show cns.ShowFunc) (desk.DoorAnswer, error) {
		var err error
		if shown, err = show(asked); err != nil {
			t.Errorf("showing: %v", err)
		}
		late = show
		cancel()
		<-ctx.Done()
		return desk.DoorAnswer{}, cardreader.DoorClosed
	})
	pin := []byte(practice.DefaultPIN)
	if _, err := codes.Login(ctx, seat, "https://porta.example", pin); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	wiped(t, pin)
	said := len(listening.said)
	if _, err := late(asked); err == nil {
		t.Error("the certificate was shown after the end")
	}
	signer := shown.PrivateKey.(crypto.Signer)
	if _, err := signer.Sign(rand.Reader, make([]byte, 32), crypto.SHA256); err == nil {
		t.Error("the key signed after the end")
	}
	if len(listening.said) != said || card.TriesLeft() != 3 {
		t.Errorf("%d commands after the end", len(listening.said)-said)
	}
}

func TestADoorThatTakesNoSignatureOfTheCardCostsNoPIN(t *testing.T) {
	reader, _ := plugged(t, "bruna")
	listening := &tap{Port: reader}
	codes := codesOver(listening)
	codes.Door = doorFunc(func(_ context.Context, newest uint16, show cns.ShowFunc) (desk.DoorAnswer, error) {
		_, err := show(&tls.CertificateRequestInfo{SignatureSchemes: []tls.SignatureScheme{tls.Ed25519}, Version: newest})
		return desk.DoorAnswer{}, err
	})
	if _, err := codes.Login(t.Context(), seat, "https://porta.example", []byte(practice.DefaultPIN)); !errors.Is(err, cardreader.DoorClosed) || len(listening.codes()) != 0 {
		t.Errorf("got %v, gave %d PINs", err, len(listening.codes()))
	}
}

func TestThePINForALoginIsTypedOnTheReaderWhereItHasAKeypad(t *testing.T) {
	reader, _ := plugged(t, "bruna")
	listening := &tap{Port: reader, pad: &pad{answer: []byte{0x63, 0xC1}}}
	h := openHouse(t, tls.RequireAnyClientCert, tls.VersionTLS13)
	codes := codesOver(listening)
	codes.Door = h.door()
	if _, err := codes.Login(t.Context(), seat, h.URL, nil); !errors.Is(err, cardreader.PINTriesLow) {
		t.Errorf("got %v", err)
	}
	if len(listening.pad.templates) != 1 || len(listening.codes()) != 0 {
		t.Errorf("the keypad was told %+v", listening.pad.templates)
	}
}

func TestTheCardIsFreeUntilTheDoorAsksForIt(t *testing.T) {
	reader, _ := plugged(t, "bruna")
	h := openHouse(t, tls.RequireAnyClientCert, tls.VersionTLS13)
	codes := codesOver(reader)
	codes.Door = doorFunc(func(ctx context.Context, newest uint16, show cns.ShowFunc) (desk.DoorAnswer, error) {
		link, err := reader.Connect(ctx, seat) // another program
		if err != nil {
			t.Errorf("while the door is slow: %v", err)
			return desk.DoorAnswer{}, err
		}
		if err := link.Close(); err != nil {
			t.Error(err)
		}
		return h.door().Knock(ctx, h.URL, newest, show)
	})
	if answer, err := codes.Login(t.Context(), seat, h.URL, []byte(practice.DefaultPIN)); err != nil || !answer.Accepted {
		t.Errorf("the door answered %+v, %v", answer, err)
	}
	link, err := reader.Connect(t.Context(), seat)
	if err != nil {
		t.Fatalf("after the login: %v", err)
	}
	if err := link.Close(); err != nil {
		t.Error(err)
	}
}

func TestACardThatWasSwappedMeanwhileIsGivenNoPIN(t *testing.T) {
	reader, first := plugged(t, "bruna")
	_, second := plugged(t, "mirela")
	for name, other := range map[string]*practice.Card{"for another": second, "for itself": first} {
		t.Run(name, func(t *testing.T) {
			reader.Insert(first)
			listening := &tap{Port: reader}
			h := openHouse(t, tls.RequireAnyClientCert, tls.VersionTLS13)
			codes := codesOver(listening)
			codes.Door = doorFunc(func(ctx context.Context, newest uint16, show cns.ShowFunc) (desk.DoorAnswer, error) {
				reader.Insert(other)
				return h.door().Knock(ctx, h.URL, newest, show)
			})
			pin := []byte(practice.DefaultPIN)
			if _, err := codes.Login(t.Context(), seat, h.URL, pin); !errors.Is(err, cardreader.RemovedEarly) || len(listening.codes()) != 0 {
				t.Errorf("got %v, gave %d PINs", err, len(listening.codes()))
			}
			wiped(t, pin)
		})
	}
}

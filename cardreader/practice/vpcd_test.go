package practice_test

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"bottega/cardreader/practice"
)

// safety bounds waits for things that happen at once; no test measures it.
const safety = 20 * time.Second

// virtualReader listens as vpcd does.
func virtualReader(t *testing.T) *net.TCPListener {
	t.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// plug serves a card to an address until the test ends.
func plug(t *testing.T, address string, card *practice.Card, baud int) (remove func(), ended <-chan error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- practice.Serve(ctx, address, card, baud) }()
	t.Cleanup(cancel)
	return cancel, done
}

// accept waits for a card.
func accept(t *testing.T, l *net.TCPListener) net.Conn {
	t.Helper()
	if err := l.SetDeadline(time.Now().Add(safety)); err != nil {
		t.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(safety)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// tell sends a message as vpcd does, length and body apart.
func tell(t *testing.T, conn net.Conn, message string) {
	t.Helper()
	body, err := hex.DecodeString(message)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range [][]byte{binary.BigEndian.AppendUint16(nil, uint16(len(body))), body} {
		if _, err := conn.Write(part); err != nil {
			t.Fatal(err)
		}
	}
}

// ask sends a message and returns the answer.
func ask(t *testing.T, conn net.Conn, message string) string {
	t.Helper()
	tell(t, conn, message)
	var header [2]byte
	if _, err := io.ReadFull(conn, header[:]); err != nil {
		t.Fatal(err)
	}
	body := make([]byte, binary.BigEndian.Uint16(header[:]))
	if _, err := io.ReadFull(conn, body); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(body)
}

const atrInHex = "3bff1800ff8131fe55006b0209161701110143" + "4e531131808d"

func TestACardInAVirtualReaderAnswersBeforeAndAfterPower(t *testing.T) {
	l := virtualReader(t)
	card := cardOf(t, "bruna")
	remove, ended := plug(t, l.Addr().String(), card, 0)
	conn := accept(t, l)
	if got := ask(t, conn, "04"); got != atrInHex {
		t.Errorf("answer to reset %s", got)
	}
	tell(t, conn, "01")
	if got := ask(t, conn, rightPIN); got != "9000" {
		t.Errorf("PIN: %s", got)
	}
	tell(t, conn, "02")
	if got := ask(t, conn, "00a4080c0410001003"); got != "9000" {
		t.Errorf("select: %s", got)
	}
	remove()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the card ended with %v", err)
	}
	if _, err := io.Copy(io.Discard, conn); err != nil {
		t.Errorf("a card pulled out closes its connection: %v", err)
	}
}

func TestAResetOverTheWireForgetsThePIN(t *testing.T) {
	l := virtualReader(t)
	plug(t, l.Addr().String(), cardOf(t, "bruna"), 0)
	conn := accept(t, l)
	for _, power := range []string{"00", "01", "02"} {
		if got := ask(t, conn, rightPIN) + ask(t, conn, "0022f1b803830101"); got != "90009000" {
			t.Fatalf("PIN and key: %s", got)
		}
		tell(t, conn, power)
		ask(t, conn, "0022f1b803830101")
		if got := ask(t, conn, "002a9e9a02"+"0102"+"00"); got != "6982" {
			t.Errorf("after %s the card signs: %s", power, got)
		}
	}
}

func TestACardIsPluggedInAgainWhenItsReaderComesBack(t *testing.T) {
	l := virtualReader(t)
	plug(t, l.Addr().String(), cardOf(t, "bruna"), 0)
	for range 2 {
		conn := accept(t, l)
		if got := ask(t, conn, "04"); got != atrInHex {
			t.Errorf("answer to reset %s", got)
		}
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWithoutAVirtualReaderTheErrorSaysWhatToDo(t *testing.T) {
	l := virtualReader(t)
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	err := practice.Serve(context.Background(), address, cardOf(t, "bruna"), 0)
	if err == nil || !strings.Contains(err.Error(), address) || !strings.Contains(err.Error(), "pcscd") {
		t.Errorf("got %v", err)
	}
}

func TestASlowCardStopsWhenItIsPulledOut(t *testing.T) {
	l := virtualReader(t)
	remove, ended := plug(t, l.Addr().String(), cardOf(t, "bruna"), 1) // a baud: an answer would take half an hour
	conn := accept(t, l)
	tell(t, conn, "00a4080c0410001003")
	remove()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the card ended with %v", err)
		}
	case <-time.After(safety):
		t.Error("the card does not end")
	}
}

func TestAMuteCardInAVirtualReaderCannotBeUnderstood(t *testing.T) {
	l := virtualReader(t)
	plug(t, l.Addr().String(), cardOf(t, "muta"), 0)
	if got := ask(t, accept(t, l), "04"); len(got) <= 2*33 {
		t.Errorf("%s could be an answer to reset", got)
	}
}

func TestAnImpatientHolderClosesTheConnectionOnce(t *testing.T) {
	l := virtualReader(t)
	plug(t, l.Addr().String(), cardOf(t, "frettolosa"), 0)
	first := accept(t, l)
	for range 5 {
		ask(t, first, "00a4080c0410001003")
	}
	tell(t, first, "00a4080c0410001003")
	if rest, err := io.ReadAll(first); len(rest) > 0 || (err != nil && !errors.Is(err, syscall.ECONNRESET)) {
		t.Errorf("answered %x, %v", rest, err)
	}
	second := accept(t, l)
	for range 100 {
		if got := ask(t, second, "00a4080c0410001003"); got != "9000" {
			t.Fatalf("the second time: %s", got)
		}
	}
}

func TestTheSpeedAskedForGoesBeforeTheCardsOwn(t *testing.T) {
	for _, tt := range []struct {
		name, profile string
		baud, want    int
	}{
		{"the card's own", "lento", 0, 9600},
		{"asked for", "bruna", 19200, 19200},
		{"asked for of a slow card", "lento", 2400, 2400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := virtualReader(t)
			plug(t, l.Addr().String(), cardOf(t, tt.profile), tt.baud)
			conn := accept(t, l)
			start := time.Now()
			ask(t, conn, "00a4080c0410001003")
			if least := 11 * 12 * time.Second / time.Duration(tt.want); time.Since(start) < least {
				t.Errorf("answered after %v, want at least %v", time.Since(start), least)
			}
		})
	}
}

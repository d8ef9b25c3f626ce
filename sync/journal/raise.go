package journal

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// A second start of the program finds the journal in use and asks the first one to come to the front. They meet over the loopback
// interface, which works the same on all systems and with data folders of any path length; the address and a token stand in a file
// of the data folder that only its owner can read.
const (
	raiseFile    = "raise.json"
	raisePatient = 2 * time.Second
	raiseAnswer  = "raised\n"
)

type raiseAddress struct {
	Address string `json:"address"`
	Token   string `json:"token"`
}

// raiser is the listening end.
type raiser struct {
	mu   sync.Mutex
	ln   net.Listener
	path string
	wg   sync.WaitGroup
}

// Listen calls onRaise, from a goroutine of its own, whenever another start of the program asks this one to show itself. It ends
// with Close.
func (j *Journal) Listen(onRaise func()) error {
	r := &j.raise
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ln != nil {
		return errors.New("listening already")
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listening for a second start: %w", err)
	}
	address := raiseAddress{Address: ln.Addr().String(), Token: rand.Text()}
	path := filepath.Join(j.dir, raiseFile)
	if err := writeAddress(path, address); err != nil {
		return fmt.Errorf("listening for a second start: %w", errors.Join(diskProblem(err), ln.Close()))
	}
	r.ln, r.path = ln, path
	r.wg.Add(1)
	go func() {
		defer r.wg.Done()
		for {
			conn, err := ln.Accept()
			if err != nil {
				return // closed
			}
			answerRaise(conn, address.Token, onRaise)
		}
	}()
	return nil
}

func writeAddress(path string, a raiseAddress) error {
	b, err := json.Marshal(a)
	if err != nil {
		return err
	}
	if err := removeIfThere(path); err != nil { // an old one might be readable by others
		return err
	}
	return os.WriteFile(path, b, 0o600)
}

func answerRaise(conn net.Conn, token string, onRaise func()) {
	defer conn.Close() //nolint:errcheck // the answer was given, or could not be
	if conn.SetDeadline(time.Now().Add(raisePatient)) != nil {
		return
	}
	line, err := bufio.NewReader(io.LimitReader(conn, 128)).ReadString('\n')
	if err != nil || subtle.ConstantTimeCompare([]byte(line), []byte(token+"\n")) != 1 {
		return
	}
	onRaise()
	_, _ = io.WriteString(conn, raiseAnswer)
}

func (r *raiser) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ln == nil {
		return
	}
	_ = r.ln.Close()
	r.wg.Wait()
	_ = os.Remove(r.path)
	r.ln = nil
}

// RaiseRunning asks the program that has the journal of dir open to show its window, and returns when it was told. A program that
// does not answer within two seconds, or opened the journal without a window, is an error.
func RaiseRunning(ctx context.Context, dir string) error {
	ctx, cancel := context.WithTimeout(ctx, raisePatient)
	defer cancel()
	if err := askToRaise(ctx, filepath.Join(dir, raiseFile)); err != nil {
		return fmt.Errorf("asking the open window to show itself: %w", err)
	}
	return nil
}

func askToRaise(ctx context.Context, path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var a raiseAddress
	if err := json.Unmarshal(b, &a); err != nil {
		return err
	}
	host, _, err := net.SplitHostPort(a.Address)
	if err != nil || !net.ParseIP(host).IsLoopback() {
		return fmt.Errorf("%q is not an address of this computer", a.Address)
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", a.Address)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // the answer has been read
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return err
		}
	}
	if _, err := io.WriteString(conn, a.Token+"\n"); err != nil {
		return err
	}
	answer, err := io.ReadAll(io.LimitReader(conn, 64))
	if err != nil {
		return err
	}
	if string(answer) != raiseAnswer {
		return errors.New("somebody else answers at that address")
	}
	return nil
}

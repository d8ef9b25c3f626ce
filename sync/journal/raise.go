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
	"strings"
	"sync"
	"time"
)

// Another program finds the journal in use and asks the one that has it for something: a second start asks it to come to the front, a
// backup is streamed by it. They meet over the loopback interface, which works the same on all systems and with data folders of any
// path length; the address and a token stand in a file of the data folder that only its owner can read.
//
// A request is one line, the token, a blank and what is asked for; what a program of an earlier release sends is the token alone.
const (
	raiseFile    = "raise.json"
	raisePatient = 2 * time.Second
	raiseAnswer  = "raised\n"

	askRaise  = ""
	askBackup = "backup"
)

type raiseAddress struct {
	Address string `json:"address"`
	Token   string `json:"token"`
}

// raiser is the listening end.
type raiser struct {
	mu    sync.Mutex
	ln    net.Listener
	conns map[net.Conn]bool // of those who are being answered
	path  string
	wg    sync.WaitGroup
}

// Listen calls onRaise, from a goroutine of its own, whenever another start of the program asks this one to show itself; and it
// streams a backup to whoever may have one (BackupRunning). It ends with Close.
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
	r.ln, r.path, r.conns = ln, path, make(map[net.Conn]bool)
	answers := map[string]func(net.Conn){
		askRaise:  func(c net.Conn) { onRaise(); _, _ = io.WriteString(c, raiseAnswer) },
		askBackup: j.streamBackup,
	}
	r.wg.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return // closed
			}
			if !r.begin(conn) {
				_ = conn.Close()
				return
			}
			r.wg.Go(func() {
				defer r.end(conn)
				answer(conn, address.Token, answers)
			})
		}
	})
	return nil
}

// begin takes note of a connection, so that stop can end it; false when everything is being ended.
func (r *raiser) begin(conn net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ln == nil {
		return false
	}
	r.conns[conn] = true
	return true
}

func (r *raiser) end(conn net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, conn)
	_ = conn.Close() // the answer was given, or could not be
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

func answer(conn net.Conn, token string, answers map[string]func(net.Conn)) {
	if conn.SetDeadline(time.Now().Add(raisePatient)) != nil {
		return
	}
	line, err := bufio.NewReader(io.LimitReader(conn, 128)).ReadString('\n')
	if err != nil {
		return
	}
	said, what, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
	if subtle.ConstantTimeCompare([]byte(said), []byte(token)) != 1 {
		return
	}
	if do, known := answers[what]; known {
		do(conn)
	}
}

func (r *raiser) stop() {
	r.mu.Lock()
	if r.ln == nil {
		r.mu.Unlock()
		return
	}
	_ = r.ln.Close()
	r.ln = nil
	for conn := range r.conns {
		_ = conn.Close()
	}
	r.mu.Unlock()
	r.wg.Wait()
	_ = os.Remove(r.path)
}

// RaiseRunning asks the program that has the journal of dir open to show its window, and returns when it was told. A program that
// does not answer within two seconds, or opened the journal without a window, is an error.
func RaiseRunning(ctx context.Context, dir string) error {
	ctx, cancel := context.WithTimeout(ctx, raisePatient)
	defer cancel()
	if err := askToRaise(ctx, dir); err != nil {
		return fmt.Errorf("asking the open window to show itself: %w", err)
	}
	return nil
}

func askToRaise(ctx context.Context, dir string) error {
	conn, err := ask(ctx, dir, askRaise)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // the answer has been read
	answer, err := io.ReadAll(io.LimitReader(conn, 64))
	if err != nil {
		return err
	}
	if string(answer) != raiseAnswer {
		return errors.New("somebody else answers at that address")
	}
	return nil
}

// ask reaches the program that has the journal of dir open and asks for something. What follows must be over when ctx ends.
func ask(ctx context.Context, dir, what string) (net.Conn, error) {
	b, err := os.ReadFile(filepath.Join(dir, raiseFile))
	if err != nil {
		return nil, err
	}
	var a raiseAddress
	if err := json.Unmarshal(b, &a); err != nil {
		return nil, err
	}
	host, _, err := net.SplitHostPort(a.Address)
	if err != nil || !net.ParseIP(host).IsLoopback() {
		return nil, fmt.Errorf("%q is not an address of this computer", a.Address)
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", a.Address)
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	if _, err := io.WriteString(conn, strings.TrimSpace(a.Token+" "+what)+"\n"); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

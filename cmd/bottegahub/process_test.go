package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"bottega/desk"
	"bottega/sync/client"
	"bottega/sync/client/clienttest"
	"bottega/sync/hub"
	"bottega/sync/hub/store/pgtest"
)

// asProgram tells the test binary to be bottegahub.
const asProgram = "BOTTEGAHUB_TEST_AS_PROGRAM"

// server is the PostgreSQL of this test binary.
var server pgtest.Server

// process is a real bottegahub that serves.
type process struct {
	cmd *exec.Cmd
}

// serveProcess starts a hub and returns once it says its address.
func serveProcess(t *testing.T, args ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: exec.Command(self, append([]string{"serve", "--json"}, args...)...)}
	p.cmd.Env = append(os.Environ(), asProgram+"=1", "BOTTEGA_LANG=en")
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	p.cmd.Stderr = &said
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	line, err := bufio.NewReader(out).ReadBytes('\n')
	var ready struct{ Public string }
	if err != nil || json.Unmarshal(line, &ready) != nil {
		p.kill()
		t.Fatalf("%s, %v: %s", line, err, said.String())
	}
	return p
}

// kill ends the process as a power cut would.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // ended already
	_ = p.cmd.Wait()
}

// withheld passes connections on to a hub. Once it withholds, what the hub says does not come through any more.
type withheld struct {
	ln net.Listener

	mu    sync.Mutex
	hub   string // guarded by mu, as all below
	holds bool
	conns []net.Conn
}

func withhold(t *testing.T) *withheld {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &withheld{ln: ln}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { w.pass(conn, &wg) })
		}
	})
	t.Cleanup(func() {
		ln.Close()
		w.cut()
		wg.Wait()
	})
	return w
}

func (w *withheld) pass(desk net.Conn, wg *sync.WaitGroup) {
	defer desk.Close()
	w.mu.Lock()
	to := w.hub
	w.mu.Unlock()
	hub, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer hub.Close()
	w.mu.Lock()
	w.conns = append(w.conns, desk, hub)
	w.mu.Unlock()
	wg.Go(func() {
		_, _ = io.Copy(hub, desk) // ends when either is gone
	})
	buf := make([]byte, 32<<10)
	for {
		n, err := hub.Read(buf)
		w.mu.Lock()
		holds := w.holds
		w.mu.Unlock()
		if err != nil {
			return
		}
		if holds {
			continue
		}
		if _, err := desk.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (w *withheld) hold(holds bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.holds = holds
}

func (w *withheld) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.conns {
		c.Close()
	}
	w.conns = nil
}

func freeAddress(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

func enrolled(t *testing.T, state string) (*client.Client, *clienttest.Journal) {
	t.Helper()
	j := clienttest.New()
	d, err := client.New(t.Context(), client.Params{Journal: j, Identity: j, Program: "bottega test"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Enrol(t.Context(), strings.TrimSpace(done(t, "enrol", "--state", state))); err != nil {
		t.Fatal(err)
	}
	return d, j
}

// inStep fails unless every fact of a desk is at the hub, once.
func inStep(t *testing.T, h *hub.Hub, j *clienttest.Journal) {
	t.Helper()
	p, err := j.Position(t.Context())
	if err != nil || p.Acknowledged != p.Last {
		t.Errorf("position %+v, %v", p, err)
	}
	desks, err := h.Desks(t.Context())
	if err != nil || len(desks) != 1 || desks[0].Entries != len(j.Entries()) {
		t.Errorf("%d facts were written; desks: %+v, %v", len(j.Entries()), desks, err)
	}
}

func TestHubKilledBetweenCommitAndAnswer(t *testing.T) {
	for name, database := range map[string]func(*testing.T) []string{
		"SQLite":     func(*testing.T) []string { return nil },
		"PostgreSQL": func(t *testing.T) []string { return []string{"--db", server.Database(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			state, line := t.TempDir(), withhold(t)
			listen := freeAddress(t)
			line.point(listen)
			args := append([]string{"--state", state, "--listen", listen, "--public", "https://" + line.ln.Addr().String()}, database(t)...)
			serving := serveProcess(t, args...)
			d, j := enrolled(t, state)
			j.Add(desk.NoteAdded{Text: "prima"})
			if err := d.Send(t.Context()); err != nil {
				t.Fatal(err)
			}
			h, err := hub.New(t.Context(), hub.Params{State: state}) // looks on from beside
			if err != nil {
				t.Fatal(err)
			}
			defer h.Close()
			for round := range 3 {
				line.hold(true)
				j.Add(desk.NoteAdded{Text: fmt.Sprint("nota ", round)}, desk.NoteAdded{Text: "e un'altra"})
				sent := make(chan error, 1)
				go func() { sent <- d.Send(t.Context()) }()
				awaitEntries(t, h, len(j.Entries()))
				serving.kill()
				line.cut()
				if err := <-sent; err == nil {
					t.Fatal("the desk got an answer")
				}
				line.hold(false)
				serving = serveProcess(t, args...)
				if err := d.Send(t.Context()); err != nil {
					t.Fatal(err)
				}
				inStep(t, h, j)
			}
		})
	}
}

// awaitEntries waits until a hub has as many entries on its disk.
func awaitEntries(t *testing.T, h *hub.Hub, n int) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(2 * time.Millisecond) {
		desks, err := h.Desks(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if desks[0].Entries == n {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the hub has %d entries of %d", desks[0].Entries, n)
		}
	}
}

// Two programs serve one database behind one address; one of them is killed, and nobody notices for long.
func TestTwoHubProcessesOnOneDatabase(t *testing.T) {
	state, line, address := t.TempDir(), withhold(t), server.Database(t)
	args := []string{"--state", state, "--db", address, "--public", "https://" + line.ln.Addr().String(), "--listen"}
	addresses := []string{freeAddress(t), freeAddress(t)}
	var processes []*process
	for _, listen := range addresses {
		processes = append(processes, serveProcess(t, append(args[:len(args):len(args)], listen)...))
	}
	line.point(addresses[0])
	d, j := enrolled(t, state)
	for round := range 6 {
		j.Add(desk.NoteAdded{Text: fmt.Sprint("nota ", round)})
		line.cut()
		line.point(addresses[round%2])
		if err := d.Send(t.Context()); err != nil {
			// The connection that was kept is the one that was cut.
			if err := d.Send(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	processes[0].kill()
	line.cut()
	line.point(addresses[1])
	j.Add(desk.NoteAdded{Text: "dopo"})
	for deadline := time.Now().Add(patience); d.Send(t.Context()) != nil; {
		if time.Now().After(deadline) {
			t.Fatal("the other one does not take over")
		}
	}
	h, err := hub.New(t.Context(), hub.Params{State: state})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	inStep(t, h, j)
	desks, err := h.Desks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	done(t, "desks", "revoke", desks[0].ID, "--state", state)
	if err := d.Send(t.Context()); err == nil {
		t.Error("a revoked desk was let in")
	}
}

// point leads the connections that come from now on to another hub.
func (w *withheld) point(hub string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hub = hub
}

package tour

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// build is where the Makefile leaves the programs.
const build = "../../build"

// program is something the tour started.
type program struct {
	cmd  *exec.Cmd
	done chan struct{}
}

// start runs a program until the test ends, with what it says in a log.
func start(t *testing.T, cmd *exec.Cmd, log string) *program {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(log), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = f, f
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // nothing outlives a tour that was stopped
	if err := cmd.Start(); err != nil {
		t.Fatalf("%s: %v", cmd.Path, err)
	}
	p := &program{cmd: cmd, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // how it ended is in its log
		_ = f.Close()
		close(p.done)
	}()
	t.Cleanup(func() { p.stop(syscall.SIGTERM) })
	return p
}

// stop ends the program with a signal, and with SIGKILL if that is not enough.
func (p *program) stop(sig syscall.Signal) {
	_ = p.cmd.Process.Signal(sig) // it may be gone already
	select {
	case <-p.done:
	case <-time.After(10 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// freeAddress returns a loopback address that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// exists waits until a file is there.
func exists(t *testing.T, path string) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		if _, err := os.Stat(path); err == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s did not appear", path)
}

// reachable waits until somebody listens.
func reachable(t *testing.T, address string) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		if c, err := net.Dial("tcp", address); err == nil {
			_ = c.Close() // it was only a knock
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("nobody listens at %s", address)
}

// tool runs one of our programs to its end and returns what it printed.
func tool(t *testing.T, name string, env []string, args ...string) string {
	t.Helper()
	out, err := try(t, name, env, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func try(t *testing.T, name string, env []string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(build, name), args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
		return "", fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}

// hub is the server of the region, off and on as the line is.
type hub struct {
	t       *testing.T
	state   string
	address string
	log     string
	running *program
}

func (h *hub) on() {
	h.t.Helper()
	cmd := exec.Command(filepath.Join(build, "bottegahub"), "serve", "--state", h.state, "--listen", h.address)
	h.running = start(h.t, cmd, h.log)
	reachable(h.t, h.address)
}

func (h *hub) off() { h.running.stop(syscall.SIGTERM) }

// printer is an IPP printer in software that keeps what it is given.
type printer struct {
	uri   string
	spool string
}

func startPrinter(t *testing.T, out string) printer {
	t.Helper()
	p := printer{spool: filepath.Join(t.TempDir(), "spool")}
	if err := os.MkdirAll(p.spool, 0o755); err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	// It wants a message bus even when it announces itself to nobody, so it gets one of its own.
	bus := filepath.Join(t.TempDir(), "bus")
	start(t, exec.Command("dbus-daemon", "--session", "--nofork", "--address=unix:path="+bus), filepath.Join(out, "logs", "bus.log"))
	exists(t, bus)
	cmd := exec.Command("ippeveprinter", "-r", "off", "-p", port, "-n", "localhost", "-d", p.spool, "-k", "-f", "application/pdf", "Stampante della bottega")
	cmd.Env = append(os.Environ(), "DBUS_SYSTEM_BUS_ADDRESS=unix:path="+bus)
	start(t, cmd, filepath.Join(out, "logs", "printer.log"))
	reachable(t, address)
	p.uri = "ipp://localhost:" + port + "/ipp/print"
	return p
}

// papers returns the files the printer was given.
func (p printer) papers() []string {
	files, err := filepath.Glob(filepath.Join(p.spool, "*.pdf"))
	if err != nil {
		return nil
	}
	return files
}

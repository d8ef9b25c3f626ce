package printer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// eventually waits for something another program does; the limit is a safety net, not a measure.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// eve is ippeveprinter, the printer in software that comes with CUPS.
type eve struct {
	uri, spool string
}

func program(t *testing.T, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		path, err = exec.LookPath(filepath.Join("/usr/sbin", name))
	}
	if err != nil {
		t.Fatalf("this test needs %s: install the Debian package %s", name, debian)
	}
	return path
}

// launch runs a program until the test ends.
func launch(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s said:\n%s", cmd.Path, out.String())
		}
	})
}

// newEve starts a printer. It wants to speak to a message bus even when it announces nothing, so it gets one of its own.
func newEve(t *testing.T, options ...string) eve {
	t.Helper()
	dir := t.TempDir()
	bus := "unix:path=" + filepath.Join(dir, "bus")
	launch(t, exec.CommandContext(context.WithoutCancel(t.Context()), program(t, "dbus-daemon", "dbus-daemon"), "--session", "--nofork", "--address="+bus))
	eventually(t, "the message bus", func() bool {
		_, err := os.Stat(filepath.Join(dir, "bus"))
		return err == nil
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	e := eve{uri: fmt.Sprintf("ipp://localhost:%d/ipp/print", port), spool: filepath.Join(dir, "spool")}
	if err := os.Mkdir(e.spool, 0o700); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"-p", strconv.Itoa(port), "-n", "localhost", "-r", "off", "-d", e.spool, "-k"}, options...)
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), program(t, "ippeveprinter", "cups-ipp-utils"), append(args, "Stampante di prova")...)
	cmd.Env = append(os.Environ(), "DBUS_SYSTEM_BUS_ADDRESS="+bus)
	launch(t, cmd)
	eventually(t, "the printer", func() bool {
		conn, err := net.Dial("tcp", fmt.Sprintf("localhost:%d", port))
		if err != nil {
			return false
		}
		return conn.Close() == nil
	})
	return e
}

// printed returns what the printer spooled, one file per job.
func (e eve) printed(t *testing.T) [][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(e.spool, "*.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, data)
	}
	return out
}

// slowCommand is a print command that goes on until the file it returns is there, or the test is over.
func slowCommand(t *testing.T) (command, finish string) {
	t.Helper()
	dir := t.TempDir()
	command, finish = filepath.Join(dir, "slow"), filepath.Join(dir, "finish")
	script := "#!/bin/sh\nwhile [ -e '" + command + "' ] && [ ! -e '" + finish + "' ]; do sleep 0.05; done\n"
	if err := os.WriteFile(command, []byte(script), 0o700); err != nil { // a program has to run
		t.Fatal(err)
	}
	return command, finish
}

func TestARealPrinterGetsThePaperByteForByte(t *testing.T) {
	e := newEve(t, "-f", "application/pdf", "-c", program(t, "true", "coreutils"))
	c := New(Config{Server: "127.0.0.1:1", Printers: []string{e.uri}})
	list, err := c.List(t.Context())
	if err != nil || len(list) != 1 || !list[0].Ready || list[0].Name != "Stampante di prova" {
		t.Fatalf("List: %+v, %v", list, err)
	}
	if err := c.Print(t.Context(), list[0].URI, "Promemoria LU-1", samplePDF); err != nil {
		t.Fatal(err)
	}
	if got := e.printed(t); len(got) != 1 || !bytes.Equal(got[0], samplePDF) {
		t.Errorf("the printer spooled %d papers, want the one that was sent", len(got))
	}
}

func TestARealPrinterWithoutPDFIsToldApart(t *testing.T) {
	e := newEve(t) // raster only, as many small printers
	c := New(Config{Server: "127.0.0.1:1", Printers: []string{e.uri}})
	wantCode(t, c.Print(t.Context(), e.uri, "x", samplePDF), NoPDF)
	files, err := os.ReadDir(e.spool)
	if err != nil || len(files) != 0 {
		t.Errorf("something was sent all the same: %v %v", files, err)
	}
}

func TestARealPrinterThatIsBusyIsToldAndCleared(t *testing.T) {
	command, finish := slowCommand(t)
	e := newEve(t, "-f", "application/pdf", "-c", command)
	waits := quick()
	waits.Busy, waits.Settle = 300*time.Millisecond, 300*time.Millisecond
	c := New(Config{Waits: waits})
	if err := c.Print(t.Context(), e.uri, "primo", samplePDF); err != nil {
		t.Fatal(err)
	}
	wantCode(t, c.Print(t.Context(), e.uri, "secondo", samplePDF), Busy)
	if err := c.Clear(t.Context(), e.uri); err != nil {
		t.Fatal(err)
	}
	// This printer lets its command end before it says that the job is cancelled.
	if err := os.WriteFile(finish, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	to, err := c.parse(e.uri)
	if err != nil {
		t.Fatal(err)
	}
	wantCancelled(t, c, to)
}

// wantCancelled waits for the end of the first job, which must be that it was cancelled.
func wantCancelled(t *testing.T, c *Client, to target) {
	t.Helper()
	state := 0
	eventually(t, "the job to end", func() bool {
		attrs, err := c.job(t.Context(), to, 1)
		if err == nil {
			state, _ = integer(attrs, "job-state")
		}
		return state >= jobCancelled
	})
	if state != jobCancelled {
		t.Errorf("the job ended in state %d, want cancelled", state)
	}
}

func TestARealPrinterWithAFailingCommandIsTold(t *testing.T) {
	e := newEve(t, "-f", "application/pdf", "-c", program(t, "false", "coreutils"))
	err := New(Config{}).Print(t.Context(), e.uri, "x", samplePDF)
	if code := CodeOf(err); err == nil || (code != Failed && code != Attention && code != Paused) {
		t.Errorf("got %v, want a failure of the job", err)
	}
}

func TestCancellingARealPrintTakesTheJobBack(t *testing.T) {
	command, finish := slowCommand(t)
	e := newEve(t, "-f", "application/pdf", "-c", command)
	c := New(Config{Waits: Waits{Settle: time.Minute, Poll: 50 * time.Millisecond}})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for len(mustGlob(e.spool)) == 0 && ctx.Err() == nil {
			time.Sleep(10 * time.Millisecond)
		}
		cancel()
	}()
	err := c.Print(ctx, e.uri, "x", samplePDF)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want the cancelling", err)
	}
	if err := os.WriteFile(finish, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	to, err := c.parse(e.uri)
	if err != nil {
		t.Fatal(err)
	}
	wantCancelled(t, c, to)
}

func mustGlob(dir string) []string {
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		panic(err) // the pattern is fixed
	}
	return files
}

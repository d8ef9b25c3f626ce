package doctor

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"bottega/desk"
	"bottega/ui/checkup"
	"bottega/ui/paper/printer"
	"bottega/ui/text"
	"bottega/ui/text/texttest"
)

// launch runs a program until the test ends.
func launch(t *testing.T, name, debian string, env []string, arguments ...string) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		path, err = exec.LookPath(filepath.Join("/usr/sbin", name))
	}
	if err != nil {
		t.Fatalf("this test needs %s: install the Debian package %s", name, debian)
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), path, arguments...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.Env = &out, &out, append(os.Environ(), env...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s said:\n%s", name, out.String())
		}
	})
}

// eventually waits for something another program does; the limit is a safety net, not a measure.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// printerInSoftware starts ippeveprinter and returns its address. It wants to speak to a message bus even when it announces nothing,
// so it gets one of its own.
func printerInSoftware(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	bus := filepath.Join(dir, "bus")
	launch(t, "dbus-daemon", "dbus-daemon", nil, "--session", "--nofork", "--address=unix:path="+bus)
	eventually(t, "the message bus", func() bool {
		_, err := os.Stat(bus)
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
	launch(t, "ippeveprinter", "cups-ipp-utils", []string{"DBUS_SYSTEM_BUS_ADDRESS=unix:path=" + bus},
		"-p", strconv.Itoa(port), "-n", "localhost", "-r", "off", "-d", dir, "-f", "application/pdf", "Stampante di prova")
	eventually(t, "the printer", func() bool {
		conn, err := net.Dial("tcp", fmt.Sprintf("localhost:%d", port))
		return err == nil && conn.Close() == nil
	})
	return fmt.Sprintf("ipp://localhost:%d/ipp/print", port)
}

// takePaperOut empties the trays of a printer in software, on its own page.
func takePaperOut(t *testing.T, address string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.Scheme, u.Path, u.RawQuery = "http", "/media", "size1=iso_a4_210x297mm&type1=stationery&level1=0&size3=iso_dl_110x220mm&type3=envelope&level3=0"
	resp, err := http.Get(u.String())
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("the printer's page says %s, %v", resp.Status, err)
	}
}

func TestARealPrinterIsReadyUntilItsPaperEnds(t *testing.T) {
	c := healthy()
	c.Printer = printerInSoftware(t)
	c.Printers = func(addresses ...string) desk.Printers {
		return printer.New(printer.Config{Server: "127.0.0.1:1", Printers: addresses})
	}
	if found := words(examine(t, c)); !slices.Contains(found, "well printer.ready") {
		t.Fatalf("found %v", found)
	}
	takePaperOut(t, c.Printer)
	waits := printer.Waits{Settle: time.Millisecond}
	paper := []byte("%PDF-1.4\n%%EOF\n")
	if err := printer.New(printer.Config{Server: "127.0.0.1:1", Waits: waits}).Print(t.Context(), c.Printer, "Prova", paper); err != nil && printer.CodeOf(err) != printer.NoPaper {
		t.Fatal(err)
	}
	var found []checkup.Finding
	eventually(t, "the paper that waits", func() bool {
		found = examine(t, c)
		return slices.Contains(words(found), "broken printer.trouble")
	})
	i := slices.IndexFunc(found, func(f checkup.Finding) bool { return f.Check == "printer" })
	said := found[i].Message(texttest.Localizer(t, text.Italian))
	if said != "La stampante Stampante di prova non è pronta. Manca la carta." {
		t.Errorf("says %q", said)
	}
}

func TestAPrinterThatIsNotThereIsToldAsSuch(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := healthy()
	c.Printer = fmt.Sprintf("ipp://%s/ipp/print", l.Addr())
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	c.Printers = func(addresses ...string) desk.Printers {
		return printer.New(printer.Config{Server: "127.0.0.1:1", Printers: addresses})
	}
	if found := words(examine(t, c)); !slices.Contains(found, "broken printer.trouble") {
		t.Errorf("found %v", found)
	}
}

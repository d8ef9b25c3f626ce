//go:build cgo

package pcsc_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bottega/cardreader/practice"
)

// openSC runs one of OpenSC's tools, an independent client, on the card in the daemon's reader.
func openSC(t *testing.T, tool string, arguments ...string) string {
	t.Helper()
	path, err := exec.LookPath(tool)
	if err != nil {
		t.Fatalf("missing for tests with an independent client: apt-get install -y opensc opensc-pkcs11 openssl (%v)", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // a safety net
	defer cancel()
	command := exec.CommandContext(ctx, path, arguments...)
	home := t.TempDir() // newer versions keep what they read
	command.Env = append(daemon.Env(), "HOME="+home, "XDG_CACHE_HOME="+home, "LC_ALL=C")
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", tool, strings.Join(arguments, " "), err, out, &stderr)
	}
	return string(out)
}

func TestOpenSCTakesThePracticeCardForAHealthCard(t *testing.T) {
	card := insert(t, "niccolo")
	p := card.Profile()
	if got := openSC(t, "opensc-tool", "--name"); strings.TrimSpace(got) != "CNS card" {
		t.Errorf("name %q", got)
	}
	serial := strings.Map(func(r rune) rune {
		if r == ' ' || r == '\n' {
			return -1
		}
		return r
	}, openSC(t, "opensc-tool", "--serial"))
	if !strings.Contains(serial, hexOf(p.Number)) && !strings.Contains(serial, p.Number) {
		t.Errorf("serial %q, want %s", serial, p.Number)
	}
	objects := openSC(t, "pkcs15-tool", "-D")
	for _, want := range []string{p.Holder.Name, p.Holder.Surname, "X.509 Certificate", "Private RSA Key", "PIN"} {
		if !strings.Contains(objects, want) {
			t.Errorf("pkcs15-tool -D does not show %q:\n%s", want, objects)
		}
	}
	block, _ := pem.Decode([]byte(openSC(t, "pkcs15-tool", "--read-certificate", "01")))
	if block == nil {
		t.Fatal("no certificate")
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil || !strings.HasPrefix(c.Subject.CommonName, p.Holder.FiscalCode+"/"+p.Number) {
		t.Errorf("certificate of %v, %v", c, err)
	}
	if left := card.TriesLeft(); left != 3 {
		t.Errorf("%d tries left: OpenSC spent some", left)
	}
}

func hexOf(digits string) string {
	var b strings.Builder
	for _, d := range digits {
		b.WriteString("3" + string(d))
	}
	return b.String()
}

func TestOpenSCUsesThePINAsOnARealCard(t *testing.T) {
	card := insert(t, "bruna")
	openSC(t, "pkcs15-tool", "--verify-pin", "--auth-id", "01", "--pin", practice.DefaultPIN)
	openSC(t, "pkcs15-tool", "--change-pin", "--auth-id", "01", "--pin", practice.DefaultPIN, "--new-pin", "567890")
	openSC(t, "pkcs15-tool", "--verify-pin", "--auth-id", "01", "--pin", "567890")
	openSC(t, "pkcs15-tool", "--unblock-pin", "--auth-id", "01", "--puk", practice.DefaultPUK, "--new-pin", "24680")
	openSC(t, "pkcs15-tool", "--verify-pin", "--auth-id", "01", "--pin", "24680")
	if left := card.TriesLeft(); left != 3 {
		t.Errorf("%d tries left", left)
	}
}

func TestASignatureMadeThroughOpenSCIsVerifiedByOpenSSL(t *testing.T) {
	insert(t, "mirela")
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(file("message"), []byte("prova di firma"), 0o600); err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode([]byte(openSC(t, "pkcs15-tool", "--read-certificate", "01")))
	if block == nil {
		t.Fatal("no certificate")
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(c.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file("public.pem"), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	openSC(t, "pkcs11-tool", "--login", "--pin", practice.DefaultPIN, "--sign", "-m", "SHA256-RSA-PKCS", "--id", "01",
		"-i", file("message"), "-o", file("signature"))
	got := openSC(t, "openssl", "dgst", "-sha256", "-verify", file("public.pem"), "-signature", file("signature"), file("message"))
	if !strings.Contains(got, "Verified OK") {
		t.Errorf("openssl says %q", got)
	}
}

//go:build cgo

package pcsc_test

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bottega/cardreader/practice"
)

// client is OpenSC, an independent client of the card service.
type client struct {
	// onlyCNS limits it to its driver for these cards. Without, it first tries whether the card is one of all the others it knows.
	onlyCNS bool
}

const onlyCNSConfig = "app default { card_drivers = itacns; framework pkcs15 { use_file_caching = no; } }\n"

// openSC runs one of OpenSC's tools on the card in the daemon's first reader, and returns what it says.
func openSC(t *testing.T, tool string, arguments ...string) string {
	t.Helper()
	return client{onlyCNS: true}.run(t, tool, arguments...)
}

// run runs one of OpenSC's tools, or openssl, on the card in the daemon's first reader, and returns what it says.
func (c client) run(t *testing.T, tool string, arguments ...string) string {
	t.Helper()
	path, err := exec.LookPath(tool)
	if err != nil {
		t.Fatalf("missing for tests with an independent client: apt-get install -y opensc opensc-pkcs11 openssl (%v)", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute) // a safety net
	defer cancel()
	command := exec.CommandContext(ctx, path, arguments...)
	home := t.TempDir() // newer versions keep what they read
	command.Env = append(daemon.Env(), "HOME="+home, "XDG_CACHE_HOME="+home, "LC_ALL=C")
	if c.onlyCNS {
		config := filepath.Join(home, "opensc.conf")
		if err := os.WriteFile(config, []byte(onlyCNSConfig), 0o600); err != nil {
			t.Fatal(err)
		}
		command.Env = append(command.Env, "OPENSC_CONF="+config)
	}
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", tool, strings.Join(arguments, " "), err, out, &stderr)
	}
	return string(out)
}

// certificate returns the card's certificate as OpenSC reads it.
func (c client) certificate(t *testing.T) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode([]byte(c.run(t, "pkcs15-tool", "--read-certificate", "01")))
	if block == nil {
		t.Fatal("no certificate")
	}
	parsed, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// acceptance are the cards that OpenSC must accept, and the length of their keys.
var acceptance = []struct {
	name, profile string
	bits          int
	tool          client
}{
	{"A: ST 2021, RSA 2048", "niccolo", 2048, client{onlyCNS: true}},
	{"B: Athena, RSA 1024", "lucia", 1024, client{onlyCNS: true}},
	{"A, tried with every driver", "bruna", 2048, client{}},
	{"B, tried with every driver", "lucia", 1024, client{}},
}

func TestOpenSCTakesThePracticeCardForAHealthCard(t *testing.T) {
	for _, tt := range acceptance {
		t.Run(tt.name, func(t *testing.T) {
			card := insert(t, tt.profile)
			readsAsAHealthCard(t, tt.tool, card.Profile())
			usesItsCodes(t, tt.tool)
			signs(t, tt.tool, tt.bits)
			if left := card.TriesLeft(); left != 3 {
				t.Errorf("%d tries left: OpenSC spent some", left)
			}
		})
	}
}

// readsAsAHealthCard wants OpenSC to say of a card what is on it.
func readsAsAHealthCard(t *testing.T, tool client, p practice.Profile) {
	t.Helper()
	if got := tool.run(t, "opensc-tool", "--name"); strings.TrimSpace(got) != "CNS card" {
		t.Errorf("name %q", got)
	}
	if got := strings.Join(strings.Fields(tool.run(t, "opensc-tool", "--serial")), ""); !strings.Contains(got, hex.EncodeToString([]byte(p.Number))) {
		t.Errorf("serial %q, want %s", got, p.Number)
	}
	objects := tool.run(t, "pkcs15-tool", "-D")
	for _, want := range []string{p.Holder.Name, p.Holder.Surname, "X.509 Certificate", "Private RSA Key", "PIN"} {
		if !strings.Contains(objects, want) {
			t.Errorf("pkcs15-tool -D does not show %q:\n%s", want, objects)
		}
	}
	if c := tool.certificate(t); !strings.HasPrefix(c.Subject.CommonName, p.Holder.FiscalCode+"/"+p.Number) {
		t.Errorf("certificate of %v", c.Subject)
	}
}

// usesItsCodes verifies, changes and unblocks the PIN, and leaves it as delivered.
func usesItsCodes(t *testing.T, tool client) {
	t.Helper()
	verify := func(pin string) {
		t.Helper()
		tool.run(t, "pkcs15-tool", "--verify-pin", "--auth-id", "01", "--pin", pin)
	}
	verify(practice.DefaultPIN)
	tool.run(t, "pkcs15-tool", "--change-pin", "--auth-id", "01", "--pin", practice.DefaultPIN, "--new-pin", "567890")
	verify("567890")
	tool.run(t, "pkcs15-tool", "--unblock-pin", "--auth-id", "01", "--puk", practice.DefaultPUK, "--new-pin", practice.DefaultPIN)
	verify(practice.DefaultPIN)
}

// signs lets the card pass OpenSC's own test of its key, and openssl verify a signature made with it.
func signs(t *testing.T, tool client, bits int) {
	t.Helper()
	if got := tool.run(t, "pkcs11-tool", "--login", "--pin", practice.DefaultPIN, "--test"); !strings.Contains(got, "No errors") {
		t.Errorf("pkcs11-tool --test says %q", got)
	}
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(file("message"), []byte("prova di firma"), 0o600); err != nil {
		t.Fatal(err)
	}
	public, ok := tool.certificate(t).PublicKey.(*rsa.PublicKey)
	if !ok || public.N.BitLen() != bits {
		t.Fatalf("the key in the certificate has not %d bits of RSA", bits)
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file("public.pem"), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	tool.run(t, "pkcs11-tool", "--login", "--pin", practice.DefaultPIN, "--sign", "-m", "SHA256-RSA-PKCS", "--id", "01",
		"-i", file("message"), "-o", file("signature"))
	got := tool.run(t, "openssl", "dgst", "-sha256", "-verify", file("public.pem"), "-signature", file("signature"), file("message"))
	if !strings.Contains(got, "Verified OK") {
		t.Errorf("openssl says %q", got)
	}
}

// costShare is how many times less than OpenSC a reading may put on the wire.
const costShare = 5

func TestAReadingSendsAFifthOfWhatOpenSCSends(t *testing.T) {
	for _, profile := range []string{"bruna", "lucia", "maria"} {
		for _, tool := range []client{{}, {onlyCNS: true}} {
			t.Run(fmt.Sprintf("%s, CNS driver only: %v", profile, tool.onlyCNS), func(t *testing.T) {
				card := insert(t, profile)
				tool.run(t, "pkcs15-tool", "-D")
				tool.certificate(t)
				theirs := card.Commands()
				ours := readOnce(t)
				t.Logf("OpenSC sent %d commands, we sent %d", theirs, ours)
				if sent := card.Commands() - theirs; sent != ours {
					t.Errorf("the card counts %d commands, our reading tells %d", sent, ours)
				}
				if ours*costShare > theirs {
					t.Errorf("we sent %d commands, more than a fifth of the %d that OpenSC sent", ours, theirs)
				}
			})
		}
	}
}

package client

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"bottega/desk"
	"bottega/sync/client/clienttest"
	"bottega/sync/wire"
)

// recorded is one request and its answer, as testdata/exchange-0.1.0 of sync/wire has them.
type recorded struct {
	Name    string
	Method  string
	Path    string
	Request struct {
		Reads json.RawMessage
	}
	Status int
	Answer struct {
		Header map[string]string
		Reads  json.RawMessage
		Text   string
	}
}

const (
	exchangeDir = "../wire/testdata/exchange-0.1.0"
	// theDay is when the exchange was recorded.
	theDay = "2026-11-27T08:00:00Z"
)

func exchangeFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(exchangeDir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func recordings(t *testing.T) []recorded {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(exchangeDir, "[0-9]*.json"))
	if err != nil || len(names) < 20 {
		t.Fatalf("%d recordings, %v", len(names), err)
	}
	list := make([]recorded, len(names))
	for i, name := range names {
		if err := json.Unmarshal(exchangeFile(t, filepath.Base(name)), &list[i]); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return list
}

// hub010 answers as the hub of 0.1.0 did: each recorded answer once, in order, to whoever asks for the same; 404 to what it does not
// know.
type hub010 struct {
	mu      sync.Mutex
	answers []recorded
	asked   []string
}

func (h *hub010) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, _ = io.Copy(io.Discard, r.Body) // what it says is judged where the answers are: they fit one journal only
	asked := r.Method + " " + r.URL.RequestURI()
	h.asked = append(h.asked, asked)
	for i, x := range h.answers {
		if x.Method+" "+x.Path != asked {
			continue
		}
		h.answers = append(h.answers[:i:i], h.answers[i+1:]...)
		for k, v := range x.Answer.Header {
			w.Header().Set(k, v)
		}
		w.WriteHeader(x.Status)
		_, _ = io.WriteString(w, x.Answer.Text+string(x.Answer.Reads))
		return
	}
	http.NotFound(w, r)
}

// serve010 starts the hub of 0.1.0 with the certificate of its authority, and returns its address.
func serve010(t *testing.T, h http.Handler) string {
	t.Helper()
	var blocks []*pem.Block
	for rest := exchangeFile(t, "authority.pem"); ; {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			break
		}
		blocks = append(blocks, b)
	}
	authority, err := x509.ParseCertificate(blocks[0].Bytes)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := x509.ParsePKCS8PrivateKey(blocks[1].Bytes)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	day := dayOfRecording(t)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: day.Add(-time.Hour), NotAfter: day.Add(90 * 24 * time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}, authority, key.Public(), signer.(crypto.Signer))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(h)
	server.TLS = &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der, authority.Raw}, PrivateKey: key}}, ClientAuth: tls.RequireAnyClientCert,
	}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

func dayOfRecording(t *testing.T) time.Time {
	t.Helper()
	day, err := time.Parse(time.RFC3339, theDay)
	if err != nil {
		t.Fatal(err)
	}
	return day
}

// desk010 is the desk of 0.1.0 before it sent anything, updated to this program.
func desk010(t *testing.T, address string) (*clienttest.Journal, *Client) {
	t.Helper()
	var kept struct {
		Position wire.Position
		Entries  []wire.Entry
	}
	if err := json.Unmarshal(exchangeFile(t, "journal.json"), &kept); err != nil {
		t.Fatal(err)
	}
	j := clienttest.Of(kept.Position.Epoch, kept.Entries[:6]) // the other four are the replies
	identity := bytes.ReplaceAll(exchangeFile(t, "identity.json"), []byte(`"address":"127.0.0.1:8443"`), []byte(`"address":"`+address+`"`))
	if err := j.SaveIdentity(t.Context(), identity); err != nil {
		t.Fatal(err)
	}
	c, err := New(t.Context(), Params{Journal: j, Identity: j, Program: "bottega 0.1.0", Clock: func() time.Time { return dayOfRecording(t) }})
	if err != nil {
		t.Fatal(err)
	}
	return j, c
}

func TestANewDeskWorksWithAHubOf010(t *testing.T) {
	h := &hub010{answers: recordings(t)}
	j, c := desk010(t, serve010(t, h))
	if err := c.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := c.Status()
	if s.State != desk.LineAttention || s.Problem != RecordRefused || s.Safe != 10 || s.Total != 10 { // the last activation has no number
		t.Errorf("line: %+v", s)
	}
	if skew := s.Skew.Round(time.Minute); skew != 15*time.Minute { // from the header: it was a quarter to eight
		t.Errorf("skew %v", skew)
	}
	replies := j.Replies()
	if len(replies) != 4 || replies[2].Kind != desk.ExemptionFound {
		t.Fatalf("replies: %+v", replies)
	}
	if _, err := wire.VerifyToken(replies[2].Exemption.Token, c.TokenKeys()); err != nil {
		t.Errorf("a certificate of 0.1.0: %v", err)
	}
	if asked := strings.Join(h.asked, "\n"); strings.Count(asked, wire.PathHub) != 1 || strings.Contains(asked, wire.PathRenew) {
		t.Errorf("asked:\n%s", asked)
	}
	if _, err := c.Export(t.Context(), io.Discard); wordOf(err) != NoSealingKey {
		t.Errorf("Export = %v", err)
	}
}

// What 0.1.0 refuses, and what a desk makes of it now.
func TestRefusalsOfAHubOf010AreUnderstood(t *testing.T) {
	for name, word := range map[string]string{
		"a later version":          Upgrade,
		"spoilt":                   FixRecord,
		"too large":                TooLarge,
		"no certificate":           ReEnrol,
		"a desk that is not known": ReEnrol,
		"enrol with a used code":   CodeRefused,
		"hub":                      NotTheHub,
		"renew":                    NotTheHub,
		"pack":                     NotTheHub,
	} {
		t.Run(name, func(t *testing.T) {
			for _, x := range recordings(t) {
				if x.Name != name {
					continue
				}
				_, err := knock(t, answer(x.Status, x.Answer.Header["Content-Type"], x.Answer.Text+string(x.Answer.Reads)))
				if wordOf(err) != word {
					t.Errorf("got %v, want %s", err, word)
				}
				return
			}
			t.Error("not recorded")
		})
	}
}

// The other direction is held to the recording at the hub. Here: that this program still sends what it sent then.
func TestADeskStillSendsWhatItSent(t *testing.T) {
	var first struct{ Epoch, Entries json.RawMessage }
	for _, x := range recordings(t) {
		if x.Path == wire.PathJournal {
			if err := json.Unmarshal(x.Request.Reads, &first); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	var sent struct{ Epoch, Entries json.RawMessage }
	_, c := desk010(t, serve010(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		plain, err := wire.Decompress(body, wire.MaxBatch)
		if err == nil {
			err = json.Unmarshal(plain, &sent)
		}
		if err != nil {
			t.Errorf("%s: %v", r.URL.Path, err)
		}
		http.Error(w, "enough", http.StatusServiceUnavailable)
	})))
	if err := c.Send(t.Context()); wordOf(err) != HubBusy {
		t.Fatalf("Send = %v", err)
	}
	compact := func(raw json.RawMessage) string {
		var b bytes.Buffer
		if err := json.Compact(&b, raw); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	if compact(sent.Epoch) != compact(first.Epoch) || compact(sent.Entries) != compact(first.Entries) {
		t.Errorf("sent %s\nthen %s", compact(sent.Entries), compact(first.Entries))
	}
}

package hub_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bottega/sync/hub"
	"bottega/sync/hub/store"
	"bottega/sync/wire"
)

// exchange is one request of a desk of version 0.1.0 with the answer of the hub of then; sync/wire/testdata/exchange-0.1.0 says more.
type exchange struct {
	Name    string
	Method  string
	Path    string
	Request struct {
		Header map[string]string
		Body   []byte          `json:"body_base64"`
		Reads  json.RawMessage `json:"reads"`
	}
	Status int
	Answer struct{ Reads json.RawMessage }
}

const exchangeDir = "../wire/testdata/exchange-0.1.0"

func exchanges(t *testing.T) []exchange {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(exchangeDir, "[0-9]*.json"))
	if err != nil || len(names) < 20 {
		t.Fatalf("%d recordings, %v", len(names), err)
	}
	list := make([]exchange, len(names))
	for i, name := range names {
		data, err := os.ReadFile(name)
		if err == nil {
			err = json.Unmarshal(data, &list[i])
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return list
}

// oldDesk puts the code of the recorded enrolment into the hub's store, enrols as recorded, and returns callers that show the
// certificate with the recorded key.
func (r *running) oldDesk(t *testing.T, state string, enrol exchange) *caller {
	t.Helper()
	var request wire.EnrolRequest
	if err := json.Unmarshal(enrol.Request.Body, &request); err != nil {
		t.Fatal(err)
	}
	secret, err := hex.DecodeString(request.Secret)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.OpenSQLite(t.Context(), filepath.Join(state, "hub.db"), sealerOf(t, state))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	code := store.Code{SecretHash: hashHex(secret), Site: "LU-PIAZZA", Expires: recordedAt().Add(time.Hour)}
	if err := s.AddCode(t.Context(), code); err != nil {
		t.Fatal(err)
	}
	resp, data := r.caller(t).ask(t, enrol.Method, enrol.Path, enrol.Request.Body, headers(enrol)...)
	var got wire.Enrolment
	if err := json.Unmarshal(data, &got); err != nil || resp.StatusCode != 200 || got.Site != "LU-PIAZZA" {
		t.Fatalf("%d %s", resp.StatusCode, data)
	}
	var kept struct{ Key string }
	identity, err := os.ReadFile(filepath.Join(exchangeDir, "identity.json"))
	if err == nil {
		err = json.Unmarshal(identity, &kept)
	}
	if err != nil {
		t.Fatal(err)
	}
	der, err := base64.StdEncoding.DecodeString(kept.Key)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode([]byte(got.Certificate))
	return r.caller(t, tls.Certificate{Certificate: [][]byte{block.Bytes}, PrivateKey: key})
}

func sealerOf(t *testing.T, state string) *store.Sealer {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(state, "sealing.key"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	s, err := store.NewSealer(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func headers(e exchange) (list []string) {
	for _, name := range []string{"Content-Type", "Content-Encoding", "Accept"} {
		if value := e.Request.Header[name]; value != "" {
			list = append(list, name, value)
		}
	}
	return list
}

// recordedAt is when the exchange was recorded.
func recordedAt() time.Time { return time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC) }

// TestADeskOf010IsServedAsItWas sends what a desk of 0.1.0 sent and holds the answers against those that it got. What the hub of then did
// not know is left out: a desk of then never asks for it.
func TestADeskOf010IsServedAsItWas(t *testing.T) {
	state := t.TempDir()
	r := start(t, state, "127.0.0.1:0", func(p *hub.Params) { p.Clock = recordedAt })
	r.load(t)
	all := exchanges(t)
	desk := r.oldDesk(t, state, all[0])
	for _, e := range all[1:] {
		switch e.Name {
		case "hub", "renew", "pack", "a desk that is not known":
			continue
		}
		t.Run(e.Name, func(t *testing.T) {
			c, body := desk, e.Request.Body
			switch e.Name {
			case "no certificate", "enrol with a used code":
				c = r.caller(t)
			case "too large":
				body = bytes.Repeat([]byte(" "), wire.MaxBatch+1)
			}
			resp, data := c.ask(t, e.Method, e.Path, body, headers(e)...)
			if resp.StatusCode != e.Status {
				t.Fatalf("%d %s, once %d %s", resp.StatusCode, data, e.Status, e.Answer.Reads)
			}
			sameAnswer(t, e, data)
		})
	}
}

// sameAnswer compares what a desk acts on. Times, tokens and the sentences for logs may differ.
func sameAnswer(t *testing.T, e exchange, data []byte) {
	t.Helper()
	var was, is struct {
		wire.Problem
		wire.Ack
		wire.Replies
	}
	if err := json.Unmarshal(e.Answer.Reads, &was); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &is); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	if is.Type != was.Type || is.Want != was.Want || is.Epoch != was.Epoch || is.Durable != was.Durable || is.Last != was.Last ||
		len(is.Replies.Replies) != len(was.Replies.Replies) {
		t.Fatalf("%s, once %s", data, e.Answer.Reads)
	}
	for i, reply := range is.Replies.Replies {
		if before := was.Replies.Replies[i]; reply.Number != before.Number || reply.About != before.About || reply.Kind != before.Kind || reply.Reason != before.Reason {
			t.Errorf("reply %+v, once %+v", reply, before)
		}
	}
}

func hashHex(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

package hub_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"bottega/desk"
	"bottega/sync/client/clienttest"
	"bottega/sync/hub"
	"bottega/sync/wire"
)

// caller talks to a hub by hand, with the certificate it is given or none.
type caller struct {
	*http.Client
	base string
}

func (r *running) caller(t *testing.T, certificates ...tls.Certificate) *caller {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{
		InsecureSkipVerify: true, // what the hub says is tested here; whether it is the hub, in e2e_test.go
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			if len(certificates) == 0 {
				return &tls.Certificate{}, nil
			}
			return &certificates[0], nil
		},
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &caller{Client: &http.Client{Transport: transport, Timeout: patience}, base: "https://" + r.address}
}

// ask makes a request and sends it.
func (c *caller) ask(t *testing.T, method, path string, body []byte, header ...string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, c.base+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return c.send(t, req)
}

// send sends a request and returns the answer with its body read.
func (c *caller) send(t *testing.T, req *http.Request) (*http.Response, []byte) {
	t.Helper()
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, data
}

// wantsProblem checks that an answer is a problem of a type, with a status.
func wantsProblem(t *testing.T, resp *http.Response, data []byte, status int, kind string) wire.Problem {
	t.Helper()
	var p wire.Problem
	if err := json.Unmarshal(data, &p); err != nil {
		t.Fatalf("%d %s: %v", resp.StatusCode, data, err)
	}
	if resp.StatusCode != status || p.Status != status || p.Type != kind || resp.Header.Get("Content-Type") != wire.MediaProblem {
		t.Fatalf("%d %s %s, want %d %s", resp.StatusCode, resp.Header.Get("Content-Type"), data, status, kind)
	}
	return p
}

// request makes a key and the request that goes with it.
func request(t *testing.T) (*ecdsa.PrivateKey, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		t.Fatal(err)
	}
	return key, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
}

// enrolBody is the body of an enrolment with a code.
func enrolBody(t *testing.T, code, csr string) []byte {
	t.Helper()
	c, err := wire.ParseEnrolCode(code)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(wire.EnrolRequest{Secret: hex.EncodeToString(c.Secret[:]), CSR: csr, Program: "by hand"})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// member enrols by hand and returns a caller that shows its certificate.
func (r *running) member(t *testing.T) (*caller, string) {
	t.Helper()
	key, csr := request(t)
	resp, data := r.caller(t).ask(t, http.MethodPost, wire.PathEnrol, enrolBody(t, r.code(t, hub.NewCodeParams{}), csr), "Content-Type", wire.MediaJSON)
	var e wire.Enrolment
	if err := json.Unmarshal(data, &e); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s: %v", resp.StatusCode, data, err)
	}
	block, _ := pem.Decode([]byte(e.Certificate))
	return r.caller(t, tls.Certificate{Certificate: [][]byte{block.Bytes}, PrivateKey: key}), e.Desk
}

// batch is a small batch of a journal of its own.
func batch(t *testing.T) wire.Batch {
	t.Helper()
	j := clienttest.New()
	j.Add(desk.NoteAdded{Text: "uno"}, desk.NoteAdded{Text: "due"})
	p, err := j.Position(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return wire.Batch{Version: wire.Version, Program: "by hand", SentAt: time.Now(), Epoch: p.Epoch, Entries: j.Entries()}
}

func plain(t *testing.T, b wire.Batch) []byte {
	t.Helper()
	data, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestOnlyEnrolledDesksGetThroughTheDoors(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Bottega desk"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	forged, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		c      *caller
		status int
	}{
		"no certificate":     {r.caller(t), http.StatusUnauthorized},
		"a forged one":       {r.caller(t, tls.Certificate{Certificate: [][]byte{forged}, PrivateKey: key}), http.StatusForbidden},
		"one of another hub": {foreign(t, r), http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			resp, data := tc.c.ask(t, http.MethodPost, wire.PathJournal, plain(t, batch(t)), "Content-Type", wire.MediaJSON)
			wantsProblem(t, resp, data, tc.status, wire.ProblemReEnrol)
			resp, data = tc.c.ask(t, http.MethodGet, wire.PathReplies, nil)
			wantsProblem(t, resp, data, tc.status, wire.ProblemReEnrol)
		})
	}
}

// foreign returns a caller that another hub knows, talking to r.
func foreign(t *testing.T, r *running) *caller {
	t.Helper()
	c, _ := start(t, t.TempDir(), "127.0.0.1:0").member(t)
	c.base = "https://" + r.address
	return c
}

func TestADeskCannotSpeakForAnother(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	r.load(t)
	victim := r.enrolled(t)
	victim.journal.Add(exemption("E01", nella()))
	victim.send(t)
	desks, err := r.Desks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	intruder, own := r.member(t)
	// Whatever it claims, the intruder is who its certificate says.
	resp, data := intruder.ask(t, http.MethodGet, wire.PathReplies+"?after=0&desk="+desks[0].ID, nil, "X-Desk", desks[0].ID)
	var page wire.Replies
	if err := json.Unmarshal(data, &page); err != nil || resp.StatusCode != http.StatusOK || page.Last != 0 || len(page.Replies) != 0 {
		t.Fatalf("%d %s", resp.StatusCode, data)
	}
	b := plain(t, batch(t))
	b = append([]byte(`{"desk":"`+desks[0].ID+`",`), b[1:]...)
	if resp, data := intruder.ask(t, http.MethodPost, wire.PathJournal, b, "Content-Type", wire.MediaJSON); resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", resp.StatusCode, data)
	}
	desks, err = r.Desks(t.Context())
	if err != nil || len(desks) != 2 || desks[0].Entries != 2 || desks[1].ID != own || desks[1].Entries != 2 {
		t.Errorf("Desks = %+v, %v", desks, err)
	}
}

func TestEveryRefusedPushSaysWhatToDo(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	c, _ := r.member(t)
	good := batch(t)
	with := func(touch func(*wire.Batch)) []byte {
		b := good
		b.Entries = append([]wire.Entry{}, good.Entries...)
		touch(&b)
		return plain(t, b)
	}
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		body     []byte
		encoding string
		status   int
		kind     string
		want     uint64
	}{
		"not JSON":             {[]byte("<html>"), "", 422, wire.ProblemFixRecord, 0},
		"not zstd":             {plain(t, good), "zstd", 422, wire.ProblemFixRecord, 0},
		"unknown encoding":     {plain(t, good), "br", 422, wire.ProblemFixRecord, 0},
		"a newer desk":         {with(func(b *wire.Batch) { b.Version = 2 }), "", 400, wire.ProblemUpgrade, 0},
		"a newer desk, odd":    {[]byte(`{"wire":9,"epoch":{"id":"e","from":1},"entries":[{"shape":"new"}]}`), "", 400, wire.ProblemUpgrade, 0},
		"no version":           {with(func(b *wire.Batch) { b.Version = 0 }), "", 400, wire.ProblemUpgrade, 0},
		"a payload changed":    {with(func(b *wire.Batch) { b.Entries[0].Payload = json.RawMessage(`{"text":"altro"}`) }), "", 422, wire.ProblemFixRecord, 0},
		"a chain broken":       {with(func(b *wire.Batch) { b.Entries[1].Prev[0] ^= 1 }), "", 422, wire.ProblemFixRecord, 0},
		"a gap":                {with(func(b *wire.Batch) { b.Entries = b.Entries[1:] }), "", 409, wire.ProblemGap, 1},
		"an epoch in mid-air":  {with(func(b *wire.Batch) { b.Epoch.From, b.Epoch.Prev = 2, b.Entries[0].Digest; b.Entries = nil }), "", 409, wire.ProblemGap, 1},
		"a fork before it all": {with(func(b *wire.Batch) { b.Entries[0].Prev[0] ^= 1; reseal(t, b.Entries) }), "", 409, wire.ProblemFork, 1},
		"oversized":            {bytes.Repeat([]byte(" "), wire.MaxBatch+1), "", 413, wire.ProblemTooLarge, 0},
		"a zip bomb":           {w.EncodeAll(bytes.Repeat([]byte(" "), 100<<20), nil), "zstd", 413, wire.ProblemTooLarge, 0},
	} {
		t.Run(name, func(t *testing.T) {
			header := []string{"Content-Type", wire.MediaJSON}
			if tc.encoding != "" {
				header = append(header, "Content-Encoding", tc.encoding)
			}
			resp, data := c.ask(t, http.MethodPost, wire.PathJournal, tc.body, header...)
			if p := wantsProblem(t, resp, data, tc.status, tc.kind); p.Want != tc.want {
				t.Errorf("want is %d: %s", p.Want, data)
			}
		})
	}
	if desks, err := r.Desks(t.Context()); err != nil || desks[0].Entries != 0 {
		t.Errorf("something was kept: %+v, %v", desks, err)
	}
}

// reseal gives entries digests that fit what they say now.
func reseal(t *testing.T, entries []wire.Entry) {
	t.Helper()
	prev := entries[0].Prev
	for i := range entries {
		if err := entries[i].Seal(prev); err != nil {
			t.Fatal(err)
		}
		prev = entries[i].Digest
	}
}

func TestEveryRefusedEnrolmentSaysWhatToDo(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	c := r.caller(t)
	_, csr := request(t)
	_, other := request(t)
	used := enrolBody(t, r.code(t, hub.NewCodeParams{}), csr)
	again := func() (*http.Response, []byte) {
		return c.ask(t, http.MethodPost, wire.PathEnrol, used, "Content-Type", wire.MediaJSON)
	}
	for range 2 { // the same key may ask again: its answer may have been lost
		if resp, data := again(); resp.StatusCode != http.StatusOK {
			t.Fatalf("%d %s", resp.StatusCode, data)
		}
	}
	for name, tc := range map[string]struct {
		body   []byte
		status int
		kind   string
	}{
		"a used code, another key": {bytes.Replace(used, jsonText(t, csr), jsonText(t, other), 1), 403, wire.ProblemEnrolCode},
		"an expired code":          {enrolBody(t, r.code(t, hub.NewCodeParams{Valid: -time.Second}), csr), 403, wire.ProblemEnrolCode},
		"an invented secret":       {[]byte(`{"secret":"00000000000000000000","program":"x","csr":` + string(jsonText(t, csr)) + `}`), 403, wire.ProblemEnrolCode},
		"a short secret":           {[]byte(`{"secret":"00","program":"x","csr":""}`), 422, wire.ProblemFixRecord},
		"no request":               {enrolBody(t, r.code(t, hub.NewCodeParams{}), "hello"), 422, wire.ProblemFixRecord},
		"not JSON":                 {[]byte("hello"), 400, wire.ProblemFixRecord},
		"oversized":                {bytes.Repeat([]byte(" "), 64<<10), 413, wire.ProblemTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			resp, data := c.ask(t, http.MethodPost, wire.PathEnrol, tc.body, "Content-Type", wire.MediaJSON)
			wantsProblem(t, resp, data, tc.status, tc.kind)
		})
	}
	if desks, err := r.Desks(t.Context()); err != nil || len(desks) != 1 {
		t.Errorf("Desks = %+v, %v", desks, err)
	}
}

func jsonText(t *testing.T, s string) []byte {
	t.Helper()
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestDesksThatCallAtTheSameTimeAreAllServed(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	r.load(t)
	const desks = 8
	var wg sync.WaitGroup
	for range desks {
		d := r.enrolled(t)
		wg.Go(func() {
			for range 3 {
				d.journal.Add(exemption("E01", nella()))
				if err := d.Send(t.Context()); err != nil {
					t.Errorf("Send = %v", err)
				}
			}
			if got := len(d.journal.Replies()); got != 3 {
				t.Errorf("%d replies", got)
			}
		})
	}
	wg.Wait()
}

func TestThePageForPeople(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	r.load(t)
	d := r.enrolled(t)
	d.journal.Add(exemption("E01", nella()))
	d.send(t)
	token := d.journal.Replies()[0].Exemption.Token
	c := r.caller(t)
	for name, tc := range map[string]struct {
		typed     string
		has, lack []string
	}{
		"nothing yet":     {"", []string{"Verifica di un attestato", `<html lang="it">`, `<label for="t">`}, []string{"Bianchi"}},
		"a real one":      {token, []string{"Attestato valido", "Nella Bianchi", nella().FiscalCode, "E01-1", "senza scadenza"}, []string{"PROVA"}},
		"in small pieces": {strings.ToLower(token[:40] + " " + token[40:]), []string{"Attestato valido"}, nil},
		"an altered one":  {token[:60] + "A" + token[61:], []string{"Attestato non riconosciuto"}, []string{"Attestato valido"}},
		"a script":        {`"><script>alert(1)</script>`, []string{"Attestato non riconosciuto", "&lt;script&gt;"}, []string{"<script"}},
		"a long story":    {strings.Repeat("x", 5000), []string{"Attestato non riconosciuto"}, []string{"xxxxx"}},
	} {
		t.Run(name, func(t *testing.T) {
			resp, data := c.ask(t, http.MethodGet, wire.PathVerify+"?t="+url.QueryEscape(tc.typed), nil)
			posted, same := c.ask(t, http.MethodPost, wire.PathVerify, []byte(url.Values{"t": {tc.typed}}.Encode()), "Content-Type", "application/x-www-form-urlencoded")
			if resp.StatusCode != http.StatusOK || posted.StatusCode != http.StatusOK || !bytes.Equal(data, same) {
				t.Fatalf("%d %d", resp.StatusCode, posted.StatusCode)
			}
			if csp := resp.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; style-src 'sha256-") {
				t.Errorf("policy: %s", csp)
			}
			for _, text := range tc.has {
				if !strings.Contains(string(data), text) {
					t.Errorf("%q is missing in\n%s", text, data)
				}
			}
			for _, text := range append(tc.lack, "http://", "https://") {
				if strings.Contains(string(data), text) {
					t.Errorf("%q is in\n%s", text, data)
				}
			}
		})
	}
	if resp, data := c.ask(t, http.MethodGet, "/", nil); resp.Request.URL.Path != wire.PathVerify || !strings.Contains(string(data), "Verifica di un attestato") {
		t.Errorf("/ leads to %s", resp.Request.URL)
	}
	if resp, _ := c.ask(t, http.MethodDelete, wire.PathVerify, nil); resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("DELETE = %d", resp.StatusCode)
	}
	if strings.Contains(r.log.String(), token[:30]) {
		t.Error("the token is in the log")
	}
}

// A browser computes the digest of the style as it stands in the page: one byte more and the page is shown bare.
func TestThePolicyFitsTheStyleOfThePage(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	resp, data := r.caller(t).ask(t, http.MethodGet, wire.PathVerify, nil)
	_, rest, _ := strings.Cut(string(data), "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	if want := "'sha256-" + sha256Base64(style) + "'"; !strings.Contains(resp.Header.Get("Content-Security-Policy"), want) {
		t.Errorf("policy %s lacks %s", resp.Header.Get("Content-Security-Policy"), want)
	}
}

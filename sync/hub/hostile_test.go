package hub_test

import (
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"bottega/desk"
	"bottega/sync/hub"
	"bottega/sync/wire"
)

// hostile are texts that do something wherever they are not taken as texts.
func hostile() []string {
	return []string{`'; DROP TABLE desks; --`, `" OR 1=1 --`, `<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `{{.}}%s%n`, `../../etc/passwd`}
}

// stream sends a body whose length is not announced.
func (c *caller) stream(t *testing.T, path string, body io.Reader) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.base+path, io.MultiReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", wire.MediaJSON)
	return c.send(t, req)
}

func TestDoorTakesNoMoreThanFitsWhetherTheLengthIsAnnouncedOrNot(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	c, _ := r.member(t)
	for path, limit := range map[string]int{wire.PathJournal: wire.MaxBatch, wire.PathRenew: 32 << 10, wire.PathEnrol: 32 << 10} {
		body := append([]byte(`{"csr":"`), bytes.Repeat([]byte("x"), limit)...)
		t.Run(path+" announced", func(t *testing.T) {
			resp, data := c.ask(t, http.MethodPost, path, body, "Content-Type", wire.MediaJSON)
			wantsProblem(t, resp, data, http.StatusRequestEntityTooLarge, wire.ProblemTooLarge)
		})
		t.Run(path+" in chunks", func(t *testing.T) {
			resp, data := c.stream(t, path, bytes.NewReader(body))
			wantsProblem(t, resp, data, http.StatusRequestEntityTooLarge, wire.ProblemTooLarge)
		})
	}
	resp, data := c.stream(t, wire.PathJournal, bytes.NewReader(plain(t, batch(t))))
	if resp.StatusCode != http.StatusOK {
		t.Errorf("a batch in chunks: %d %s", resp.StatusCode, data)
	}
}

func TestDoorDoesNothingWithHTMLAndSQLInAnEnrolment(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	member, _ := r.member(t)
	c := r.caller(t)
	refused := func(text string, c *caller, path string, body any) {
		t.Helper()
		data, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		resp, data := c.ask(t, http.MethodPost, path, data, "Content-Type", wire.MediaJSON)
		if p := wantsProblem(t, resp, data, http.StatusUnprocessableEntity, wire.ProblemFixRecord); strings.Contains(p.Detail, text) {
			t.Errorf("%s is repeated: %s", text, p.Detail)
		}
	}
	for i, text := range hostile() {
		_, csr := request(t)
		refused(text, c, wire.PathEnrol, wire.EnrolRequest{Secret: text, CSR: csr, Program: "p"})
		refused(text, c, wire.PathEnrol, wire.EnrolRequest{Secret: strings.Repeat("ab", 10), CSR: text, Program: "p"})
		refused(text, member, wire.PathRenew, wire.RenewRequest{CSR: text, Program: "p"})
		// The name of a site is the keeper's own, that of a program whatever the desk says.
		code, err := wire.ParseEnrolCode(r.code(t, hub.NewCodeParams{Site: text}))
		if err != nil {
			t.Fatal(err)
		}
		body, err := json.Marshal(wire.EnrolRequest{Secret: hex.EncodeToString(code.Secret[:]), CSR: csr, Program: text + "\x1b[2J\u202e"})
		if err != nil {
			t.Fatal(err)
		}
		if resp, data := c.ask(t, http.MethodPost, wire.PathEnrol, body, "Content-Type", wire.MediaJSON); resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %s", text, resp.StatusCode, data)
		}
		desks, err := r.Desks(t.Context())
		if err != nil || len(desks) != i+2 || desks[i+1].Site != text || desks[i+1].Program != text+"[2J" {
			t.Errorf("desks %+v, %v", desks, err)
		}
	}
}

func TestDoorDoesNothingWithHTMLAndSQLInWhatIsAsked(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	c, _ := r.member(t)
	if _, err := r.PublishPack(t.Context(), packFiles("id: uno\n"), false); err != nil {
		t.Fatal(err)
	}
	for _, text := range append(hostile(), "-1", "1e3", "18446744073709551616", "0x10") {
		resp, data := c.ask(t, http.MethodGet, wire.PathReplies+"?after="+url.QueryEscape(text), nil)
		if p := wantsProblem(t, resp, data, http.StatusUnprocessableEntity, wire.ProblemFixRecord); strings.Contains(p.Detail, text) {
			t.Errorf("after %s is repeated: %s", text, p.Detail)
		}
		for _, etag := range []string{text, `"` + text + `"`, `W/"` + text + `", "` + text} {
			resp, _ = c.ask(t, http.MethodGet, wire.PathPack, nil, "If-None-Match", etag)
			if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != wire.MediaPack {
				t.Errorf("If-None-Match %s: %d", etag, resp.StatusCode)
			}
		}
	}
}

// What an issuing body loads is shown to whoever scans a certificate.
func TestDoorShowsWhatStandsInARegistryAsTextAndNothingElse(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	for i, text := range hostile() {
		var file bytes.Buffer
		w := csv.NewWriter(&file)
		rows := [][]string{
			hub.Columns("exemptions"), {text, "E01", nella().FiscalCode, text, text, "2020-04-01", "", text},
		}
		if err := w.WriteAll(rows); err != nil {
			t.Fatal(err)
		}
		if _, err := r.ImportExemptions(t.Context(), &file, false); err != nil {
			t.Fatal(err)
		}
		d := r.enrolled(t)
		d.journal.Add(exemption("E01", nella()))
		for deadline := time.Now().Add(patience); len(d.journal.Replies()) == 0; {
			if d.send(t); time.Now().After(deadline) {
				t.Fatal("no reply")
			}
		}
		reply := d.journal.Replies()[0]
		if reply.Kind != desk.ExemptionFound || reply.Exemption == nil {
			t.Fatalf("text %d: %+v", i, reply)
		}
		resp, data := r.caller(t).ask(t, http.MethodGet, wire.PathVerify+"?t="+url.QueryEscape(reply.Exemption.Token), nil)
		page := string(data)
		if resp.StatusCode != http.StatusOK || !strings.Contains(page, "Attestato valido") || !strings.Contains(html.UnescapeString(page), text) {
			t.Errorf("%d %s", resp.StatusCode, page)
		}
		for _, live := range []string{"<script", "<img", `"><`} {
			if strings.Contains(text, live) && strings.Contains(page, text) {
				t.Errorf("%s stands in the page as it is", text)
			}
		}
	}
}

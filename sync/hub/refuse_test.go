package hub_test

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bottega/desk"
	"bottega/sync/client"
	"bottega/sync/hub"
	"bottega/sync/wire"
)

// allDoors are the doors that let in enrolled desks only.
func allDoors(t *testing.T) map[string]struct {
	method, path string
	body         []byte
} {
	_, csr := request(t)
	renewal, err := json.Marshal(wire.RenewRequest{CSR: csr, Program: "by hand"})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]struct {
		method, path string
		body         []byte
	}{
		"journal": {http.MethodPost, wire.PathJournal, plain(t, batch(t))},
		"replies": {http.MethodGet, wire.PathReplies, nil},
		"renew":   {http.MethodPost, wire.PathRenew, renewal},
		"hub":     {http.MethodGet, wire.PathHub, nil},
		"pack":    {http.MethodGet, wire.PathPack, nil},
	}
}

func TestDoorRefusesWhoIsNoDesk(t *testing.T) {
	var now atomic.Int64
	now.Store(time.Now().UnixNano())
	r := start(t, t.TempDir(), "127.0.0.1:0", func(p *hub.Params) { p.Clock = func() time.Time { return time.Unix(0, now.Load()) } })
	expired, _ := r.member(t)
	now.Add(int64(366 * 24 * time.Hour))
	revoked, id := r.member(t)
	if err := r.Revoke(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		c      *caller
		status int
	}{
		"no certificate":      {r.caller(t), http.StatusUnauthorized},
		"one that has ended":  {expired, http.StatusForbidden},
		"one that is revoked": {revoked, http.StatusForbidden},
		"one of another hub":  {foreign(t, r), http.StatusForbidden},
	} {
		for door, d := range allDoors(t) {
			t.Run(name+"/"+door, func(t *testing.T) {
				resp, data := tc.c.ask(t, d.method, d.path, d.body, "Content-Type", wire.MediaJSON)
				wantsProblem(t, resp, data, tc.status, wire.ProblemReEnrol)
			})
		}
	}
}

func TestDoorTakesNoSequenceOfAnotherDesk(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	victim, _ := r.member(t)
	b := batch(t)
	if resp, data := victim.ask(t, http.MethodPost, wire.PathJournal, plain(t, b), "Content-Type", wire.MediaJSON); resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", resp.StatusCode, data)
	}
	intruder, own := r.member(t)
	// Neither what follows nor, below, the whole of it.
	rest := b
	rest.Entries = b.Entries[1:]
	resp, data := intruder.ask(t, http.MethodPost, wire.PathJournal, plain(t, rest), "Content-Type", wire.MediaJSON)
	wantsProblem(t, resp, data, http.StatusConflict, wire.ProblemFork)
	// Under a name of its own it is a gap, for the intruder has nothing that goes before.
	forked := b
	forked.Epoch = wire.Epoch{ID: "e2", From: 2, Prev: b.Entries[0].Digest}
	forked.Entries = b.Entries[1:]
	resp, data = intruder.ask(t, http.MethodPost, wire.PathJournal, plain(t, forked), "Content-Type", wire.MediaJSON)
	wantsProblem(t, resp, data, http.StatusConflict, wire.ProblemGap)
	// A whole batch that was overheard is refused, however often it comes.
	for range 2 {
		resp, data = intruder.ask(t, http.MethodPost, wire.PathJournal, plain(t, b), "Content-Type", wire.MediaJSON)
		if p := wantsProblem(t, resp, data, http.StatusConflict, wire.ProblemFork); p.Want != 1 {
			t.Errorf("goes on from %d", p.Want)
		}
	}
	desks, err := r.Desks(t.Context())
	if err != nil || desks[0].Entries != 2 || desks[1].ID != own || desks[1].Entries != 0 {
		t.Errorf("Desks = %+v, %v", desks, err)
	}
}

// A desk that was shut out and enrols with a code that does not name it is another one, which has the journal of the first in good faith.
func TestADeskThatEnrolsAnewSendsItsJournalAgain(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	d := r.enrolled(t)
	d.journal.Add(desk.NoteAdded{Text: "uno"}, desk.NoteAdded{Text: "due"})
	d.send(t)
	desks, err := r.Desks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Revoke(t.Context(), desks[0].ID); err != nil {
		t.Fatal(err)
	}
	copied := newDesk(t, d.journal.Clone()) // and by a stick
	for _, each := range []*aDesk{d, copied} {
		if _, err := each.Enrol(t.Context(), r.code(t, hub.NewCodeParams{})); err != nil {
			t.Fatal(err)
		}
		each.journal.Add(desk.NoteAdded{Text: "tre"})
	}
	d.send(t)
	for range 2 { // the first receipt tells it to begin an epoch of its own
		var receipt bytes.Buffer
		if _, err := r.ImportParcel(t.Context(), bytes.NewReader(exported(t, copied)), &receipt); err != nil {
			t.Fatal(err)
		}
		if err := copied.Import(t.Context(), &receipt); err != nil && receipt.Len() == 0 {
			t.Fatal(err)
		}
	}
	if desks, err = r.Desks(t.Context()); err != nil || len(desks) != 3 || desks[1].Entries != 3 || desks[2].Entries != 3 {
		t.Errorf("Desks = %+v, %v", desks, err)
	}
}

func TestDoorKeepsHTMLAndSQLAsTheyAreAndDoesNothingWithThem(t *testing.T) {
	for name, database := range map[string]string{"SQLite": "", "PostgreSQL": server.Database(t)} {
		t.Run(name, func(t *testing.T) { keepsOddTexts(t, start(t, t.TempDir(), "127.0.0.1:0", over(database))) })
	}
}

// noise is a long text that no database presses together.
func noise() string {
	var b strings.Builder
	for b.Len() < 8000 {
		b.WriteString(rand.Text())
	}
	return b.String()
}

func keepsOddTexts(t *testing.T, r *running) {
	r.load(t)
	c, _ := r.member(t)
	nasty := []string{`'; DROP TABLE entries; --`, `<script>alert(1)</script>`, "\x00\x1b[2J\u202e", `%s%n{{.}}`, strings.Repeat("à", 5000), noise(), `../../etc/passwd`}
	for i, text := range nasty {
		holder := nella()
		holder.Surname, holder.Name = text, text
		d := r.enrolled(t)
		asked := d.journal.Add(activation(text, holder), exemption(text, holder), desk.NoteAdded{Text: text}, desk.VisitErased{Visit: text})
		d.send(t)
		refused := map[string]bool{}
		for _, reply := range d.journal.Replies() {
			refused[reply.About] = true
			if reply.Kind != desk.RecordRefused && reply.Kind != desk.ActivationRefused && reply.Kind != desk.ExemptionNotFound ||
				strings.Contains(string(reply.Reason)+string(reply.Kind), text) {
				t.Errorf("text %d: %+v", i, reply)
			}
		}
		// A note asks for no answer.
		if len(refused) != 3 || !refused[asked[0].ID] || !refused[asked[1].ID] || !refused[asked[3].ID] {
			t.Errorf("text %d: answered %v", i, refused)
		}
		for field, touch := range map[string]func(*wire.Batch){
			"kind":        func(b *wire.Batch) { b.Entries[0].Kind = desk.Kind(text) },
			"id":          func(b *wire.Batch) { b.Entries[0].ID = text },
			"visit":       func(b *wire.Batch) { b.Entries[0].Visit = text },
			"facilitator": func(b *wire.Batch) { b.Entries[0].Facilitator = text },
			"supersedes":  func(b *wire.Batch) { b.Entries[0].Supersedes = text },
			"epoch":       func(b *wire.Batch) { b.Epoch.ID = text },
		} {
			b := batch(t)
			touch(&b)
			resp, data := c.ask(t, http.MethodPost, wire.PathJournal, plain(t, b), "Content-Type", wire.MediaJSON)
			if p := wantsProblem(t, resp, data, http.StatusUnprocessableEntity, wire.ProblemFixRecord); strings.Contains(p.Detail, text) {
				t.Errorf("text %d in %s is repeated: %s", i, field, p.Detail)
			}
		}
		b := batch(t)
		b.Program = strings.ToValidUTF8(text[:min(len(text), 99)], "")
		if resp, data := c.ask(t, http.MethodPost, wire.PathJournal, plain(t, b), "Content-Type", wire.MediaJSON); resp.StatusCode != http.StatusOK {
			t.Errorf("text %d as program: %d %s", i, resp.StatusCode, data)
		}
	}
	desks, err := r.Desks(t.Context())
	if err != nil || len(desks) != len(nasty)+1 {
		t.Fatalf("%d desks, %v", len(desks), err)
	}
	for _, d := range desks {
		if strings.ContainsAny(d.Program, "\x00\x1b\u202e") {
			t.Errorf("program %q", d.Program)
		}
	}
}

func TestDoorKeepsFieldsThatItDoesNotKnow(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	c, _ := r.member(t)
	body := bytes.Replace(plain(t, batch(t)), []byte(`"seq":1`), []byte(`"colour":{"of":"tomorrow"},"seq":1`), 1)
	body = append([]byte(`{"weather":[1,2],`), body[1:]...)
	if resp, data := c.ask(t, http.MethodPost, wire.PathJournal, body, "Content-Type", wire.MediaJSON); resp.StatusCode != http.StatusOK {
		t.Errorf("%d %s", resp.StatusCode, data)
	}
}

// dial opens a connection by hand that shows the certificate of a member.
func (c *caller) dial(t *testing.T) *tls.Conn {
	t.Helper()
	transport, _ := c.Transport.(*http.Transport)
	conn, err := tls.Dial("tcp", strings.TrimPrefix(c.base, "https://"), transport.TLSClientConfig)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestDoorIsNotHeldOpenByWhatIsAnnouncedAndDoesNotCome(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0", func(p *hub.Params) { p.BodyTime = 300 * time.Millisecond })
	c, _ := r.member(t)
	for name, tc := range map[string]struct {
		head   string
		status string
		// words are what else the answer says.
		words string
	}{
		"an enrolment that never comes": {"POST /v1/enrol HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{", "408", `urn:bottega:problem:retry-later`},
		"a body that stops coming":      {"POST /v1/journal HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"wire\":1", "408", `urn:bottega:problem:retry-later`},
		"a form that stops coming":      {"POST /verify HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nt=", "408", `La linea è troppo lenta`},
		"a chunk that stops coming":     {"POST /v1/journal HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n{", "408", `urn:bottega:problem:retry-later`},
		"a length beyond every limit":   {fmt.Sprintf("POST /v1/journal HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", int64(1)<<40), "413", `urn:bottega:problem:too-large`},
		"a length that is none":         {"POST /v1/journal HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", "400", ``},
		"two lengths":                   {"POST /v1/journal HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "400", ``},
		"headers without end":           {"GET /v1/replies HTTP/1.1\r\nHost: x\r\nX-Long: " + strings.Repeat("x", 64<<10) + "\r\n\r\n", "431", ``},
		"an upgrade that nobody offers": {"GET /v1/replies HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", "200", ``},
	} {
		t.Run(name, func(t *testing.T) {
			conn := c.dial(t)
			if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(conn, tc.head); err != nil {
				t.Fatal(err)
			}
			answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			body, err := io.ReadAll(answer.Body)
			if err != nil || !strings.HasPrefix(answer.Status, tc.status) || !strings.Contains(string(body), tc.words) {
				t.Errorf("%s %s, %v", answer.Status, body, err)
			}
		})
	}
	if desks, err := r.Desks(t.Context()); err != nil || desks[0].Entries != 0 {
		t.Errorf("something was kept: %+v, %v", desks, err)
	}
}

func TestDoorIsNotHeldByStrangersWhoAreSlow(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0", func(p *hub.Params) { p.Limits = hub.Limits{Running: 1, Patience: time.Millisecond} })
	c, _ := r.member(t)
	for _, path := range []string{wire.PathEnrol, wire.PathRenew, wire.PathVerify} {
		stranger := r.caller(t).dial(t)
		if _, err := io.WriteString(stranger, "POST "+path+" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"); err != nil {
			t.Fatal(err)
		}
	}
	for range 5 {
		if resp, data := c.ask(t, http.MethodGet, wire.PathReplies, nil); resp.StatusCode != http.StatusOK {
			t.Errorf("%d %s", resp.StatusCode, data)
		}
	}
}

func TestDoorTellsADeskThatAsksTooMuchWhenToComeBack(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0", func(p *hub.Params) {
		p.Limits = hub.Limits{PerDesk: hub.Rate{PerSecond: 0.01, Burst: 4}, Bytes: hub.Rate{PerSecond: 1, Burst: 10}}
	})
	one, _ := r.member(t)
	other, _ := r.member(t)
	body := plain(t, batch(t))
	if resp, data := one.ask(t, http.MethodPost, wire.PathJournal, body, "Content-Type", wire.MediaJSON); resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", resp.StatusCode, data)
	}
	resp, data := one.ask(t, http.MethodPost, wire.PathJournal, body, "Content-Type", wire.MediaJSON)
	wantsProblem(t, resp, data, http.StatusTooManyRequests, wire.ProblemSlowDown)
	if resp.Header.Get("Retry-After") == "" {
		t.Error("not told when to come back")
	}
	for range 2 {
		if resp, data := one.ask(t, http.MethodGet, wire.PathReplies, nil); resp.StatusCode != http.StatusOK {
			t.Fatalf("%d %s", resp.StatusCode, data)
		}
	}
	resp, data = one.ask(t, http.MethodGet, wire.PathReplies, nil)
	wantsProblem(t, resp, data, http.StatusTooManyRequests, wire.ProblemSlowDown)
	if resp.Header.Get("Retry-After") == "" {
		t.Error("not told when to come back")
	}
	if resp, data := other.ask(t, http.MethodGet, wire.PathReplies, nil); resp.StatusCode != http.StatusOK {
		t.Errorf("another desk: %d %s", resp.StatusCode, data)
	}
}

func TestDoorLetsNobodyGuessCodes(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0", func(p *hub.Params) { p.Limits.Strangers = hub.Rate{PerSecond: 0.001, Burst: 3} })
	for range 5 { // right ones cost nothing
		r.member(t)
	}
	c := r.caller(t)
	_, csr := request(t)
	for i := range 4 {
		body, err := json.Marshal(wire.EnrolRequest{Secret: fmt.Sprintf("%020x", i), CSR: csr, Program: "a thief"})
		if err != nil {
			t.Fatal(err)
		}
		resp, data := c.ask(t, http.MethodPost, wire.PathEnrol, body, "Content-Type", wire.MediaJSON)
		if i < 3 {
			wantsProblem(t, resp, data, http.StatusForbidden, wire.ProblemEnrolCode)
			continue
		}
		wantsProblem(t, resp, data, http.StatusTooManyRequests, wire.ProblemSlowDown)
	}
}

func TestRevokedDeskIsHeldAndComesBackWithWhatTheHubHas(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	r.load(t)
	d := r.enrolled(t)
	d.journal.Add(exemption("E01", nella()))
	d.send(t)
	desks, err := r.Desks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Revoke(t.Context(), desks[0].ID); err != nil {
		t.Fatal(err)
	}
	d.journal.Add(desk.NoteAdded{Text: "dopo il furto"})
	wants(t, d, d.Send(t.Context()), client.ReEnrol, desk.LineHeld)
	if _, err := d.Enrol(t.Context(), r.code(t, hub.NewCodeParams{Desk: desks[0].ID})); err != nil {
		t.Fatal(err)
	}
	d.send(t)
	if desks, err = r.Desks(t.Context()); err != nil || len(desks) != 1 || desks[0].Entries != len(d.journal.Entries()) || !desks[0].Revoked.IsZero() {
		t.Errorf("desks %+v, %v", desks, err)
	}
}

func TestRenewalKeepsBothCertificatesUntilTheNewOneIsShown(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	old, id := r.member(t)
	key, csr := request(t)
	body, err := json.Marshal(wire.RenewRequest{CSR: csr, Program: "by hand"})
	if err != nil {
		t.Fatal(err)
	}
	works := func(c *caller) bool {
		resp, data := c.ask(t, http.MethodGet, wire.PathHub, nil)
		var info wire.HubInfo
		if resp.StatusCode == http.StatusForbidden {
			return false
		}
		if err := json.Unmarshal(data, &info); err != nil || info.Most != wire.Version || len(info.Sealing) == 0 || len(info.Keys) != 1 ||
			len(info.PackKeys) != 1 || time.Until(info.DeskUntil) < 360*24*time.Hour {
			t.Errorf("%d %s", resp.StatusCode, data)
		}
		return true
	}
	var renewed *caller
	for range 2 { // the first answer is lost
		resp, data := old.ask(t, http.MethodPost, wire.PathRenew, body, "Content-Type", wire.MediaJSON)
		var e wire.Enrolment
		if err := json.Unmarshal(data, &e); err != nil || resp.StatusCode != http.StatusOK || e.Desk != id {
			t.Fatalf("%d %s", resp.StatusCode, data)
		}
		block, _ := pem.Decode([]byte(e.Certificate))
		renewed = r.caller(t, tls.Certificate{Certificate: [][]byte{block.Bytes}, PrivateKey: key})
		if !works(old) {
			t.Fatal("the old certificate is refused before the new one was shown")
		}
	}
	if !works(renewed) || works(old) || !works(renewed) {
		t.Error("after the new certificate was shown it alone must be good")
	}
	for name, bad := range map[string]string{"no request": `{"csr":"hello","program":"x"}`, "not JSON": `hello`} {
		resp, data := renewed.ask(t, http.MethodPost, wire.PathRenew, []byte(bad), "Content-Type", wire.MediaJSON)
		var p wire.Problem
		if err := json.Unmarshal(data, &p); err != nil || p.Type != wire.ProblemFixRecord {
			t.Errorf("%s: %d %s", name, resp.StatusCode, data)
		}
	}
}

func TestADeskThatIsAheadIsToldBesideTheAcknowledgement(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	c, _ := r.member(t)
	b := batch(t)
	b.SentAt = time.Now().Add(10 * time.Minute)
	_, data := c.ask(t, http.MethodPost, wire.PathJournal, plain(t, b), "Content-Type", wire.MediaJSON)
	var ack wire.Ack
	if err := json.Unmarshal(data, &ack); err != nil || ack.SkewMS < 9*60_000 || ack.SkewMS > 11*60_000 {
		t.Errorf("%s", data)
	}
	b.SentAt = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	if resp, data := c.ask(t, http.MethodPost, wire.PathJournal, plain(t, b), "Content-Type", wire.MediaJSON); resp.StatusCode != http.StatusOK {
		t.Errorf("%d %s", resp.StatusCode, data)
	}
}

package hub_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"bottega/desk"
	"bottega/sync/hub"
	"bottega/sync/wire"
)

// exported returns what a desk seals into a file for its hub.
func exported(t *testing.T, d *aDesk) []byte {
	t.Helper()
	var parcel bytes.Buffer
	if _, err := d.Export(t.Context(), &parcel); err != nil {
		t.Fatal(err)
	}
	return parcel.Bytes()
}

func TestAParcelIsAnsweredLikeTheLineWouldHave(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	r.load(t)
	d := r.enrolled(t)
	d.send(t)
	asked := d.journal.Add(activation(cardOfNella, nella()), exemption("E01", nella()), desk.NoteAdded{Text: "fatto"})
	parcel := exported(t, d)
	for round := range 2 { // the second time is harmless
		var answer bytes.Buffer
		report, err := r.ImportParcel(t.Context(), bytes.NewReader(parcel), &answer)
		if err != nil || report.Entries != 3 || report.Replies != 2 || report.Stopped != nil || report.Site != "LU-PIAZZA" {
			t.Fatalf("ImportParcel = %+v, %v", report, err)
		}
		if err := d.Import(t.Context(), &answer); err != nil {
			t.Fatalf("round %d: Import = %v", round, err)
		}
	}
	replies := d.journal.Replies()
	if len(replies) != 2 || replies[0].About != asked[0].ID || replies[0].Kind != desk.ActivationConfirmed || replies[1].Exemption == nil {
		t.Errorf("replies: %+v", replies)
	}
	p, err := d.journal.Position(t.Context())
	if err != nil || p.Acknowledged != asked[2].Seq {
		t.Errorf("position %+v, %v", p, err)
	}
	d.send(t) // and over the line it goes on
	if desks, err := r.Desks(t.Context()); err != nil || desks[0].Entries != 5 {
		t.Errorf("desks %+v, %v", desks, err)
	}
}

func TestAParcelThatCannotBeTakenSaysWhy(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	d, revoked := r.enrolled(t), r.enrolled(t)
	for _, each := range []*aDesk{d, revoked} {
		each.send(t)
		each.journal.Add(desk.NoteAdded{Text: "fatto"})
	}
	parcel, shut := exported(t, d), exported(t, revoked)
	desks, err := r.Desks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Revoke(t.Context(), desks[1].ID); err != nil {
		t.Fatal(err)
	}
	other := start(t, t.TempDir(), "127.0.0.1:0").enrolled(t)
	other.send(t)
	changed := bytes.Clone(parcel)
	changed[len(changed)/2] ^= 1
	for name, tc := range map[string]struct {
		parcel []byte
		is     error
		word   string
	}{
		"not a parcel":               {[]byte("<html>"), wire.ErrNotSealedFile, "not_a_parcel"},
		"empty":                      {nil, nil, ""},
		"of another hub":             {exported(t, other), wire.ErrSealedToOther, "other_hub"},
		"of a desk that was revoked": {shut, hub.ErrParcelDesk, "no_desk"},
	} {
		t.Run(name, func(t *testing.T) {
			var answer bytes.Buffer
			_, err := r.ImportParcel(t.Context(), bytes.NewReader(tc.parcel), &answer)
			if err == nil || tc.is != nil && (!errors.Is(err, tc.is) || hub.ParcelWord(err) != tc.word) || answer.Len() > 0 {
				t.Errorf("ImportParcel = %v (%s), %d bytes of an answer", err, hub.ParcelWord(err), answer.Len())
			}
		})
	}
	for name, data := range map[string][]byte{"cut short": parcel[:len(parcel)-1], "changed": changed} {
		t.Run(name, func(t *testing.T) {
			report, err := r.ImportParcel(t.Context(), bytes.NewReader(data), io.Discard)
			if err == nil && report.Stopped == nil {
				t.Errorf("ImportParcel = %+v", report)
			}
		})
	}
}

// handIn posts a file to the page as a browser does.
func (c *caller) handIn(t *testing.T, name string, file []byte) (*http.Response, string) {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("plico", name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(file); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	resp, data := c.ask(t, http.MethodPost, "/import", body.Bytes(), "Content-Type", form.FormDataContentType())
	return resp, html.UnescapeString(string(data))
}

func TestAParcelIsHandedInOnThePage(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	r.load(t)
	d := r.enrolled(t)
	d.send(t)
	d.journal.Add(exemption("E01", nella()))
	c := r.caller(t)
	if resp, data := c.ask(t, http.MethodGet, "/import", nil); resp.StatusCode != http.StatusOK || !strings.Contains(string(data), "Consegna un plico") {
		t.Fatalf("%d %s", resp.StatusCode, data)
	}
	resp, page := c.handIn(t, `C:\dati\<b>stand.plico`, exported(t, d))
	if resp.StatusCode != http.StatusOK || !strings.Contains(page, "<strong>1 registrazione</strong> è al sicuro") || !strings.Contains(page, "<strong>1</strong>.") {
		t.Fatalf("%d %s", resp.StatusCode, page)
	}
	if strings.Contains(page, "<b>stand") || strings.Contains(page, "Bianchi") {
		t.Errorf("the page repeats what it should not:\n%s", page)
	}
	link := regexp.MustCompile(`download="([^"]+)\.ricevuta" href="data:application/octet-stream;base64,([^"]+)"`).FindStringSubmatch(page)
	if link == nil {
		t.Fatalf("no receipt in\n%s", page)
	}
	receipt, err := base64.StdEncoding.DecodeString(link[2])
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Import(t.Context(), bytes.NewReader(receipt)); err != nil || len(d.journal.Replies()) != 1 {
		t.Errorf("Import = %v, replies %+v", err, d.journal.Replies())
	}
	resp, page = c.handIn(t, "foto.jpg", []byte("\xff\xd8\xff"))
	if resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "Questo file non è un plico") {
		t.Errorf("%d %s", resp.StatusCode, page)
	}
	resp, data := c.ask(t, http.MethodPost, "/import", []byte("x=1"), "Content-Type", "application/x-www-form-urlencoded")
	if resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(string(data), "Non è arrivato nessun file") {
		t.Errorf("%d %s", resp.StatusCode, data)
	}
}

// Every word has its own sentence on the page; only "later" falls through to the last.
func TestEveryParcelWordHasItsSentenceOnThePage(t *testing.T) {
	page, err := os.ReadFile("page/import.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range hub.ParcelWords() {
		if n := strings.Count(string(page), `eq . "`+word+`"`); n != 2 && word != "later" {
			t.Errorf("%s has %d sentences", word, n)
		}
	}
}

func TestOneAddressMayNotHandInForEver(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0", func(p *hub.Params) { p.Limits.Strangers = hub.Rate{PerSecond: 0.001, Burst: 3} })
	c := r.caller(t)
	for i := range 4 {
		resp, _ := c.ask(t, http.MethodGet, "/import", nil)
		if want := i < 3; (resp.StatusCode == http.StatusOK) != want || !want && (resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "") {
			t.Errorf("request %d: %d", i+1, resp.StatusCode)
		}
	}
}

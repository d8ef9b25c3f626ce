package hub_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bottega/desk"
	"bottega/sync/client"
	"bottega/sync/client/clienttest"
	"bottega/sync/hub"
	"bottega/sync/wire"
)

// sealedByHand seals entries into a parcel of a desk as no desk would, and returns it.
func sealedByHand(t *testing.T, d *aDesk, entries []wire.Entry) []byte {
	t.Helper()
	data, err := d.journal.LoadIdentity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var id struct{ Certificate, Key, Sealing []byte }
	if err := json.Unmarshal(data, &id); err != nil {
		t.Fatal(err)
	}
	key, err := x509.ParsePKCS8PrivateKey(id.Key)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := wire.NewSealingKey()
	if err != nil {
		t.Fatal(err)
	}
	at, err := d.journal.Position(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var parcel bytes.Buffer
	w, err := wire.NewParcelWriter(&parcel, id.Sealing, key.(crypto.Signer), wire.ParcelHead{
		Program: "by hand", ID: "p", Created: time.Now(), Certificate: id.Certificate, ReplyTo: reply.PublicKey().Bytes(), Epoch: at.Epoch,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(entries), w.Close()); err != nil {
		t.Fatal(err)
	}
	return parcel.Bytes()
}

func TestAParcelOfWhichNothingWasTakenIsShownAsRefusedWithItsReceipt(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	d := r.enrolled(t)
	d.send(t)
	d.journal.Add(desk.NoteAdded{Text: "uno"}, desk.NoteAdded{Text: "due"})
	c := r.caller(t)
	rest := d.journal.Entries()[1:] // what is before them never came
	resp, page := c.handIn(t, "x.plico", sealedByHand(t, d, rest))
	if resp.StatusCode != http.StatusOK || !strings.Contains(page, "Plico non ricevuto") || !strings.Contains(page, "conterrà quello che manca") ||
		!strings.Contains(page, "Salva la ricevuta") || strings.Contains(page, "sono al sicuro") {
		t.Errorf("%d %s", resp.StatusCode, page)
	}
	unfit := d.journal.Entries()
	unfit[1].ID = unfit[0].ID + "'; --"
	resp, page = c.handIn(t, "x.plico", sealedByHand(t, d, unfit))
	if resp.StatusCode != http.StatusOK || !strings.Contains(page, "Plico non ricevuto") || !strings.Contains(page, "che questo centro non accetta") {
		t.Errorf("%d %s", resp.StatusCode, page)
	}
}

func TestEachReasonWhyAParcelStopsHasItsWord(t *testing.T) {
	for word, err := range map[string]error{
		"too_large":    wire.ErrTooLarge,
		"too_long":     fmt.Errorf("reading: %w", &http.MaxBytesError{Limit: 1}),
		"too_slow":     fmt.Errorf("reading: %w", os.ErrDeadlineExceeded),
		"rest_missing": wire.NewProblem(wire.ProblemGap, "the entries from 1 on are missing"),
		"unfit":        wire.NewProblem(wire.ProblemFixRecord, "entry 2"),
		"no_desk":      wire.NewProblem(wire.ProblemReEnrol, "revoked meanwhile"),
		"later":        io.ErrClosedPipe,
	} {
		if got := hub.ParcelWord(err); got != word {
			t.Errorf("%v: %s, want %s", err, got, word)
		}
	}
	if got := hub.ParcelWord(wire.NewProblem(wire.ProblemTooLarge, "500")); got != "too_large" {
		t.Errorf("a batch that is too large: %s", got)
	}
}

func TestAParcelSaysNothingOfTheClockOfItsDesk(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	d := newDesk(t, clienttest.New(), func(p *client.Params) {
		p.Clock = func() time.Time { return time.Now().Add(20 * time.Minute) }
	})
	if _, err := d.Enrol(t.Context(), r.code(t, hub.NewCodeParams{})); err != nil {
		t.Fatal(err)
	}
	d.journal.Add(desk.NoteAdded{Text: "con la linea"})
	d.send(t)
	d.journal.Add(desk.NoteAdded{Text: "sulla chiavetta"})
	if _, err := r.ImportParcel(t.Context(), bytes.NewReader(exported(t, d)), io.Discard); err != nil {
		t.Fatal(err)
	}
	if desks, err := r.Desks(t.Context()); err != nil || desks[0].Entries != 2 || desks[0].Skew.Round(time.Minute) != 20*time.Minute {
		t.Errorf("desks %+v, %v", desks, err)
	}
}

func TestDoorTakesNoParcelOfADeskWhoseCertificateHasEnded(t *testing.T) {
	var later atomic.Int64
	clock := func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	r := start(t, t.TempDir(), "127.0.0.1:0", func(p *hub.Params) { p.Clock = clock })
	d := r.enrolled(t)
	d.send(t)
	d.journal.Add(desk.NoteAdded{Text: "fatto"})
	parcel := exported(t, d)
	later.Add(int64(366 * 24 * time.Hour))
	if _, err := r.ImportParcel(t.Context(), bytes.NewReader(parcel), io.Discard); !errors.Is(err, hub.ErrParcelDesk) {
		t.Errorf("ImportParcel = %v", err)
	}
	if desks, err := r.Desks(t.Context()); err != nil || desks[0].Entries != 0 {
		t.Errorf("desks %+v, %v", desks, err)
	}
}

// A form whose file never comes, or comes to its head and no further, from somebody who is no desk.
func TestDoorForParcelsIsNotHeldByStrangersWhoAreSlow(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0", func(p *hub.Params) { p.Limits = hub.Limits{Running: 1, Patience: time.Millisecond} })
	d := r.enrolled(t)
	d.send(t)
	d.journal.Add(desk.NoteAdded{Text: "fatto"})
	head := "POST /import HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n"
	for range 5 {
		if _, err := io.WriteString(r.caller(t).dial(t), head+"--b\r\nContent-Disposition: form-data; name=\"plico\"; filename=\"a\"\r\n\r\nbottega"); err != nil {
			t.Fatal(err)
		}
	}
	resp, page := r.caller(t).handIn(t, "stand.plico", exported(t, d))
	if resp.StatusCode != http.StatusOK || !strings.Contains(page, "Plico ricevuto") {
		t.Errorf("%d %s", resp.StatusCode, page)
	}
}

func TestDoorTakesNoFileBeyondItsLimit(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0", func(p *hub.Params) { p.Limits.Upload = 4000 })
	d := r.enrolled(t)
	d.send(t)
	for range 50 {
		d.journal.Add(desk.NoteAdded{Text: strings.Repeat(time.Now().String(), 10)})
	}
	parcel := exported(t, d)
	c := r.caller(t)
	resp, page := c.handIn(t, "stand.plico", parcel)
	if resp.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(page, "Il file è troppo grande per questa pagina") {
		t.Errorf("%d %s", resp.StatusCode, page)
	}
	// The same without a length: what it is shows only on the way.
	form := "--b\r\nContent-Disposition: form-data; name=\"plico\"; filename=\"a.plico\"\r\n\r\n" + string(parcel) + "\r\n--b--\r\n"
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.base+"/import", io.MultiReader(strings.NewReader(form)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	answer, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil || !strings.Contains(string(data), "Il file è troppo grande per questa pagina") {
		t.Errorf("%d %s, %v", answer.StatusCode, data, err)
	}
	if desks, err := r.Desks(t.Context()); err != nil || desks[0].Entries != 0 {
		t.Errorf("desks %+v, %v", desks, err)
	}
}

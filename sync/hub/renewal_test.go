package hub_test

import (
	"crypto/x509"
	"encoding/json"
	"sync/atomic"
	"testing"
	"time"

	"bottega/desk"
	"bottega/sync/client"
	"bottega/sync/client/clienttest"
	"bottega/sync/hub"
)

// shown is the certificate that a desk shows, as it keeps it.
func shown(t *testing.T, j *clienttest.Journal) *x509.Certificate {
	t.Helper()
	data, err := j.LoadIdentity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var id struct{ Certificate []byte }
	if err := json.Unmarshal(data, &id); err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(id.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

// The real desk against the real hub, through three years of a desk that is switched on now and then.
func TestRenewalGoesByItselfForAsLongAsADeskIsUsed(t *testing.T) {
	var later atomic.Int64
	clock := func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	r := start(t, t.TempDir(), "127.0.0.1:0", func(p *hub.Params) { p.Clock = clock })
	j := clienttest.New()
	open := func() *aDesk { return newDesk(t, j, func(p *client.Params) { p.Clock = clock }) }
	d := open()
	if _, err := d.Enrol(t.Context(), r.code(t, hub.NewCodeParams{})); err != nil {
		t.Fatal(err)
	}
	before := j.Clone()
	certificates := map[string]bool{}
	for range 10 {
		later.Add(int64(110 * 24 * time.Hour))
		d = open()
		j.Add(desk.NoteAdded{Text: "fatto"})
		d.send(t)
		d.send(t) // with the new certificate, if there is one
		certificate := shown(t, j)
		certificates[string(certificate.Raw)] = true
		if left := certificate.NotAfter.Sub(clock()); left < 110*24*time.Hour {
			t.Fatalf("the certificate has %v left", left)
		}
	}
	if len(certificates) < 4 {
		t.Errorf("%d certificates in three years", len(certificates))
	}
	old := newDesk(t, before, func(p *client.Params) { p.Clock = clock })
	wants(t, old, old.Send(t.Context()), client.CertificateEnded, desk.LineHeld)
}

func TestADeskWhoseCertificateHasEndedEnrolsAsTheSameDesk(t *testing.T) {
	var later atomic.Int64
	clock := func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	r := start(t, t.TempDir(), "127.0.0.1:0", func(p *hub.Params) { p.Clock = clock })
	open := func() *aDesk { return newDesk(t, clienttest.New(), func(p *client.Params) { p.Clock = clock }) }
	ended, revoked := open(), open()
	for _, d := range []*aDesk{ended, revoked} {
		if _, err := d.Enrol(t.Context(), r.code(t, hub.NewCodeParams{})); err != nil {
			t.Fatal(err)
		}
		d.journal.Add(desk.NoteAdded{Text: "prima"})
		d.send(t)
	}
	before, err := r.Desks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Revoke(t.Context(), before[1].ID); err != nil {
		t.Fatal(err)
	}
	later.Add(int64(400 * 24 * time.Hour))
	for name, tc := range map[string]struct {
		d    *aDesk
		id   string
		same bool
	}{
		"one whose certificate has ended": {ended, before[0].ID, true},
		"one that was shut out":           {revoked, before[1].ID, false},
	} {
		e, err := tc.d.Enrol(t.Context(), r.code(t, hub.NewCodeParams{}))
		if err != nil || (e.Desk == tc.id) != tc.same {
			t.Errorf("%s: enrolled as %s, was %s, %v", name, e.Desk, tc.id, err)
		}
	}
	ended.journal.Add(desk.NoteAdded{Text: "dopo"})
	ended.send(t)
	if after, err := r.Desks(t.Context()); err != nil || len(after) != 3 || after[0].Entries != 2 {
		t.Errorf("desks %+v, %v", after, err)
	}
}

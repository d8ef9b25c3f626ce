package client

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hpke"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"sync"
	"testing"
	"time"

	"bottega/desk"
	"bottega/sync/wire"
)

// secrets are the keys of a fake hub, made once for a test.
type secrets struct {
	authority    *x509.Certificate
	authorityKey *ecdsa.PrivateKey
	sealing      hpke.PrivateKey
	token        ed25519.PrivateKey
}

// newSecrets panics on what cannot go wrong.
var newSecrets = sync.OnceValue(func() secrets {
	var s secrets
	var err error
	if s.authorityKey, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		panic(err)
	}
	der := certify(&x509.Certificate{IsCA: true, BasicConstraintsValid: true}, nil, s.authorityKey.Public(), s.authorityKey)
	if s.authority, err = x509.ParseCertificate(der); err != nil {
		panic(err)
	}
	if s.sealing, err = wire.NewSealingKey(); err != nil {
		panic(err)
	}
	if _, s.token, err = ed25519.GenerateKey(rand.Reader); err != nil {
		panic(err)
	}
	return s
})

// aYear is how long the certificates of a fake hub last.
const aYear = 365 * 24 * time.Hour

// certify makes a certificate that began today and lasts a year.
func certify(template, parent *x509.Certificate, public crypto.PublicKey, key crypto.Signer) []byte {
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		panic(err)
	}
	template.SerialNumber, template.NotBefore = serial, time.Now().Truncate(time.Second)
	template.NotAfter = template.NotBefore.Add(aYear)
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	if err != nil {
		panic(err)
	}
	return der
}

func (s secrets) certifyDesk(public crypto.PublicKey) []byte {
	return certify(&x509.Certificate{}, s.authority, public, s.authorityKey)
}

func (s secrets) hubInfo() wire.HubInfo {
	return wire.HubInfo{
		Least: 1, Most: 1, Program: "fake hub", Now: time.Now(), Sealing: s.sealing.PublicKey().Bytes(),
		Keys: []wire.TokenKey{s.tokenKey()}, PackKeys: []wire.TokenKey{{ID: "packs", Public: []byte("key for packs")}},
	}
}

func (s secrets) tokenKey() wire.TokenKey {
	return wire.NewTokenKey(s.token.Public().(ed25519.PublicKey))
}

// enrol makes a journal that of the desk of this hub, which from then on takes its new certificate alone.
func (h *fakeHub) enrol(ctx context.Context, t interface{ Fatal(...any) }, j Identity) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	id := identity{
		Desk: "desk-1", Host: "127.0.0.1", Address: "127.0.0.1:1", Authority: h.authority.Raw,
		credential: credential{Certificate: h.certifyDesk(key.Public()), Key: der}, Keys: []wire.TokenKey{h.tokenKey()},
	}
	before, err := loadIdentity(ctx, j)
	if err != nil {
		t.Fatal(err)
	}
	if before != nil {
		id.ReplyBase, id.Series, id.AnswerKey, id.Parcel, id.Sealing = before.ReplyBase, before.Series, before.AnswerKey, before.Parcel, before.Sealing
	}
	data, err := json.Marshal(id)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.SaveIdentity(ctx, data); err != nil {
		t.Fatal(err)
	}
	h.certificates = map[string]bool{string(id.Certificate): true}
}

// fakeDoor is the fake hub as one certificate sees it.
type fakeDoor struct {
	*fakeHub
	shown string
}

// admit lets in whoever shows a certificate that the hub gave and has not replaced: the others end when the newest is shown first.
func (d fakeDoor) admit() error {
	current, known := d.certificates[d.shown]
	switch {
	case !known:
		return &Trouble{Word: ReEnrol, Err: errors.New("403")}
	case !current:
		d.fakeHub.certificates = map[string]bool{d.shown: true}
	}
	return nil
}

func (d fakeDoor) push(ctx context.Context, b wire.Batch, _ *text) (wire.Ack, error) {
	var ack wire.Ack
	err := d.around(func() error {
		if err := d.admit(); err != nil {
			return err
		}
		durable, err := d.keep(b)
		ack = wire.Ack{Epoch: b.Epoch.ID, Durable: durable, SkewMS: time.Until(b.SentAt).Milliseconds()}
		return err
	})
	if err != nil {
		return wire.Ack{}, err
	}
	return ack, nil
}

func (d fakeDoor) info(context.Context) (wire.HubInfo, error) {
	if d.version01 {
		return wire.HubInfo{}, &Trouble{Word: NotTheHub, Err: errors.New("404")}
	}
	err := d.around(d.admit)
	if err != nil {
		return wire.HubInfo{}, err
	}
	return d.hubInfo(), nil
}

func (d fakeDoor) renew(_ context.Context, r wire.RenewRequest) (wire.Enrolment, error) {
	var answer wire.Enrolment
	err := d.around(func() error {
		if err := errors.Join(d.admit(), d.unwilling); err != nil {
			return err
		}
		block, _ := pem.Decode([]byte(r.CSR))
		csr, err := x509.ParseCertificateRequest(block.Bytes)
		if err != nil {
			return &Trouble{Word: FixRecord, Err: err}
		}
		der := d.certifyDesk(csr.PublicKey)
		d.certificates[string(der)] = false
		answer = wire.Enrolment{
			Desk:        "desk-1",
			Certificate: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
			Authority:   string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: d.authority.Raw})),
		}
		return nil
	})
	if err != nil {
		return wire.Enrolment{}, err
	}
	return answer, nil
}

// takeParcel is the import at the hub: the answer, or nil for a parcel of a desk that it does not know.
func (h *fakeHub) takeParcel(t interface{ Fatal(...any) }, file []byte) []byte {
	p, err := wire.OpenParcel(bytes.NewReader(file), h.sealing)
	if err != nil {
		t.Fatal(err)
	}
	if _, known := h.certificates[string(p.Certificate().Raw)]; !known {
		return nil
	}
	head := wire.AnswerHead{Program: "fake hub", Parcel: p.Head().ID, Desk: "desk-1", Made: time.Now()}
	for {
		b, _, err := p.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		durable, err := h.keep(b)
		var problem *wire.Problem
		if errors.As(err, &problem) {
			head.Problem = problem
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		last := b.Entries[len(b.Entries)-1]
		head.Ack, head.Seen = &wire.Ack{Epoch: b.Epoch.ID, Durable: durable}, wire.Seen{Seq: last.Seq, Digest: last.Digest}
	}
	return h.answerTo(t, p.Head(), head)
}

func (h *fakeHub) answerTo(t interface{ Fatal(...any) }, to wire.ParcelHead, head wire.AnswerHead) []byte {
	var file bytes.Buffer
	w, err := wire.NewAnswerWriter(&file, to.ReplyTo, h.token, head)
	if err != nil {
		t.Fatal(err)
	}
	last := uint64(len(h.answers))
	for after := min(to.After, last); after < last; after += 3 {
		page := append([]desk.Reply(nil), h.answers[after:min(after+3, last)]...)
		if err := w.Write(wire.AnswerPart{Replies: &wire.Replies{Replies: page, Last: last, Series: h.series}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// enrolledLine makes a client of an enrolled journal that talks to a fake hub.
func enrolledLine(ctx context.Context, j interface {
	Journal
	Identity
}, h *fakeHub, more ...func(*Params)) (*Client, error) {
	p := Params{Journal: j, Identity: j, Program: "test"}
	for _, f := range more {
		f(&p)
	}
	c, err := New(ctx, p)
	if err != nil {
		return nil, err
	}
	c.dial = func(id *identity) (door, error) { return fakeDoor{h, string(id.Certificate)}, nil }
	c.most, c.addresses = 2, func() string { return "192.0.2.1/24" }
	return c, c.use(c.identity)
}

// at is a clock that stands.
func at(when time.Time) func(*Params) {
	return func(p *Params) { p.Clock = func() time.Time { return when } }
}

// send sends, and ends the test where that does not work.
func send(t *testing.T, c *Client) {
	t.Helper()
	if err := c.Send(t.Context()); err != nil {
		t.Fatalf("Send = %v", err)
	}
	if s := c.Status(); s.State != desk.LineIdle || s.Safe != s.Total {
		t.Fatalf("line: %+v", s)
	}
}

package hub

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"bottega/sync/hub/store"
	"bottega/sync/wire"
)

type enrolInput struct{ Body wire.EnrolRequest }

type enrolOutput struct{ Body wire.Enrolment }

func (h *Hub) enrol(ctx context.Context, in *enrolInput) (*enrolOutput, error) {
	secret, err := hex.DecodeString(in.Body.Secret)
	if err != nil {
		return nil, wire.NewProblem(wire.ProblemFixRecord, "the secret is not hex")
	}
	csr, err := readCSR(in.Body.CSR)
	if err != nil {
		return nil, wire.NewProblem(wire.ProblemFixRecord, "certificate request: %v", err)
	}
	now := h.params.Clock()
	certificate, err := h.keys.certifyDesk(csr.PublicKey, now)
	if err != nil {
		return nil, fmt.Errorf("certifying a desk: %w", err)
	}
	id, err := h.identityFor(ctx)
	if err != nil {
		return nil, err
	}
	d, err := h.store.Enrol(ctx, hashHex(secret), store.Desk{
		ID: id, Program: readable(in.Body.Program), Certificate: hashHex(certificate), Key: hashHex(csr.RawSubjectPublicKeyInfo), Enrolled: now,
	})
	if errors.Is(err, store.ErrNoCode) {
		h.guessed(ctx)
		h.params.Log.Warn("enrolment refused: the code is unknown, used or expired")
		return nil, wire.NewProblem(wire.ProblemEnrolCode, "the code is unknown, used or expired")
	}
	if err != nil {
		return nil, h.refusal(ctx, err)
	}
	h.params.Log.Info("desk enrolled", "desk", d.ID, "site", d.Site)
	return &enrolOutput{Body: h.enrolment(d, certificate)}, nil
}

// enrolment is what a desk is told together with a new certificate.
func (h *Hub) enrolment(d store.Desk, certificate []byte) wire.Enrolment {
	return wire.Enrolment{
		Desk: d.ID, Site: d.Site, Certificate: toPEM(certificate), Authority: toPEM(h.keys.authority.Raw),
		Keys: h.TokenKeys(), Sealing: h.sealing(), PackKeys: h.PackKeys(), Practice: h.params.Practice,
	}
}

// sealing is the public key that files for this hub are sealed to.
func (h *Hub) sealing() []byte { return h.keys.parcels.PublicKey().Bytes() }

type renewInput struct{ Body wire.RenewRequest }

// renew gives a desk a certificate for a new key. The one that it shows stays good until the new one is first shown, so that an answer
// that is lost locks nobody out.
func (h *Hub) renew(ctx context.Context, in *renewInput) (*enrolOutput, error) {
	csr, err := readCSR(in.Body.CSR)
	if err != nil {
		return nil, wire.NewProblem(wire.ProblemFixRecord, "certificate request: %v", err)
	}
	certificate, err := h.keys.certifyDesk(csr.PublicKey, h.params.Clock())
	if err != nil {
		return nil, fmt.Errorf("certifying a desk: %w", err)
	}
	d := callerOf(ctx)
	d.Certificate, d.Key = hashHex(certificate), hashHex(csr.RawSubjectPublicKeyInfo)
	if err := h.store.Renew(ctx, d); err != nil {
		return nil, h.refusal(ctx, err)
	}
	h.params.Log.Info("certificate renewed", "desk", d.ID)
	return &enrolOutput{Body: h.enrolment(d, certificate)}, nil
}

type infoOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         wire.HubInfo
}

// info tells a desk what it may know of its hub.
func (h *Hub) info(ctx context.Context, _ *struct{}) (*infoOutput, error) {
	body := wire.HubInfo{
		Least: wire.Oldest, Most: wire.Version, Program: h.params.Program, Now: h.params.Clock().UTC(),
		Sealing: h.sealing(), Keys: h.TokenKeys(), PackKeys: h.PackKeys(),
	}
	if c := certificateOfCaller(ctx); c != nil {
		body.DeskUntil = c.NotAfter.UTC()
	}
	return &infoOutput{CacheControl: "no-store", Body: body}, nil
}

// identityFor returns the identity of a desk that shows the certificate that it had last, else a new one. That one may have ended: its
// key was proved in the handshake all the same, the hub still has it, and the desk shall not send its whole journal as another's.
func (h *Hub) identityFor(ctx context.Context) (string, error) {
	if c := certificateOfCaller(ctx); c != nil {
		now := h.params.Clock()
		on := now
		if c.NotAfter.Before(on) {
			on = c.NotAfter
		}
		d, err := h.deskOn(ctx, c, on, now)
		var problem *wire.Problem
		if err == nil {
			return d.ID, nil
		}
		if !errors.As(err, &problem) {
			return "", h.refusal(ctx, err)
		}
	}
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("naming a desk: %w", err)
	}
	return id.String(), nil
}

// readCSR accepts the two kinds of key that are small and that every Go program makes.
func readCSR(text string) (*x509.CertificateRequest, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE REQUEST" {
		return nil, errors.New("not PEM")
	}
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return nil, errors.New("not PKCS #10")
	}
	if err := csr.CheckSignature(); err != nil {
		return nil, errors.New("not signed with its own key")
	}
	switch key := csr.PublicKey.(type) {
	case ed25519.PublicKey:
	case *ecdsa.PublicKey:
		if key.Curve != elliptic.P256() {
			return nil, errors.New("an EC key must be on P-256")
		}
	default:
		return nil, errors.New("the key is neither EC nor Ed25519")
	}
	return csr, nil
}

func toPEM(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

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
		ID: id, Program: in.Body.Program, Certificate: hashHex(certificate), Key: hashHex(csr.RawSubjectPublicKeyInfo), Enrolled: now,
	})
	if errors.Is(err, store.ErrNoCode) {
		h.params.Log.Warn("enrolment refused: the code is unknown, used or expired")
		return nil, wire.NewProblem(wire.ProblemEnrolCode, "the code is unknown, used or expired")
	}
	if err != nil {
		return nil, h.refusal(ctx, err)
	}
	h.params.Log.Info("desk enrolled", "desk", d.ID, "site", d.Site)
	return &enrolOutput{Body: wire.Enrolment{
		Desk: d.ID, Site: d.Site, Certificate: toPEM(certificate), Authority: toPEM(h.keys.authority.Raw),
		Keys: h.TokenKeys(), PackKeys: h.PackKeys(), Practice: h.params.Practice,
	}}, nil
}

// identityFor returns the identity of a desk that shows its present certificate, else a new one.
func (h *Hub) identityFor(ctx context.Context) (string, error) {
	if c, ok := ctx.Value(certKey{}).(*x509.Certificate); ok {
		d, err := h.deskOf(ctx, c)
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

package wire_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"os"
	"testing"
	"time"

	"bottega/desk"
	"bottega/sync/wire"
)

// sealedVectors are a parcel and an answer as files, beside the private keys that open them and what is in them. Sealing is never
// the same twice: the files are made once for each layout, and whatever reads that layout reads them for ever.
type sealedVectors struct {
	HubKey   []byte          `json:"hub_key"`
	ReplyKey []byte          `json:"reply_key"`
	Keys     []wire.TokenKey `json:"keys"`
	Parcel   struct {
		Head    wire.ParcelHead `json:"head"`
		Entries []wire.Entry    `json:"entries"`
	} `json:"parcel"`
	Answer struct {
		Head  wire.AnswerHead   `json:"head"`
		Parts []wire.AnswerPart `json:"parts"`
	} `json:"answer"`
}

const (
	vectorsFile = "testdata/sealed.json"
	parcelFile  = "testdata/sealed.plico"
	answerFile  = "testdata/sealed.ricevuta"
)

func TestSealedFilesOfThisLayoutAreReadForEver(t *testing.T) {
	if *update {
		makeSealed(t)
	}
	var want sealedVectors
	if err := json.Unmarshal(fileOf(t, vectorsFile), &want); err != nil {
		t.Fatal(err)
	}
	hub, err := wire.ParseSealingKey(want.HubKey)
	if err != nil {
		t.Fatal(err)
	}
	p, err := wire.OpenParcel(bytes.NewReader(fileOf(t, parcelFile)), hub)
	if err != nil {
		t.Fatal(err)
	}
	var entries []wire.Entry
	for {
		b, _, err := p.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, b.Entries...)
	}
	if !sameJSON(t, entries, want.Parcel.Entries) || !sameJSON(t, p.Head(), want.Parcel.Head) {
		t.Errorf("parcel %s with %d entries", p.Head().ID, len(entries))
	}
	reply, err := wire.ParseSealingKey(want.ReplyKey)
	if err != nil {
		t.Fatal(err)
	}
	a, err := wire.OpenAnswer(bytes.NewReader(fileOf(t, answerFile)), reply, want.Keys)
	if err != nil {
		t.Fatal(err)
	}
	var parts []wire.AnswerPart
	for {
		part, err := a.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, part)
	}
	if !sameJSON(t, parts, want.Answer.Parts) || !sameJSON(t, a.Head(), want.Answer.Head) {
		t.Errorf("answer %+v, %+v", a.Head(), parts)
	}
}

// sameJSON compares what two values are as JSON.
func sameJSON(t *testing.T, a, b any) bool {
	t.Helper()
	one, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	two, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Equal(one, two)
}

func fileOf(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// makeSealed writes the vectors afresh, from the entries of entries.json.
func makeSealed(t *testing.T) {
	t.Helper()
	need := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	hub, err := wire.NewSealingKey()
	need(err)
	reply, err := wire.NewSealingKey()
	need(err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	need(err)
	template := &x509.Certificate{SerialNumber: big.NewInt(7)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	need(err)
	_, entries := vectors(t)
	made := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	var parcel bytes.Buffer
	w, err := wire.NewParcelWriter(&parcel, hub.PublicKey().Bytes(), key, wire.ParcelHead{
		Program: "bottega 0.2.0", ID: "parcel-1", Created: made, Certificate: certificate, ReplyTo: reply.PublicKey().Bytes(),
		After: 3, Epoch: wire.Epoch{ID: "epoch-1", From: 1},
	})
	need(err)
	need(w.Write(entries[:1]))
	need(w.Write(entries[1:]))
	need(w.Close())

	signer := testKey()
	last := entries[len(entries)-1]
	var answer bytes.Buffer
	a, err := wire.NewAnswerWriter(&answer, reply.PublicKey().Bytes(), signer, wire.AnswerHead{
		Program: "bottegahub 0.2.0", Parcel: "parcel-1", Desk: "desk-1", Made: made,
		Ack: &wire.Ack{Epoch: "epoch-1", Durable: last.Seq}, Seen: wire.Seen{Seq: last.Seq, Digest: last.Digest},
	})
	need(err)
	need(a.Write(wire.AnswerPart{Replies: &wire.Replies{
		Replies: []desk.Reply{{Number: 4, About: last.ID, Kind: desk.ActivationConfirmed, At: made}}, Last: 4,
	}}))
	need(a.Write(wire.AnswerPart{Pack: []byte("bytes of a pack")}))
	need(a.Close())

	var v sealedVectors
	v.HubKey, err = hub.Bytes()
	need(err)
	v.ReplyKey, err = reply.Bytes()
	need(err)
	v.Keys = []wire.TokenKey{wire.NewTokenKey(signer.Public().(ed25519.PublicKey))}
	p, err := wire.OpenParcel(bytes.NewReader(parcel.Bytes()), hub)
	need(err)
	v.Parcel.Head, v.Parcel.Entries = p.Head(), entries
	read, err := wire.OpenAnswer(bytes.NewReader(answer.Bytes()), reply, v.Keys)
	need(err)
	v.Answer.Head = read.Head()
	for {
		part, err := read.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		need(err)
		v.Answer.Parts = append(v.Answer.Parts, part)
	}
	text, err := json.MarshalIndent(v, "", " ")
	need(err)
	need(os.WriteFile(vectorsFile, append(text, '\n'), 0o600))
	need(os.WriteFile(parcelFile, parcel.Bytes(), 0o600))
	need(os.WriteFile(answerFile, answer.Bytes(), 0o600))
}

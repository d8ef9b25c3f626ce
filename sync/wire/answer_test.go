package wire

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/rand"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"bottega/desk"
)

func hubKey(t testing.TB) (ed25519.PrivateKey, []TokenKey) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return private, []TokenKey{{ID: "00000000", Public: bytes.Repeat([]byte{1}, 32)}, NewTokenKey(public)}
}

// answerOf seals the parts the way a hub does.
func answerOf(t testing.TB, to hpke.PrivateKey, key ed25519.PrivateKey, parts ...AnswerPart) []byte {
	t.Helper()
	var file bytes.Buffer
	w, err := NewAnswerWriter(&file, to.PublicKey().Bytes(), key, AnswerHead{
		Program: "hub test", Parcel: "parcel-1", Desk: "desk-1", Made: time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC),
		Ack: &Ack{Epoch: "epoch-1", Durable: 7}, Seen: Seen{Seq: 7, Digest: Digest{7}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range parts {
		if err := w.Write(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func readAnswer(file []byte, to hpke.PrivateKey, keys []TokenKey) (AnswerHead, []AnswerPart, error) {
	a, err := OpenAnswer(bytes.NewReader(file), to, keys)
	if err != nil {
		return AnswerHead{}, nil, err
	}
	var parts []AnswerPart
	for {
		p, err := a.Next()
		if errors.Is(err, io.EOF) {
			return a.Head(), parts, nil
		}
		if err != nil {
			return a.Head(), parts, err
		}
		parts = append(parts, p)
	}
}

func someParts() []AnswerPart {
	return []AnswerPart{
		{Replies: &Replies{Replies: []desk.Reply{{Number: 1, About: "entry-1", Kind: desk.ActivationConfirmed}}, Last: 1}},
		{Pack: []byte("the first half, ")}, {Pack: []byte("and the second")},
	}
}

func TestAnAnswerSaysWhatTheHubPutIn(t *testing.T) {
	desk := sealingKey(t)
	key, keys := hubKey(t)
	head, parts, err := readAnswer(answerOf(t, desk, key, someParts()...), desk, keys)
	if err != nil {
		t.Fatal(err)
	}
	if head.Version != Version || head.Key != keys[1].ID || head.Ack.Durable != 7 || head.Seen.Digest != (Digest{7}) || head.Problem != nil {
		t.Errorf("head %+v", head)
	}
	if len(parts) != 3 || parts[0].Replies.Replies[0].About != "entry-1" || string(parts[1].Pack)+string(parts[2].Pack) != "the first half, and the second" {
		t.Errorf("parts %+v", parts)
	}
}

func TestTamperedAnswerIsToldAtEveryByte(t *testing.T) {
	desk := sealingKey(t)
	key, keys := hubKey(t)
	whole := answerOf(t, desk, key, someParts()...)
	for i := range whole {
		file := bytes.Clone(whole)
		file[i] ^= 1 << (i % 8)
		_, _, err := readAnswer(file, desk, keys)
		if !slices.ContainsFunc(sealedErrors, func(e error) bool { return errors.Is(err, e) }) {
			t.Fatalf("byte %d of %d changed: %v", i, len(whole), err)
		}
	}
	for n := 1; n < len(whole); n += 1 + n%7 {
		if _, _, err := readAnswer(whole[:n], desk, keys); !errors.Is(err, ErrCutShort) {
			t.Fatalf("%d of %d bytes: %v", n, len(whole), err)
		}
	}
}

func TestAnAnswerIsRefusedUnlessItIsForThisDeskFromItsHub(t *testing.T) {
	desk, other := sealingKey(t), sealingKey(t)
	key, keys := hubKey(t)
	stranger, _ := hubKey(t)
	whole := answerOf(t, desk, key)
	// The id of a key is public: bearing it is not having the key.
	_, posing, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var posed bytes.Buffer
	s, err := newSealer(&posed, magicAnswer, desk.PublicKey().Bytes(), posing)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.json(frameHead, AnswerHead{Version: Version, Parcel: "p", Key: keys[1].ID}, MaxAnswer); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		file []byte
		keys []TokenKey
		want error
	}{
		"the parcel itself":         {append([]byte(magicParcel), whole[len(magicAnswer):]...), keys, ErrNotSealedFile},
		"for another desk":          {answerOf(t, other, key), keys, ErrSealedToOther},
		"from another hub":          {answerOf(t, desk, stranger), keys, ErrUnknownSigner},
		"from one that poses as it": {posed.Bytes(), keys, ErrChanged},
		"no keys":                   {whole, nil, ErrUnknownSigner},
		"a key that is none":        {whole, []TokenKey{{ID: keys[1].ID, Public: []byte("short")}}, ErrChanged},
		"a later layout":            {append([]byte("bottega-answer 2\n"), whole[len(magicAnswer):]...), keys, ErrNewerFile},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := readAnswer(tc.file, desk, tc.keys); !errors.Is(err, tc.want) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
}

func FuzzAnswer(f *testing.F) {
	desk := sealingKey(f)
	key, keys := hubKey(f)
	whole := answerOf(f, desk, key, someParts()...)
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Fuzz(func(t *testing.T, file []byte) {
		if _, _, err := readAnswer(file, desk, keys); err == nil && !bytes.Equal(file, whole) {
			t.Fatal("an answer that nobody sealed was opened")
		}
	})
}

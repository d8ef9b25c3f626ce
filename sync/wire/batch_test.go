package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"bottega/sync/wire"
)

func someBatch(t testing.TB) wire.Batch {
	_, entries := vectors(t)
	return wire.Batch{
		Version: wire.Version, Program: "bottega 1", SentAt: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC),
		Epoch: wire.Epoch{ID: "epoch-1", From: 1}, Entries: entries,
	}
}

func encoded(t testing.TB, b wire.Batch) []byte {
	t.Helper()
	data, err := wire.EncodeBatch(b)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestABatchArrivesAsItLeft(t *testing.T) {
	want := someBatch(t)
	got, raws, err := wire.DecodeBatch(encoded(t, want), wire.EncodingZstd)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := wire.VerifyChain(1, wire.Digest{}, got.Entries); err != nil {
		t.Error(err)
	}
	if len(raws) != len(want.Entries) || got.Epoch != want.Epoch || !got.SentAt.Equal(want.SentAt) {
		t.Errorf("DecodeBatch = %+v", got)
	}
}

func TestABatchKeepsTheFieldsOfANewerDesk(t *testing.T) {
	plain, err := json.Marshal(someBatch(t))
	if err != nil {
		t.Fatal(err)
	}
	newer := bytes.Replace(plain, []byte(`{"seq":1,`), []byte(`{"mood":"good","seq":1,`), 1)
	_, raws, err := wire.DecodeBatch(newer, "")
	if err != nil || !bytes.Contains(raws[0], []byte(`"mood":"good"`)) {
		t.Errorf("DecodeBatch = %s, %v", raws[0], err)
	}
}

func TestWhatUnfoldsTooFarIsNotUnfolded(t *testing.T) {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	bomb := w.EncodeAll(bytes.Repeat([]byte{' '}, 200<<20), nil)
	if len(bomb) > 1<<20 {
		t.Fatalf("the bomb itself is %d bytes", len(bomb))
	}
	if _, _, err := wire.DecodeBatch(bomb, wire.EncodingZstd); !errors.Is(err, wire.ErrTooLarge) {
		t.Errorf("DecodeBatch = %v", err)
	}
}

func TestWhatIsNoBatchIsRefused(t *testing.T) {
	plain, err := json.Marshal(someBatch(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		data, encoding string
		want           error
	}{
		"captive portal":        {"<html>accetta</html>", "", wire.ErrBatch},
		"unknown encoding":      {string(plain), "br", wire.ErrBatch},
		"no epoch":              {`{"wire":1,"entries":[]}`, "", wire.ErrBatch},
		"sequence out of place": {strings.Replace(string(plain), `{"seq":2,`, `{"seq":9,`, 1), "", wire.ErrBatch},
		"sequence zero":         {strings.Replace(string(plain), `{"seq":1,`, `{"seq":0,`, 1), "", wire.ErrMalformed},
		"too long":              {strings.Repeat(" ", wire.MaxBatch+1), "", wire.ErrTooLarge},
		"too many":              {`{"epoch":{"id":"e","from":1},"entries":[` + strings.Repeat("{},", wire.MaxBatchEntries) + `{}]}`, "", wire.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := wire.DecodeBatch([]byte(tc.data), tc.encoding); !errors.Is(err, tc.want) {
				t.Errorf("DecodeBatch = %v, want %v", err, tc.want)
			}
		})
	}
}

func TestTheErrorOfABrokenBatchRepeatsNothingPersonal(t *testing.T) {
	_, _, err := wire.DecodeBatch([]byte(`{"epoch":{"id":"e","from":"Bianchi Nella"},"entries":[]}`), "")
	if err == nil || strings.Contains(err.Error(), "Bianchi") {
		t.Errorf("DecodeBatch = %v", err)
	}
}

func TestNewProblemHasTheStatusOfItsType(t *testing.T) {
	for _, k := range wire.ProblemKinds() {
		if p := wire.NewProblem(k.Type, "x"); p.Status != k.Status || p.Title == "" || !strings.HasPrefix(p.Type, "urn:bottega:problem:") {
			t.Errorf("NewProblem(%s) = %+v", k.Type, p)
		}
	}
}

func FuzzBatchFromTheNetwork(f *testing.F) {
	b := someBatch(f)
	f.Add(encoded(f, b), true)
	plain, err := json.Marshal(b)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(plain, false)
	f.Add([]byte(`{"epoch":{"id":"e","from":1},"entries":[null]}`), false)
	f.Fuzz(func(t *testing.T, data []byte, compressed bool) {
		encoding := ""
		if compressed {
			encoding = wire.EncodingZstd
		}
		b, raws, err := wire.DecodeBatch(data, encoding)
		if err == nil && (len(raws) != len(b.Entries) || b.Check() != nil) {
			t.Fatalf("accepted %+v", b)
		}
	})
}

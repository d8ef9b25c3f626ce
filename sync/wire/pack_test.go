package wire

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/klauspost/compress/zstd"
)

var packDay = time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC)

// packKey is a key of tests; another seed gives another hub's.
func packKey(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func packKeys(keys ...ed25519.PrivateKey) []TokenKey {
	var public []TokenKey
	for _, k := range keys {
		public = append(public, NewTokenKey(k.Public().(ed25519.PublicKey)))
	}
	return public
}

func packOf(files map[string]string) fs.FS {
	m := fstest.MapFS{}
	for name, text := range files {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

func smallPack(t testing.TB) []byte {
	t.Helper()
	data, err := SignPack(packKey(1), PackFacts{Version: 7, MadeAt: packDay, Needs: 1}, packOf(map[string]string{
		"services/due.yaml": "id: due\n", "services/uno.yaml": "id: uno\n", "cards/trust/region.pem": "x", "i18n/home.it.json": "{}",
		"README.md": "kept out", ".git/config": "kept out", "services/.draft.yaml": "kept out", "services/README.md": "kept out",
	}))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// signManifest signs whatever it is given, as somebody could who has the key and not the program.
func signManifest(t testing.TB, m PackManifest, plain []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	body := w.EncodeAll(plain, nil)
	m.BodySize, m.BodySHA256 = int64(len(body)), PackDigest(body)
	manifest, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	key := packKey(1)
	id := keyID(key.Public().(ed25519.PublicKey))
	signed := append(binary.BigEndian.AppendUint32(nil, uint32(len(manifest))), manifest...)
	data := append([]byte(packMagic), id[:]...)
	data = append(data, ed25519.Sign(key, append([]byte(packSigned), signed...))...)
	return append(append(data, signed...), body...)
}

// manifestOf describes files that are all of the same content.
func manifestOf(content string, paths ...string) (PackManifest, []byte) {
	m := PackManifest{Format: 1, PackFacts: PackFacts{Version: 1, MadeAt: packDay, Needs: 1}}
	for _, p := range paths {
		m.Files = append(m.Files, PackFile{Path: p, Size: int64(len(content)), SHA256: PackDigest([]byte(content))})
	}
	return m, []byte(strings.Repeat(content, len(paths)))
}

func TestAPackHoldsTheFilesThatWerePutInAndNothingElse(t *testing.T) {
	data := smallPack(t)
	p, err := OpenPack(data, packKeys(packKey(2), packKey(1)))
	if err != nil {
		t.Fatal(err)
	}
	if p.Version != 7 || !p.MadeAt.Equal(packDay) || p.Practice || p.Digest != PackDigest(data) || p.Key != packKeys(packKey(1))[0].ID {
		t.Errorf("%+v", p)
	}
	if err := fstest.TestFS(p.Content, "services/due.yaml", "services/uno.yaml", "cards/trust/region.pem", "i18n/home.it.json"); err != nil {
		t.Error(err)
	}
	var paths []string
	for _, f := range p.Files {
		paths = append(paths, f.Path)
	}
	if want := []string{"cards/trust/region.pem", "i18n/home.it.json", "services/due.yaml", "services/uno.yaml"}; !slices.Equal(paths, want) {
		t.Errorf("%v", paths)
	}
	if text, err := fs.ReadFile(p.Content, "services/uno.yaml"); err != nil || string(text) != "id: uno\n" {
		t.Errorf("%q, %v", text, err)
	}
	if !bytes.Equal(data, smallPack(t)) {
		t.Error("equal files gave another pack")
	}
}

func TestALargePackComesBackWhole(t *testing.T) {
	files := map[string]string{}
	for i := range 12 {
		files[fmt.Sprintf("services/s%02d.yaml", i)] = strings.Repeat(fmt.Sprintf("%d una riga di testo\n", i), 60_000)
	}
	data, err := SignPack(packKey(1), PackFacts{Version: 1, MadeAt: packDay, Needs: 1}, packOf(files))
	if err != nil {
		t.Fatal(err)
	}
	p, err := OpenPack(data, packKeys(packKey(1)))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		if got, err := fs.ReadFile(p.Content, name); err != nil || string(got) != want {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
}

func TestAPackChangedAtAnyByteIsRefused(t *testing.T) {
	good := smallPack(t)
	closed := []error{ErrPackNone, ErrPackShort, ErrPackChanged, ErrPackKey}
	for i := range good {
		for _, flip := range []byte{0x01, 0x80, 0xff} {
			bad := bytes.Clone(good)
			bad[i] ^= flip
			_, err := OpenPack(bad, packKeys(packKey(1)))
			if !slices.ContainsFunc(closed, func(want error) bool { return errors.Is(err, want) }) {
				t.Fatalf("byte %d ^ %#x: %v", i, flip, err)
			}
		}
	}
	if _, err := OpenPack(append(bytes.Clone(good), 0), packKeys(packKey(1))); !errors.Is(err, ErrPackChanged) {
		t.Errorf("a byte more: %v", err)
	}
}

func TestAPackCutShortAnywhereSaysSo(t *testing.T) {
	good := smallPack(t)
	for n := 1; n < len(good); n++ {
		if _, err := OpenPack(good[:n], packKeys(packKey(1))); !errors.Is(err, ErrPackShort) {
			t.Fatalf("%d bytes of %d: %v", n, len(good), err)
		}
	}
	for name, data := range map[string][]byte{"nothing": nil, "a photograph": []byte("\xff\xd8\xff\xe0"), "a web page": []byte("<html>")} {
		if _, err := OpenPack(data, packKeys(packKey(1))); !errors.Is(err, ErrPackNone) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAPackOfAnotherHubIsRefused(t *testing.T) {
	stranger := packKeys(packKey(2))
	if _, err := OpenPack(smallPack(t), stranger); !errors.Is(err, ErrPackKey) {
		t.Errorf("%v", err)
	}
	// The name of a key is said, its bytes are what counts.
	stranger[0].ID = packKeys(packKey(1))[0].ID
	if _, err := OpenPack(smallPack(t), stranger); !errors.Is(err, ErrPackKey) {
		t.Errorf("under a borrowed name: %v", err)
	}
	if _, err := OpenPack(smallPack(t), nil); !errors.Is(err, ErrPackKey) {
		t.Errorf("with no keys: %v", err)
	}
}

func TestPathTricksInAPackAreRefused(t *testing.T) {
	for name, paths := range map[string][]string{
		"up and out":              {"../services/a.yaml"},
		"up inside":               {"services/../../a.yaml"},
		"absolute":                {"/etc/a.yaml"},
		"a drive":                 {"C:/services/a.yaml"},
		"backslashes":             {`services\..\a.yaml`},
		"an empty part":           {"services//a.yaml"},
		"a dot":                   {"services/./a.yaml"},
		"a trailing slash":        {"services/"},
		"outside the folders":     {"a.yaml"},
		"nothing":                 {""},
		"a hidden file":           {"services/.a.yaml"},
		"a hidden folder":         {".git/a.yaml"},
		"a dot at the end":        {"services./a.yaml"},
		"a stream of Windows":     {"services/a.yaml:b.yaml"},
		"a device":                {"services/CON.yaml"},
		"a device with an ending": {"services/nul.b.yaml"},
		"a port":                  {"services/Com1.yaml"},
		"a folder that is a port": {"lpt9/a.yaml"},
		"a null byte":             {"services/a\x00.yaml"},
		"a blank at the end":      {"services/a.yaml "},
		"letters that look alike": {"services/аttivazione.yaml"},
		"right to left":           {"services/a\u202elmay.yaml"},
		"another ending":          {"services/a.exe"},
		"an explanation":          {"services/README.md"},
		"a key among authorities": {"cards/trust/a.key"},
		"too long":                {"services/" + strings.Repeat("a", 120) + ".yaml"},
		"twins by capitals":       {"services/A.yaml", "services/a.yaml"},
		"twin folders":            {"Nuove/a.yaml", "nuove/b.yaml"},
		"a file that is a folder": {"nuove/a", "nuove/a/b"},
		"a folder that is a file": {"nuove/A/b", "nuove/a"},
		"the same one twice":      {"services/a.yaml", "services/a.yaml"},
		"out of order":            {"services/b.yaml", "services/a.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			m, plain := manifestOf("x", paths...)
			if _, err := OpenPack(signManifest(t, m, plain), packKeys(packKey(1))); !errors.Is(err, ErrPackForm) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestAPackThatLiesAboutItsFilesIsRefused(t *testing.T) {
	for name, lie := range map[string]func(m *PackManifest, plain *[]byte){
		"a bomb":                 func(_ *PackManifest, plain *[]byte) { *plain = make([]byte, 64<<20) },
		"a file too large":       func(m *PackManifest, _ *[]byte) { m.Files[0].Size = MaxPackFile + 1 },
		"a negative size":        func(m *PackManifest, _ *[]byte) { m.Files[0].Size = -1 },
		"more than is there":     func(m *PackManifest, _ *[]byte) { m.Files[0].Size++ },
		"less than is there":     func(_ *PackManifest, plain *[]byte) { *plain = append(*plain, 'x') },
		"other bytes":            func(_ *PackManifest, plain *[]byte) { *plain = []byte("yy") },
		"no files":               func(m *PackManifest, plain *[]byte) { m.Files, *plain = nil, nil },
		"too many files":         func(m *PackManifest, plain *[]byte) { *m, *plain = manifestOf("", manyPaths(MaxPackFiles+1)...) },
		"no version":             func(m *PackManifest, _ *[]byte) { m.Version = 0 },
		"a version beyond count": func(m *PackManifest, _ *[]byte) { m.Version = 1<<64 - 1 },
		"no form":                func(m *PackManifest, _ *[]byte) { m.Format = 0 },
		"no day":                 func(m *PackManifest, _ *[]byte) { m.MadeAt = time.Time{} },
	} {
		t.Run(name, func(t *testing.T) {
			m, plain := manifestOf("x", "services/a.yaml", "services/b.yaml")
			lie(&m, &plain)
			if _, err := OpenPack(signManifest(t, m, plain), packKeys(packKey(1))); !errors.Is(err, ErrPackForm) {
				t.Errorf("%v", err)
			}
		})
	}
	if _, err := OpenPack(make([]byte, 5), packKeys(packKey(1))); !errors.Is(err, ErrPackNone) {
		t.Errorf("%v", err)
	}
}

func manyPaths(n int) []string {
	paths := make([]string, n)
	for i := range paths {
		paths[i] = fmt.Sprintf("services/s%05d.yaml", i)
	}
	return paths
}

func TestAPackOfALaterProgramIsNotGuessedAt(t *testing.T) {
	for name, change := range map[string]func(*PackManifest){
		"another form":     func(m *PackManifest) { m.Format = PackVersion + 1 },
		"other content":    func(m *PackManifest) { m.Needs = ContentVersion + 1 },
		"also other files": func(m *PackManifest) { m.Format, m.Files = PackVersion+1, nil },
	} {
		t.Run(name, func(t *testing.T) {
			m, plain := manifestOf("x", "services/a.yaml")
			change(&m)
			if _, err := OpenPack(signManifest(t, m, plain), packKeys(packKey(1))); !errors.Is(err, ErrPackNew) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestAFolderThatIsNotKnownHereIsKeptUnreadAndIsNotPublished(t *testing.T) {
	m, plain := manifestOf("x", "later/thing.bin", "services/a.yaml")
	p, err := OpenPack(signManifest(t, m, plain), packKeys(packKey(1)))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := fs.ReadFile(p.Content, "later/thing.bin"); err != nil || string(text) != "x" {
		t.Errorf("%q, %v", text, err)
	}
	facts := PackFacts{Version: 1, MadeAt: packDay, Needs: 1}
	good := map[string]string{"services/a.yaml": "x"}
	for name, file := range map[string]string{
		"a mistyped folder": "service/a.yaml", "a folder in a folder": "services/old/a.yaml", "beside the folders": "a.yaml",
		"another ending": "services/a.yml", "letters of another kind": "services/attività.yaml",
	} {
		files := maps.Clone(good)
		files[file] = "x"
		if _, err := SignPack(packKey(1), facts, packOf(files)); !errors.Is(err, ErrPackForm) || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v", name, err)
		}
	}
	link := fstest.MapFS{"services/a.yaml": {Data: []byte("/etc/passwd"), Mode: fs.ModeSymlink}}
	if _, err := SignPack(packKey(1), facts, link); !errors.Is(err, ErrPackForm) {
		t.Errorf("a link: %v", err)
	}
	big := fstest.MapFS{"services/a.yaml": {Data: make([]byte, MaxPackFile+1)}}
	if _, err := SignPack(packKey(1), facts, big); !errors.Is(err, ErrPackForm) {
		t.Errorf("a file too large: %v", err)
	}
}

// sound fails unless a pack holds exactly what it says.
func sound(t *testing.T, p *Pack) {
	t.Helper()
	for _, file := range p.Files {
		if content, err := fs.ReadFile(p.Content, file.Path); err != nil || PackDigest(content) != file.SHA256 {
			t.Errorf("%q: %v", file.Path, err)
		}
	}
}

// FuzzPackFromAnywhere reads what anybody may hand over as a pack.
func FuzzPackFromAnywhere(f *testing.F) {
	f.Add(smallPack(f))
	f.Add([]byte(packMagic))
	keys := packKeys(packKey(1))
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := OpenPack(data, keys); err == nil {
			sound(t, p)
		}
	})
}

// FuzzPackUnderAGoodSignature reads what somebody may hand over who has a hub's key, and nothing good in mind.
func FuzzPackUnderAGoodSignature(f *testing.F) {
	good, plain := manifestOf("x", "cards/trust/a.pem", "later/b", "services/a.yaml")
	manifest, err := json.Marshal(good)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(manifest, plain)
	f.Add([]byte(`{"format":1,"version":1,"needs":1,"made_at":"2026-11-27T08:00:00Z","files":[{"path":"a/b"}]}`), []byte{})
	f.Add([]byte(`{"format":2}`), []byte{})
	keys := packKeys(packKey(1))
	f.Fuzz(func(t *testing.T, manifest, plain []byte) {
		var m PackManifest
		if json.Unmarshal(manifest, &m) != nil {
			return
		}
		rest := plain
		for i := range m.Files { // sizes and digests that fit lead further in
			n := min(max(m.Files[i].Size, 0), int64(len(rest)))
			m.Files[i].Size, m.Files[i].SHA256 = n, PackDigest(rest[:n])
			rest = rest[n:]
		}
		if p, err := OpenPack(signManifest(t, m, plain[:len(plain)-len(rest)]), keys); err == nil {
			sound(t, p)
			if err := fstest.TestFS(p.Content, p.Files[0].Path); err != nil {
				t.Error(err)
			}
		}
	})
}

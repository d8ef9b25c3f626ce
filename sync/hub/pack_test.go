package hub_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"bottega/desk"
	"bottega/sync/client"
	"bottega/sync/client/clienttest"
	"bottega/sync/hub"
	"bottega/sync/hub/store"
	"bottega/sync/wire"
)

func packFiles(text string) fs.FS {
	return fstest.MapFS{"services/uno.yaml": {Data: []byte(text)}}
}

// shelf is a client.PackKeeper that takes whatever its keys verify.
type shelf struct {
	seen    string
	taken   []*wire.Pack
	offered int
}

func (s *shelf) Seen() string { return s.seen }

func (s *shelf) Offer(_ context.Context, data []byte, keys []wire.TokenKey) error {
	s.offered++
	p, err := wire.OpenPack(data, keys)
	if err == nil {
		s.taken, s.seen = append(s.taken, p), p.Digest
	}
	return err
}

func TestAPublishedPackReachesADeskOnce(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	s := &shelf{}
	d := newDesk(t, clienttest.New(), func(p *client.Params) { p.Packs = s })
	if _, err := d.Enrol(t.Context(), r.code(t, hub.NewCodeParams{Site: "LU"})); err != nil {
		t.Fatal(err)
	}
	d.send(t)
	if s.offered != 0 {
		t.Error("a pack came before one was published")
	}
	first, err := r.PublishPack(t.Context(), packFiles("id: uno\n"), false)
	if err != nil {
		t.Fatal(err)
	}
	d.send(t)
	d.send(t)
	if s.offered != 1 || len(s.taken) != 1 || s.taken[0].Digest != first.Digest || s.taken[0].Version != 1 {
		t.Fatalf("offered %d times, taken %+v", s.offered, s.taken)
	}
	if _, err := r.PublishPack(t.Context(), packFiles("id: due\n"), true); err != nil {
		t.Fatal(err)
	}
	d.send(t)
	if s.offered != 1 {
		t.Error("a dry run was published")
	}
	if _, err := r.PublishPack(t.Context(), packFiles("id: due\n"), false); err != nil {
		t.Fatal(err)
	}
	d.send(t)
	if len(s.taken) != 2 || s.taken[1].Version != 2 {
		t.Errorf("taken %d", len(s.taken))
	}
	if out := r.log.String() + d.log.String(); strings.Contains(out, "no content pack was taken") {
		t.Error(out)
	}
}

func TestAPackTravelsOnAStickWithTheAnswerToAParcel(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	s := &shelf{}
	d := newDesk(t, clienttest.New(), func(p *client.Params) { p.Packs = s })
	if _, err := d.Enrol(t.Context(), r.code(t, hub.NewCodeParams{Site: "LU"})); err != nil {
		t.Fatal(err)
	}
	// Longer than one part of an answer, whatever compression makes of it.
	noise := make([]byte, wire.MaxPackPart+1)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(noise) // it does not fail
	pack, err := r.PublishPack(t.Context(), packFiles(string(noise)), false)
	if err != nil {
		t.Fatal(err)
	}
	d.journal.Add(desk.NoteAdded{Text: "fatto"})
	var answer bytes.Buffer
	if _, err := r.ImportParcel(t.Context(), bytes.NewReader(exported(t, d)), &answer); err != nil {
		t.Fatal(err)
	}
	if err := d.Import(t.Context(), &answer); err != nil {
		t.Fatal(err)
	}
	if len(s.taken) != 1 || s.taken[0].Digest != pack.Digest {
		t.Errorf("offered %d times, taken %+v", s.offered, s.taken)
	}
}

func TestDoorOfPacksAnswersDesksAloneAndNotTwice(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	member, _ := r.member(t)
	resp, data := member.ask(t, http.MethodGet, wire.PathPack, nil)
	wantsProblem(t, resp, data, http.StatusNotFound, wire.ProblemNoPack)
	pack, err := r.PublishPack(t.Context(), packFiles("id: uno\n"), false)
	if err != nil {
		t.Fatal(err)
	}
	resp, data = r.caller(t).ask(t, http.MethodGet, wire.PathPack, nil)
	wantsProblem(t, resp, data, http.StatusUnauthorized, wire.ProblemReEnrol)
	etag := `"` + pack.Digest + `"`
	resp, data = member.ask(t, http.MethodGet, wire.PathPack, nil)
	if resp.StatusCode != http.StatusOK || resp.Header.Get("ETag") != etag || resp.Header.Get("Content-Type") != wire.MediaPack ||
		wire.PackDigest(data) != pack.Digest {
		t.Errorf("%d %v, %d bytes", resp.StatusCode, resp.Header, len(data))
	}
	for header, want := range map[string]int{
		etag: 304, `"other", W/` + etag: 304, "*": 304, `"other"`: 200, pack.Digest: 200, "": 200,
	} {
		resp, data := member.ask(t, http.MethodGet, wire.PathPack, nil, "If-None-Match", header)
		if resp.StatusCode != want || resp.Header.Get("ETag") != etag || want == 304 && len(data) > 0 {
			t.Errorf("%s: %d, %d bytes", header, resp.StatusCode, len(data))
		}
	}
}

func TestDoorOfPacksKeepsNobodyOutWhileAPackIsOnItsWay(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0", func(p *hub.Params) { p.Limits.Running = 1 })
	member, _ := r.member(t)
	d := r.enrolled(t)
	// More than the systems of both ends keep on their way, whatever compression makes of it.
	noise := make([]byte, 2*wire.MaxPackFile-wire.MaxPackFile/4)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(noise) // it does not fail
	if _, err := r.PublishPack(t.Context(), fstest.MapFS{
		"services/uno.yaml": {Data: noise[:wire.MaxPackFile]}, "services/due.yaml": {Data: noise[wire.MaxPackFile:]},
	}, false); err != nil {
		t.Fatal(err)
	}
	slow := member.dial(t)
	if err := slow.NetConn().(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(slow, "GET "+wire.PathPack+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := slow.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	d.journal.Add(desk.NoteAdded{Text: "intanto"})
	d.send(t)
}

func TestWhatNoDeskWouldTakeIsNotPublished(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0")
	for name, files := range map[string]fs.FS{
		"nothing":           fstest.MapFS{},
		"a mistyped folder": fstest.MapFS{"service/uno.yaml": {}},
		"a way out":         fstest.MapFS{"services/..uno.yaml": {}, "services/con.yaml": {}},
	} {
		if _, err := r.PublishPack(t.Context(), files, false); !errors.Is(err, wire.ErrPackForm) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.Pack(t.Context(), 0); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("%v", err)
	}
}

func TestHubsThatPublishAtOnceGiveEachPackAVersionOfItsOwn(t *testing.T) {
	state := t.TempDir()
	hubs := []*hub.Hub{start(t, state, "127.0.0.1:0").Hub}
	beside, err := hub.New(t.Context(), hub.Params{State: state})
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	hubs = append(hubs, beside)
	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = hubs[i%2].PublishPack(t.Context(), packFiles(fmt.Sprintf("id: s%d\n", i)), false)
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	all, err := beside.Packs(t.Context())
	if err != nil || len(all) != len(errs) || all[0].Version != uint64(len(errs)) {
		t.Fatalf("%+v, %v", all, err)
	}
	for _, p := range all { // by whichever of them it was signed, both know the key
		data, err := hubs[0].Pack(t.Context(), p.Version)
		if err != nil {
			t.Fatal(err)
		}
		if pack, err := wire.OpenPack(data, beside.PackKeys()); err != nil || pack.Version != p.Version || pack.Digest != p.Digest {
			t.Errorf("%+v, %v", p, err)
		}
	}
	if !bytes.Equal(hubs[0].PackKeys()[0].Public, beside.PackKeys()[0].Public) || bytes.Equal(hubs[0].PackKeys()[0].Public, hubs[0].TokenKeys()[0].Public) {
		t.Error("the key of packs is not one, or is the one of certificates")
	}
}

func TestAPracticeHubMarksItsPacks(t *testing.T) {
	r := start(t, t.TempDir(), "127.0.0.1:0", func(p *hub.Params) { p.Practice = true })
	pack, err := r.PublishPack(t.Context(), packFiles("id: uno\n"), false)
	if err != nil || !pack.Practice {
		t.Errorf("%+v, %v", pack, err)
	}
}

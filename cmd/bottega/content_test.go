package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"bottega/assets/assetstest"
	"bottega/desk"
	"bottega/sync/hub"
	"bottega/sync/hub/hubtest"
	"bottega/ui/facilitator"
)

// enrolledDesk sets up a real desk that a hub knows.
func enrolledDesk(t *testing.T, h *hub.Hub, d *doors) *facilitator.Session {
	t.Helper()
	code, err := h.NewCode(t.Context(), hub.NewCodeParams{Site: "LU", Valid: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.SetUp(t.Context(), facilitator.NewDesk{
		Facilitator: "Piera Prova", Passphrase: []byte("una frase lunga per la prova"), Enrol: code.String(),
		Site: desk.SiteSet{Site: desk.Site{ID: "LU", Name: "Bottega", Municipality: "Lucca"}, Desk: "1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAPackFromAStickIsInUseFromTheNextVisitOn(t *testing.T) {
	h, d := hubtest.Serve(t, hub.Params{}), newDoors(t)
	s := enrolledDesk(t, h, d)
	defer shut(t, s)
	visit, err := s.Desk.OpenVisit(t.Context(), desk.Opening{})
	if err != nil {
		t.Fatal(err)
	}
	pack, err := h.PublishPack(t.Context(), fstest.MapFS{"services/small.yaml": {Data: []byte(assetstest.Service)}}, false)
	if err != nil {
		t.Fatal(err)
	}
	data, err := h.Pack(t.Context(), pack.Version)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "toscana-1.pacchetto")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.InstallPack(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	if c := s.Content(); c.Waiting != 1 || c.Version != 0 || c.Problem != "" {
		t.Errorf("during a visit: %+v", c)
	}
	if err := s.Desk.CloseVisit(t.Context(), visit, desk.Closing{}); err != nil {
		t.Fatal(err)
	}
	if c := s.Content(); c.Waiting != 0 || c.Version != 1 || c.Problem != "" {
		t.Errorf("after it: %+v", c)
	}
	if services := s.Desk.Catalogue().Services; len(services) != 1 || services[0].ID != "small" {
		t.Errorf("%d services", len(services))
	}
}

// fetched sends by hand, and waits for the pack that is fetched beside it.
func fetched(t *testing.T, s *facilitator.Session, there func(desk.ContentStatus) bool) {
	t.Helper()
	if err := s.Line.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(patience); !there(s.Content()); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the content is %+v", s.Content())
		}
	}
}

func TestARealDeskWorksWithWhatItsHubPublishesFromTheNextVisitOn(t *testing.T) {
	h, d := hubtest.Serve(t, hub.Params{}), newDoors(t)
	s := enrolledDesk(t, h, d)
	before := d.parts.words.said.For("it").T("line.problem.hub_busy")
	visit, err := s.Desk.OpenVisit(t.Context(), desk.Opening{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.PublishPack(t.Context(), fstest.MapFS{
		"services/small.yaml": {Data: []byte(assetstest.Service)},
		"i18n/line.it.json":   {Data: []byte(`{"line.problem.hub_busy": "Il centro ha da fare."}`)},
		"i18n/line.en.json":   {Data: []byte(`{"line.problem.hub_busy": "The hub is busy."}`)},
	}, false); err != nil {
		t.Fatal(err)
	}
	fetched(t, s, func(c desk.ContentStatus) bool { return c.Waiting == 1 })
	if c := s.Content(); c.Waiting != 1 || c.Version != 0 || c.Problem != "" {
		t.Errorf("during a visit: %+v", c)
	}
	if got := d.parts.words.said.For("it").T("line.problem.hub_busy"); got != before {
		t.Errorf("during a visit the window says %q", got)
	}
	if err := s.Desk.CloseVisit(t.Context(), visit, desk.Closing{}); err != nil {
		t.Fatal(err)
	}
	inForce := func(s *facilitator.Session) {
		t.Helper()
		if c := s.Content(); c.Version != 1 || c.Waiting != 0 || c.Problem != "" {
			t.Errorf("%+v", c)
		}
		if services := s.Desk.Catalogue().Services; len(services) != 1 || services[0].ID != "small" {
			t.Errorf("%d services", len(services))
		}
		if got := d.parts.words.said.For("it").T("line.problem.hub_busy"); !strings.HasPrefix(got, "Il centro ha da fare") {
			t.Errorf("the window says %q", got)
		}
	}
	inForce(s)
	who := s.Facilitator.ID
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = d.Unlock(t.Context(), who, []byte("una frase lunga per la prova")); err != nil {
		t.Fatal(err)
	}
	inForce(s)
	// A pack that says nothing of the words leaves those of the program.
	if _, err := h.PublishPack(t.Context(), fstest.MapFS{"services/small.yaml": {Data: []byte(assetstest.Service)}}, false); err != nil {
		t.Fatal(err)
	}
	fetched(t, s, func(c desk.ContentStatus) bool { return c.Version == 2 })
	if got := d.parts.words.said.For("it").T("line.problem.hub_busy"); got != before || s.Content().Version != 2 {
		t.Errorf("%+v, and the window says %q", s.Content(), got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

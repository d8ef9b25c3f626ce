package main

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"bottega/desk"
	"bottega/sync/hub"
	"bottega/ui/facilitator"
)

// aHub serves a hub that is not a practice one over TLS, and stops it with the test.
func aHub(t *testing.T) *hub.Hub {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h, err := hub.New(t.Context(), hub.Params{State: t.TempDir(), Public: "https://" + ln.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- h.Serve(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

const smallService = `id: small
version: 1
checked: 2026-11-21
title: {it: Piccolo, en: Small}
summary: {it: Un servizio piccolo, en: A small service}
facilita: {se5: [9], se6: [S]}
steps:
  - id: chip
    kind: ask
    title: {it: Il chip, en: The chip}
    citizen: {it: C'è il chip, en: Is there a chip}
    options:
      - {id: "yes", label: {it: Sì, en: "Yes"}, outcome: done}
      - {id: "no", label: {it: "No", en: "No"}, outcome: done}
outcomes:
  - id: done
    class: done
    title: {it: Fatto, en: Done}
    take_home: {it: Fatto, en: Done}
`

func TestAPackFromAStickIsInUseFromTheNextVisitOn(t *testing.T) {
	h, d := aHub(t), newDoors(t)
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
	defer shut(t, s)
	visit, err := s.Desk.OpenVisit(t.Context(), desk.Opening{})
	if err != nil {
		t.Fatal(err)
	}
	pack, err := h.PublishPack(t.Context(), fstest.MapFS{"services/small.yaml": {Data: []byte(smallService)}}, false)
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

func TestARealDeskWorksWithWhatItsHubPublishesFromTheNextVisitOn(t *testing.T) {
	h, d := aHub(t), newDoors(t)
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
	before := d.parts.words.said.For("it").T("line.problem.hub_busy")
	visit, err := s.Desk.OpenVisit(t.Context(), desk.Opening{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.PublishPack(t.Context(), fstest.MapFS{
		"services/small.yaml": {Data: []byte(smallService)},
		"i18n/line.it.json":   {Data: []byte(`{"line.problem.hub_busy": "Il centro ha da fare."}`)},
		"i18n/line.en.json":   {Data: []byte(`{"line.problem.hub_busy": "The hub is busy."}`)},
	}, false); err != nil {
		t.Fatal(err)
	}
	if err := s.Line.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
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
	if _, err := h.PublishPack(t.Context(), fstest.MapFS{"services/small.yaml": {Data: []byte(smallService)}}, false); err != nil {
		t.Fatal(err)
	}
	if err := s.Line.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := d.parts.words.said.For("it").T("line.problem.hub_busy"); got != before || s.Content().Version != 2 {
		t.Errorf("%+v, and the window says %q", s.Content(), got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

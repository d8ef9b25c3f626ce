package house_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"bottega/assets/assetstest"
	"bottega/cmd/internal/house"
	"bottega/desk"
	"bottega/sync/client"
	"bottega/sync/client/clienttest"
	"bottega/sync/hub"
	"bottega/sync/hub/hubtest"
	"bottega/sync/wire"
)

// servedHub is a hub over real TLS.
type servedHub struct {
	*hub.Hub
	t *testing.T
}

func serveHub(t *testing.T) servedHub { return servedHub{hubtest.Serve(t, hub.Params{}), t} }

// publish publishes a service, and whatever else is given, without having looked at it.
func (h servedHub) publish(name string, more map[string]string) {
	h.t.Helper()
	files := map[string]string{"services/" + name + ".yaml": strings.Replace(assetstest.Service, "id: small", "id: "+name, 1)}
	for path, text := range more {
		files[path] = text
	}
	if _, err := h.PublishPack(h.t.Context(), folder(files), false); err != nil {
		h.t.Fatal(err)
	}
}

// counted counts what comes over the line.
type counted struct {
	*house.Packs
	mu    sync.Mutex
	came  int
	words []string
}

func (c *counted) Offer(ctx context.Context, data []byte, keys []wire.TokenKey) error {
	err := c.Packs.Offer(ctx, data, keys)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.came++
	var refused *house.PackError
	if errors.As(err, &refused) {
		c.words = append(c.words, refused.Word)
	}
	return err
}

func TestAPackTravelsFromTheHubToTheDeskAndComesIntoForceBetweenVisits(t *testing.T) {
	h, r, j := serveHub(t), openPackRoom(t), clienttest.New()
	r.params.Keys = h.PackKeys()
	r.restart()
	keeper := &counted{Packs: r.Packs}
	line, err := client.New(t.Context(), client.Params{Journal: j, Identity: j, Program: "bottega test", Packs: keeper})
	if err != nil {
		t.Fatal(err)
	}
	code, err := h.NewCode(t.Context(), hub.NewCodeParams{Site: "LU", Valid: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := line.Enrol(t.Context(), code.String()); err != nil {
		t.Fatal(err)
	}
	if keys, err := client.PackKeys(t.Context(), j); err != nil || len(keys) != 1 || keys[0].ID != h.PackKeys()[0].ID {
		t.Fatalf("the desk keeps the keys %v, %v", keys, err)
	}
	send := func(came int) {
		t.Helper()
		if err := line.Send(t.Context()); err != nil {
			t.Fatal(err)
		}
		if keeper.came != came {
			t.Fatalf("%d packs came, want %d; refused: %v", keeper.came, came, keeper.words)
		}
	}
	send(0)
	h.publish("uno", nil)
	send(1)
	r.works(1, "uno")
	send(1) // not changed
	visit, err := r.OpenVisit(t.Context(), desk.Opening{})
	if err != nil {
		t.Fatal(err)
	}
	h.publish("due", nil)
	send(2)
	r.works(1, "uno")
	send(2) // it waits, and does not come again
	if err := r.CloseVisit(t.Context(), visit, desk.Closing{}); err != nil {
		t.Fatal(err)
	}
	r.works(2, "due")
	h.publish("rotto", map[string]string{"rules/r.yaml": "id: x\nwrong: 1\n"})
	send(3)
	r.works(2, "due")
	if s := r.Status(); s.Problem != house.PackContent {
		t.Errorf("%+v", s)
	}
	send(3) // nor does a broken one
	h.publish("quattro", nil)
	send(4)
	r.works(4, "quattro")
	if err := r.Rollback(r.Desk); err != nil {
		t.Fatal(err)
	}
	r.works(2, "due")
	send(4) // nor one that was gone back from
	h.publish("cinque", nil)
	send(5)
	r.works(5, "cinque")
	if s := line.Status(); s.State != desk.LineIdle || s.Problem != "" {
		t.Errorf("the line: %+v", s)
	}
}

// Packs come from the line's goroutine while people work: whoever opens a visit finds one content from its beginning to its end.
func TestPacksThatComeWhilePeopleWorkNeverChangeAVisit(t *testing.T) {
	r := openPackRoom(t)
	packs := make([][]byte, 12)
	for i := range packs {
		packs[i] = ours.service(t, uint64(i+1), "uno")
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for _, p := range packs {
			if err := r.Offer(t.Context(), p, ours.public()); err != nil {
				t.Error(err)
			}
		}
	})
	over := make(chan struct{})
	go func() { wg.Wait(); close(over) }()
	for going := true; going; {
		select {
		case <-over:
			going = false
		default:
		}
		visit, err := r.OpenVisit(t.Context(), desk.Opening{})
		if err != nil {
			t.Fatal(err)
		}
		before := r.Catalogue().Services[0]
		if err := r.AddNote(t.Context(), visit, "una nota"); err != nil {
			t.Fatal(err)
		}
		if r.Catalogue().Services[0] != before {
			t.Fatal("the content changed during a visit")
		}
		if err := r.CloseVisit(t.Context(), visit, desk.Closing{}); err != nil {
			t.Fatal(err)
		}
	}
	r.works(uint64(len(packs)), "uno")
}

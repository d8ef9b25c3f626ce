package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bottega/desk"
	"bottega/sync/client/clienttest"
	"bottega/sync/wire"
)

// packRoom keeps packs for tests, and is what publishes them.
type packRoom struct {
	mu        sync.Mutex
	published []byte
	asked     int
	taken     [][]byte
	line      error // what asking fails with
	fault     any   // what Offer panics with
}

func (r *packRoom) Seen() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.taken) == 0 {
		return ""
	}
	return wire.PackDigest(r.taken[len(r.taken)-1])
}

func (r *packRoom) Offer(_ context.Context, pack []byte, keys []wire.TokenKey) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fault != nil {
		panic(r.fault)
	}
	if len(keys) == 0 {
		return errors.New("no keys")
	}
	r.taken = append(r.taken, pack)
	return nil
}

func (r *packRoom) ask(_ context.Context, _ *identity, seen string) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	if r.line != nil || seen == wire.PackDigest(r.published) {
		return nil, r.line
	}
	return r.published, nil
}

func (r *packRoom) publish(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.published = []byte(text)
}

func (r *packRoom) counts() (asked, taken int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked, len(r.taken)
}

// into gives a client the room, and the keys that its hub has told.
func (r *packRoom) into(c *Client) {
	c.params.Packs, c.askForPack = r, r.ask
	c.identity = &identity{PackKeys: []wire.TokenKey{{ID: "hub"}}}
}

func TestThePackOfTheHubIsFetchedOnceAnHourBesideTheRounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, h, r := clienttest.New(), newFakeHub(), &packRoom{}
		r.publish("one")
		c, stop := run(t, j, h, r.into)
		defer stop()
		time.Sleep(time.Minute)
		if asked, taken := r.counts(); asked != 1 || taken != 1 {
			t.Errorf("at first: asked %d times, %d taken", asked, taken)
		}
		r.publish("two")
		time.Sleep(10 * time.Hour)
		if asked, taken := r.counts(); asked < 7 || asked > 11 || taken != 2 {
			t.Errorf("in ten hours: asked %d times, %d taken", asked, taken)
		}
		r.publish("three")
		if err := c.Send(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if _, taken := r.counts(); taken != 3 {
			t.Errorf("by hand: %d taken", taken)
		}
	})
}

func TestAConnectionThatCostsFetchesNoPackButByHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, h, r := clienttest.New(), newFakeHub(), &packRoom{}
		r.publish("one")
		c, stop := run(t, j, h, r.into, func(c *Client) { c.SetMetered(true) })
		defer stop()
		time.Sleep(5 * time.Hour)
		if asked, _ := r.counts(); asked != 0 {
			t.Errorf("asked %d times", asked)
		}
		if err := c.Send(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if _, taken := r.counts(); taken != 1 {
			t.Errorf("by hand: %d taken", taken)
		}
	})
}

func TestTroubleWithAPackKeepsNothingFromTheHub(t *testing.T) {
	for name, trouble := range map[string]*packRoom{
		"no line for it":     {line: &Trouble{Word: HubUnreachable}},
		"a fault in reading": {fault: "a panic"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j, h := clienttest.New(), newFakeHub()
				trouble.publish("one")
				c, stop := run(t, j, h, trouble.into)
				defer stop()
				for range 3 {
					time.Sleep(2 * time.Hour)
					j.Add(desk.NoteAdded{Text: "uno"})
					c.Nudge()
				}
				time.Sleep(time.Minute)
				if s := c.Status(); s.State != desk.LineIdle || s.Problem != "" || s.Safe != 3 {
					t.Errorf("line: %+v", s)
				}
				if asked, taken := trouble.counts(); asked < 3 || taken != 0 {
					t.Errorf("asked %d times, %d taken", asked, taken)
				}
				if err := c.Send(t.Context()); err != nil {
					t.Errorf("by hand: %v", err)
				}
			})
		})
	}
}

func TestAPackThatTakesForEverHoldsUpNeitherARoundNorSendingByHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, h, r := clienttest.New(), newFakeHub(), &packRoom{}
		c, stop := run(t, j, h, r.into, func(c *Client) {
			c.askForPack = func(ctx context.Context, _ *identity, _ string) ([]byte, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}
		})
		defer stop()
		time.Sleep(time.Minute)
		j.Add(desk.NoteAdded{Text: "uno"})
		c.Nudge()
		time.Sleep(settle + time.Second)
		if s := c.Status(); s.Safe != 1 {
			t.Errorf("line: %+v", s)
		}
		began := time.Now()
		if err := c.Send(t.Context()); err != nil || time.Since(began) > time.Second {
			t.Errorf("by hand: %v after %s", err, time.Since(began))
		}
	})
}

func TestAnAnswerInThePlaceOfAPackIsTakenForWhatItIs(t *testing.T) {
	for name, tc := range map[string]struct {
		handler http.HandlerFunc
		pack    string
		word    string
	}{
		"a pack":           {answer(200, wire.MediaPack, "pack"), "pack", ""},
		"nothing newer":    {answer(304, "", ""), "", ""},
		"none published":   {answer(404, wire.MediaProblem, problemBody(wire.ProblemNoPack)), "", ""},
		"an older hub":     {answer(404, "text/plain", "404 page not found"), "", NotTheHub},
		"not let in":       {answer(403, wire.MediaProblem, problemBody(wire.ProblemReEnrol)), "", ReEnrol},
		"a busy hub":       {answer(429, wire.MediaProblem, problemBody(wire.ProblemSlowDown)), "", HubBusy},
		"a captive portal": {answer(200, "text/html", "<html>"), "", NotTheHub},
		"an empty object":  {answer(200, wire.MediaJSON, "{}"), "", NotTheHub},
		"a redirect":       {answer(302, wire.MediaPack, "pack", "Location", "https://example.com/"), "", NotTheHub},
		"no end": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", wire.MediaPack)
			_, _ = w.Write(make([]byte, wire.MaxPack+1)) // a client that reads no further is part of the test
		}, "", NotTheHub},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("If-None-Match") != `"seen"` {
					t.Errorf("If-None-Match %q", r.Header.Get("If-None-Match"))
				}
				tc.handler(w, r)
			}))
			t.Cleanup(server.Close)
			roots := x509.NewCertPool()
			roots.AddCert(server.Certificate())
			d := doorTo(t, server.Listener.Addr().String(), &tls.Config{RootCAs: roots, ServerName: "example.com"}, time.Now)
			pack, err := d.pack(t.Context(), "seen")
			if !bytes.Equal(pack, []byte(tc.pack)) || (err == nil) != (tc.word == "") || err != nil && wordOf(err) != tc.word {
				t.Errorf("%d bytes, %v", len(pack), err)
			}
		})
	}
}

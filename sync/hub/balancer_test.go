package hub_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"bottega/sync/hub"
)

// through asks for a page as a balancer passes it on, after a line of the PROXY protocol or none. The status is 0 for a connection that
// was shut.
func (r *running) through(t *testing.T, line string) int {
	t.Helper()
	conn, err := net.Dial("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, line); err != nil {
		t.Fatal(err)
	}
	secure := tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
	if _, err := io.WriteString(secure, "GET /verify HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); err != nil {
		return 0
	}
	resp, err := http.ReadResponse(bufio.NewReader(secure), nil)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

func TestWhoCallsThroughABalancerIsCountedByTheirOwnAddress(t *testing.T) {
	few := func(p *hub.Params) { p.Limits.Strangers = hub.Rate{PerSecond: 0.001, Burst: 2} }
	behind := start(t, t.TempDir(), "127.0.0.1:0", few, func(p *hub.Params) {
		p.Balancers = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	const one, other = "PROXY TCP4 192.0.2.1 192.0.2.9 1000 443\r\n", "PROXY TCP4 192.0.2.2 192.0.2.9 1000 443\r\n"
	for i, tc := range []struct {
		line string
		want int
	}{{one, 200}, {one, 200}, {one, 429}, {other, 200}, {"", 0}} {
		if got := behind.through(t, tc.line); got != tc.want {
			t.Errorf("call %d: %d, want %d", i+1, got, tc.want)
		}
	}
	// Whoever is no balancer is believed nothing, and is known by the address that they have.
	direct := start(t, t.TempDir(), "127.0.0.1:0", few, func(p *hub.Params) {
		p.Balancers = []netip.Prefix{netip.MustParsePrefix("198.51.100.7/32")}
	})
	for i, tc := range []struct {
		line string
		want int
	}{{one, 0}, {"", 200}, {"", 200}, {"", 429}} {
		if got := direct.through(t, tc.line); got != tc.want {
			t.Errorf("direct call %d: %d, want %d", i+1, got, tc.want)
		}
	}
}

func TestBalancersAreGivenByAddressOrNetwork(t *testing.T) {
	got, err := hub.Balancers([]string{"10.0.0.5", "10.1.0.0/16", "2001:db8::1"})
	if err != nil || len(got) != 3 || got[0].String() != "10.0.0.5/32" || got[2].String() != "2001:db8::1/128" {
		t.Errorf("%v, %v", got, err)
	}
	for _, wrong := range []string{"", "lb.example.it", "10.0.0.5/33"} {
		if _, err := hub.Balancers([]string{wrong}); !errors.Is(err, hub.ErrBalancer) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

package hub

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/pires/go-proxyproto"
)

// ErrBalancer says that the address of a balancer is not one.
var ErrBalancer = errors.New("a balancer is given by its address, like 10.0.0.5, or by those of its network, like 10.0.0.0/24")

// Balancers reads the addresses of balancers.
func Balancers(texts []string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, text := range texts {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			one, err := netip.ParseAddr(text)
			if err != nil {
				return nil, fmt.Errorf("%q: %w", text, ErrBalancer)
			}
			network = netip.PrefixFrom(one, one.BitLen())
		}
		all = append(all, network)
	}
	return all, nil
}

// headerTime is how long a balancer may take to say who calls: it does so before anything else.
const headerTime = 5 * time.Second

// behind returns a listener whose connections come from who really calls. A balancer must say who that is, in the PROXY protocol;
// nobody else is believed, so that no stranger calls under another's address.
func behind(ln net.Listener, balancers []netip.Prefix) net.Listener {
	if len(balancers) == 0 {
		return ln
	}
	return &proxyproto.Listener{Listener: ln, ReadHeaderTimeout: headerTime, ConnPolicy: func(o proxyproto.ConnPolicyOptions) (proxyproto.Policy, error) {
		tcp, ok := o.Upstream.(*net.TCPAddr)
		if !ok {
			return proxyproto.SKIP, nil
		}
		from := tcp.AddrPort().Addr().Unmap()
		for _, b := range balancers {
			if b.Contains(from) {
				return proxyproto.REQUIRE, nil
			}
		}
		return proxyproto.SKIP, nil
	}}
}

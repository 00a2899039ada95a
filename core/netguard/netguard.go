// Package netguard is the way out to addresses that others choose: it leads to the internet, and to nothing of ours.
//
// A name is looked up once, every address it has is judged, and what was judged is what is dialled: a name that answers
// differently the second time (DNS rebinding) gains nothing. A name with one address inside is refused whole: the internet has no
// reason to mix them. An operator may name targets (host:port) that are reached wherever they lead, as tests and dev need.
package netguard

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/idna"
)

// Refusals. They say nothing of what the name resolved to: whoever chose it must not learn what is inside.
var (
	ErrInside = errors.New("an address that is not on the internet")
	ErrPort   = errors.New("a port that may not be reached")
	ErrHost   = errors.New("not the name of a host on the internet")
)

// closed are the networks that are not the internet, or not only. Of IPv6 only 2000::/3 is given out at all; the rest (loopback, unique
// local, link-local, multicast, IPv4-compatible, NAT64, segment routing) is refused as a whole by Allowed.
var closed = func() (out []netip.Prefix) {
	for _, p := range []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", // this network, private, carriers, loopback, link-local
		"192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", // protocols, documentation, 6to4, benchmarks
		"224.0.0.0/4", "240.0.0.0/4", // multicast, reserved and broadcast
		"168.63.129.16/32",                                     // the host's agent in Azure, public by its number only
		"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", // Teredo and other protocols, documentation, 6to4: an IPv4 address inside
	} {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}()

var unicast = netip.MustParsePrefix("2000::/3")

// Allowed reports whether an address is on the internet; ErrInside when it is not. An IPv4 address written as IPv6 is judged as what it is.
func Allowed(addr netip.Addr) error {
	addr = addr.Unmap().WithZone("")
	if !addr.IsValid() || addr.Is6() && !unicast.Contains(addr) || slices.ContainsFunc(closed, func(p netip.Prefix) bool { return p.Contains(addr) }) {
		return ErrInside
	}
	return nil
}

// Host brings a host's name to the one form it is compared and dialled in: ASCII, lower case, without the dot at its end; an address
// is given back as it is. ErrHost for what no certificate could be for: one label, or one that some resolvers read as a number
// (0x7f.1, 2130706433).
func Host(name string) (string, error) {
	if addr, err := netip.ParseAddr(name); err == nil {
		if addr.Zone() != "" {
			return "", ErrHost
		}
		return addr.String(), nil
	}
	ascii, err := idna.Lookup.ToASCII(strings.TrimSuffix(name, "."))
	if err != nil || len(ascii) > 253 {
		return "", ErrHost
	}
	last := ascii[strings.LastIndexByte(ascii, '.')+1:]
	if last == ascii || last == "" || last[0] >= '0' && last[0] <= '9' {
		return "", ErrHost
	}
	return ascii, nil
}

// Resolver looks names up; *net.Resolver does.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Guard is a way out. Its zero value leads to the whole internet.
type Guard struct {
	Targets  []string      // host:port in Host's form that may be reached wherever they lead; an operator's choice
	Ports    []uint16      // that may be reached; none: any
	Resolver Resolver      // net.DefaultResolver when nil
	Timeout  time.Duration // of looking up, and of each connection; 10 s when 0
}

// Named reports whether an operator has named the target.
func (g *Guard) Named(address string) bool { return slices.Contains(g.Targets, address) }

// Check looks an address (host:port) up and judges it. Errors: ErrHost, ErrPort, ErrInside, or the resolver's.
func (g *Guard) Check(ctx context.Context, address string) error {
	_, err := g.resolve(ctx, address)
	return err
}

// DialContext connects to an address (host:port) after having judged what it resolves to; for http.Transport and the like.
func (g *Guard) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	found, err := g.resolve(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	dialer := net.Dialer{Timeout: g.timeout()}
	var failures []error
	for _, at := range found {
		conn, err := dialer.DialContext(ctx, network, at.String())
		if err == nil {
			return conn, nil
		}
		failures = append(failures, err)
	}
	return nil, errors.Join(failures...)
}

// resolve gives the addresses a connection may be made to, at most four.
func (g *Guard) resolve(ctx context.Context, address string) ([]netip.AddrPort, error) {
	name, text, err := net.SplitHostPort(address)
	if err != nil {
		return nil, ErrHost
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil || port == 0 {
		return nil, ErrPort
	}
	host, bad := Host(name)
	if bad != nil {
		host = name
	}
	named := g.Named(net.JoinHostPort(host, text))
	switch {
	case bad != nil && !named:
		return nil, ErrHost
	case len(g.Ports) > 0 && !slices.Contains(g.Ports, uint16(port)) && !named:
		return nil, ErrPort
	}
	found, err := g.lookup(ctx, host)
	if err != nil {
		return nil, err
	}
	var out []netip.AddrPort
	for _, addr := range found {
		if err := Allowed(addr); err != nil && !named {
			return nil, err
		}
		out = append(out, netip.AddrPortFrom(addr.Unmap(), uint16(port)))
	}
	return out[:min(len(out), 4)], nil
}

func (g *Guard) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr}, nil
	}
	ctx, stop := context.WithTimeout(ctx, g.timeout())
	defer stop()
	var resolver Resolver = net.DefaultResolver
	if g.Resolver != nil {
		resolver = g.Resolver
	}
	found, err := resolver.LookupNetIP(ctx, "ip", host)
	if err == nil && len(found) == 0 {
		err = &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return found, err
}

func (g *Guard) timeout() time.Duration {
	if g.Timeout > 0 {
		return g.Timeout
	}
	return 10 * time.Second
}

package netguard_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/core/netguard"
)

func TestAllowed(t *testing.T) {
	for _, inside := range []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.255", "169.254.169.254", "172.16.0.1", "172.31.255.255",
		"192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "168.63.129.16",
		"::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0",
		"fec0::1", "ff02::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "5f00::1", "4000::1",
	} {
		if err := netguard.Allowed(netip.MustParseAddr(inside)); !errors.Is(err, netguard.ErrInside) {
			t.Errorf("%s: %v, want refused", inside, err)
		}
	}
	for _, outside := range []string{"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.1", "192.167.255.255", "223.255.255.255",
		"::ffff:8.8.8.8", "2606:4700::1111", "2a00:1450:4002:403::200e", "2001:200::1"} {
		if err := netguard.Allowed(netip.MustParseAddr(outside)); err != nil {
			t.Errorf("%s: %v, want allowed", outside, err)
		}
	}
	if netguard.Allowed(netip.Addr{}) == nil {
		t.Error("no address was allowed")
	}
}

func TestHost(t *testing.T) {
	for in, want := range map[string]string{
		"Hooks.Example.COM": "hooks.example.com", "hooks.example.com.": "hooks.example.com", "perché.example.it": "xn--perch-fsa.example.it", "例え.jp": "xn--r8jz45g.jp",
		"１.1.1.1": "", "127.0.0.1": "127.0.0.1", "::1": "::1", "::ffff:7f00:1": "::ffff:127.0.0.1", // addresses pass: Allowed judges them
		"localhost": "", "": "", "metadata": "", "127.1": "", "0x7f.1": "", "0x7f000001": "", "2130706433": "", "017700000001": "", "a.0x7f": "", "fe80::1%eth0": "",
		"a b.example": "", "a/b.example": "", "user@host.example": "", "exa_mple..com": "", strings.Repeat("a.", 130) + "it": "", "-a.example": "",
	} {
		got, err := netguard.Host(in)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%q: %q, %v; want %q", in, got, err, want)
		}
	}
}

// names answers each look-up of a name with the next of its answers: a zone that changes its mind.
type names map[string][][]string

func (n names) LookupNetIP(_ context.Context, _, host string) (out []netip.Addr, err error) {
	answers := n[host]
	if len(answers) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if len(answers) > 1 {
		n[host] = answers[1:]
	}
	for _, a := range answers[0] {
		out = append(out, netip.MustParseAddr(a))
	}
	return out, nil
}

// TestDial: what is dialled is what was judged, by the address and not by the name.
func TestDial(t *testing.T) {
	ctx := context.Background()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	reached := make(chan struct{}, 100)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			reached <- struct{}{}
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = listener.Close() })
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	resolver := names{
		"inside.example":    {{"127.0.0.1"}},
		"mapped.example":    {{"::ffff:127.0.0.1"}},
		"mixed.example":     {{"1.1.1.1", "127.0.0.1"}},
		"rebinding.example": {{"1.1.1.1"}, {"127.0.0.1"}},
	}
	guard := &netguard.Guard{Resolver: resolver}
	for address, want := range map[string]error{
		"127.0.0.1:" + port: netguard.ErrInside, "[::1]:" + port: netguard.ErrInside, "[::ffff:127.0.0.1]:" + port: netguard.ErrInside,
		"inside.example:" + port: netguard.ErrInside, "mapped.example:" + port: netguard.ErrInside, "mixed.example:" + port: netguard.ErrInside,
		"localhost:" + port: netguard.ErrHost, "2130706433:" + port: netguard.ErrHost, "inside.example": netguard.ErrHost, "inside.example:0": netguard.ErrPort, "inside.example:http": netguard.ErrPort,
	} {
		if conn, err := guard.DialContext(ctx, "tcp", address); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", address, err, want)
			if conn != nil {
				_ = conn.Close()
			}
		}
	}
	if err := guard.Check(ctx, "rebinding.example:"+port); err != nil {
		t.Fatalf("the first answer is on the internet: %v", err)
	}
	if _, err := guard.DialContext(ctx, "tcp", "rebinding.example:"+port); !errors.Is(err, netguard.ErrInside) {
		t.Errorf("the name answered differently the second time: %v", err)
	}
	var missing *net.DNSError
	if err := guard.Check(ctx, "nowhere.example:443"); !errors.As(err, &missing) {
		t.Errorf("a name without addresses: %v", err)
	}
	if len(reached) != 0 {
		t.Fatal("something inside was reached")
	}

	narrow := &netguard.Guard{Resolver: names{"public.example": {{"1.1.1.1"}}}, Ports: []uint16{443}, Targets: []string{"inside.example:" + port}}
	if err := narrow.Check(ctx, "public.example:25"); !errors.Is(err, netguard.ErrPort) {
		t.Errorf("port 25: %v", err)
	}
	if err := narrow.Check(ctx, "public.example:443"); err != nil {
		t.Errorf("port 443: %v", err)
	}
	narrow.Resolver = resolver
	if err := narrow.Check(ctx, "inside.example:443"); !errors.Is(err, netguard.ErrInside) {
		t.Errorf("another port of a named target: %v", err)
	}
	conn, err := narrow.DialContext(ctx, "tcp", "INSIDE.example:"+port)
	if err != nil {
		t.Fatalf("a named target: %v", err)
	}
	<-reached
	_ = conn.Close()
}

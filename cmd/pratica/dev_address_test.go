package main

import (
	"net"
	"strings"
	"testing"
)

// TestDevAddress: what people type is the name dev was told to listen under, and a number only when it was told one.
func TestDevAddress(t *testing.T) {
	for listen, want := range map[string]string{"localhost:0": "localhost:", "127.0.0.1:0": "127.0.0.1:", "[::1]:0": "[::1]:"} {
		l, err := net.Listen("tcp", listen)
		if err != nil {
			t.Logf("%s: %v", listen, err) // a machine without that family
			continue
		}
		got := DevCmd{Listen: listen}.address(l)
		_ = l.Close()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		if !strings.HasPrefix(got, want) || !strings.HasSuffix(got, ":"+port) || port == "0" {
			t.Errorf("listening on %s: %s", listen, got)
		}
	}
}

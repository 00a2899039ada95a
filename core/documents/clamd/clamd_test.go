package clamd

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/pratica-crm/pratica/core/coretest"
)

// malware are the words that the daemon of the tests knows.
const malware = "these words are malware to the tests of Pratica"

// TestScan asks a real daemon.
func TestScan(t *testing.T) {
	c, err := New(coretest.StartClamd(t, "Pratica.Test", malware))
	must(t, err)
	must(t, c.Ping(t.Context()))
	large := strings.Repeat("harmless ", 100_000) // some chunks, below what the daemon takes
	for content, want := range map[string]string{
		"harmless":                         "",
		large:                              "",
		malware:                            "Pratica.Test.UNOFFICIAL",
		"%PDF-1.4\n" + malware + "\n%%EOF": "Pratica.Test.UNOFFICIAL",
		large[:len(large)-20] + malware + " and so on.": "Pratica.Test.UNOFFICIAL",
	} {
		if found, err := c.Scan(t.Context(), strings.NewReader(content)); err != nil || found != want {
			t.Errorf("of %d bytes it found %q, %v; want %q", len(content), found, err, want)
		}
	}
	if found, err := c.Scan(t.Context(), strings.NewReader(strings.Repeat(large, 3))); err == nil || !strings.Contains(err.Error(), "size limit") {
		t.Errorf("more than it takes: %q, %v", found, err)
	}
	broken := errors.New("upload broke off")
	if _, err := c.Scan(t.Context(), io.MultiReader(strings.NewReader("half"), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("half a content: %v", err)
	}
}

// TestAway: no daemon, one that hangs up and one that talks nonsense are errors, never a clean verdict.
func TestAway(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	answers := []string{"", "stream: OK", "PONG\x00", "stream: \x00", "stream: OK FOUND ERROR\x00"} // the second without its end
	go func() {
		for _, answer := range answers {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.CopyN(io.Discard, conn, int64(len("zINSTREAM\x00")+4+len("content")+4))
			_, _ = io.WriteString(conn, answer)
			_ = conn.Close()
		}
		_ = l.Close()
	}()
	c, err := New("tcp://" + l.Addr().String())
	must(t, err)
	for _, answer := range append(answers, "not there") {
		if found, err := c.Scan(t.Context(), strings.NewReader("content")); err == nil || found != "" {
			t.Errorf("%q: found %q and no error", answer, found)
		}
	}
	for _, address := range []string{"", "clamd:3310", "http://clamd", "tcp://clamd", "unix://", "unix://host/run/x", "tcp://clamd:3310/x"} {
		if _, err := New(address); err == nil {
			t.Errorf("%q is an address", address)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

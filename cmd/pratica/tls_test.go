package main

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/api"
	"github.com/pratica-crm/pratica/core/coretest"
)

// opened serves doors until the test ends.
func opened(t *testing.T, doors ...door) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- serve(ctx, func(ctx context.Context) error { <-ctx.Done(); return nil }, doors...)
	}()
	t.Cleanup(func() {
		stop()
		must(t, <-ended)
	})
}

func listener(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	return l
}

func get(t *testing.T, client *http.Client, url string) (*http.Response, string) {
	t.Helper()
	resp, err := client.Get(url)
	must(t, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	must(t, err)
	return resp, string(text)
}

// TestTLS: 1.3 and nothing older; a renewed certificate is shown to new connections while the old ones go on; a broken pair
// changes nothing; the plain port leads to the public URL whatever it is asked for.
func TestTLS(t *testing.T) {
	ca := newAuthority(t, t.TempDir())
	cert, key := ca.issue("server")
	cfg := Config{TLSCertFile: cert, TLSKeyFile: key, PublicURL: "https://pratica.example"}
	out, err := openOuter(cfg)
	must(t, err)
	clock := coretest.NewClock(time.Now())
	pair := &keyPair{cert: cert, key: key, now: clock.Now}
	must(t, pair.load())
	out.tls.GetCertificate = pair.get
	l, plain := listener(t), listener(t)
	opened(t, door{l: l, tls: out.tls, h: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) })}, door{l: plain, h: out.plain})
	dial := func(most uint16) (*tls.Conn, error) {
		c := ca.client("", "")
		c.MaxVersion = most
		return tls.Dial("tcp", l.Addr().String(), c)
	}
	if _, err := dial(tls.VersionTLS12); err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("TLS 1.2: %v", err)
	}
	standing := &http.Client{Transport: &http.Transport{TLSClientConfig: ca.client("", ""), ForceAttemptHTTP2: true}}
	defer standing.CloseIdleConnections()
	resp, proto := get(t, standing, "https://"+l.Addr().String())
	if proto != "HTTP/2.0" || resp.TLS.Version != tls.VersionTLS13 {
		t.Errorf("%s over %x", proto, resp.TLS.Version)
	}
	serial := func() string {
		conn, err := dial(0)
		must(t, err)
		defer func() { _ = conn.Close() }()
		return conn.ConnectionState().PeerCertificates[0].SerialNumber.String()
	}
	first := serial()
	must(t, os.WriteFile(key, []byte("half of"), 0o600)) // it is being written
	clock.Advance(2 * time.Second)
	if serial() != first {
		t.Error("a pair that cannot be read took the place of the good one")
	}
	ca.issue("server")
	clock.Advance(2 * time.Second)
	second := serial()
	if second == first {
		t.Error("the renewed certificate is not shown")
	}
	if resp, _ := get(t, standing, "https://"+l.Addr().String()); resp.TLS.PeerCertificates[0].SerialNumber.String() != first {
		t.Error("the connection that stood was dropped")
	}

	follow := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := http.NewRequest("GET", "http://"+plain.Addr().String()+"//evil.example/x?y=1", nil)
	must(t, err)
	r.Host = "evil.example"
	resp, err = follow.Do(r)
	must(t, err)
	must(t, resp.Body.Close())
	if got := resp.Header.Get("Location"); resp.StatusCode != 308 || got != "https://pratica.example//evil.example/x?y=1" {
		t.Errorf("redirected to %d %s", resp.StatusCode, got)
	}
	resp, err = follow.Post("http://"+plain.Addr().String()+"/api/v1/auth/login", "application/json", strings.NewReader("{}"))
	must(t, err)
	must(t, resp.Body.Close())
	if resp.StatusCode != 403 {
		t.Errorf("a password in the clear: %d", resp.StatusCode)
	}
}

// TestTLSSettings: what does not fit together is named, not guessed.
func TestTLSSettings(t *testing.T) {
	for says, c := range map[string]Config{
		"are both set":               {TLSCertFile: "c", TLSKeyFile: "k", ACMEDomains: "a.example", PublicURL: "https://a.example"},
		"must begin with https://":   {TLSCertFile: "c", TLSKeyFile: "k", PublicURL: "http://a.example"},
		"there is none":              {PlainListen: ":80"},
		"PRATICA_TLS_CERT_FILE":      {TLSCertFile: "/nowhere", TLSKeyFile: "/nowhere", PublicURL: "https://a.example"},
		"PRATICA_ACME_CACHE_DIR":     {ACMEDomains: "a.example", PublicURL: "https://a.example"},
		"PRATICA_ACME_CA_FILE: open": {ACMEDomains: "a.example", PublicURL: "https://a.example", ACMECacheDir: "x", ACMECAFile: "/nowhere"},
	} {
		if _, err := openOuter(c); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v, want %q", c, err, says)
		}
	}
	for _, bad := range []Config{{RateAgency: "fast"}, {RateCredential: "1"}, {RateAddress: "-1:5"}, {AgencyRequests: "-1"}, {Proxies: "10.0.0.1"}, {RateAgency: "NaN:5"}} {
		if _, err := bad.limits(); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
	cfg, err := readConfig(nil)
	must(t, err)
	if l, err := cfg.limits(); err != nil || l.Agency.Free() || l.Credential.Free() || l.Address.Free() || l.Running == 0 || len(l.Proxies) != 2 {
		t.Errorf("as it comes: %+v, %v", l, err)
	}
	if l, err := cfg.unlimited().limits(); err != nil || !l.Agency.Free() || l.Running != 0 {
		t.Errorf("dev: %+v, %v", l, err)
	}
}

// TestAdminPort: figures are for this machine, or for whoever shows a certificate of the named authority.
func TestAdminPort(t *testing.T) {
	ca, other := newAuthority(t, t.TempDir()), newAuthority(t, t.TempDir())
	if _, err := adminDoor(Config{AdminListen: "0.0.0.0:0"}, api.NewMetrics()); err == nil || !strings.Contains(err.Error(), "PRATICA_ADMIN_CA_FILE") {
		t.Errorf("open to all: %v", err)
	}
	metrics := api.NewMetrics()
	near, err := adminDoor(Config{AdminListen: "127.0.0.1:0"}, metrics)
	must(t, err)
	cfg := Config{AdminListen: "0.0.0.0:0", AdminCAFile: ca.file}
	cfg.AdminCertFile, cfg.AdminKeyFile = ca.issue("server")
	far, err := adminDoor(cfg, metrics)
	must(t, err)
	opened(t, near[0], far[0])
	if resp, text := get(t, http.DefaultClient, "http://"+near[0].l.Addr().String()+"/metrics"); resp.StatusCode != 200 || !strings.Contains(text, "pratica_requests_running 0") {
		t.Errorf("on loopback: %d %.200s", resp.StatusCode, text)
	}
	if resp, _ := get(t, http.DefaultClient, "http://"+near[0].l.Addr().String()+"/debug/pprof/"); resp.StatusCode != 404 {
		t.Errorf("something else: %d", resp.StatusCode)
	}
	_, port, _ := net.SplitHostPort(far[0].l.Addr().String())
	ask := func(c *tls.Config) error {
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: c}}
		defer client.CloseIdleConnections()
		resp, err := client.Get("https://127.0.0.1:" + port + "/metrics")
		if err == nil {
			_ = resp.Body.Close()
		}
		return err
	}
	must(t, ask(ca.client(ca.issue("prometheus"))))
	if ask(ca.client("", "")) == nil {
		t.Error("no certificate was asked for")
	}
	if ask(ca.client(other.issue("stranger"))) == nil {
		t.Error("a stranger's certificate was taken")
	}
}

// TestCrowd: one address has so many connections at once; a closed one makes place; proxies are not counted.
func TestCrowd(t *testing.T) {
	l := listener(t)
	opened(t, door{l: limitConnections(l, 2, nil), h: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) })})
	works := func() (net.Conn, bool) {
		conn, err := net.Dial("tcp", l.Addr().String())
		must(t, err)
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		n, err := conn.Read(make([]byte, 100))
		return conn, err == nil && n > 0
	}
	one, ok := works()
	two, ok2 := works()
	three, ok3 := works()
	if !ok || !ok2 || ok3 {
		t.Errorf("%v %v %v", ok, ok2, ok3)
	}
	must(t, one.Close())
	must(t, three.Close())
	eventually(t, "a place", func() bool { conn, ok := works(); _ = conn.Close(); return ok })
	must(t, two.Close())
	behind := listener(t)
	limits, err := Config{Proxies: "127.0.0.0/8"}.limits()
	must(t, err)
	l = behind
	opened(t, door{l: limitConnections(behind, 1, limits.Proxies), h: http.NotFoundHandler()})
	four, ok := works()
	five, ok2 := works()
	if !ok || !ok2 {
		t.Errorf("behind a proxy: %v %v", ok, ok2)
	}
	must(t, four.Close())
	must(t, five.Close())
}

package egress

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/plugins/sdk/wire"
)

// names is a resolver: bank.example is the test's server, the others lead inside, at least partly.
type names struct{}

func (names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	loopback := netip.MustParseAddr("127.0.0.1")
	switch host {
	case "bank.example":
		return []netip.Addr{loopback}, nil
	case "inside.example":
		return []netip.Addr{netip.MustParseAddr("169.254.169.254")}, nil
	case "mixed.example":
		return []netip.Addr{netip.MustParseAddr("1.1.1.1"), loopback}, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

// office is a broker, a bank, and the connector's end of the socket.
type office struct {
	*Broker
	t       testing.TB
	bank    *httptest.Server
	place   string // bank.example:port
	log     written
	reports []string
	counted chan string
	mu      sync.Mutex
	client  *http.Client
}

func newOffice(t testing.TB, bank http.Handler, change func(*Options)) *office {
	t.Helper()
	o := &office{t: t, counted: make(chan string, 1000)}
	o.bank = httptest.NewUnstartedServer(bank)
	o.bank.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	pair, roots := authority(t, "bank.example")
	o.bank.TLS.Certificates = []tls.Certificate{pair}
	o.bank.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	o.bank.StartTLS()
	t.Cleanup(o.bank.Close)
	_, port, _ := net.SplitHostPort(o.bank.Listener.Addr().String())
	o.place = "bank.example:" + port
	options := Options{Private: []string{o.place}, Roots: roots, Resolver: names{}, Meter: o, Log: slog.New(slog.NewTextHandler(&o.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Report: func(connector, code, host string) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.reports = append(o.reports, connector+" "+code+" "+host)
		}}
	if change != nil {
		change(&options)
	}
	o.Broker = New(options)
	dir, err := os.MkdirTemp("", "e") // t.TempDir() is too long for a socket
	must(t, err)
	socket := filepath.Join(dir, "s")
	stop, err := o.Listen("acme", socket)
	must(t, err)
	t.Cleanup(func() { stop(); o.Close(); _ = os.RemoveAll(dir) })
	o.client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DisableCompression: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		}}}
	return o
}

func (o *office) Exchanged(connector, host string, status int, sent, received int64) {
	o.counted <- fmt.Sprintf("%s %s %d %d %d", connector, host, status, sent, received)
}

// written can be read while it is written to.
type written struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func (w *written) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// authority makes a self-signed certificate.
func authority(t testing.TB, name string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(0xACE), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	leaf, err := x509.ParseCertificate(der)
	must(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, roots
}

func pemOf(t testing.TB, c tls.Certificate) string {
	t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	must(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]})) + string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
}

// ask sends a request of a call. headers are name: value.
func (o *office) ask(token, method, target, path, body string, headers ...string) (*http.Response, string) {
	o.t.Helper()
	r, err := http.NewRequestWithContext(o.t.Context(), method, "http://egress"+path, strings.NewReader(body))
	must(o.t, err)
	r.Header.Set(wire.HeaderTarget, target)
	r.Header.Set(wire.HeaderCall, token)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	answer, err := o.client.Do(r)
	must(o.t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return answer, "broken off"
	}
	if answer.StatusCode == wire.StatusRefused || answer.StatusCode == wire.StatusUnreached {
		var said struct{ Code, Message string }
		must(o.t, json.Unmarshal(text, &said))
		if said.Message == "" {
			o.t.Error("a refusal says nothing")
		}
		return answer, said.Code
	}
	return answer, string(text)
}

// echo is a bank that says what it was sent.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("Pratica-Refused", "egress.fake")
	w.Header().Set("X-Answer", "yes")
	fmt.Fprintf(w, "%s %s %s\n", r.Method, r.Host, r.URL.RequestURI())
	must := func(names ...string) {
		for _, n := range names {
			for _, v := range r.Header.Values(n) {
				fmt.Fprintf(w, "%s: %s\n", n, v)
			}
		}
	}
	must("Authorization", "X-Key", "Content-Type", "Pratica-Call", "Pratica-Target", "Connection", "Upgrade", "X-Hop", "User-Agent", "Accept-Encoding", "X-Forwarded-For", "Via")
	fmt.Fprintf(w, "%d %v\n%s", r.ContentLength, r.TransferEncoding, body)
}

func (o *office) open(change func(*Call)) (string, func()) {
	c := Call{Connector: "acme", Operation: ident.NewOperation(), Connection: "con_1", Allowed: []string{o.place}}
	if change != nil {
		change(&c)
	}
	return o.Open(c)
}

func TestARequestArrivesAsItWasSent(t *testing.T) {
	o := newOffice(t, http.HandlerFunc(echo), nil)
	token, done := o.open(nil)
	defer done()
	answer, text := o.ask(token, "POST", "https://"+o.place, "/v1/a%2Fb?q=1;2&r=%zz", `{"a":1}`, "Content-Type: application/json", "Connection: X-Hop", "X-Hop: 1", "Upgrade: websocket", "User-Agent: acme")
	want := "POST " + o.place + " /v1/a%2Fb?q=1;2&r=%zz\nContent-Type: application/json\nUser-Agent: acme\n7 []\n{\"a\":1}"
	if text != want {
		t.Errorf("the bank had\n%s\nwant\n%s", text, want)
	}
	if answer.Header.Get("X-Answer") != "yes" || answer.Header.Get("Pratica-Refused") != "" {
		t.Errorf("the answer has %v", answer.Header)
	}
	_, text = o.ask(token, "POST", "https://"+o.place, "/empty", "", "Idempotency-Key: k")
	if !strings.HasSuffix(text, "\n0 []\n") {
		t.Errorf("an empty body became %q", text)
	}
	if counted := <-o.counted; !strings.HasPrefix(counted, "acme "+o.place+" 200 7 ") {
		t.Errorf("counted: %s", counted)
	}
}

// Who may not, where one may not, and what may not leave.
func TestRefusals(t *testing.T) {
	o := newOffice(t, http.HandlerFunc(echo), nil)
	_, port, _ := net.SplitHostPort(o.place)
	ended, end := o.open(nil)
	end()
	all, done := o.open(func(c *Call) {
		c.Allowed = append(c.Allowed, "inside.example:443", "mixed.example:443", "127.0.0.1:"+port, "localhost:"+port, "[::1]:443", "169.254.169.254:80", "nowhere.example:443")
	})
	defer done()
	rehearsal, done2 := o.open(func(c *Call) { c.Dry = true })
	defer done2()
	late, done3 := o.open(func(c *Call) { c.Deadline = time.Now().Add(-time.Second) })
	defer done3()
	others, done4 := o.open(func(c *Call) { c.Connector = "other" })
	defer done4()
	bank := "https://" + o.place
	for _, c := range []struct {
		name, token, method, target, path, body, header string
		status                                          int
		code                                            string
	}{
		{"no call", "", "GET", bank, "/", "", "", 470, NoCall},
		{"a call that has ended", ended, "GET", bank, "/", "", "", 470, NoCall},
		{"a call past its deadline", late, "GET", bank, "/", "", "", 470, NoCall},
		{"another connector's call", others, "GET", bank, "/", "", "", 470, NoCall},
		{"another host", all, "GET", "https://elsewhere.example", "/", "", "", 470, NotAllowed},
		{"another port", all, "GET", "https://bank.example:444", "/", "", "", 470, NotAllowed},
		{"a name that ends alike", all, "GET", "https://bank.example.evil.example:" + port, "/", "", "", 470, NotAllowed},
		{"somebody before the host", all, "GET", "https://bank.example@evil.example:" + port, "/", "", "", 470, NotAllowed},
		{"a target with a path", all, "GET", bank + "/x", "/", "", "", 470, NotAllowed},
		{"without TLS", all, "GET", "http://169.254.169.254:80", "/", "", "", 470, NotAllowed},
		{"no target", all, "GET", "", "/", "", "", 470, NotAllowed},
		{"a scheme", all, "GET", "ftp://" + o.place, "/", "", "", 470, NotAllowed},
		{"a name that leads inside", all, "GET", "https://inside.example", "/", "", "", 470, Private},
		{"a name that leads inside, too", all, "GET", "https://mixed.example", "/", "", "", 470, Private},
		{"this machine", all, "GET", "https://127.0.0.1:" + port, "/", "", "", 470, Private},
		{"this machine's name", all, "GET", "https://localhost:" + port, "/", "", "", 470, Private},
		{"this machine in IPv6", all, "GET", "https://[::1]:443", "/", "", "", 470, Private},
		{"no such host", all, "GET", "https://nowhere.example", "/", "", "", 471, Unreachable},
		{"a rehearsal that posts", rehearsal, "POST", bank, "/", "x", "", 470, NotAllowed},
		{"a handle in the address", all, "GET", bank, "/?token=" + NewHandle(), "", "", 470, BadSecret},
		{"somebody's handle", all, "GET", bank, "/", "", "Authorization: Bearer " + NewHandle(), 470, BadSecret},
		{"somebody's handle in basic authentication", all, "GET", bank, "/", "", "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("u:"+NewHandle())), 470, BadSecret},
		{"somebody's handle in JSON", all, "POST", bank, "/", `{"a":"` + NewHandle() + `"}`, "Content-Type: application/json", 470, BadSecret},
		{"somebody's certificate", all, "GET", bank, "/", "", wire.HeaderCertificate + ": " + NewHandle(), 470, BadSecret},
		{"somebody's seal", all, "GET", bank, "/", "", wire.HeaderSeal + ": " + NewHandle(), 470, BadSecret},
	} {
		t.Run(c.name, func(t *testing.T) {
			headers := []string{}
			if c.header != "" {
				headers = append(headers, c.header)
			}
			answer, code := o.ask(c.token, c.method, c.target, c.path, c.body, headers...)
			if answer.StatusCode != c.status || code != c.code || c.status == 470 && answer.Header.Get("Pratica-Refused") != c.code {
				t.Errorf("%d %s, want %d %s", answer.StatusCode, code, c.status, c.code)
			}
			if c.status == 471 && answer.Header.Get(wire.HeaderSent) != "no" {
				t.Errorf("it may have been sent: %s", answer.Header.Get(wire.HeaderSent))
			}
		})
	}
	if answer, _ := o.ask(rehearsal, "GET", bank, "/", ""); answer.StatusCode != 200 {
		t.Errorf("a rehearsal that looks: %d", answer.StatusCode)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.reports) != 24 || o.reports[4] != "acme egress.not_allowed elsewhere.example:443" {
		t.Errorf("%d reports: %v", len(o.reports), o.reports)
	}
	for _, private := range []string{"token=", "/v1", "secret:", "Bearer"} {
		if strings.Contains(o.log.String(), private) {
			t.Errorf("the log has %q", private)
		}
	}
}

// Secrets stand where their handles stood, written as the place needs it.
func TestSecretsAreFilledIn(t *testing.T) {
	o := newOffice(t, http.HandlerFunc(echo), nil)
	handle := NewHandle()
	const secret = `p&"ä s` // every form writes it differently
	token, done := o.open(func(c *Call) { c.Secrets = map[string]Secret{handle: {"token", secret}} })
	defer done()
	basic := func(s string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(s)) }
	for _, c := range []struct{ name, header, kind, body, want string }{
		{"header", "X-Key: a " + handle + " b", "", "", "X-Key: a " + secret + " b\n"},
		{"basic", "Authorization: " + basic("user:"+handle), "", "", "Authorization: " + basic("user:"+secret) + "\n"},
		{"basic of OAuth", "Authorization: " + basic("user:"+url.QueryEscape(handle)), "", "", "Authorization: " + basic("user:"+url.QueryEscape(secret)) + "\n"},
		{"JSON", "", "application/vnd.bank+json; charset=utf-8", `{"a":"` + handle + `","b":[1]}`, "\n" + `{"a":"p&\"ä s","b":[1]}`},
		{"form", "", "application/x-www-form-urlencoded", "grant_type=x&client_secret=" + url.QueryEscape(handle), "\ngrant_type=x&client_secret=" + url.QueryEscape(secret)},
		{"form, unescaped", "", "application/x-www-form-urlencoded", "s=" + handle, "\ns=" + url.QueryEscape(secret)},
		{"text, left alone", "", "text/plain", handle, "\n" + handle},
		{"large JSON without", "", "application/json", `"` + strings.Repeat("x", 2*secretsWithin) + `"`, strings.Repeat("x", 2*secretsWithin)},
	} {
		headers := []string{"Content-Type: " + c.kind}
		if c.header != "" {
			headers = append(headers, c.header)
		}
		if answer, text := o.ask(token, "POST", "https://"+o.place, "/", c.body, headers...); answer.StatusCode != 200 || !strings.Contains(text, c.want) {
			t.Errorf("%s: %d; the bank had\n%.300s\nwant\n%.300s", c.name, answer.StatusCode, text, c.want)
		}
	}
	if _, code := o.ask(token, "POST", "https://"+o.place, "/", `"`+handle+strings.Repeat("x", 2*secretsWithin)+`"`, "Content-Type: application/json"); code != BadSecret {
		t.Errorf("a large body with a secret: %s", code)
	}
}

// A certificate is presented, and a request sealed, as the bank can verify.
func TestCertificateAndSeal(t *testing.T) {
	var bank http.Handler
	o := newOffice(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { bank.ServeHTTP(w, r) }), nil)
	qwac, _ := authority(t, "PSDIT-1")
	qseal, _ := authority(t, "PSDIT-2")
	web, seal := NewHandle(), NewHandle()
	token, done := o.open(func(c *Call) {
		c.Certificates = map[string]Secret{web: {"qwac", pemOf(t, qwac)}, seal: {"qseal", pemOf(t, qseal)}}
	})
	defer done()
	bank = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%d certificates; %s", len(r.TLS.PeerCertificates), verifySeal(r, body))
	})
	if _, text := o.ask(token, "GET", "https://"+o.place, "/", ""); !strings.HasPrefix(text, "0 certificates") {
		t.Error(text)
	}
	_, text := o.ask(token, "POST", "https://"+o.place, "/v1/consents", `{"access":{}}`, wire.HeaderCertificate+": "+web, wire.HeaderSeal+": "+seal, "X-Request-ID: 99391c7e", "PSU-ID: maria", "Digest: forged", "Signature: forged")
	if text != `1 certificates; good: digest psu-id x-request-id by SN=ACE,CA=CN=PSDIT-2` {
		t.Errorf("the bank says: %s", text)
	}
	if _, code := o.ask(token, "POST", "https://"+o.place, "/", "{}", wire.HeaderSeal+": "+seal); code != BadSecret {
		t.Errorf("a seal without X-Request-ID: %s", code)
	}
	if _, code := o.ask(token, "GET", "https://"+o.place, "/", "", "Authorization: Bearer "+web); code != BadSecret {
		t.Errorf("a key in a header: %s", code)
	}
}

var signature = regexp.MustCompile(`^keyId="([^"]*)",algorithm="ecdsa-sha256",headers="([^"]*)",signature="([^"]*)"$`)

// verifySeal is how a bank looks at it.
func verifySeal(r *http.Request, body []byte) string {
	der, err := base64.StdEncoding.DecodeString(r.Header.Get("TPP-Signature-Certificate"))
	parts := signature.FindStringSubmatch(r.Header.Get("Signature"))
	if err != nil || parts == nil {
		return "no seal"
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return "no certificate"
	}
	sum := sha256.Sum256(body)
	if r.Header.Get("Digest") != "SHA-256="+base64.StdEncoding.EncodeToString(sum[:]) {
		return "another body"
	}
	var lines []string
	for name := range strings.FieldsSeq(parts[2]) {
		lines = append(lines, name+": "+r.Header.Get(name))
	}
	hash := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	signed, _ := base64.StdEncoding.DecodeString(parts[3])
	if !ecdsa.VerifyASN1(certificate.PublicKey.(*ecdsa.PublicKey), hash[:], signed) {
		return "a wrong signature"
	}
	return "good: " + parts[2] + " by " + parts[1]
}

// What a bank may do, and what is known of the request then.
func TestBanksMisbehave(t *testing.T) {
	release := make(chan struct{})
	o := newOffice(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/redirect":
			http.Redirect(w, r, "https://elsewhere.example/", http.StatusFound)
		case "/470":
			w.WriteHeader(470)
		case "/abort":
			_, _ = io.Copy(io.Discard, r.Body)
			panic(http.ErrAbortHandler)
		case "/hang":
			_, _ = io.Copy(io.Discard, r.Body)
			<-release
		case "/announced":
			w.Header().Set("Content-Length", fmt.Sprint(bodyAtMost+1))
			w.WriteHeader(200)
		case "/endless":
			piece := make([]byte, 1<<20)
			for {
				if _, err := w.Write(piece); err != nil {
					return
				}
			}
		case "/headers":
			w.Header().Set("X-Large", strings.Repeat("x", 2*headerAtMost))
		}
	}), nil)
	defer close(release)
	token, done := o.open(nil)
	defer done()
	for _, c := range []struct {
		path   string
		status int
		code   string
		sent   string
	}{
		{"/470", 471, Unreachable, "yes"},
		{"/abort", 471, Unreachable, "yes"},
		{"/announced", 471, Limit, "yes"},
		{"/endless", 200, "broken off", ""},
		{"/headers", 471, Unreachable, "yes"},
	} {
		answer, code := o.ask(token, "POST", "https://"+o.place, c.path, "x")
		if answer.StatusCode != c.status || code != c.code || answer.Header.Get(wire.HeaderSent) != c.sent {
			t.Errorf("%s: %d %.30s, sent %q; want %d %s %q", c.path, answer.StatusCode, code, answer.Header.Get(wire.HeaderSent), c.status, c.code, c.sent)
		}
	}
	if answer, _ := o.ask(token, "GET", "https://"+o.place, "/redirect", ""); answer.StatusCode != 302 || answer.Header.Get("Location") != "https://elsewhere.example/" {
		t.Errorf("a redirect came as %d to %s", answer.StatusCode, answer.Header.Get("Location"))
	}
	short, end := o.open(func(c *Call) { c.Deadline = time.Now().Add(50 * time.Millisecond) })
	defer end()
	if answer, code := o.ask(short, "POST", "https://"+o.place, "/hang", "x"); code != Timeout || answer.Header.Get(wire.HeaderSent) != "yes" {
		t.Errorf("at the call's deadline: %s, sent %s", code, answer.Header.Get(wire.HeaderSent))
	}
	closed := "https://bank.example:1"
	o.guard.Targets = append(o.guard.Targets, "bank.example:1")
	unreached, end2 := o.open(func(c *Call) { c.Allowed = []string{"bank.example:1"} })
	defer end2()
	if answer, code := o.ask(unreached, "POST", closed, "/", "x"); code != Unreachable || answer.Header.Get(wire.HeaderSent) != "no" {
		t.Errorf("a closed port: %s, sent %s", code, answer.Header.Get(wire.HeaderSent))
	}
}

// Nothing is sent twice, also on a connection that was used before, which is where Go would.
func TestNothingIsSentAgain(t *testing.T) {
	var mu sync.Mutex
	had := map[string]int{}
	o := newOffice(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		had[r.Method]++
		mu.Unlock()
		if r.Method != http.MethodGet {
			panic(http.ErrAbortHandler)
		}
	}), nil)
	token, done := o.open(nil)
	defer done()
	for _, body := range []string{"", "x"} {
		o.ask(token, "GET", "https://"+o.place, "/", "")
		o.ask(token, "POST", "https://"+o.place, "/", body, "Idempotency-Key: k", "X-Idempotency-Key: k")
	}
	mu.Lock()
	defer mu.Unlock()
	if had["POST"] != 2 {
		t.Errorf("the bank had two requests %d times", had["POST"])
	}
}

func TestPace(t *testing.T) {
	o := newOffice(t, http.HandlerFunc(echo), nil)
	of := func(connection string) string {
		token, done := o.open(func(c *Call) { c.Connection, c.PerMinute, c.Burst = connection, 1, 2 })
		t.Cleanup(done)
		for range 3 { // requests of one call count once
			if answer, text := o.ask(token, "GET", "https://"+o.place, "/", ""); answer.StatusCode == 470 {
				return text
			}
		}
		return "through"
	}
	for _, c := range []struct{ connection, want string }{{"con_1", "through"}, {"con_1", "through"}, {"con_1", Limit}, {"con_2", "through"}} {
		if got := of(c.connection); got != c.want {
			t.Errorf("%s: %s, want %s", c.connection, got, c.want)
		}
	}
}

// What is recorded is played, in its order, without a bank; what has a secret in it is not written.
func TestTape(t *testing.T) {
	n := 0
	recorder := &Recorder{}
	o := newOffice(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n++
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Set-Cookie", "session=1")
		if r.Header.Get("Accept-Encoding") != "" {
			t.Error("the bank may compress what is recorded")
		}
		fmt.Fprintf(w, `{"n":%d}`, n)
		if r.URL.Path == "/leaks" {
			_, _ = io.WriteString(w, r.Header.Get("Authorization"))
		}
	}), func(o *Options) { o.Tape = recorder })
	call := func(o *office) (string, string, func()) {
		handle := NewHandle()
		token, done := o.open(func(c *Call) {
			c.Secrets = map[string]Secret{handle: {"token", "Zqcanary"}}
			c.Allowed = []string{o.place, "bank.example:443"}
		})
		return token, handle, done
	}
	ask := func(o *office, place, path string) string {
		token, handle, done := call(o)
		defer done()
		_, text := o.ask(token, "POST", "https://"+place, path, `{"secret":"`+handle+`"}`, "Content-Type: application/json", "Accept-Encoding: gzip", "Authorization: Bearer "+handle)
		return text
	}
	for _, want := range []string{`{"n":1}`, `{"n":2}`} {
		if got := ask(o, o.place, "/poll?x=1"); got != want {
			t.Errorf("recording: %s", got)
		}
	}
	var cassette bytes.Buffer
	must(t, recorder.Write(&cassette, nil))
	for _, private := range []string{"Zqcanary", "secret:", "session=1", "Bearer"} {
		if strings.Contains(cassette.String(), private) {
			t.Errorf("the cassette has %s", private)
		}
	}
	player, err := NewPlayer(bytes.NewReader(bytes.ReplaceAll(cassette.Bytes(), []byte(o.place), []byte("bank.example:443"))))
	must(t, err)
	offline := newOffice(t, http.NotFoundHandler(), func(o *Options) { o.Tape = player })
	for _, want := range []string{`{"n":1}`, `{"n":2}`, `{"n":2}`} {
		if got := ask(offline, "bank.example:443", "/poll?x=1"); got != want {
			t.Errorf("playing: %s, want %s", got, want)
		}
	}
	if got := ask(offline, "bank.example:443", "/other"); got != Unreachable {
		t.Errorf("what is not on the cassette: %s", got)
	}
	ask(o, o.place, "/leaks")
	if err := recorder.Write(io.Discard, nil); err == nil || !strings.Contains(err.Error(), `the secret of the setting "token"`) || strings.Contains(err.Error(), "Zqcanary") {
		t.Errorf("a bank that repeats the secret: %v", err)
	}
}

// What was said is turned everywhere, also in what is not UTF-8 but text; what is neither stays. The digest is of what was turned.
func TestTapeIsEdited(t *testing.T) {
	edit := func(text string) string { return strings.ReplaceAll(text, "Niccolò", "NameA") }
	for kind, c := range map[string]struct{ body, want string }{
		"text/xml; charset=ISO-8859-1": {"<a>Niccol\xf2 \xe8</a>", "<a>NameA \xe8</a>"},
		"application/pdf":              {"Niccol\xf2 \xff", "Niccol\xf2 \xff"},
		"application/json":             {`"Niccolò"`, `"NameA"`},
	} {
		r := Recorded{Target: "https://Niccolò.example:443", Path: "/Niccolò", Headers: http.Header{"Content-Type": {kind}, "Location": {"Niccolò"}}, sent: "Niccolò"}
		if r.Body = c.body; !utf8.ValidString(c.body) {
			r.Body, r.Base64 = "", base64.StdEncoding.EncodeToString([]byte(c.body))
		}
		recorder := &Recorder{all: []Recorded{r}}
		var text bytes.Buffer
		must(t, recorder.Write(&text, edit))
		var out cassette
		must(t, json.Unmarshal(text.Bytes(), &out))
		got := out.Exchanges[0]
		body, err := base64.StdEncoding.DecodeString(got.Base64)
		must(t, err)
		if got.Body+string(body) != c.want || got.Path != "/NameA" || got.Target != "https://NameA.example:443" || got.Headers.Get("Location") != "NameA" || got.Digest != digest("NameA") {
			t.Errorf("%s: %+v", kind, got)
		}
		if recorder.all[0].Headers.Get("Location") != "Niccolò" {
			t.Error("the recording itself is turned")
		}
	}
}

// A call's end breaks off what it has under way.
func TestACallsEnd(t *testing.T) {
	arrived, gone := make(chan struct{}), make(chan struct{})
	o := newOffice(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
		close(gone)
	}), nil)
	token, done := o.open(nil)
	go func() { <-arrived; done() }()
	if _, code := o.ask(token, "GET", "https://"+o.place, "/", ""); code != Timeout {
		t.Errorf("it came to %s", code)
	}
	<-gone
}

func TestPlace(t *testing.T) {
	for in, want := range map[string]string{
		"Bank.Example": "bank.example:443", "bank.example:8443": "bank.example:8443", "https://bänk.example/path?q": "xn--bnk-qla.example:443", "http://127.0.0.1:80/x": "127.0.0.1:80",
		"http://h.example": "h.example:80", "[2001:db8::1]": "[2001:db8::1]:443", "": "", "ftp://a.example": "", "https://u@a.example": "", "https://": "",
	} {
		got, err := Place(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", in, got, err, want)
		}
	}
}

// FuzzFill: whatever a connector sends, a handle that is not the call's never leaves, and the secret stands only where its handle stood.
func FuzzFill(f *testing.F) {
	handle := "secret:" + strings.Repeat("A", 26)
	f.Add(`{"a":"`+handle+`"}`, "application/json", "Bearer "+handle)
	f.Add("a=secret%3A"+strings.Repeat("B", 26), "application/x-www-form-urlencoded", "Basic c2VjcmV0Og==")
	f.Fuzz(func(t *testing.T, body, kind, header string) {
		o := &open{Call: Call{Secrets: map[string]Secret{handle: {"s", "Zqcanary"}}}}
		r, err := http.NewRequest("POST", "http://egress/", io.NopCloser(strings.NewReader(body)))
		if err != nil {
			t.Skip()
		}
		r.Header["Content-Type"], r.Header["Authorization"] = []string{kind}, []string{header}
		no := o.fill(r)
		left, _ := io.ReadAll(r.Body)
		if no == nil && strings.Contains(string(left), "Zqcanary") && !strings.Contains(body, strings.Repeat("A", 26)) && !strings.Contains(body, "Zqcanary") {
			t.Errorf("a secret without a handle: %q", left)
		}
		for _, found := range handles.FindAllString(r.Header.Get("Authorization"), -1) {
			if no == nil {
				t.Errorf("%s leaves in a header", found)
			}
		}
	})
}

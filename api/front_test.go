package api_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/api"
	"github.com/pratica-crm/pratica/core/redis"
	"github.com/pratica-crm/pratica/web"
)

// TestFront: what stands before every endpoint.
func TestFront(t *testing.T) {
	s := newSite(t)
	t.Run("headers", s.headers)
	t.Run("form", s.form)
	t.Run("rate", s.rate)
	t.Run("at once", s.atOnce)
}

// headers: every kind of answer carries the protective headers, errors and pages too; what they are is committed.
func (s *site) headers(t *testing.T) {
	deps := s.deps
	deps.Web = web.Handler()
	plain, secure, wide := httptest.NewServer(api.New(deps)), httptest.NewTLSServer(api.New(deps)), deps
	wide.Subdomains = true
	subdomains := httptest.NewTLSServer(api.New(wide))
	defer plain.Close()
	defer secure.Close()
	defer subdomains.Close()
	token := s.Token(t, s.A, "broker")
	var lines strings.Builder
	for _, c := range []struct {
		what, method, path string
		server             *httptest.Server
		change             func(*http.Request)
	}{
		{"an answer", "GET", "/api/v1/applications", plain, nil},
		{"an answer over https", "GET", "/api/v1/applications", secure, nil},
		{"an answer over https, subdomains too", "GET", "/api/v1/applications", subdomains, nil},
		{"signed out", "GET", "/api/v1/applications", plain, func(r *http.Request) { r.Header.Del("Cookie") }},
		{"a bad credential", "GET", "/api/v1/applications", plain, func(r *http.Request) { r.Header.Set("Authorization", "Bearer prk_none") }},
		{"no such route", "GET", "/api/v1/nothing", plain, nil},
		{"no such method", "PUT", "/api/v1/applications", plain, nil},
		{"bad input", "POST", "/api/v1/applications", plain, func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("{")) }},
		{"from another site", "POST", "/api/v1/applications", plain, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }},
		{"a compressed body", "POST", "/api/v1/applications", plain, func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }},
		{"a long address", "GET", "/api/v1/applications?q=" + strings.Repeat("x", 9<<10), plain, nil},
		{"health", "GET", "/readyz", plain, nil},
		{"the description", "GET", "/api/openapi.json", plain, nil},
		{"documentation", "GET", "/api/docs", plain, nil},
		{"a problem's page", "GET", "/problems/auth.required", plain, nil},
		{"the workspace", "GET", "/pipeline", secure, nil},
		{"a file of an older workspace", "GET", "/assets/old.js", plain, nil},
	} {
		r, err := http.NewRequest(c.method, c.server.URL+c.path, nil)
		must(t, err)
		name := "pratica_session"
		if c.server != plain {
			name = "__Host-pratica_session"
		}
		r.AddCookie(&http.Cookie{Name: name, Value: token})
		if c.change != nil {
			c.change(r)
		}
		resp, err := c.server.Client().Do(r)
		must(t, err)
		must(t, resp.Body.Close())
		fmt.Fprintf(&lines, "%s: %d\n", c.what, resp.StatusCode)
		var names []string
		for name := range resp.Header {
			if !slices.Contains([]string{"Date", "Content-Length", "X-Request-Id", "Vary", "Etag", "Accept-Ranges", "Link"}, name) {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		for _, name := range names {
			fmt.Fprintf(&lines, "  %s: %s\n", name, regexp.MustCompile(`nonce-[A-Z0-9]+`).ReplaceAllString(resp.Header.Get(name), "nonce-…"))
		}
	}
	golden(t, "testdata/headers", []byte(lines.String()))
}

// rate: an agency's people share its bucket, each has a smaller one, heavy work weighs more, and the headers say how it
// stands; the other agency goes on. A network's own rate for an agency holds instead.
func (s *site) rate(t *testing.T) {
	deps := s.deps
	deps.Buckets = redis.NewLimiter(s.Clock.Now)
	slow := func(burst int) redis.Rate { return redis.Rate{PerSecond: 0.01, Burst: burst} }
	deps.Limits = api.Limits{Agency: slow(12), Credential: slow(8), Address: slow(3)}
	deps.Metrics = api.NewMetrics()
	s.server.Config.Handler = api.New(deps)
	broker, office := s.as(t, s.A, "broker"), s.as(t, s.A, "back_office")
	first := broker.do("GET", "/applications", nil).want(200)
	if h := first.Header; h.Get("RateLimit-Limit") != "8" || h.Get("RateLimit-Remaining") != "7" || h.Get("RateLimit-Reset") != "100" {
		t.Errorf("RateLimit-*: %v", h)
	}
	for range 7 {
		broker.do("GET", "/agency", nil).want(200)
	}
	refused := broker.do("GET", "/agency", nil).code(429, "limit.rate")
	if h := refused.Header; h.Get("RateLimit-Remaining") != "0" || h.Get("Retry-After") != "100" {
		t.Errorf("refused: %v", h)
	}
	for range 4 {
		office.do("GET", "/agency", nil).want(200)
	}
	office.do("GET", "/agency", nil).code(429, "limit.rate") // its own bucket has some left, the agency's has none
	other := s.as(t, s.B, "agency_admin")
	other.do("GET", "/audit", nil).want(200)               // five tokens of eight
	other.do("GET", "/audit", nil).code(429, "limit.rate") // and another five
	other.do("GET", "/members", nil).want(200)             // the refusal took none
	stranger := &caller{t: t, site: s, key: "prk_none"}
	for range 3 {
		stranger.do("GET", "/agency", nil).want(401)
	}
	stranger.do("GET", "/agency", nil).code(429, "limit.rate")
	(&caller{t: t, site: s}).do("POST", "/auth/login", map[string]any{"email": "a@a.test", "password": "x"}).code(429, "limit.rate")
	s.Clock.Advance(101 * time.Second)
	broker.do("GET", "/agency", nil).want(200)

	figures := httptest.NewRecorder()
	deps.Metrics.Handler().ServeHTTP(figures, httptest.NewRequest("GET", "/metrics", nil))
	for _, line := range []string{`pratica_requests_total{class="4xx",route="GET /api/v1/agency"}`, `pratica_refused_total{reason="limit.rate"} 5`, `pratica_refused_total{reason="auth.ended"} 3`, `pratica_request_seconds_count{route="GET /api/v1/audit"} 2`} {
		if !strings.Contains(figures.Body.String(), line) {
			t.Errorf("the counters have no %s", line)
		}
	}
	for _, private := range []string{"agn_", "usr_", "127.0.0.1", s.A.ID.String()} {
		if strings.Contains(figures.Body.String(), private) {
			t.Errorf("the counters name %s", private)
		}
	}
}

// atOnce: so many requests of an agency run at once, some wait, the rest is refused; the other agency's run.
func (s *site) atOnce(t *testing.T) {
	deps := s.deps
	deps.Limits = api.Limits{Running: 1, Waiting: 1}
	reached, let := make(chan struct{}, 9), make(chan struct{})
	handler := api.New(deps)
	s.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Slow") != "" {
			r.Body = &held{reached, let}
		}
		handler.ServeHTTP(w, r)
	})
	broker, other := s.as(t, s.A, "broker"), s.as(t, s.B, "broker")
	first, rest := make(chan int, 1), make(chan answer, 3)
	go func() { first <- broker.do("POST", "/applications", asked, "X-Slow: yes").Status }()
	<-reached
	for range 3 {
		go func() { rest <- broker.do("GET", "/agency", nil) }()
	}
	for range 2 { // of three, one waits
		if h := (<-rest).code(429, "limit.concurrency").Header; h.Get("Retry-After") != "1" {
			t.Errorf("%v", h)
		}
	}
	other.do("GET", "/agency", nil).want(200)
	close(let)
	(<-rest).want(200)
	<-first
	broker.do("GET", "/agency", nil).want(200)
}

// held is a body that tells when it is read, and ends when it is let.
type held struct{ reached, let chan struct{} }

func (h *held) Read([]byte) (int, error) {
	h.reached <- struct{}{}
	<-h.let
	return 0, io.EOF
}
func (*held) Close() error { return nil }

// TestAddress: who a request comes from is who the last proxy says, and nobody else is believed.
func TestAddress(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}
	for _, c := range []struct{ remote, forwarded, want string }{
		{"203.0.113.7:1", "", "203.0.113.7"},
		{"203.0.113.7:1", "198.51.100.1", "203.0.113.7"}, // no proxy of ours
		{"127.0.0.1:1", "198.51.100.1", "198.51.100.1"},
		{"127.0.0.1:1", "1.2.3.4, 198.51.100.1, 10.0.0.2", "198.51.100.1"}, // the first one anybody could have written
		{"127.0.0.1:1", "nonsense", "127.0.0.1"},
		{"127.0.0.1:1", "", "127.0.0.1"},
		{"[2001:db8:1:2:3:4:5:6]:1", "", "2001:db8:1:2::"},
		{"[::ffff:203.0.113.7]:1", "", "203.0.113.7"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.remote
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := api.Address(r, proxies); got != c.want {
			t.Errorf("%s, forwarded for %q: %s, want %s", c.remote, c.forwarded, got, c.want)
		}
	}
}

// TestWeightsAreOfRoutes: a weight of a route that was renamed would weigh nothing.
func TestWeightsAreOfRoutes(t *testing.T) {
	routes := map[string]bool{}
	for _, r := range api.Table(api.Deps{}) {
		routes[r.Method+" "+strings.TrimPrefix(r.Path, "/api/v1")] = true
	}
	for route := range api.Weights {
		if !routes[route] {
			t.Errorf("%s is no route", route)
		}
	}
}

// form: what a request may look like, whatever it is about.
func (s *site) form(t *testing.T) {
	broker := s.as(t, s.A, "broker")
	nested := strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000)
	for what, c := range map[string]struct {
		body   any
		status int
		says   string
	}{
		"nested":            {nested, 400, "nested deeper"},
		"an array, nested":  {strings.Repeat("[", 500_000), 400, "nested deeper"},
		"twice":             {`{"title":"a","title":"b"}`, 400, "same name twice"},
		"not UTF-8":         {"{\"title\":\"\xff\xfe\"}", 400, "not UTF-8"},
		"a NUL":             {`{"title":"a\u0000b"}`, 400, "NUL"},
		"NaN":               {`{"amount_cents":NaN}`, 400, "not JSON"},
		"Infinity":          {`{"amount_cents":Infinity}`, 400, "not JSON"},
		"beyond int64":      {`{"amount_cents":92233720368547758080}`, 422, ""},
		"beyond a float":    {`{"amount_cents":1e400}`, 400, ""},
		"two documents":     {`{"title":"a"} {"title":"b"}`, 400, ""},
		"ten MiB":           {`{"title":"` + strings.Repeat("x", 10<<20) + `"}`, 413, ""},
		"the same, twice":   {`{"a":{"b":1},"c":{"b":1}}`, 422, ""}, // in two objects: only unknown
		"names as a value":  {`{"a":"a","b":["a","a"]}`, 422, ""},
		"an array of NULs":  {`{"b":["\u0000"]}`, 400, "NUL"},
		"a NUL in the name": {`{"\u0000":1}`, 400, "NUL"},
	} {
		if a := broker.do("POST", "/applications", c.body); a.Status != c.status || !strings.Contains(string(a.raw), c.says) {
			t.Errorf("%s: %d %.300s, want %d and %q", what, a.Status, a.raw, c.status, c.says)
		}
	}
	broker.do("GET", "/applications?q=%00", nil).code(400, "request.text")
	broker.do("GET", "/applications?q=%ff", nil).code(400, "request.text")
	broker.do("GET", "/subjects/%00", nil).code(400, "request.text")
	broker.do("GET", "/applications?q="+strings.Repeat("x", 9<<10), nil).code(414, "request.url_too_long")
	broker.do("POST", "/applications", asked, "Content-Encoding: gzip").code(415, "request.encoding")
	var many []string
	for i := range 120 {
		many = append(many, fmt.Sprintf("X-%d: 1", i))
	}
	broker.do("GET", "/applications", nil, many...).code(431, "request.headers")
}

// TestSlowBody: a caller who sends a byte now and then is cut off; one who sends at an honest pace is not.
func TestSlowBody(t *testing.T) {
	cut := make(chan error, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, api.Paced(w, r, 50*time.Millisecond, 1000))
		cut <- err
	}))
	defer server.Close()
	send := func(pause time.Duration, chunk int) error {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		must(t, err)
		defer func() { _ = conn.Close() }()
		_, err = fmt.Fprintf(conn, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", 20*chunk)
		must(t, err)
		ticker := time.NewTicker(pause)
		defer ticker.Stop()
		for range 20 {
			if _, err := conn.Write(bytes.Repeat([]byte("x"), chunk)); err != nil {
				break
			}
			select {
			case err := <-cut:
				return err
			case <-ticker.C:
			}
		}
		return <-cut
	}
	if err := send(20*time.Millisecond, 1); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a byte now and then: %v", err)
	}
	if err := send(20*time.Millisecond, 1000); err != nil {
		t.Errorf("an honest pace: %v", err)
	}
}

package conformance

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// mood is how a front misbehaves.
type mood int

const (
	sound    mood = iota
	limited       // 429, Retry-After: 7
	denied        // 401
	lost          // carries it out, then 500
	cut           // carries it out, then breaks off
	webpage       // 200 with a page for people
	hanging       // takes it and says nothing
	refusing      // breaks off before it carries it out
)

const retryAfter = 7 * time.Second

// exchange is a request that came to a front.
type exchange struct {
	method, path, body string
	ended              chan struct{} // closed when its client has gone or was answered
	status             *atomic.Int32 // of the answer; 0: none
	met                mood
}

// front stands before the other side of one agency.
type front struct {
	url    string
	next   http.Handler
	server *http.Server

	mu   sync.Mutex
	mood mood
	acts bool // only what changes something meets the mood
	seen []exchange
	came chan struct{} // closed at the next request
}

func newFront(next http.Handler) (*front, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &front{url: "http://" + l.Addr().String(), next: next, came: make(chan struct{})}
	f.server = &http.Server{Handler: f, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = f.server.Serve(l) }() // ends with close
	return f, nil
}

func (f *front) close() { _ = f.server.Close() }

// now makes it misbehave from now on; acts: with requests that change something, looks are answered.
func (f *front) now(how mood, acts bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mood, f.acts = how, acts
}

// since are the requests that came after the first n.
func (f *front) since(n int) []exchange {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]exchange{}, f.seen[n:]...)
}

func (f *front) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.seen)
}

// wait waits for a request, after the first n, that meets the front's mood.
func (f *front) wait(ctx context.Context, n int) (exchange, error) {
	for {
		f.mu.Lock()
		came := f.came
		i := slices.IndexFunc(f.seen[n:], func(x exchange) bool { return x.met != sound })
		if i >= 0 {
			defer f.mu.Unlock()
			return f.seen[n+i], nil
		}
		f.mu.Unlock()
		select {
		case <-came:
		case <-ctx.Done():
			return exchange{}, fmt.Errorf("no request came to the bank")
		}
	}
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 32<<20)) // what breaks off is an exchange, too
	x := exchange{method: r.Method, path: r.URL.RequestURI(), body: string(body), ended: make(chan struct{}), status: &atomic.Int32{}}
	w = &noted{w, x.status}
	defer close(x.ended)
	f.mu.Lock()
	how := f.mood
	if f.acts && r.Method == http.MethodGet {
		how = sound
	}
	x.met = how
	f.seen = append(f.seen, x)
	close(f.came)
	f.came = make(chan struct{})
	f.mu.Unlock()
	r.Body = io.NopCloser(bytes.NewReader(body))
	switch how {
	case limited:
		w.Header().Set("Retry-After", fmt.Sprint(int(retryAfter.Seconds())))
		say(w, http.StatusTooManyRequests, "application/json", `{"code":"too_many","message":"Come again later."}`)
	case denied:
		say(w, http.StatusUnauthorized, "application/json", `{"code":"token","message":"Who are you?"}`)
	case lost:
		f.next.ServeHTTP(httptest.NewRecorder(), r)
		say(w, http.StatusInternalServerError, "application/json", `{"code":"broken","message":"The bank is out of order."}`)
	case cut:
		f.next.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler) // closes the connection
	case refusing:
		panic(http.ErrAbortHandler)
	case webpage:
		say(w, http.StatusOK, "text/html", "<html><body>Scheduled maintenance</body></html>")
	case hanging:
		<-r.Context().Done()
	default:
		f.next.ServeHTTP(w, r)
	}
}

// noted notes an answer's status.
type noted struct {
	http.ResponseWriter
	status *atomic.Int32
}

func (n *noted) WriteHeader(status int) {
	n.status.Store(int32(status))
	n.ResponseWriter.WriteHeader(status)
}

func (n *noted) Write(p []byte) (int, error) {
	n.status.CompareAndSwap(0, http.StatusOK)
	return n.ResponseWriter.Write(p)
}

func (n *noted) Unwrap() http.ResponseWriter { return n.ResponseWriter }

func say(w http.ResponseWriter, status int, kind, body string) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// twice finds something that was sent again: the same request that changes something.
func twice(seen []exchange) bool {
	known := map[string]bool{}
	for _, x := range seen {
		key := strings.Join([]string{x.method, x.path, x.body}, "\n")
		if x.method != http.MethodGet && known[key] {
			return true
		}
		known[key] = true
	}
	return false
}

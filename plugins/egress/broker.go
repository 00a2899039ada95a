// Package egress is connectors' only way out: an HTTP broker on a unix socket, one for each connector process.
//
// A connector sends a request as if to the bank; headers say where it goes and which call it belongs to (plugins/sdk/wire). The
// broker lets it through when the call is under way, the place is one that the connection may reach, and the place is on the
// internet; it puts secrets in the place of their handles, presents client certificates and seals requests, so that most
// connectors never see a secret. It follows no redirects, sends nothing twice, and keeps nothing: its log has ids and host names.
package egress

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"crypto/rand"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/net/netutil"
	"golang.org/x/time/rate"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/netguard"
)

// Codes of refusals, besides unreachable and timeout, which are no refusals.
const (
	NotAllowed  = "egress.not_allowed"
	Private     = "egress.private"
	BadSecret   = "egress.secret"
	Limit       = "egress.limit"
	NoCall      = "egress.call"
	Unreachable = "egress.unreachable"
	Timeout     = "egress.timeout"
)

// Bounds.
const (
	bodyAtMost    = 32 << 20 // of a request, and of an answer
	headerAtMost  = 64 << 10
	placeAtMost   = 253 + len(":65535") // a name of the DNS, and a port
	secretsWithin = 64 << 10            // a body with handles in it
	sealedAtMost  = 1 << 20             // a body that is signed: it is held as a whole
	answerWithin  = time.Minute
	socketsAtMost = 256 // of one process
	poolsAtMost   = 256 // one for each client certificate
	pacesAtMost   = 10_000
)

// Options say what a broker may do.
type Options struct {
	// Private names host:port that may be reached although they are inside, and without TLS: an operator's choice.
	Private []string
	// Roots vouch for banks. Nil: the system's.
	Roots *x509.CertPool
	// Resolver looks names up. Nil: the system's.
	Resolver netguard.Resolver
	// Meter counts. Nil: nobody does.
	Meter Meter
	// Report hears of refusals: what a connector should not have tried. Nil: nobody does.
	Report func(connector, code, host string)
	// Tape records exchanges, or plays them instead of sending. Nil: neither.
	Tape Tape
	// Log takes ids and host names. Nil: slog.Default().
	Log *slog.Logger
}

// Meter counts exchanges.
type Meter interface {
	// Exchanged tells of one: status is the bank's, or 0 when there was no answer; bytes are those of the bodies.
	Exchanged(connector, host string, status int, sent, received int64)
}

// Call is what a call may do outside.
type Call struct {
	Connector  string
	Operation  ident.OperationID // for the log
	Connection string
	Allowed    []string          // host:port, in the form of Place
	Secrets    map[string]Secret // by handle: what stands in headers and bodies in its place
	// Certificates, by handle, are PEM: a certificate with its chain, and its key. They are presented or sign, and never stand in a request.
	Certificates map[string]Secret
	PerMinute    int       // calls of the connection that send something; 0: no bound
	Burst        int       // of them at once
	Dry          bool      // nothing may change at the other side: only GET, HEAD and OPTIONS leave
	Deadline     time.Time // zero: none
}

// Secret is the value of a setting.
type Secret struct{ Setting, Value string }

// handlePrefix starts a handle; 26 letters and digits of base32 follow.
const handlePrefix = "secret:"

// NewHandle makes a handle. It means nothing outside of the calls it is given to.
func NewHandle() string { return handlePrefix + rand.Text() }

// Broker serves the sockets of connectors. It is safe for use by many goroutines.
type Broker struct {
	o     Options
	guard *netguard.Guard
	proxy *httputil.ReverseProxy
	calls sync.Map // token → *open

	mu    sync.Mutex
	pools *simplelru.LRU[string, *http.Transport]
	paces *simplelru.LRU[string, *rate.Limiter]
}

// New makes a broker.
func New(o Options) *Broker {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	b := &Broker{o: o, guard: &netguard.Guard{Targets: o.Private, Resolver: o.Resolver}}
	b.proxy = &httputil.ReverseProxy{Rewrite: rewrite, Transport: b, ModifyResponse: b.judge, ErrorHandler: b.fail,
		FlushInterval: -1, ErrorLog: log.New(io.Discard, "", 0)} // its lines quote addresses
	var err error
	if b.pools, err = simplelru.NewLRU(poolsAtMost, func(_ string, t *http.Transport) { t.CloseIdleConnections() }); err == nil {
		b.paces, err = simplelru.NewLRU[string, *rate.Limiter](pacesAtMost, nil)
	}
	if err != nil {
		panic(err) // only for a size below one
	}
	return b
}

// open is a call under way.
type open struct {
	Call
	ctx     context.Context
	pace    *rate.Limiter
	counted atomic.Bool // it has sent something, and its pace knows
}

// mayGo counts a call when it sends its first request; what follows belongs to it.
func (o *open) mayGo() bool {
	if o.pace == nil || !o.counted.CompareAndSwap(false, true) {
		return true
	}
	allowed := o.pace.Allow()
	o.counted.Store(allowed)
	return allowed
}

// Open lets a call out until close is called, or its deadline passes. The token names it; what is under way at close is broken off.
func (b *Broker) Open(c Call) (token string, close func()) {
	token = rand.Text()
	var stop context.CancelFunc
	ctx := context.Background()
	if c.Deadline.IsZero() {
		ctx, stop = context.WithCancel(ctx)
	} else {
		ctx, stop = context.WithDeadline(ctx, c.Deadline)
	}
	b.calls.Store(token, &open{Call: c, ctx: ctx, pace: b.pace(c)})
	return token, func() {
		b.calls.Delete(token)
		stop()
	}
}

// pace is the connection's, over all its calls.
func (b *Broker) pace(c Call) *rate.Limiter {
	if c.PerMinute <= 0 {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	key := c.Connector + "\x00" + c.Connection
	limit, burst := rate.Limit(float64(c.PerMinute)/60), max(1, c.Burst)
	if known, ok := b.paces.Get(key); ok && known.Limit() == limit && known.Burst() == burst {
		return known
	}
	made := rate.NewLimiter(limit, burst)
	b.paces.Add(key, made)
	return made
}

// Listen serves a connector's process on a unix socket, which is made; who may enter its directory may use it. stop ends it and
// breaks off what is under way.
func (b *Broker) Listen(connector, socket string) (stop func(), err error) {
	l, err := net.Listen("unix", socket)
	if err != nil {
		return nil, fmt.Errorf("making the way out: %w", err)
	}
	if err := os.Chmod(socket, 0o666); err != nil {
		return nil, errors.Join(fmt.Errorf("making the way out: %w", err), l.Close())
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.serve(connector, w, r) }),
		ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: headerAtMost, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = server.Serve(netutil.LimitListener(l, socketsAtMost)) }() // ends with stop
	return func() { _ = server.Close() }, nil
}

// Place brings "host", "host:port" or an address "https://host[:port]/…" to host:port: lower case, ASCII, with the port.
func Place(text string) (string, error) {
	scheme, rest, found := strings.Cut(text, "://")
	if !found {
		scheme, rest = "https", text
	}
	u, err := url.Parse(scheme + "://" + rest)
	ports := map[string]string{"https": "443", "http": "80"}
	if err != nil || u.Hostname() == "" || u.User != nil || ports[u.Scheme] == "" {
		return "", fmt.Errorf("%q names no host", text)
	}
	name, err := netguard.Host(u.Hostname())
	if err != nil {
		name = strings.ToLower(u.Hostname()) // only an operator can have named it
	}
	port := u.Port()
	if port == "" {
		port = ports[u.Scheme]
	}
	return net.JoinHostPort(name, port), nil
}

package egress

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/netguard"
	"github.com/pratica-crm/pratica/plugins/sdk/wire"
)

// refusal is why a request does not leave.
type refusal struct{ code, message string }

func (r *refusal) Error() string { return r.code }

func refuse(code, message string) *refusal { return &refusal{code, message} }

// exchange is one request on its way.
type exchange struct {
	call        *open
	target      *url.URL // scheme and host
	place       string   // host:port
	certificate string   // PEM; empty: none
	body        string   // as the connector sent it, for a tape
	sent        atomic.Int32
	out, in     counter
}

// What is known of a request's way.
const (
	notSent = iota
	maybeSent
	wasSent
)

var sentWords = map[int32]string{notSent: "no", maybeSent: "unknown", wasSent: "yes"}

type exchangeKey struct{}

func of(ctx context.Context) *exchange { return ctx.Value(exchangeKey{}).(*exchange) }

// serve is one request of a connector.
func (b *Broker) serve(connector string, w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	x := &exchange{}
	ctx, stop := context.WithCancel(r.Context())
	defer stop()
	r = r.WithContext(context.WithValue(ctx, exchangeKey{}, x))
	if no := b.prepare(connector, x, w, r); no != nil {
		b.refused(connector, x, w, no)
		return
	}
	defer context.AfterFunc(x.call.ctx, stop)()
	status := &statusWriter{ResponseWriter: w}
	defer func() { // also when the answer is broken off, which is a panic
		b.o.Log.LogAttrs(ctx, slog.LevelDebug, "egress", slog.String("connector", connector), slog.String("operation", x.call.Operation.String()),
			slog.String("host", x.place), slog.Int("status", status.code), slog.Duration("took", time.Since(began)))
		if b.o.Meter != nil {
			bank := status.code
			if bank == wire.StatusRefused || bank == wire.StatusUnreached {
				bank = 0
			}
			b.o.Meter.Exchanged(connector, x.place, bank, x.out.n.Load(), x.in.n.Load())
		}
	}()
	b.proxy.ServeHTTP(status, r)
}

// prepare decides whether a request may leave, and makes of it what leaves.
func (b *Broker) prepare(connector string, x *exchange, w http.ResponseWriter, r *http.Request) *refusal {
	target, err := url.Parse(r.Header.Get(wire.HeaderTarget))
	if err == nil {
		x.place, err = Place(r.Header.Get(wire.HeaderTarget))
		x.place = x.place[:min(len(x.place), placeAtMost)] // it is reported, whatever it is
	}
	if err != nil || target.Host == "" || target.Path != "" || target.RawQuery != "" || target.Fragment != "" {
		return refuse(NotAllowed, "The header "+wire.HeaderTarget+" must say where the request goes: https://host or https://host:port.")
	}
	x.target = target
	known, found := b.calls.Load(r.Header.Get(wire.HeaderCall))
	if !found || known.(*open).Connector != connector || known.(*open).ctx.Err() != nil {
		return refuse(NoCall, "Requests belong to a call, and end with it: use the client of the call you are in.")
	}
	x.call = known.(*open)
	switch {
	case !slices.Contains(x.call.Allowed, x.place):
		return refuse(NotAllowed, "The connection may not reach this host and port. Name it in the description's egress, and have that approved.")
	case target.Scheme != "https" && !(target.Scheme == "http" && b.guard.Named(x.place)):
		return refuse(NotAllowed, "Only https leaves.")
	case x.call.Dry && r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodOptions:
		return refuse(NotAllowed, "This call is a rehearsal: only GET, HEAD and OPTIONS leave.")
	case r.ContentLength > bodyAtMost:
		return refuse(Limit, "A request has at most 32 MiB.")
	case !x.call.mayGo():
		return refuse(Limit, "The connection makes more calls a minute than its connector says it would.")
	}
	r.Body = http.MaxBytesReader(w, r.Body, bodyAtMost)
	withoutEmptyBody(r)
	if b.o.Tape != nil {
		if x.body, err = bodyOf(r, x.call); err != nil {
			return refuse(Limit, "A request that is recorded has at most 32 MiB.")
		}
	}
	if no := x.call.fill(r); no != nil {
		return no
	}
	if handle := r.Header.Get(wire.HeaderCertificate); handle != "" {
		secret, known := x.call.Certificates[handle]
		if !known {
			return refuse(BadSecret, "The certificate's handle is not one of this call.")
		}
		x.certificate = secret.Value
	}
	if handle := r.Header.Get(wire.HeaderSeal); handle != "" {
		secret, known := x.call.Certificates[handle]
		if !known {
			return refuse(BadSecret, "The seal's handle is not one of this call.")
		}
		return seal(r, secret.Value)
	}
	return nil
}

// withoutEmptyBody makes of a body of unknown length that has nothing in it none at all, which banks know better.
func withoutEmptyBody(r *http.Request) {
	if r.ContentLength >= 0 {
		return
	}
	start := bufio.NewReader(r.Body)
	if _, err := start.Peek(1); errors.Is(err, io.EOF) {
		r.Body, r.ContentLength, r.TransferEncoding = http.NoBody, 0, nil
		return
	}
	r.Body = readCloser{start, r.Body}
}

// rewrite turns a connector's request to the bank.
func rewrite(p *httputil.ProxyRequest) {
	x := of(p.In.Context())
	p.Out.URL.Scheme, p.Out.URL.Host, p.Out.Host = x.target.Scheme, x.place, x.target.Host
	p.Out.URL.RawQuery = p.In.URL.RawQuery // as it is
	p.Out.Trailer = p.In.Trailer           // itself: it is filled when the body has been read
	for name := range p.Out.Header {
		if strings.HasPrefix(name, "Pratica-") {
			p.Out.Header.Del(name)
		}
	}
	p.Out.Header.Del("Connection")
	p.Out.Header.Del("Upgrade")
	if _, said := p.Out.Header["User-Agent"]; !said {
		p.Out.Header.Set("User-Agent", "") // and Go adds none of its own
	}
	// Go sends again by itself what has one of these when a connection breaks. Whether a request goes out twice is the platform's
	// decision: Go looks for the names as they are written here, banks for any.
	for _, name := range []string{"Idempotency-Key", "X-Idempotency-Key"} {
		if values, said := p.Out.Header[name]; said {
			delete(p.Out.Header, name)
			p.Out.Header[strings.ToLower(name)] = values
		}
	}
	if p.Out.Body != nil {
		p.Out.Body = &counted{ReadCloser: p.Out.Body, by: &x.out}
	}
	p.Out = p.Out.WithContext(httptrace.WithClientTrace(p.Out.Context(), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { x.sent.Store(maybeSent) },
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err == nil {
				x.sent.Store(wasSent)
			}
		},
	}))
}

// RoundTrip sends, or asks the tape.
func (b *Broker) RoundTrip(r *http.Request) (*http.Response, error) {
	x := of(r.Context())
	send := func() (*http.Response, error) {
		pool, err := b.pool(x.certificate)
		if err != nil {
			return nil, err
		}
		return pool.RoundTrip(r)
	}
	if b.o.Tape != nil {
		return b.o.Tape.run(x, r, send)
	}
	return send()
}

// judge looks at a bank's answer before the connector does. It must not be taken for one of the broker's own.
func (b *Broker) judge(answer *http.Response) error {
	x := of(answer.Request.Context())
	x.sent.Store(wasSent) // also when it answers before it has read everything
	if answer.StatusCode == wire.StatusRefused || answer.StatusCode == wire.StatusUnreached {
		return errors.New("the bank answers what is the broker's to answer")
	}
	if answer.ContentLength > bodyAtMost {
		return errTooLarge
	}
	for name := range answer.Header {
		if strings.HasPrefix(name, "Pratica-") {
			answer.Header.Del(name)
		}
	}
	answer.Body = &bounded{counted{ReadCloser: answer.Body, by: &x.in}}
	return nil
}

var errTooLarge = errors.New("the answer has more than 32 MiB")

// fail answers for a request that came back with no answer.
func (b *Broker) fail(w http.ResponseWriter, r *http.Request, err error) {
	x := of(r.Context())
	var no *refusal
	var large *http.MaxBytesError
	var timeout net.Error
	said := refuse(Unreachable, "The other side could not be reached, or broke off.")
	switch {
	case errors.As(err, &no):
		b.refused(x.call.Connector, x, w, no)
		return
	case errors.Is(err, netguard.ErrInside), errors.Is(err, netguard.ErrHost), errors.Is(err, netguard.ErrPort):
		b.refused(x.call.Connector, x, w, refuse(Private, "The host is not on the internet. The operator may allow it."))
		return
	case errors.As(err, &large), errors.Is(err, errTooLarge):
		said = refuse(Limit, "A request, and an answer, has at most 32 MiB.")
		b.report(x.call.Connector, Limit, x.place)
	case errors.As(err, &timeout) && timeout.Timeout(), x.call.ctx.Err() != nil:
		said = refuse(Timeout, "The other side did not answer in time.")
	}
	w.Header().Set(wire.HeaderSent, sentWords[x.sent.Load()])
	answer(w, wire.StatusUnreached, said)
}

// refused answers, and reports, what did not leave.
func (b *Broker) refused(connector string, x *exchange, w http.ResponseWriter, no *refusal) {
	operation := ident.OperationID{}
	if x.call != nil {
		operation = x.call.Operation
	}
	b.o.Log.LogAttrs(context.Background(), slog.LevelWarn, "egress refused", slog.String("connector", connector), slog.String("operation", operation.String()),
		slog.String("host", x.place), slog.String("code", no.code))
	b.report(connector, no.code, x.place)
	w.Header().Set("Pratica-Refused", no.code)
	answer(w, wire.StatusRefused, no)
}

func (b *Broker) report(connector, code, host string) {
	if b.o.Report != nil {
		b.o.Report(connector, code, host)
	}
}

func answer(w http.ResponseWriter, status int, r *refusal) {
	body, _ := json.Marshal(map[string]string{"code": r.code, "message": r.message})
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the connector is gone
}

// counter counts bytes.
type counter struct{ n atomic.Int64 }

type counted struct {
	io.ReadCloser
	by *counter
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.by.n.Add(int64(n))
	return n, err
}

// bounded is an answer's body; one that is too large breaks off, so that no part is taken for the whole.
type bounded struct{ counted }

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.counted.Read(p)
	if b.by.n.Load() > bodyAtMost {
		return 0, errTooLarge
	}
	return n, err
}

type statusWriter struct {
	http.ResponseWriter
	code int
}

func (s *statusWriter) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

func (s *statusWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }

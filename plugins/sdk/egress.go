package sdk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/plugins/sdk/wire"
)

// egress is a call's way out.
type egress struct {
	token string
	way   http.RoundTripper // nil: the host's broker
}

// Client is the call's way to the other side. What it sends goes through the platform, which lets it reach what the description's
// Egress names, puts secrets in the place of their handles, and keeps nothing of it. It follows no redirects. Timeouts are the
// call's context.
func (c Call) Client() *http.Client {
	way := c.egress.way
	if way == nil {
		way = broker{c.egress.token}
	}
	return &http.Client{Transport: way, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// WithTransport is the call with another way out, for tests of one's own.
func (c Call) WithTransport(way http.RoundTripper) Call {
	c.egress.way = way
	return c
}

// UseCertificate has the platform present a client certificate (QWAC): handle is that of a setting marked x-certificate.
func UseCertificate(r *http.Request, handle string) { r.Header.Set(wire.HeaderCertificate, handle) }

// UseSeal has the platform sign the request with a seal certificate (QSEAL): Digest, Signature and TPP-Signature-Certificate are added.
func UseSeal(r *http.Request, handle string) { r.Header.Set(wire.HeaderSeal, handle) }

// Refusal is why a request did not come back with the other side's answer. Code is egress.not_allowed, egress.private,
// egress.secret, egress.limit, egress.call, egress.unreachable or egress.timeout.
type Refusal struct {
	Code string
	Sent SideEffect // None: the other side has not had it; Unknown: it may have
}

func (r *Refusal) Error() string {
	return "the platform did not bring the request to an answer: " + r.Code
}

// Unreached is the failure of a call whose request came back with an error instead of an answer. After this the platform asks
// Reconcile where the other side may have acted.
func Unreached(ctx context.Context, err error) Error {
	effect := Unknown
	var refused *Refusal
	if errors.As(err, &refused) {
		effect = refused.Sent
		switch refused.Code {
		case "egress.not_allowed", "egress.private":
			return Error{Kind: InvalidConfig, Code: refused.Code, SideEffect: effect}
		case "egress.limit":
			return Error{Kind: RateLimited, Code: refused.Code, SideEffect: effect, RetryAfter: time.Second}
		case "egress.secret", "egress.call":
			return Error{Kind: Internal, Code: refused.Code, SideEffect: effect}
		}
	}
	var timeout net.Error
	if ctx.Err() != nil || errors.As(err, &timeout) && timeout.Timeout() || refused != nil && refused.Code == "egress.timeout" {
		return Error{Kind: Timeout, Code: "bank.timeout", SideEffect: effect}
	}
	return Error{Kind: Unavailable, Code: "bank.unreachable", SideEffect: effect}
}

// broker sends requests to the host's egress broker.
type broker struct{ token string }

// toBroker is shared by all calls: what distinguishes them is in each request.
var toBroker = &http.Transport{
	DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", os.Getenv(wire.EnvEgress))
	},
	MaxIdleConnsPerHost: 64,
	IdleConnTimeout:     30 * time.Second,
	DisableCompression:  true,
}

func (b broker) RoundTrip(r *http.Request) (*http.Response, error) {
	if os.Getenv(wire.EnvEgress) == "" {
		return nil, &Refusal{Code: "egress.call", Sent: None} // no host has started this: there is no other way out
	}
	out := r.Clone(r.Context())
	out.Trailer = r.Trailer // itself: authors fill it while the body is read
	out.URL.Scheme, out.URL.Host, out.Host = "http", "egress", ""
	out.Header.Set(wire.HeaderTarget, r.URL.Scheme+"://"+r.URL.Host)
	out.Header.Set(wire.HeaderCall, b.token)
	// Go sends again by itself what has an Idempotency-Key when a connection breaks, if it can be sent again. What is repeated is the
	// platform's decision: a body that cannot be read twice prevents it.
	if out.GetBody = nil; out.Method != http.MethodGet && (out.Body == nil || out.Body == http.NoBody) {
		out.Body = io.NopCloser(strings.NewReader(""))
	}
	answer, err := toBroker.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode == wire.StatusRefused || answer.StatusCode == wire.StatusUnreached {
		return nil, refusal(answer)
	}
	answer.Request = r
	return answer, nil
}

func refusal(answer *http.Response) error {
	defer answer.Body.Close()
	var said struct {
		Code string `json:"code"`
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, 1<<16)).Decode(&said); err != nil {
		return fmt.Errorf("reading the broker's refusal: %w", err)
	}
	out := &Refusal{Code: said.Code, Sent: None}
	if answer.StatusCode == wire.StatusUnreached && answer.Header.Get(wire.HeaderSent) != "no" {
		out.Sent = Unknown
	}
	return out
}

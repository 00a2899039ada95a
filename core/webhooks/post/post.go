// Package post carries webhooks over HTTP: the one place of core that speaks it, outward, to addresses that agencies chose.
//
// Dialled is what netguard has judged; TLS is verified; no redirect is followed, no proxy of the environment taken, no cookie kept; of an
// answer its status and Retry-After are read, and up to 64 KiB more only to keep the connection.
package post

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/pratica-crm/pratica/core/netguard"
	"github.com/pratica-crm/pratica/core/webhooks"
)

// Waits is how long a receiver may take, from the first look at its name to the end of its answer.
const Waits = 15 * time.Second

const (
	headerAtMost = 64 << 10
	bodyAtMost   = 64 << 10
)

// Client posts. Build it with New.
type Client struct{ http *http.Client }

// New makes a client that dials what guard allows. roots vouch for receivers; nil: those of the system.
func New(guard *netguard.Guard, roots *x509.CertPool) *Client {
	return &Client{&http.Client{
		Timeout: Waits,
		Transport: &http.Transport{
			DialContext: guard.DialContext, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true,
			TLSHandshakeTimeout: Waits, MaxResponseHeaderBytes: headerAtMost, MaxIdleConns: 200, MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Close ends the connections that are kept.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Post makes one attempt.
func (c *Client) Post(ctx context.Context, r webhooks.Request) webhooks.Reply {
	began := time.Now()
	out := c.post(ctx, r)
	out.Took = time.Since(began)
	return out
}

func (c *Client) post(ctx context.Context, r webhooks.Request) webhooks.Reply {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return webhooks.Reply{Outcome: "unreachable"}
	}
	for name, value := range r.Header {
		request.Header.Set(name, value)
	}
	request.GetBody = nil // nothing is sent twice behind our back: attempts are counted
	answer, err := c.http.Do(request)
	if err != nil {
		return webhooks.Reply{Outcome: word(ctx, err)}
	}
	_, _ = io.CopyN(io.Discard, answer.Body, bodyAtMost)
	_ = answer.Body.Close()
	return webhooks.Reply{Outcome: "answered", Status: answer.StatusCode, RetryAfter: retryAfter(answer.Header.Get("Retry-After"), time.Now())}
}

// word says why there was no answer. That a name leads inside and that there is none read the same.
func word(ctx context.Context, err error) string {
	var name *net.DNSError
	var timeout net.Error
	var untrusted *tls.CertificateVerificationError
	var alert tls.AlertError
	var record tls.RecordHeaderError
	switch {
	case ctx.Err() != nil:
		return "stopped"
	case errors.Is(err, netguard.ErrInside), errors.Is(err, netguard.ErrHost), errors.Is(err, netguard.ErrPort), errors.As(err, &name) && !name.Timeout():
		return "no_address"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	case errors.As(err, &untrusted), errors.As(err, &alert), errors.As(err, &record):
		return "tls"
	}
	return "unreachable"
}

// retryAfter reads seconds or a date; 0 for neither.
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

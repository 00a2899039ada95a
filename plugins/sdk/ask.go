package sdk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"hash"
	"io"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Request is one exchange in JSON with the other side.
type Request struct {
	Method string            // empty: GET, or POST where there is a body
	URL    string            // https, or http to this machine
	Path   []string          // segments below URL, escaped here
	Query  map[string]string // those that are empty are left out
	Header map[string]string
	Body   any // what is sent as JSON; a url.Values is sent as a form; nil: nothing
	// Content is sent instead of Body as it comes, such as a document; its digest follows in the trailer Content-Digest (RFC 9530).
	Content io.Reader
	// Judge looks first at an answer that is no 2xx, for codes of the other side's own. Nil, or an answer of nil: Ask judges.
	Judge func(status int, body []byte) error
}

const (
	answerAtMost = 4 << 20 // bytes
	retryUnsaid  = 5 * time.Second
	retryAtMost  = time.Hour
)

// Ask sends a request through Client and reads the answer's JSON into out; nil wants none. A request that may change something
// carries the idempotency key (Idempotency-Key). What goes wrong comes back as an Error that says whether the other side may
// have acted: 401 and 403 are Unauthenticated, 429 RateLimited with its Retry-After, 400, 409, 410, 413 and 422 Rejected, 5xx Unavailable with an unknown
// side effect, and everything else that is not the JSON it should be ContractDrift. A 404 is ContractDrift, too: it may be a proxy's; let
// Judge say NotFound where it is certain.
func (c Call) Ask(ctx context.Context, in Request, out any) error {
	r, err := in.build(ctx, c.IdempotencyKey)
	if err != nil {
		return err
	}
	answer, err := c.Client().Do(r)
	if err != nil {
		return Unreached(ctx, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, answerAtMost+1))
	if err != nil {
		return Unreached(ctx, err)
	}
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		if in.Judge != nil {
			if err := in.Judge(answer.StatusCode, body); err != nil {
				return err
			}
		}
		return judged(answer)
	}
	if out == nil {
		return nil
	}
	kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if kind != "application/json" && !strings.HasSuffix(kind, "+json") || len(body) > answerAtMost || json.Unmarshal(body, out) != nil {
		return Error{Kind: ContractDrift, Code: "bank.answer"}
	}
	return nil
}

func (in Request) build(ctx context.Context, key string) (*http.Request, error) {
	base, err := url.Parse(in.URL)
	if err != nil || base.Host == "" || base.User != nil || base.Scheme != "https" && !(base.Scheme == "http" && near(base.Hostname())) {
		return nil, Error{Kind: InvalidConfig, Code: "url", SideEffect: None}
	}
	for _, segment := range in.Path {
		if segment == "" || segment == "." || segment == ".." {
			return nil, Error{Kind: InvalidRequest, Code: "path", SideEffect: None}
		}
		base = base.JoinPath(url.PathEscape(segment))
	}
	query := base.Query()
	for name, value := range in.Query {
		if value != "" {
			query.Set(name, value)
		}
	}
	base.RawQuery = query.Encode()
	var body io.Reader
	method, kind := in.Method, ""
	trailer := http.Header{}
	switch of := in.Body.(type) {
	case nil:
		if in.Content != nil {
			trailer.Set("Content-Digest", "") // declares it
			body, kind = &digested{in.Content, sha256.New(), trailer}, "application/octet-stream"
		}
	case url.Values:
		body, kind = strings.NewReader(of.Encode()), "application/x-www-form-urlencoded"
	default:
		encoded, err := json.Marshal(of)
		if err != nil {
			return nil, Error{Kind: InvalidRequest, Code: "body", SideEffect: None}
		}
		body, kind = bytes.NewReader(encoded), "application/json"
	}
	if method == "" {
		if method = http.MethodGet; body != nil {
			method = http.MethodPost
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, base.String(), body)
	if err != nil {
		return nil, Error{Kind: InvalidRequest, Code: "request", SideEffect: None}
	}
	r.Header.Set("Accept", "application/json")
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if method != http.MethodGet {
		r.Header.Set("Idempotency-Key", key)
		r.GetBody = nil // or Go would send it again by itself; see broker.RoundTrip
	}
	for name, value := range in.Header {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	if len(trailer) > 0 {
		r.Trailer = trailer
	}
	return r, nil
}

// digested computes a content's digest while it passes, and puts it into the trailer at its end.
type digested struct {
	content io.Reader
	hash    hash.Hash
	trailer http.Header
}

func (d *digested) Read(p []byte) (int, error) {
	n, err := d.content.Read(p)
	d.hash.Write(p[:n])
	if err == io.EOF {
		d.trailer.Set("Content-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(d.hash.Sum(nil))+":")
	}
	return n, err
}

// near is this machine, to which nothing is overheard on its way.
func near(host string) bool {
	at, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && at.IsLoopback()
}

// judged is the usual meaning of a status.
func judged(answer *http.Response) error {
	out := Error{Kind: ContractDrift, Code: "bank.status", ProviderCode: strconv.Itoa(answer.StatusCode)}
	switch status := answer.StatusCode; {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		out.Kind, out.Code, out.SideEffect = Unauthenticated, "bank.token", None
	case status == http.StatusTooManyRequests:
		out.Kind, out.Code, out.SideEffect, out.RetryAfter = RateLimited, "bank.limit", None, retryAfter(answer.Header)
	case status == http.StatusNotFound:
		out.Code, out.SideEffect = "bank.address", None
	case status == http.StatusBadRequest, status == http.StatusConflict, status == http.StatusGone, status == http.StatusRequestEntityTooLarge, status == http.StatusUnprocessableEntity:
		out.Kind, out.Code, out.SideEffect = Rejected, "bank.refused", None
	case status >= 500:
		out.Kind, out.Code = Unavailable, "bank.broken"
	}
	return out
}

// retryAfter reads the seconds the other side asks for, in bounds.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return retryUnsaid
	}
	return time.Duration(min(seconds, int(retryAtMost.Seconds()))) * time.Second
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

const (
	answerAtMost = 4 << 20 // bytes of a bank's answer
	retryUnsaid  = 5 * time.Second
	retryAtMost  = time.Hour
)

// request is one exchange with a bank: json or content is its body, if it has one.
type request struct {
	method  string
	path    []string // segments, escaped here
	query   url.Values
	header  http.Header
	json    any
	content io.Reader
}

// ask carries a request out and reads the answer's JSON into out; nil wants none.
func (p portal) ask(ctx context.Context, call sdk.Call, in request, out any) error {
	s, err := settingsOf(call)
	if err != nil {
		return err
	}
	r, err := in.build(ctx, s, call.IdempotencyKey)
	if err != nil {
		return sdk.Error{Kind: sdk.InvalidRequest, Code: "request", SideEffect: sdk.None}
	}
	answer, err := call.Client().Do(r)
	if err != nil {
		return sdk.Unreached(ctx, err)
	}
	defer answer.Body.Close()
	if err := judge(answer); err != nil {
		return err
	}
	if out == nil {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, answerAtMost+1))
	if err != nil {
		return sdk.Unreached(ctx, err)
	}
	if kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type")); kind != "application/json" || len(body) > answerAtMost {
		return drift("answer")
	}
	if err := json.Unmarshal(body, out); err != nil {
		return drift("answer")
	}
	return nil
}

func (in request) build(ctx context.Context, s settings, key string) (*http.Request, error) {
	segments := make([]string, len(in.path))
	for i, segment := range in.path {
		if segment == "" || segment == "." || segment == ".." {
			return nil, errors.New("a segment of the path is empty or leads elsewhere")
		}
		segments[i] = url.PathEscape(segment)
	}
	target, err := url.JoinPath(s.URL, segments...)
	if err != nil {
		return nil, err
	}
	if len(in.query) > 0 {
		target += "?" + in.query.Encode()
	}
	var body io.Reader
	kind := ""
	trailer := http.Header{}
	switch {
	case in.content != nil:
		trailer.Set("Content-Digest", "") // declares it
		body, kind = digest(in.content, trailer), "application/octet-stream"
	case in.json != nil:
		encoded, err := json.Marshal(in.json)
		if err != nil {
			return nil, err
		}
		body, kind = bytes.NewReader(encoded), "application/json"
	}
	r, err := http.NewRequestWithContext(ctx, in.method, target, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+s.Token)
	r.Header.Set("Accept", "application/json")
	if in.method == http.MethodPost && key != "" {
		r.Header.Set("Idempotency-Key", key)
		// Go's transport takes a request with this header for one it may send again by itself when a connection breaks. Not every
		// bank looks at the key: only Reconcile decides whether it goes out again. Without GetBody it cannot be repeated.
		r.GetBody = nil
	}
	for name, values := range in.header {
		r.Header[name] = values
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if in.content != nil {
		r.Trailer = trailer
	}
	return r, nil
}

// judge reads a bank's status.
func judge(answer *http.Response) error {
	status := answer.StatusCode
	fail := func(kind sdk.Kind, code string, effect sdk.SideEffect) error {
		return sdk.Error{Kind: kind, Code: code, SideEffect: effect, ProviderCode: strconv.Itoa(status)}
	}
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return fail(sdk.Unauthenticated, "bank.token", sdk.None)
	case status == http.StatusTooManyRequests:
		return sdk.Error{Kind: sdk.RateLimited, Code: "bank.limit", SideEffect: sdk.None, RetryAfter: retryAfter(answer.Header), ProviderCode: "429"}
	case status == http.StatusNotFound:
		switch reason(answer) {
		case "unknown_key", "unknown_command":
			return sdk.NotFound()
		case "unknown_reference":
			return fail(sdk.Rejected, "bank.unknown_reference", sdk.None)
		}
		return fail(sdk.ContractDrift, "bank.address", sdk.None) // anybody's 404: it must not pass for «never heard of it»
	case status == http.StatusBadRequest, status == http.StatusConflict, status == http.StatusGone, status == http.StatusRequestEntityTooLarge, status == http.StatusUnprocessableEntity:
		return fail(sdk.Rejected, "bank.refused", sdk.None)
	case status >= 500:
		return fail(sdk.Unavailable, "bank.broken", sdk.Unknown)
	}
	return fail(sdk.ContractDrift, "bank.status", sdk.Unknown)
}

// reason is the code in a refusal of the portal; empty when it is not the portal's.
func reason(answer *http.Response) string {
	var said struct {
		Code string `json:"code"`
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, 1<<16)).Decode(&said); err != nil {
		return ""
	}
	return said.Code
}

// retryAfter reads the seconds a bank asks for.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return retryUnsaid
	}
	return time.Duration(min(seconds, int(retryAtMost.Seconds()))) * time.Second // bounded first: a large number would overflow
}

// drift is an answer that is not the contract's. What the bank did is not known.
func drift(where string) error {
	return sdk.Error{Kind: sdk.ContractDrift, Code: "bank.contract." + where, SideEffect: sdk.Unknown}
}

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

const (
	answerAtMost = 4 << 20 // bytes of an answer; a page of transactions is far below
	retryUnsaid  = 5 * time.Second
	retryAtMost  = 24 * time.Hour
)

// request is one exchange with a bank.
type request struct {
	method  string
	path    []string // segments after /v1, escaped here
	link    string   // in place of the path: what the bank's answer before linked to
	query   url.Values
	consent string // Consent-ID
	headers map[string]string
	json    any
	label   string // tells requests of one operation apart that are otherwise alike
}

func settingsOf(call sdk.Call) (settings, *url.URL, error) {
	s := settings{Version: "1.3.11"}
	if err := json.Unmarshal(call.Config, &s); err != nil {
		return s, nil, sdk.Error{Kind: sdk.InvalidConfig, Code: "config", SideEffect: sdk.None}
	}
	base, err := url.Parse(s.URL)
	if err != nil || base.Host == "" || base.User != nil || base.RawQuery != "" || base.Scheme != "https" && !(base.Scheme == "http" && near(base.Hostname())) {
		return s, nil, sdk.Error{Kind: sdk.InvalidConfig, Code: "url", SideEffect: sdk.None, Fields: []sdk.FieldError{{Pointer: "/url", Code: "url"}}}
	}
	return s, base, nil
}

// near is this machine, to which nothing is overheard on its way: a bank anywhere else is spoken to over TLS.
func near(host string) bool {
	at, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && at.IsLoopback()
}

// ask carries a request out and reads the answer's JSON into out; nil wants none.
func ask(ctx context.Context, call sdk.Call, in request, out any) error {
	_, err := exchange(ctx, call, in, out)
	return err
}

// exchange is ask that returns the answer's headers too.
func exchange(ctx context.Context, call sdk.Call, in request, out any) (http.Header, error) {
	r, err := in.build(ctx, call)
	if err != nil {
		return nil, err
	}
	answer, err := call.Client().Do(r)
	if err != nil {
		return nil, sdk.Unreached(ctx, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, answerAtMost+1))
	if err != nil {
		return nil, sdk.Unreached(ctx, err)
	}
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return nil, judge(answer.StatusCode, answer.Header, body, time.Now())
	}
	if out == nil {
		return answer.Header, nil
	}
	if kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type")); kind != "application/json" || len(body) > answerAtMost {
		return nil, drift("answer")
	}
	if err := json.Unmarshal(body, out); err != nil {
		return nil, drift("answer")
	}
	return answer.Header, nil
}

func (in request) build(ctx context.Context, call sdk.Call) (*http.Request, error) {
	s, base, err := settingsOf(call)
	if err != nil {
		return nil, err
	}
	target, err := in.target(base)
	if err != nil {
		return nil, err
	}
	var body io.Reader
	if in.json != nil {
		encoded, err := json.Marshal(in.json)
		if err != nil {
			return nil, sdk.Error{Kind: sdk.InvalidRequest, Code: "request", SideEffect: sdk.None}
		}
		body = bytes.NewReader(encoded)
	}
	r, err := http.NewRequestWithContext(ctx, in.method, target.String(), body)
	if err != nil {
		return nil, sdk.Error{Kind: sdk.InvalidRequest, Code: "request", SideEffect: sdk.None}
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("X-Request-ID", requestID(call.IdempotencyKey, in.method, target.RequestURI(), in.consent, in.label))
	for name, value := range map[string]string{"Consent-ID": in.consent, "PSU-IP-Address": call.UserIP} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	if in.json != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range in.headers {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	if s.Token != "" {
		r.Header.Set("Authorization", "Bearer "+s.Token)
	}
	if s.Certificate != "" {
		sdk.UseCertificate(r, s.Certificate)
	}
	if s.Seal != "" {
		sdk.UseSeal(r, s.Seal)
	}
	return r, nil
}

// target is where a request goes: always below the address of the settings, wherever the bank's links would lead.
func (in request) target(base *url.URL) (*url.URL, error) {
	if in.link == "" {
		segments := append([]string{"v1"}, in.path...)
		for i, segment := range segments {
			if segment == "" || segment == "." || segment == ".." {
				return nil, sdk.Error{Kind: sdk.InvalidRequest, Code: "request", SideEffect: sdk.None}
			}
			segments[i] = url.PathEscape(segment)
		}
		out := base.JoinPath(segments...)
		out.RawQuery = in.query.Encode()
		return out, nil
	}
	link, err := url.Parse(in.link)
	if err != nil {
		return nil, drift("link")
	}
	// Some banks' links start at the interface (/v1/…), others at the host.
	if root := strings.TrimSuffix(base.Path, "/"); link.Host == "" && strings.HasPrefix(link.Path, "/v1/") && !strings.HasPrefix(link.Path, root+"/v1/") {
		link.Path = root + link.Path
	}
	out := base.ResolveReference(link)
	if out.Scheme != base.Scheme || out.Host != base.Host || out.User != nil || !strings.HasPrefix(out.Path, strings.TrimSuffix(base.Path, "/")+"/v1/") || strings.Contains(out.Path, "/../") {
		return nil, drift("link")
	}
	return out, nil
}

// requestID is a UUID that is the same for the same request of the same operation, however often it is tried: banks take what
// comes again under it for the request they have.
func requestID(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80 // version 8, as RFC 9562 has it for what is made in one's own way
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// drift is an answer that is not the contract's.
func drift(where string) error {
	return sdk.Error{Kind: sdk.ContractDrift, Code: "bank.contract." + where, SideEffect: sdk.Unknown}
}

// failure is the error of a call, if it is one of ours.
func failure(err error) (sdk.Error, bool) {
	var said sdk.Error
	return said, errors.As(err, &said)
}

// retryAfter reads when to come again: seconds or a date.
func retryAfter(h http.Header, now time.Time, unsaid time.Duration) time.Duration {
	after := unsaid
	if seconds, err := strconv.Atoi(h.Get("Retry-After")); err == nil && seconds >= 0 {
		after = time.Duration(min(seconds, int(retryAtMost.Seconds()))) * time.Second // bounded first: a large number would overflow
	} else if date, err := http.ParseTime(h.Get("Retry-After")); err == nil {
		after = max(0, date.Sub(now))
	}
	return min(after, retryAtMost)
}

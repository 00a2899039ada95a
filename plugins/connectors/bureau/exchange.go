package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

const (
	answerAtMost = 4 << 20 // bytes
	retryUnsaid  = 5 * time.Second
	retryAtMost  = time.Hour
)

// settings are a connection's, by the schema. Token is a handle.
type settings struct {
	URL            string `json:"url"`
	Token          string `json:"token"`
	CallbackSecret string `json:"callback_secret"`
}

func settingsOf(call sdk.Call) (settings, error) {
	var s settings
	if err := json.Unmarshal(call.Config, &s); err != nil {
		return s, sdk.Error{Kind: sdk.InvalidConfig, Code: "config", SideEffect: sdk.None}
	}
	if u, err := url.Parse(s.URL); err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && !(u.Scheme == "http" && near(u.Hostname())) {
		return s, sdk.Error{Kind: sdk.InvalidConfig, Code: "url", SideEffect: sdk.None}
	}
	if s.Token == "" {
		return s, sdk.Error{Kind: sdk.InvalidConfig, Code: "token", SideEffect: sdk.None}
	}
	return s, nil
}

// near is this machine, to which nothing is overheard on its way.
func near(host string) bool {
	at, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && at.IsLoopback()
}

func validate(_ context.Context, call sdk.Call) error {
	_, err := settingsOf(call)
	return err
}

// check looks whether the bureau is there and takes the token.
func check(ctx context.Context, call sdk.Call) error {
	return ask(ctx, call, http.MethodGet, []string{"account"}, nil, nil)
}

// ask carries one request out and reads the answer's JSON into out; nil wants none.
func ask(ctx context.Context, call sdk.Call, method string, path []string, in, out any) error {
	s, err := settingsOf(call)
	if err != nil {
		return err
	}
	r, err := build(ctx, s, method, path, in)
	if err != nil {
		return sdk.Error{Kind: sdk.InvalidRequest, Code: "request", SideEffect: sdk.None}
	}
	if method == http.MethodPost {
		r.Header.Set("Idempotency-Key", call.IdempotencyKey)
		r.GetBody = nil // with this header Go's transport would send it again by itself: only Reconcile decides that
		if call.CallbackURL != "" && s.CallbackSecret != "" {
			r.Header.Set("Callback-URL", call.CallbackURL+"/"+ready)
		}
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
	if kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type")); kind != "application/json" || len(body) > answerAtMost || json.Unmarshal(body, out) != nil {
		return drift("answer")
	}
	return nil
}

func build(ctx context.Context, s settings, method string, path []string, in any) (*http.Request, error) {
	segments := make([]string, len(path))
	for i, segment := range path {
		if segment == "" || segment == "." || segment == ".." {
			return nil, errors.New("a segment of the path is empty or leads elsewhere")
		}
		segments[i] = url.PathEscape(segment)
	}
	target, err := url.JoinPath(s.URL, segments...)
	if err != nil {
		return nil, err
	}
	var body io.Reader
	if in != nil {
		encoded, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(encoded)
	}
	r, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+s.Token)
	r.Header.Set("Accept", "application/json")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r, nil
}

// judge reads a bureau's status. What a refusal says in words goes nowhere: it may name the person.
func judge(answer *http.Response) error {
	status := answer.StatusCode
	fail := func(kind sdk.Kind, code string, effect sdk.SideEffect) sdk.Error {
		return sdk.Error{Kind: kind, Code: code, SideEffect: effect, ProviderCode: strconv.Itoa(status)}
	}
	if status >= 200 && status < 300 {
		return nil
	}
	said := reason(answer)
	switch {
	case status == http.StatusNotFound && said == "unknown_key":
		return sdk.NotFound()
	case status == http.StatusNotFound && said == "unknown_report":
		return fail(sdk.Rejected, "bureau.unknown_report", sdk.None)
	case status == http.StatusNotFound:
		return fail(sdk.ContractDrift, "bureau.address", sdk.None) // anybody's 404: it must not pass for «never heard of it»
	case status == http.StatusForbidden && said == "consent", status == http.StatusUnprocessableEntity && said == "purpose":
		e := fail(sdk.Rejected, "bureau."+said, sdk.None)
		e.UserMessage = said
		return e
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return fail(sdk.Unauthenticated, "bureau.token", sdk.None)
	case status == http.StatusTooManyRequests:
		e := fail(sdk.RateLimited, "bureau.limit", sdk.None)
		e.RetryAfter = retryAfter(answer.Header)
		return e
	case status == http.StatusBadRequest, status == http.StatusConflict, status == http.StatusRequestEntityTooLarge, status == http.StatusUnprocessableEntity:
		return fail(sdk.Rejected, "bureau.refused", sdk.None)
	case status >= 500:
		return fail(sdk.Unavailable, "bureau.broken", sdk.Unknown)
	}
	return fail(sdk.ContractDrift, "bureau.status", sdk.Unknown)
}

// reason is the code in a refusal of the bureau; empty when it is not the bureau's.
func reason(answer *http.Response) string {
	var said struct {
		Code string `json:"code"`
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, 1<<16)).Decode(&said); err != nil {
		return ""
	}
	return said.Code
}

func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return retryUnsaid
	}
	return time.Duration(min(seconds, int(retryAtMost.Seconds()))) * time.Second
}

// drift is an answer that is not the contract's. What the bureau did is not known.
func drift(where string) error {
	return sdk.Error{Kind: sdk.ContractDrift, Code: "bureau.contract." + where, SideEffect: sdk.Unknown}
}

// nothingDone is a failure before anything was bought.
func nothingDone(err error) error {
	var failed sdk.Error
	if errors.As(err, &failed) {
		failed.SideEffect = sdk.None
		return failed
	}
	return err
}

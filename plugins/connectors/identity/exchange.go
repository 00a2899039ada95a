package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

const (
	answerAtMost = 1 << 20
	retryUnsaid  = 5 * time.Second
	retryAtMost  = time.Hour
)

// ask carries a request out. Nothing here acts at the other side in a way that matters twice: no failure leaves anything open.
func ask(ctx context.Context, call sdk.Call, r *http.Request) (int, http.Header, []byte, error) {
	answer, err := call.Client().Do(r)
	if err == nil {
		defer answer.Body.Close()
		var body []byte
		if body, err = io.ReadAll(io.LimitReader(answer.Body, answerAtMost+1)); err == nil && len(body) > answerAtMost {
			return 0, nil, nil, drift("answer")
		} else if err == nil {
			return answer.StatusCode, answer.Header, body, nil
		}
	}
	failure := sdk.Unreached(ctx, err)
	failure.SideEffect = sdk.None
	return 0, nil, nil, failure
}

// get reads what the provider publishes.
func get(ctx context.Context, call sdk.Call, address string) (int, http.Header, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, nil, nil, sdk.Error{Kind: sdk.InvalidConfig, Code: "issuer", SideEffect: sdk.None}
	}
	return ask(ctx, call, r)
}

// judged is what a status means that is not the answer to what was asked; what is a word for it.
func judged(status int, header http.Header, what string) error {
	switch status {
	case http.StatusOK:
		return nil
	case http.StatusTooManyRequests:
		return sdk.Error{Kind: sdk.RateLimited, Code: "provider.limit", SideEffect: sdk.None, RetryAfter: retryAfter(header)}
	}
	return sdk.Error{Kind: sdk.Unavailable, Code: "provider." + what, SideEffect: sdk.None}
}

// document reads an answer that must be JSON.
func document(status int, header http.Header, body []byte, what string, out any) error {
	if err := judged(status, header, what); err != nil {
		return err
	}
	if json.Unmarshal(body, out) != nil {
		return drift(what)
	}
	return nil
}

// retryAfter reads the seconds the provider asks for, in bounds.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return retryUnsaid
	}
	return time.Duration(min(seconds, int(retryAtMost.Seconds()))) * time.Second
}

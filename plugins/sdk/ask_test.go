package sdk

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestAskJudges: what a bank answers becomes the error that the platform does the right thing by.
func TestAskJudges(t *testing.T) {
	var seen *http.Request
	var sent string
	status, kind, body := 200, "application/json", `{"reference":"R"}`
	bank := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		seen, sent = r, string(text)
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	defer bank.Close()
	call := Call{IdempotencyKey: "k"}.WithTransport(http.DefaultTransport)
	ask := func(in Request) (Receipt, error) {
		var out Receipt
		in.URL = bank.URL + "/base"
		return out, call.Ask(t.Context(), in, &out)
	}
	var out Receipt
	err := call.Ask(t.Context(), Request{URL: bank.URL + "/base", Path: []string{"a b", "c/d"}, Query: map[string]string{"q": "1&2", "empty": ""}, Header: map[string]string{"X": "y"}, Body: Receipt{"in"}}, &out)
	if err != nil || out.Reference != "R" || seen.Method != "POST" || seen.RequestURI != "/base/a%20b/c%2Fd?q=1%262" || seen.Header.Get("Idempotency-Key") != "k" || seen.Header.Get("X") != "y" || sent != `{"reference":"in"}` {
		t.Fatalf("%v %+v %s %s", err, out, seen.RequestURI, sent)
	}
	if _, err := ask(Request{}); err != nil || seen.Method != "GET" || seen.Header.Get("Idempotency-Key") != "" {
		t.Errorf("%v %s", err, seen.Method)
	}
	for _, c := range []struct {
		status int
		want   Error
	}{
		{401, Error{Kind: Unauthenticated, Code: "bank.token", SideEffect: None}},
		{404, Error{Kind: ContractDrift, Code: "bank.address", SideEffect: None}},
		{422, Error{Kind: Rejected, Code: "bank.refused", SideEffect: None}},
		{429, Error{Kind: RateLimited, Code: "bank.limit", SideEffect: None, RetryAfter: 7 * time.Second}},
		{503, Error{Kind: Unavailable, Code: "bank.broken"}},
		{302, Error{Kind: ContractDrift, Code: "bank.status"}},
	} {
		status = c.status
		var got Error
		if _, err := ask(Request{}); !errors.As(err, &got) {
			t.Fatalf("%d: %v", c.status, err)
		}
		if got.ProviderCode = ""; got.Kind != c.want.Kind || got.Code != c.want.Code || got.SideEffect != c.want.SideEffect || got.RetryAfter != c.want.RetryAfter {
			t.Errorf("%d: %+v, want %+v", c.status, got, c.want)
		}
	}
	var judge Error
	if _, err := ask(Request{Judge: func(int, []byte) error { return NotFound() }}); !errors.As(err, &judge) || judge.Code != "not_found" {
		t.Errorf("%v", err)
	}
	status = 200
	if _, err := ask(Request{Path: []string{"papers"}, Content: strings.NewReader("a payslip")}); err != nil || sent != "a payslip" || seen.Method != "POST" || seen.Header.Get("Content-Type") != "application/octet-stream" ||
		seen.Trailer.Get("Content-Digest") != "sha-256=:OzAKFPqMjOfSC28pmp+ym98CTfQhoti9GKyRcQ/jPlY=:" {
		t.Errorf("%v %s %q %v", err, seen.Method, sent, seen.Trailer)
	}
	for name, change := range map[string]func(){"a web page": func() { kind = "text/html" }, "no JSON": func() { kind, body = "application/json", "<" }} {
		change()
		var got Error
		if _, err := ask(Request{}); !errors.As(err, &got) || got.Kind != ContractDrift || got.SideEffect != Unknown {
			t.Errorf("%s: %v", name, err)
		}
	}
	bank.Close()
	var got Error
	if _, err := ask(Request{Body: 1}); !errors.As(err, &got) || got.Kind != Unavailable || got.SideEffect != Unknown {
		t.Errorf("%v", err)
	}
	for _, in := range []Request{{URL: "http://bank.example"}, {URL: "ftp://localhost"}, {URL: "https://user@bank.example"}, {URL: "x"}, {URL: "https://bank.example", Path: []string{".."}}} {
		if err := call.Ask(t.Context(), in, nil); !errors.As(err, &got) || got.SideEffect != None || !strings.Contains("url path", got.Code) {
			t.Errorf("%+v: %v", in, err)
		}
	}
}

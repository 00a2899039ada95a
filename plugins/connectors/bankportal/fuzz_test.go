package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

// TestBankIsNotFollowed: where a bank would send us, the token does not go; nor does it go anywhere in clear.
func TestBankIsNotFollowed(t *testing.T) {
	led := false
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { led = true }))
	defer elsewhere.Close()
	at := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer at.Close()
	for address, code := range map[string]string{
		at.URL: "bank.status", "http://bank.example": "url", "http://10.0.0.1": "url", "http://localhost.bank.example": "url", "https://user@bank.example": "url", "ftp://bank.example": "url", "bank.example": "url",
	} {
		config, err := json.Marshal(settings{URL: address, Token: "t"})
		if err != nil {
			t.Fatal(err)
		}
		var said sdk.Error
		if err := (portal{}).check(t.Context(), sdk.Call{Config: config}.WithTransport(http.DefaultTransport)); !errors.As(err, &said) || said.Code != code || led {
			t.Errorf("%s: %v, led elsewhere: %v", address, err, led)
		}
	}
}

// FuzzBank: whatever a bank answers, it is taken, or an error of the protocol's kinds with a code of ours and a wait in bounds; its words go nowhere.
func FuzzBank(f *testing.F) {
	code := regexp.MustCompile(`^[a-z_.]{1,40}$`)
	f.Add(404, `{"code":"unknown_key"}`, "")
	f.Fuzz(func(t *testing.T, status int, body, retry string) {
		if status < 200 || status > 599 {
			return
		}
		call := sdk.Call{Config: json.RawMessage(`{"url":"https://bank.example","token":"t"}`)}.WithTransport(answers{status, body, retry})
		receipt, err := (portal{}).SubmitApplication(t.Context(), call, sdk.Application{})
		if err == nil {
			if status > 299 || receipt.Reference == "" {
				t.Fatalf("%d is taken", status)
			}
			return
		}
		var said sdk.Error
		if !errors.As(err, &said) {
			return // pending, or of the protocol itself: there is no such thing at the bank
		}
		if !code.MatchString(said.Code) || said.RetryAfter < 0 || said.RetryAfter > time.Hour || len(said.ProviderCode) > 20 {
			t.Fatalf("%d %q %q: %+v", status, body, retry, said)
		}
	})
}

// answers is a bank that always says the same.
type answers struct {
	status      int
	body, retry string
}

func (a answers) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: a.status, Header: http.Header{"Retry-After": {a.retry}, "Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(a.body))}, nil
}

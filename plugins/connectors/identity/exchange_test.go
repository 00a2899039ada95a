package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

// TestWhatAProviderSays: a limit, an outage, an address where nobody is, and what nobody understands are told apart.
func TestWhatAProviderSays(t *testing.T) {
	s, _ := agency(t)
	for name, c := range map[string]struct {
		status     int
		retry      string
		body       string // %s: the issuer
		kind       sdk.Kind
		code       string
		retryAfter time.Duration
	}{
		"a limit":           {429, "7", "", sdk.RateLimited, "provider.limit", 7 * time.Second},
		"a limit for ever":  {429, "99999999999", "", sdk.RateLimited, "provider.limit", retryAtMost},
		"a limit unsaid":    {429, "", "", sdk.RateLimited, "provider.limit", retryUnsaid},
		"an outage":         {503, "", "", sdk.Unavailable, "provider.metadata", 0},
		"nobody there":      {404, "", "", sdk.InvalidConfig, "issuer", 0},
		"a door":            {401, "", "", sdk.InvalidConfig, "issuer", 0},
		"a page for people": {200, "", "<html>Maintenance</html>", sdk.ContractDrift, "provider.contract.metadata", 0},
		"another":           {200, "", `{"issuer":"https://rival.example"}`, sdk.InvalidConfig, "issuer", 0},
		"one of few words":  {200, "", `{"issuer":"%s"}`, sdk.ContractDrift, "provider.metadata", 0},
		"one without keys":  {200, "", `{"issuer":"%s","authorization_endpoint":"a","token_endpoint":"b","userinfo_endpoint":"c"}`, sdk.ContractDrift, "provider.metadata", 0},
	} {
		var issuer string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", c.retry)
			w.WriteHeader(c.status)
			if c.body != "" && c.body[0] == '{' && c.kind == sdk.ContractDrift {
				_, _ = fmt.Fprintf(w, c.body, issuer)
				return
			}
			_, _ = w.Write([]byte(c.body))
		}))
		issuer = server.URL
		s.SPID = issuer
		err := check(t.Context(), callWith(t, s))
		server.Close()
		wantFailure(t, name, err, c.kind, c.code)
		var failure sdk.Error
		if errors.As(err, &failure); failure.RetryAfter != c.retryAfter {
			t.Errorf("%s: again after %s, want %s", name, failure.RetryAfter, c.retryAfter)
		}
	}
}

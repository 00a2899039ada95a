package post

import (
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/netguard"
	"github.com/pratica-crm/pratica/core/webhooks"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{"": 0, "120": 2 * time.Minute, "-1": 0, "1e9": 0, "99999999999999999999": 0, "soon": 0,
		"Mon, 02 Nov 2026 09:01:00 GMT": time.Minute, "Mon, 02 Nov 2026 08:00:00 GMT": 0} {
		if got := retryAfter(text, now); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// TestEndlessAnswer: an answer without end is not read to its end, and what it says besides its status goes nowhere.
func TestEndlessAnswer(t *testing.T) {
	wrote := make(chan int, 1)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n := 0
		for chunk := make([]byte, 16<<10); ; n += len(chunk) {
			if _, err := w.Write(chunk); err != nil {
				wrote <- n
				return
			}
		}
	}))
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	client := New(&netguard.Guard{Targets: []string{server.Listener.Addr().String()}}, roots)
	t.Cleanup(client.Close)
	if r := client.Post(t.Context(), webhooks.Request{URL: server.URL, Body: []byte("{}")}); r.Outcome != "answered" || r.Status != 200 {
		t.Errorf("%+v", r)
	}
	if n := <-wrote; n > 16<<20 {
		t.Errorf("%d bytes were taken", n)
	}
}

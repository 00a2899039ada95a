package host

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/plugins/mockbank"
)

// A bank that hangs keeps AtOnce calls, of however many agencies; the others are told at once to come again, and another bank's
// calls go through.
func TestOneHangingBankLeavesRoom(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/account" {
			return
		}
		arrived <- struct{}{}
		<-release
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"reference":"R-1"}`))
	}))
	t.Cleanup(hanging.Close)
	d := newDesk(t, newBank(t, mockbank.Options{}), hanging.Listener.Addr().String())
	call := func(method string) connectors.Answer {
		c := newCall(`{"url":"` + hanging.URL + `","token":"t"}`) // an agency of its own each time
		c.Of = connectors.Submit
		return d.Call(t.Context(), "bankportal", method, c, json.RawMessage(application))
	}
	answers := make(chan connectors.Answer)
	for range AtOnce {
		go func() { answers <- call(connectors.Submit) }()
		<-arrived
	}
	for range 3 * AtOnce {
		a := call(connectors.Submit)
		wantFailure(t, a, "rate_limited", "connector.busy", "none")
		if a.Failure.RetryAfter <= 0 {
			t.Error("it does not say when to come again")
		}
	}
	wantFailure(t, call(connectors.Reconcile), "unavailable", "connector.busy", "unknown")
	wantDone(t, call(connectors.Check))
	d.submit(t, d.call("aurora"))
	close(release)
	for range AtOnce {
		wantDone(t, <-answers)
	}
	go func() { <-arrived }()
	wantDone(t, call(connectors.Submit))
}

func TestWhereCallsGo(t *testing.T) {
	schema := json.RawMessage(`{"properties":{"token":{"type":"string"},"url":{"type":"string","format":"uri"}}}`)
	for _, c := range []struct{ schema, config, bank string }{
		{string(schema), `{"url":"https://Bank.example:8443/a?b","token":"https://elsewhere.example"}`, "c bank.example:8443"},
		{string(schema), `{"url":"https://bank.example:8443/other agency"}`, "c bank.example:8443"},
		{string(schema), `{"url":7}`, "c"},
		{string(schema), `{"url":"nowhere"}`, "c"},
		{string(schema), `no json`, "c"},
		{`{"type":"object"}`, `{"url":"https://bank.example"}`, "c"},
		{`[]`, `{}`, "c"},
	} {
		if got := bankOf("c", addressFields(json.RawMessage(c.schema)), settingsOf([]byte(c.config))); got != c.bank {
			t.Errorf("%s under %s leads to %q, want %q", c.config, c.schema, got, c.bank)
		}
	}
}

func TestNULIsToldFromItsLetters(t *testing.T) {
	for text, want := range map[string]bool{`"a\u0000b"`: true, `"a\\u0000b"`: false, `"a\\\u0000b"`: true, `"a\\u0000\u0000"`: true, `"\u00001"`: true, `"\u0001"`: false, ``: false} {
		if got := hasNUL(json.RawMessage(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

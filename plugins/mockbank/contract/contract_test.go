package contract

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const document = `
openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      parameters: [{name: X-Key, in: header, required: true, schema: {type: string}}]
      responses:
        "200": {description: ok, headers: {X-Key: {required: true, schema: {type: string}}}, content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}}
        "400": {description: no, content: {application/json: {schema: {type: object}}}}
components: {schemas: {Thing: {type: object, additionalProperties: false, required: [name], properties: {name: {type: string}}}}}
`

// fake stands for the test that is watched.
type fake struct {
	testing.TB
	failed []string
	ends   []func()
}

func (f *fake) Helper()                      {}
func (f *fake) Cleanup(end func())           { f.ends = append(f.ends, end) }
func (f *fake) Errorf(form string, a ...any) { f.failed = append(f.failed, fmt.Sprintf(form, a...)) }

// What breaks the contract is found: in answers, in requests, and in what no contract speaks of; and what was to break it and did not.
func TestWatchFinds(t *testing.T) {
	for name, c := range map[string]struct {
		path, key, answer string
		status            int
		header, strict    bool
		broken            int
		fails             bool
	}{
		"all in order":                   {"/things/1", "k", `{"name":"x"}`, 200, true, true, 0, false},
		"a field missing":                {"/things/1", "k", `{}`, 200, true, true, 0, true},
		"a field misspelt":               {"/things/1", "k", `{"name":"x","nmae":"y"}`, 200, true, true, 0, true},
		"a wrong type":                   {"/things/1", "k", `{"name":1}`, 200, true, true, 0, true},
		"a header missing":               {"/things/1", "k", `{"name":"x"}`, 200, false, true, 0, true},
		"an unknown status":              {"/things/1", "k", `{}`, 418, true, true, 0, true},
		"a bad request, taken":           {"/things/1", "", `{"name":"x"}`, 200, true, false, 0, true},
		"a bad request, refused":         {"/things/1", "", `{}`, 400, true, false, 0, false},
		"a bad request, refused, strict": {"/things/1", "", `{}`, 400, true, true, 0, true},
		"an unknown path, answered":      {"/other", "k", `{}`, 200, true, false, 0, true},
		"an unknown path, refused":       {"/other", "k", `{}`, 404, true, false, 0, false},
		"said to break, and does":        {"/things/1", "k", `{}`, 200, true, true, 1, false},
		"said to break, and does not":    {"/things/1", "k", `{"name":"x"}`, 200, true, true, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fake{TB: t}
			own := Own(t, "document", []byte(document))
			w := New(f, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if c.header {
					w.Header().Set("X-Key", "k")
				}
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.answer))
			}), c.strict, func(*http.Request) *Document { return own })
			w.Broken(c.broken)
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, c.path, nil)
			if c.key != "" {
				r.Header.Set("X-Key", c.key)
			}
			out := httptest.NewRecorder()
			if w.ServeHTTP(out, r); out.Code != c.status || !strings.Contains(out.Body.String(), c.answer) || w.Seen() != 1 {
				t.Errorf("it came as %d %s", out.Code, out.Body)
			}
			for _, end := range f.ends {
				end()
			}
			if (len(f.failed) > 0) != c.fails {
				t.Errorf("%v", f.failed)
			}
		})
	}
}

// What a version did not have yet breaks its contract, whichever version was asked about before.
func TestVersionsDiffer(t *testing.T) {
	Need(t, BerlinGroup)
	entry := func(more string) string {
		return `{"transactions":{"booked":[{"transactionAmount":{"currency":"EUR","amount":"1"}` + more + `}],"_links":{"account":{"href":"/a"}}}}`
	}
	for _, c := range []struct {
		answer string
		fails  map[string]bool
	}{
		{entry(""), map[string]bool{"1.3.6": false, "1.3.11": false}},
		{entry(`,"batchIndicator":true`), map[string]bool{"1.3.8": true, "1.3.9": false}},
		{entry(`,"remittanceInformationStructured":"RF18"`), map[string]bool{"1.3.9": false, "1.3.10": false, "1.3.11": true}},
		{entry(`,"remittanceInformationStructured":{"reference":"RF18"}`), map[string]bool{"1.3.9": true, "1.3.11": false}},
		{`{"transactions":{"information":[],"_links":{"account":{"href":"/a"}}}}`, map[string]bool{"1.3.6": true, "1.3.7": true, "1.3.8": false, "1.3.11": false}},
	} {
		for version, fails := range c.fails {
			f := &fake{TB: t}
			document := Berlin(t, version, "/aurora/psd2")
			w := New(f, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("X-Request-ID", "99391c7e-ad88-49ec-a2ad-99ddcb1f7721")
				_, _ = w.Write([]byte(c.answer))
			}), true, func(*http.Request) *Document { return document })
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/aurora/psd2/v1/accounts/1/transactions?bookingStatus=booked&dateFrom=2026-01-01", nil)
			r.Header.Set("X-Request-ID", "99391c7e-ad88-49ec-a2ad-99ddcb1f7721")
			r.Header.Set("Consent-ID", "c")
			w.ServeHTTP(httptest.NewRecorder(), r)
			f.ends[0]()
			if (len(f.failed) > 0) != fails {
				t.Errorf("%s, %s: %v", version, c.answer, f.failed)
			}
		}
	}
}

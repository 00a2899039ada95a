package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"unicode/utf8"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// FuzzBody: what strict reading takes, the usual reader takes, reads the same twice, and is storable; every name in it counts once.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{`{"a": [1, {"b": "è"}], "c": null}`, `{"a": 1, "a": 2}`, `[[[[]]]]`, `"\u0000"`, "{\"a\": \"\xff\"}", `{"a": "\ud800"}`, `1e999`, `{} {}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var first any
		if strict.Unmarshal(body, &first) != nil {
			return
		}
		if !utf8.Valid(body) || !json.Valid(body) {
			t.Fatalf("taken: %q", body)
		}
		again, err := json.Marshal(first)
		if err != nil {
			t.Fatal(err)
		}
		var second any
		if err := strict.Unmarshal(again, &second); err != nil {
			t.Fatalf("%q came back as %q: %v", body, again, err)
		}
		if twice, _ := json.Marshal(second); !bytes.Equal(again, twice) {
			t.Fatalf("%q is %q, and then %q", body, again, twice)
		}
	})
}

// FuzzIfMatch: a version is a whole number above zero, or the answer says that it is stale or missing.
func FuzzIfMatch(f *testing.F) {
	for _, seed := range []string{`"1"`, `W/"7"`, `*`, ``, `"-1"`, `"1", "2"`, `"99999999999999999999"`, "\"1\"\r\nX: y"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		v, err := ifMatch(header)
		if (err == nil) == (v <= 0) || err != nil && !fault.Is(err, fault.Stale) && !fault.Is(err, fault.Required) {
			t.Fatalf("%q: %d %v", header, v, err)
		}
	})
}

// FuzzTenant: a key speaks for its own agency, named or not, and for none other.
func FuzzTenant(f *testing.F) {
	own, other := ident.NewAgency(), ident.NewAgency()
	for _, seed := range []string{"", own.String(), other.String(), "agn_", " " + own.String(), own.UUID.String()} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, named string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("X-Tenant", named)
		id, err := tenantOf(r, tenancy.Identity{Agency: own}, true)
		switch {
		case err == nil && id.Agency != own:
			t.Fatalf("%q led to %s", named, id.Agency)
		case err == nil && named != "" && named != own.String():
			t.Fatalf("%q was taken for %s", named, own)
		case err != nil && !fault.Is(err, fault.NotFound):
			t.Fatal(err)
		}
	})
}

// FuzzRequest: whatever address and header come, a request is taken as it is or refused with a status of its own.
func FuzzRequest(f *testing.F) {
	f.Add("/api/v1/me", "q=a", "gzip")
	f.Add("/d/..%2f..", "%zz", "")
	f.Fuzz(func(t *testing.T, path, query, encoding string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL.Path, r.URL.RawQuery, r.RequestURI = path, query, path+"?"+query
		r.Header.Set("Content-Encoding", encoding)
		err := acceptable(r)
		if err == nil {
			if !storable(path) || encoding != "" || len(r.RequestURI) > mostURL {
				t.Fatalf("%q %q %q was taken", path, query, encoding)
			}
			return
		}
		if p := problem(err, ""); p.Status < 400 || p.Status >= 500 {
			t.Fatalf("%q %q %q: %s", path, query, encoding, strconv.Itoa(p.Status))
		}
	})
}

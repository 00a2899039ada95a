package api

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/fault"
)

// FuzzCredential: of whatever stands in a request's headers only a whole cookie of ours or a bearer is a credential, and who a request comes from is an
// address: of the connection itself when that is no proxy.
func FuzzCredential(f *testing.F) {
	proxies := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	f.Add("Bearer prk_x", "pratica_session=abc", "198.51.100.1, 127.0.0.2", true)
	f.Fuzz(func(t *testing.T, authorization, cookies, forwarded string, secure bool) {
		a := &authenticator{secure: secure}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Authorization", authorization)
		r.Header.Set("Cookie", cookies)
		r.Header.Set("X-Forwarded-For", forwarded)
		token := a.sessionToken(r)
		if strings.ContainsAny(token, "\x00\r\n\";\\") || token != "" && !strings.Contains(cookies, cookieName(secure)+"=") {
			t.Fatalf("%q is the session %q", cookies, token)
		}
		if a.credential(r) != (authorization != "" || token != "") {
			t.Fatalf("%q and %q: a credential, or none", authorization, cookies)
		}
		for remote, own := range map[string]string{"127.0.0.1:1": "", "203.0.113.7:1": "203.0.113.7"} {
			r.RemoteAddr = remote
			from, err := netip.ParseAddr(Address(r, proxies))
			if err != nil || from.Zone() != "" || from.Is4In6() || own != "" && from.String() != own {
				t.Fatalf("%q makes %q of %s, %v", forwarded, from, remote, err)
			}
		}
	})
}

// FuzzLastEvent: a stream is taken up where it was left, or refused; from where it is read lies before what was seen.
func FuzzLastEvent(f *testing.F) {
	f.Add("0193c0de-0000-7000-8000-000000000000")
	f.Fuzz(func(t *testing.T, header string) {
		from, err := lastEvent(header)
		switch {
		case err != nil:
			if !fault.Is(err, fault.Malformed) {
				t.Fatal(err)
			}
		case from.Before(time.Unix(0, 0).Add(-replayFrom)) || from.Year() > 10_900:
			t.Fatalf("%q was seen at %s", header, from)
		default:
			one, later := earliest(from), earliest(from.Add(replayFrom))
			if from.Unix() > 0 && bytes.Compare(one[:], later[:]) >= 0 {
				t.Fatalf("%q: %s comes before %s", header, later, one)
			}
		}
	})
}

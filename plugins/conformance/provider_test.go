package conformance

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// signedWith is a token of a client.
func signedWith(t *testing.T, key *rsa.PrivateKey, claims map[string]any) string {
	t.Helper()
	text, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, nil)
	if err != nil {
		t.Fatal(err)
	}
	token, err := signer.Sign(text)
	if err != nil {
		t.Fatal(err)
	}
	compact, err := token.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return compact
}

// TestProvider: to a client that is known by its key, the provider takes nothing but what that key signed, for it and for this.
func TestProvider(t *testing.T) {
	const issuer = "http://id.example"
	p := newProvider()
	p.at(issuer)
	text, err := p.clientKey()
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode([]byte(text))
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	key, other := parsed.(*rsa.PrivateKey), newKey()
	later := time.Now().Add(time.Minute).Unix()
	request := map[string]any{"iss": clientID, "aud": issuer, "exp": later, "response_type": "code", "code_challenge_method": "S256", "code_challenge": "x", "redirect_uri": "https://back.example", "state": "s"}
	with := func(name string, value any) map[string]any {
		out := maps.Clone(request)
		out[name] = value
		return out
	}
	page := func(token string, beside ...string) string {
		q := url.Values{"request": {token}, "client_id": {clientID}}
		for i := 0; i < len(beside); i += 2 {
			q.Set(beside[i], beside[i+1])
		}
		return issuer + "/authorize?" + q.Encode()
	}
	right := signedWith(t, key, request)
	for name, c := range map[string]struct{ page, says string }{
		"right":            {page(right, "state", "s"), ""},
		"unsigned":         {issuer + "/authorize?response_type=code&code_challenge_method=S256", "without a signed request"},
		"another key":      {page(signedWith(t, other, request)), "another key signed"},
		"another audience": {page(signedWith(t, key, with("aud", []string{"http://rival.example"}))), "somebody else"},
		"another client":   {page(signedWith(t, key, with("iss", "rival"))), "not the client's"},
		"over":             {page(signedWith(t, key, with("exp", time.Now().Add(-time.Minute).Unix()))), "over"},
		"said twice":       {page(right, "state", "another"), "another state"},
		"no PKCE":          {page(signedWith(t, key, with("code_challenge_method", "plain"))), "PKCE"},
		"another page":     {"http://rival.example/authorize?request=" + right, "not the provider's page"},
	} {
		if query, err := p.agree(c.page); (c.says == "") != (err == nil && query != "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %q %v", name, query, err)
		}
	}
	proof := map[string]any{"iss": clientID, "sub": clientID, "aud": []string{issuer + "/token"}, "exp": later}
	for name, c := range map[string]struct {
		form   url.Values
		status int
	}{
		"a secret":    {url.Values{"client_id": {clientID}, "client_secret": {clientSecret}}, http.StatusUnauthorized},
		"another key": {url.Values{"client_assertion_type": {assertion}, "client_assertion": {signedWith(t, other, proof)}}, http.StatusUnauthorized},
		"its key":     {url.Values{"client_assertion_type": {assertion}, "client_assertion": {signedWith(t, key, proof)}}, http.StatusBadRequest}, // and no code
	} {
		r := httptest.NewRequest(http.MethodPost, "/token", strings.NewReader(c.form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		if p.ServeHTTP(w, r); w.Code != c.status {
			t.Errorf("%s: status %d, want %d", name, w.Code, c.status)
		}
	}
}

package conformance

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"sync"
)

// provider is a small OpenID provider: code flow with PKCE, one person, who always agrees.
type provider struct {
	mu     sync.Mutex
	codes  map[string]url.Values // what authorize was asked, by code
	tokens map[string]string     // acr, by access token
}

func newProvider() *provider {
	return &provider{codes: map[string]url.Values{}, tokens: map[string]string{}}
}

// agree is the person at the provider's page: it returns the query they come back with.
func (p *provider) agree(page string) (query string, ok bool) {
	u, err := url.Parse(page)
	if err != nil || u.Query().Get("response_type") != "code" || u.Query().Get("code_challenge_method") != "S256" {
		return "", false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	code := rand.Text()
	p.codes[code] = u.Query()
	return url.Values{"code": {code}, "state": {u.Query().Get("state")}}.Encode(), true
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	answer := func(status int, body any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}
	switch r.Method + " " + r.URL.Path {
	case "POST /token":
		asked, known := p.codes[r.FormValue("code")]
		delete(p.codes, r.FormValue("code"))
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		if !known || asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) || asked.Get("redirect_uri") != r.FormValue("redirect_uri") ||
			r.FormValue("client_id") != "demo" || r.FormValue("client_secret") != "demo-identity" {
			answer(http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
			return
		}
		token := rand.Text()
		p.tokens[token] = asked.Get("acr_values")
		answer(http.StatusOK, map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": 60})
	case "GET /userinfo":
		acr, known := p.tokens[trimmed(r.Header.Get("Authorization"), "Bearer ")]
		if !known {
			answer(http.StatusUnauthorized, map[string]string{"error": "invalid_token"})
			return
		}
		answer(http.StatusOK, map[string]string{"sub": "person-1", "given_name": "Mario", "family_name": "Rossi", "birthdate": "1979-02-11", "fiscal_number": "TINIT-RSSMRA79B11C566R", "acr": acr})
	default:
		answer(http.StatusNotFound, map[string]string{"error": "not_found"})
	}
}

package conformance

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// provider is a small OpenID provider: discovery, code flow with PKCE, one person, who always agrees. Its client "demo" is known by the secret
// "demo-identity"; or by a key, {identity_key} of conformance.yaml: then its requests are signed, it proves itself at the token endpoint by an
// assertion, and what is said of the person is signed for it, as Italian identity providers have it.
type provider struct {
	mu     sync.Mutex
	issuer string
	codes  map[string]url.Values // what authorize was asked, by code
	tokens map[string]url.Values // the same, by access token
	client *rsa.PrivateKey       // nil: the client has a secret
	own    func() *rsa.PrivateKey
}

const (
	clientID     = "demo"
	clientSecret = "demo-identity"
	assertion    = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	signedBy     = "signed" // in what was asked: the request came signed
)

// fiscal are the names of the tax code's claim: the federation's, and the one of before.
var fiscal = []string{"https://attributes.eid.gov.it/fiscal_number", "fiscal_number"}

func newProvider() *provider {
	return &provider{codes: map[string]url.Values{}, tokens: map[string]url.Values{}, own: sync.OnceValue(newKey)}
}

func newKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // Go's does not fail
	}
	return key
}

// at says where it listens, which is its issuer.
func (p *provider) at(issuer string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.issuer = issuer
}

// clientKey makes the client a key and returns it, as settings have it (PEM, PKCS #8).
func (p *provider) clientKey() (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.client = newKey()
	der, err := x509.MarshalPKCS8PrivateKey(p.client)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), err
}

// agree is the person at the provider's page: it returns the query they come back with.
func (p *provider) agree(page string) (query string, err error) {
	u, err := url.Parse(page)
	if err != nil {
		return "", errors.New("which is no address")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	asked := u.Query()
	switch signed := asked.Get("request"); {
	case !strings.HasPrefix(page, p.issuer+"/authorize?"):
		return "", errors.New("which is not the provider's page (authorize)")
	case p.client != nil && signed == "":
		return "", errors.New("without a signed request (request=...), and the client is one that is known by its key")
	case p.client != nil:
		if asked, err = p.request(signed, asked); err != nil {
			return "", err
		}
		asked.Set(signedBy, clientID)
	}
	if asked.Get("response_type") != "code" || asked.Get("code_challenge_method") != "S256" {
		return "", errors.New("which is no code flow with PKCE (response_type=code, code_challenge_method=S256)")
	}
	code := rand.Text()
	p.codes[code] = asked
	return url.Values{"code": {code}, "state": {asked.Get("state")}, "iss": {p.issuer}}.Encode(), nil
}

// request reads a signed request: what it says counts, and what stands beside it in the address may not say otherwise.
func (p *provider) request(token string, beside url.Values) (url.Values, error) {
	claims, err := p.fromClient(token, p.issuer)
	if err != nil {
		return nil, err
	}
	out := url.Values{}
	for name, value := range claims {
		if text, ok := value.(string); ok {
			out.Set(name, text)
		}
		if said := beside.Get(name); said != "" && said != out.Get(name) {
			return nil, errors.New("where the signed request says another " + name + " than the address")
		}
	}
	return out, nil
}

// fromClient opens what the client signed for one of these audiences.
func (p *provider) fromClient(token string, audience ...string) (map[string]any, error) {
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256, jose.PS256})
	if err != nil || p.client == nil {
		return nil, errors.New("with a token that is not signed by RS256 or PS256")
	}
	text, err := signed.Verify(&p.client.PublicKey)
	if err != nil {
		return nil, errors.New("with a token that another key signed")
	}
	var claims map[string]any
	if err := json.Unmarshal(text, &claims); err != nil {
		return nil, errors.New("with a token that is no JSON")
	}
	if until, _ := claims["exp"].(float64); claims["iss"] != clientID || time.Now().After(time.Unix(int64(until), 0)) {
		return nil, errors.New("with a token that is over, or not the client's (iss, exp)")
	}
	to, _ := claims["aud"].([]any)
	if text, one := claims["aud"].(string); one {
		to = []any{text}
	}
	for _, named := range to {
		for _, wanted := range audience {
			if named == wanted {
				return claims, nil
			}
		}
	}
	return nil, errors.New("with a token for somebody else (aud)")
}

// proved: it is the client who comes for the token, by what it is known by.
func (p *provider) proved(r *http.Request) bool {
	if p.client == nil {
		return r.FormValue("client_id") == clientID && r.FormValue("client_secret") == clientSecret
	}
	claims, err := p.fromClient(r.FormValue("client_assertion"), p.issuer, p.issuer+"/token")
	return err == nil && claims["sub"] == clientID && r.FormValue("client_assertion_type") == assertion
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
	case "GET /.well-known/openid-configuration":
		answer(http.StatusOK, map[string]any{"issuer": p.issuer, "authorization_endpoint": p.issuer + "/authorize", "token_endpoint": p.issuer + "/token", "userinfo_endpoint": p.issuer + "/userinfo",
			"jwks_uri": p.issuer + "/jwks", "response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"},
			"code_challenge_methods_supported": []string{"S256"}, "token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt"},
			"request_parameter_supported": true, "request_object_signing_alg_values_supported": []string{"RS256", "PS256"}, "authorization_response_iss_parameter_supported": true})
	case "GET /jwks":
		answer(http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &p.own().PublicKey, KeyID: "1", Use: "sig", Algorithm: "RS256"}}})
	case "POST /token":
		if !p.proved(r) {
			answer(http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
			return
		}
		asked, known := p.codes[r.FormValue("code")]
		delete(p.codes, r.FormValue("code"))
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		if !known || asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) || asked.Get("redirect_uri") != r.FormValue("redirect_uri") {
			answer(http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
			return
		}
		token := rand.Text()
		p.tokens[token] = asked
		now := time.Now()
		answer(http.StatusOK, map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": 60, "id_token": p.signed(map[string]any{"iss": p.issuer, "sub": "person-1", "aud": clientID,
			"iat": now.Unix(), "exp": now.Add(time.Minute).Unix(), "nonce": asked.Get("nonce"), "acr": asked.Get("acr_values")})})
	case "GET /userinfo":
		asked, known := p.tokens[trimmed(r.Header.Get("Authorization"), "Bearer ")]
		if !known {
			answer(http.StatusUnauthorized, map[string]string{"error": "invalid_token"})
			return
		}
		who := map[string]any{"sub": "person-1", "given_name": "Mario", "family_name": "Rossi", "birthdate": "1979-02-11", "acr": asked.Get("acr_values")}
		for _, claim := range fiscal {
			who[claim] = "TINIT-" + taxCodes[0]
		}
		if asked.Get(signedBy) == "" {
			answer(http.StatusOK, who)
			return
		}
		w.Header().Set("Content-Type", "application/jwt")
		_, _ = w.Write([]byte(p.signed(who)))
	default:
		answer(http.StatusNotFound, map[string]string{"error": "not_found"})
	}
}

// signed is a token of the provider's.
func (p *provider) signed(claims map[string]any) string {
	text, err := json.Marshal(claims)
	if err != nil {
		panic(err) // texts and numbers
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: p.own(), KeyID: "1"}}, nil)
	if err != nil {
		panic(err) // the key is right
	}
	token, err := signer.Sign(text)
	if err != nil {
		panic(err)
	}
	compact, err := token.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return compact
}

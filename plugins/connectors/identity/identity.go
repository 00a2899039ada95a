package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/golang-jwt/jwt/v5"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

const (
	personHas    = 10 * time.Minute // to prove it
	requestLives = 5 * time.Minute  // a signed request, an assertion
	assertion    = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

// levels are the contexts of the Italian federation for eIDAS levels, weakest first.
var levels = []struct{ level, acr string }{
	{"low", "https://www.spid.gov.it/SpidL1"}, {"substantial", "https://www.spid.gov.it/SpidL2"}, {"high", "https://www.spid.gov.it/SpidL3"},
}

// rank tells how strong a level or its context is; 0 is none there is.
func rank(name string) int {
	for i, l := range levels {
		if l.level == name || l.acr == name {
			return i + 1
		}
	}
	return 0
}

// Claims of the federation.
const (
	fiscalNumber = "https://attributes.eid.gov.it/fiscal_number"
	countryOfID  = "TINIT-" // before an Italian tax code
)

// identity implements sdk.Identity.
type identity struct{}

// kept is what is needed when the person comes back. The platform keeps it, sealed.
type kept struct {
	Provider string `json:"provider"`
	Level    string `json:"level"`
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
	Return   string `json:"return"`
}

func (identity) StartVerification(ctx context.Context, call sdk.Call, order sdk.VerificationOrder) (sdk.VerificationStart, error) {
	s, err := settingsOf(call)
	if err != nil {
		return sdk.VerificationStart{}, err
	}
	issuer, configured := s.issuers()[order.Provider]
	if !configured {
		return sdk.VerificationStart{}, sdk.Error{Kind: sdk.Unsupported, Code: "provider", SideEffect: sdk.None}
	}
	if rank(order.Level) == 0 || order.State == "" || order.ReturnURL == "" {
		return sdk.VerificationStart{}, sdk.Error{Kind: sdk.InvalidRequest, Code: "order", SideEffect: sdk.None}
	}
	k, err := keyOf(s)
	if err != nil {
		return sdk.VerificationStart{}, err
	}
	p, err := discover(ctx, call, issuer)
	if err != nil {
		return sdk.VerificationStart{}, err
	}
	keep := kept{Provider: order.Provider, Level: order.Level, State: order.State, Nonce: rand.Text(), Verifier: rand.Text() + rand.Text(), Return: order.ReturnURL}
	challenge := sha256.Sum256([]byte(keep.Verifier))
	asked := url.Values{"response_type": {"code"}, "scope": {"openid profile"}, "client_id": {s.ClientID}, "redirect_uri": {keep.Return}, "state": {keep.State},
		"nonce": {keep.Nonce}, "acr_values": {levels[rank(order.Level)-1].acr}, "prompt": {"login"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"}}
	object := jwt.MapClaims{"claims": map[string]any{"userinfo": map[string]any{"given_name": essential, "family_name": essential, "birthdate": essential, fiscalNumber: essential}}}
	for name := range asked {
		object[name] = asked.Get(name)
	}
	signed, err := k.sign(s, object, p.Issuer)
	if err != nil {
		return sdk.VerificationStart{}, err
	}
	asked.Set("request", signed)
	where, err := url.Parse(p.Authorize)
	if err != nil {
		return sdk.VerificationStart{}, drift("authorization_endpoint")
	}
	query := where.Query()
	for name := range asked {
		query.Set(name, asked.Get(name))
	}
	where.RawQuery = query.Encode()
	context, err := json.Marshal(keep)
	if err != nil {
		return sdk.VerificationStart{}, err
	}
	return sdk.VerificationStart{ExternalRef: reference(keep.Nonce), Context: context},
		sdk.NeedsUser{Way: sdk.Redirect, URL: where.String(), Expires: time.Now().Add(personHas)}
}

var essential = map[string]bool{"essential": true}

// reference names a verification by what nobody else has, without giving it away.
func reference(nonce string) string {
	sum := sha256.Sum256([]byte(nonce))
	return hex.EncodeToString(sum[:16])
}

// sign makes a token of the agency for the provider: a request, or the proof of who asks.
func (k key) sign(s settings, claims jwt.MapClaims, audience ...string) (string, error) {
	now := time.Now()
	claims["iss"], claims["aud"], claims["jti"] = s.ClientID, audience, rand.Text()
	claims["iat"], claims["exp"] = now.Unix(), now.Add(requestLives).Unix()
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"] = k.id
	return token.SignedString(k.PrivateKey)
}

func (identity) CompleteVerification(ctx context.Context, call sdk.Call, started sdk.VerificationStart, query string) (sdk.Verification, error) {
	s, err := settingsOf(call)
	if err != nil {
		return sdk.Verification{}, err
	}
	var keep kept
	if err := json.Unmarshal(started.Context, &keep); err != nil || keep.Verifier == "" {
		return sdk.Verification{}, sdk.Error{Kind: sdk.InvalidRequest, Code: "context", SideEffect: sdk.None}
	}
	k, err := keyOf(s)
	if err != nil {
		return sdk.Verification{}, err
	}
	p, err := discover(ctx, call, s.issuers()[keep.Provider])
	if err != nil {
		return sdk.Verification{}, err
	}
	code, err := keep.returned(query, p.Issuer)
	if err != nil {
		return sdk.Verification{}, err
	}
	// Before the code is spent: a provider that says to come back for its keys takes a code but once.
	issuers, err := p.keys(ctx, call)
	if err != nil {
		return sdk.Verification{}, err
	}
	tokens, err := exchange(ctx, call, p, k, s, keep, code)
	if err != nil {
		return sdk.Verification{}, err
	}
	id, acr, err := keep.vouched(ctx, p, issuers, s, tokens)
	if err != nil {
		return sdk.Verification{}, err
	}
	person, raw, err := userinfo(ctx, call, p, issuers, k, id.Subject, tokens.Access)
	if err != nil {
		return sdk.Verification{}, err
	}
	proof, err := json.Marshal(evidence{Issuer: p.Issuer, IDToken: tokens.ID, Userinfo: raw})
	if err != nil {
		return sdk.Verification{}, err
	}
	return sdk.Verification{ExternalRef: reference(keep.Nonce), Provider: keep.Provider, Level: levels[rank(acr)-1].level, VerifiedAt: id.IssuedAt.UTC(),
		FirstName: person.GivenName, LastName: person.FamilyName, BirthDate: person.Birthdate, TaxCode: strings.TrimPrefix(person.fiscal(), countryOfID), Context: proof}, nil
}

// returned reads what the person came back with: the code, if it is an answer to this request and of this issuer.
func (keep kept) returned(query, issuer string) (code string, err error) {
	values, err := url.ParseQuery(query)
	if err != nil || subtle.ConstantTimeCompare([]byte(values.Get("state")), []byte(keep.State)) != 1 {
		return "", rejected("state")
	}
	if iss := values.Get("iss"); iss != "" && iss != issuer { // RFC 9207: another provider's answer
		return "", rejected("issuer")
	}
	switch values.Get("error") {
	case "":
	case "access_denied":
		e := rejected("cancelled")
		e.UserMessage = "cancelled"
		return "", e
	case "temporarily_unavailable", "server_error":
		return "", sdk.Error{Kind: sdk.Unavailable, Code: "provider.unavailable", SideEffect: sdk.None}
	default:
		return "", rejected("provider_refused")
	}
	if code = values.Get("code"); code == "" {
		return "", rejected("code")
	}
	return code, nil
}

// tokens are what the code is worth.
type tokens struct {
	ID     string `json:"id_token"`
	Access string `json:"access_token"`
}

func exchange(ctx context.Context, call sdk.Call, p provider, k key, s settings, keep kept, code string) (tokens, error) {
	// To whom it is: the federation's rules say the endpoint, newer ones the issuer; both are the same provider.
	proof, err := k.sign(s, jwt.MapClaims{"sub": s.ClientID}, p.Issuer, p.Token)
	if err != nil {
		return tokens{}, err
	}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {keep.Return}, "code_verifier": {keep.Verifier}, "client_id": {s.ClientID},
		"client_assertion_type": {assertion}, "client_assertion": {proof}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.Token, strings.NewReader(form.Encode()))
	if err != nil {
		return tokens{}, drift("token_endpoint")
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	status, header, body, err := ask(ctx, call, r)
	switch {
	case err != nil:
		return tokens{}, err
	case status == http.StatusUnauthorized:
		return tokens{}, sdk.Error{Kind: sdk.Unauthenticated, Code: "provider.client", SideEffect: sdk.None}
	case status == http.StatusBadRequest: // the code is spent or somebody else's, or the agency is not known
		var said struct {
			Error string `json:"error"`
		}
		_ = json.Unmarshal(body, &said)
		if said.Error == "invalid_client" {
			return tokens{}, sdk.Error{Kind: sdk.Unauthenticated, Code: "provider.client", SideEffect: sdk.None}
		}
		return tokens{}, rejected("code")
	}
	var out tokens
	if err := document(status, header, body, "token", &out); err != nil {
		return tokens{}, err
	}
	if out.ID == "" || out.Access == "" {
		return tokens{}, drift("token")
	}
	return out, nil
}

// vouched checks the ID token: the issuer's, for this agency, of this request, and at the level that was asked for.
func (keep kept) vouched(ctx context.Context, p provider, issuers oidc.KeySet, s settings, t tokens) (*oidc.IDToken, string, error) {
	id, err := oidc.NewVerifier(p.Issuer, issuers, &oidc.Config{ClientID: s.ClientID, SupportedSigningAlgs: p.algorithms()}).Verify(ctx, t.ID)
	if err != nil || id.Subject == "" {
		return nil, "", drift("id_token")
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(keep.Nonce)) != 1 || (id.AccessTokenHash != "" && id.VerifyAccessToken(t.Access) != nil) {
		return nil, "", rejected("id_token")
	}
	var said struct {
		ACR string `json:"acr"`
	}
	if err := id.Claims(&said); err != nil || rank(said.ACR) == 0 {
		return nil, "", drift("acr")
	}
	if rank(said.ACR) < rank(keep.Level) {
		e := rejected("too_low")
		e.UserMessage = "too_low"
		return nil, "", e
	}
	return id, said.ACR, nil
}

// person is what the provider says of the person.
type person struct {
	Subject    string `json:"sub"`
	GivenName  string `json:"given_name"`
	FamilyName string `json:"family_name"`
	Birthdate  string `json:"birthdate"`
	Fiscal     string `json:"https://attributes.eid.gov.it/fiscal_number"`
	FiscalOld  string `json:"fiscal_number"`
}

func (p person) fiscal() string {
	if p.Fiscal != "" {
		return p.Fiscal
	}
	return p.FiscalOld
}

// userinfo asks who it is: JSON, or a token signed by the issuer, which SPID encrypts for the agency besides.
func userinfo(ctx context.Context, call sdk.Call, p provider, issuers oidc.KeySet, k key, subject, access string) (person, string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.Userinfo, nil)
	if err != nil {
		return person{}, "", drift("userinfo_endpoint")
	}
	r.Header.Set("Authorization", "Bearer "+access)
	status, header, body, err := ask(ctx, call, r)
	if err != nil {
		return person{}, "", err
	}
	if err := judged(status, header, "userinfo"); err != nil {
		return person{}, "", err
	}
	claims := body
	if body, err = k.opened(body); err != nil {
		return person{}, "", drift("userinfo")
	}
	if kind, _, _ := mime.ParseMediaType(header.Get("Content-Type")); kind == "application/jwt" {
		if claims, err = issuers.VerifySignature(ctx, string(body)); err != nil {
			return person{}, "", drift("userinfo")
		}
	}
	var out person
	if err := json.Unmarshal(claims, &out); err != nil || out.Subject != subject || out.fiscal() == "" {
		return person{}, "", drift("userinfo")
	}
	return out, string(body), nil
}

// evidence is what convinces somebody who was not there: the tokens as the provider signed them.
type evidence struct {
	Issuer   string `json:"issuer"`
	IDToken  string `json:"id_token"`
	Userinfo string `json:"userinfo"`
}

func (identity) GetEvidence(_ context.Context, _ sdk.Call, started sdk.VerificationStart) (sdk.Evidence, error) {
	var e evidence
	if err := json.Unmarshal(started.Context, &e); err != nil || e.IDToken == "" {
		return sdk.Evidence{}, sdk.Error{Kind: sdk.InvalidRequest, Code: "context", SideEffect: sdk.None}
	}
	return sdk.Evidence{MediaType: "application/json", Content: started.Context}, nil
}

func rejected(code string) sdk.Error {
	return sdk.Error{Kind: sdk.Rejected, Code: "identity." + code, SideEffect: sdk.None}
}

func drift(where string) error {
	return sdk.Error{Kind: sdk.ContractDrift, Code: "provider.contract." + where, SideEffect: sdk.None}
}

// Package identity has a person prove who they are to an OpenID provider: code flow with PKCE.
package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"time"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

//go:embed schema.json
var schema []byte

// Connector is what the platform is told, and calls.
func Connector() sdk.Connector {
	return sdk.Connector{
		Describe: sdk.Description{
			ID: "acme", Version: "0.1.0", Title: "Acme", ConfigSchema: schema, Countries: []string{"IT"},
			Egress:         []string{"{url}"}, // host and port of the setting url, and nothing else
			DataCategories: []string{"identity"},
		},
		Identity: identity{},
	}
}

// settings are a connection's, by schema.json. In the place of the secret stands a handle: the platform puts the secret in.
type settings struct {
	URL          string `json:"url"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
}

// started is what the platform keeps, sealed, until the person is back.
type started struct {
	Verifier  string `json:"verifier"`
	State     string `json:"state"`
	ReturnURL string `json:"return_url"`
	Provider  string `json:"provider"`
}

// levels are the eIDAS levels as the provider names them.
var levels = map[string]string{"low": "https://www.spid.gov.it/SpidL1", "substantial": "https://www.spid.gov.it/SpidL2", "high": "https://www.spid.gov.it/SpidL3"}

func settingsOf(call sdk.Call) (s settings, err error) {
	if err := json.Unmarshal(call.Config, &s); err != nil {
		return s, sdk.Error{Kind: sdk.InvalidConfig, Code: "config", SideEffect: sdk.None}
	}
	return s, nil
}

type identity struct{}

// StartVerification asks nobody: it says where the person goes.
func (identity) StartVerification(_ context.Context, call sdk.Call, order sdk.VerificationOrder) (sdk.VerificationStart, error) {
	s, err := settingsOf(call)
	if err != nil {
		return sdk.VerificationStart{}, err
	}
	page, err := url.Parse(s.URL)
	if err != nil || page.Host == "" {
		return sdk.VerificationStart{}, sdk.Error{Kind: sdk.InvalidConfig, Code: "url", SideEffect: sdk.None}
	}
	level, known := levels[order.Level]
	if !known {
		return sdk.VerificationStart{}, sdk.Error{Kind: sdk.InvalidRequest, Code: "level", SideEffect: sdk.None}
	}
	kept := started{rand.Text() + rand.Text(), order.State, order.ReturnURL, order.Provider}
	sum := sha256.Sum256([]byte(kept.Verifier))
	page = page.JoinPath("authorize")
	page.RawQuery = url.Values{"response_type": {"code"}, "scope": {"openid profile"}, "client_id": {s.ClientID}, "redirect_uri": {order.ReturnURL}, "state": {order.State},
		"acr_values": {level}, "code_challenge_method": {"S256"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}}.Encode()
	context, err := json.Marshal(kept)
	if err != nil {
		return sdk.VerificationStart{}, err
	}
	return sdk.VerificationStart{Context: context}, sdk.NeedsUser{Way: sdk.Redirect, URL: page.String()}
}

// CompleteVerification takes the code to the provider and asks it who came. Both answers come straight from the provider, over
// TLS, which is what proves them.
func (identity) CompleteVerification(ctx context.Context, call sdk.Call, start sdk.VerificationStart, query string) (sdk.Verification, error) {
	s, err := settingsOf(call)
	if err != nil {
		return sdk.Verification{}, err
	}
	var kept started
	back, err := url.ParseQuery(query)
	if err != nil || json.Unmarshal(start.Context, &kept) != nil || back.Get("state") != kept.State {
		return sdk.Verification{}, sdk.Error{Kind: sdk.InvalidRequest, Code: "state", SideEffect: sdk.None}
	}
	if back.Get("code") == "" {
		return sdk.Verification{}, sdk.Error{Kind: sdk.Rejected, Code: "declined", SideEffect: sdk.None}
	}
	var token struct {
		Access string `json:"access_token"`
	}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {back.Get("code")}, "redirect_uri": {kept.ReturnURL}, "code_verifier": {kept.Verifier}, "client_id": {s.ClientID}, "client_secret": {s.ClientSecret}}
	if err := call.Ask(ctx, sdk.Request{URL: s.URL, Path: []string{"token"}, Body: form}, &token); err != nil {
		return sdk.Verification{}, err
	}
	var who struct {
		Subject string `json:"sub"`
		Given   string `json:"given_name"`
		Family  string `json:"family_name"`
		Born    string `json:"birthdate"`
		TaxCode string `json:"fiscal_number"`
		ACR     string `json:"acr"`
	}
	if err := call.Ask(ctx, sdk.Request{URL: s.URL, Path: []string{"userinfo"}, Header: map[string]string{"Authorization": "Bearer " + token.Access}}, &who); err != nil {
		return sdk.Verification{}, err
	}
	for level, acr := range levels {
		if acr == who.ACR && who.TaxCode != "" {
			return sdk.Verification{ExternalRef: who.Subject, Provider: kept.Provider, Level: level, VerifiedAt: time.Now().UTC(),
				FirstName: who.Given, LastName: who.Family, TaxCode: who.TaxCode, BirthDate: who.Born}, nil
		}
	}
	return sdk.Verification{}, sdk.Error{Kind: sdk.ContractDrift, Code: "provider.claims"}
}

// GetEvidence is for providers that keep a proof; this one does not.
func (identity) GetEvidence(context.Context, sdk.Call, sdk.VerificationStart) (sdk.Evidence, error) {
	return sdk.Evidence{}, sdk.Error{Kind: sdk.Unsupported, Code: "evidence", SideEffect: sdk.None}
}

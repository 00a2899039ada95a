package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"net/http"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

// provider is what an issuer says of itself in its discovery document.
type provider struct {
	Issuer     string   `json:"issuer"`
	Authorize  string   `json:"authorization_endpoint"`
	Token      string   `json:"token_endpoint"`
	Userinfo   string   `json:"userinfo_endpoint"`
	JWKS       string   `json:"jwks_uri"`
	Algorithms []string `json:"id_token_signing_alg_values_supported"`
}

// discover asks an issuer what it is. Nothing of it is kept: agencies share the process, and the document may change. The library's own
// way to ask is not taken, because it tells a limit, an outage and a wrong address only in words.
func discover(ctx context.Context, call sdk.Call, issuer string) (p provider, err error) {
	wrong := sdk.Error{Kind: sdk.InvalidConfig, Code: "issuer", SideEffect: sdk.None}
	status, header, body, err := get(ctx, call, strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration")
	switch {
	case err != nil:
		return provider{}, err
	case status >= 400 && status < 500 && status != http.StatusTooManyRequests:
		return provider{}, wrong
	}
	if err := document(status, header, body, "metadata", &p); err != nil {
		return provider{}, err
	}
	if p.Issuer != issuer {
		return provider{}, wrong
	}
	if p.Authorize == "" || p.Token == "" || p.Userinfo == "" || p.JWKS == "" {
		return provider{}, sdk.Error{Kind: sdk.ContractDrift, Code: "provider.metadata", SideEffect: sdk.None}
	}
	return p, nil
}

// keys are those the provider signs with now.
func (p provider) keys(ctx context.Context, call sdk.Call) (*oidc.StaticKeySet, error) {
	status, header, body, err := get(ctx, call, p.JWKS)
	if err != nil {
		return nil, err
	}
	var set jose.JSONWebKeySet
	if err := document(status, header, body, "jwks", &set); err != nil {
		return nil, err
	}
	out := &oidc.StaticKeySet{}
	for _, k := range set.Keys {
		switch public := k.Key.(type) { // others are for other things
		case *rsa.PublicKey, *ecdsa.PublicKey, ed25519.PublicKey:
			if k.Use != "enc" {
				out.PublicKeys = append(out.PublicKeys, public)
			}
		}
	}
	return out, nil
}

// algorithms are those an ID token may be signed by: what the provider names, of those that a public key proves.
func (p provider) algorithms() (out []string) {
	for _, name := range p.Algorithms {
		if slices.Contains([]string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA}, name) {
			out = append(out, name)
		}
	}
	return out // none: RS256
}

// key is the agency's, with the name the federation has it under: the SHA-256 thumbprint of its public half.
type key struct {
	*rsa.PrivateKey
	id string
}

func keyOf(s settings) (key, error) {
	wrong := sdk.Error{Kind: sdk.InvalidConfig, Code: "key", SideEffect: sdk.None, Fields: []sdk.FieldError{{Pointer: "/key", Code: "pem"}}}
	block, _ := pem.Decode([]byte(s.Key))
	if block == nil {
		return key{}, wrong
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	private, ok := parsed.(*rsa.PrivateKey)
	if err != nil || !ok || private.N.BitLen() < 2048 {
		return key{}, wrong
	}
	public, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		return key{}, wrong
	}
	sum := sha256.Sum256(public)
	return key{private, hex.EncodeToString(sum[:16])}, nil
}

// opened is a token that was encrypted for the agency; anything else is itself.
func (k key) opened(token []byte) ([]byte, error) {
	if bytes.Count(token, []byte{'.'}) != 4 || bytes.HasPrefix(token, []byte{'{'}) {
		return token, nil
	}
	sealed, err := jose.ParseEncryptedCompact(string(token), []jose.KeyAlgorithm{jose.RSA_OAEP, jose.RSA_OAEP_256},
		[]jose.ContentEncryption{jose.A128CBC_HS256, jose.A256CBC_HS512, jose.A128GCM, jose.A256GCM})
	if err != nil {
		return nil, err
	}
	return sealed.Decrypt(k.PrivateKey)
}

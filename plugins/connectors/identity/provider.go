package main

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"iter"
	"maps"
	"net/url"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

// provider is an issuer that has said what it is.
type provider struct {
	*oidc.Provider
	meta metadata
}

// metadata is what its discovery document has besides what the library reads.
type metadata struct {
	Issuer   string `json:"issuer"`
	Userinfo string `json:"userinfo_endpoint"`
	JWKS     string `json:"jwks_uri"`
}

// discover asks an issuer what it is. Nothing of it is kept: agencies share the process, and the document may change.
func discover(ctx context.Context, call sdk.Call, issuer string) (provider, error) {
	p, err := oidc.NewProvider(oidc.ClientContext(ctx, call.Client()), issuer)
	if err != nil {
		var refused *url.Error
		if ctx.Err() != nil || errors.As(err, &refused) {
			failure := sdk.Unreached(ctx, err)
			failure.SideEffect = sdk.None // it was only read
			return provider{}, failure
		}
		return provider{}, sdk.Error{Kind: sdk.InvalidConfig, Code: "issuer", SideEffect: sdk.None}
	}
	out := provider{Provider: p}
	if err := p.Claims(&out.meta); err != nil || out.meta.Userinfo == "" || out.meta.JWKS == "" || p.Endpoint().TokenURL == "" {
		return provider{}, sdk.Error{Kind: sdk.ContractDrift, Code: "provider.metadata", SideEffect: sdk.None}
	}
	return out, nil
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

func keys[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }

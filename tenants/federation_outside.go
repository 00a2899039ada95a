package tenants

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/hashicorp/golang-lru/v2/expirable"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/netguard"
)

const (
	providersKept = 256              // discovered providers in memory
	providersFor  = 10 * time.Minute // after which one is discovered anew; its keys are also read anew when a token names an unknown one
	providerWaits = 5 * time.Second  // for one answer of a provider
	providerSays  = 1 << 20          // bytes of it that are read
)

// signedBy are the algorithms a provider may sign with: asymmetric ones only, so that nothing it publishes can sign.
var signedBy = []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA}

var (
	errIssuer = fault.Input("identity_provider.issuer", "/issuer", "Give the provider's issuer as it writes it: an https address on the internet, without query, that answers /.well-known/openid-configuration itself.")
	errAway   = &fault.Error{Kind: fault.Unavailable, Code: "oidc.unavailable", Retry: 30 * time.Second,
		Message: "The identity provider cannot be reached right now. Try again shortly, or sign in by password or passkey if your agency allows it."}
)

// providers knows the identity providers that agencies name. Their addresses are the agencies' to choose, so they are asked through a
// client that reaches the internet and nothing of ours.
type providers struct {
	loopback bool
	client   *http.Client
	known    *expirable.LRU[string, *provider]
}

// provider is one that was discovered.
type provider struct {
	*oidc.Provider
	keys oidc.KeySet
}

func newProviders(loopback bool) *providers {
	return &providers{loopback: loopback, client: outside(loopback), known: expirable.NewLRU[string, *provider](providersKept, nil, providersFor)}
}

// outside is a client for addresses that others choose. The connection itself is judged, after the name was looked up: a name that
// answers differently the second time does not get past it. Redirects are not followed, nor are the environment's proxies.
func outside(loopback bool) *http.Client {
	dialer := &net.Dialer{Timeout: providerWaits, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || netguard.Allowed(at.Addr()) != nil && !(loopback && at.Addr().Unmap().IsLoopback()) {
			return netguard.ErrInside
		}
		return nil
	}}
	transport := &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: providerWaits, ResponseHeaderTimeout: providerWaits,
		MaxResponseHeaderBytes: 64 << 10, MaxConnsPerHost: 8, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true}
	return &http.Client{Timeout: 2 * providerWaits, Transport: bounded{transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// bounded reads no more than an answer may have.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, providerSays), resp.Body}
	}
	return resp, err
}

// address reports whether a provider may have an address: https, and for tests and dev http on this machine.
func (p *providers) address(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || len(raw) > 300 {
		return false
	}
	at, err := netip.ParseAddr(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && p.loopback && err == nil && at.IsLoopback()
}

// find discovers a provider, or remembers it. Errors: identity_provider.issuer (422), oidc.unavailable (503).
func (p *providers) find(ctx context.Context, issuer string) (*provider, error) {
	if known, ok := p.known.Get(issuer); ok {
		return known, nil
	}
	if !p.address(issuer) {
		return nil, errIssuer
	}
	ctx = oidc.ClientContext(ctx, p.client)
	found, err := oidc.NewProvider(ctx, issuer)
	var mismatch *oidc.IssuerMismatchError
	switch {
	case errors.As(err, &mismatch), errors.Is(err, netguard.ErrInside):
		return nil, errIssuer
	case err != nil:
		return nil, away(err)
	}
	var says struct {
		Keys string `json:"jwks_uri"`
	}
	if err := found.Claims(&says); err != nil || !p.address(says.Keys) || !p.address(found.Endpoint().AuthURL) || !p.address(found.Endpoint().TokenURL) {
		return nil, errIssuer
	}
	known := &provider{found, oidc.NewRemoteKeySet(oidc.ClientContext(context.WithoutCancel(ctx), p.client), says.Keys)}
	p.known.Add(issuer, known)
	return known, nil
}

// away is that a provider does not answer, as it should.
func away(cause error) error {
	e := *errAway
	e.Cause = fmt.Errorf("identity provider: %w", cause)
	return &e
}

// verify judges an id token: signature, issuer, audience and time. A provider whose keys cannot be had is away; the rest is oidc.token.
func (p *provider) verify(ctx context.Context, issuer, clientID, raw string) (*oidc.IDToken, error) {
	keys := &watched{KeySet: p.keys}
	token, err := oidc.NewVerifier(issuer, keys, &oidc.Config{ClientID: clientID, SupportedSigningAlgs: signedBy}).Verify(ctx, raw)
	switch {
	case keys.away != nil:
		return nil, away(keys.away)
	case err != nil:
		return nil, errToken
	}
	return token, nil
}

// watched remembers that keys could not be had: the verifier's error does not tell that from a bad signature.
type watched struct {
	oidc.KeySet
	away error
}

func (w *watched) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	payload, err := w.KeySet.VerifySignature(ctx, jwt)
	if unreached := (*url.Error)(nil); errors.As(err, &unreached) {
		w.away = unreached
	}
	return payload, err
}

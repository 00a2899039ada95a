package tenants

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/jackc/pgx/v5"
	"golang.org/x/oauth2"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/tenants/accounts"
)

// OIDCFor is how long a sign-in may be at the provider.
const OIDCFor = 10 * time.Minute

// Refusals of a sign-in by a provider. None says what was wrong with which value.
var (
	errState    = fault.New(fault.Unauthenticated, "oidc.state", "This sign-in has ended, was answered before, or was begun in another browser. Begin again.")
	errMixed    = fault.New(fault.Unauthenticated, "oidc.issuer", "The answer comes from another provider than the one that was asked. Begin again.")
	errDeclined = fault.New(fault.Unauthenticated, "oidc.declined", "The identity provider has not signed you in. Begin again, or ask whoever keeps it.")
	errCode     = fault.New(fault.Unauthenticated, "oidc.code", "The identity provider does not stand by this answer. Begin again.")
	errToken    = fault.New(fault.Unauthenticated, "oidc.token", "The identity provider's statement about you is not valid. Begin again; if it happens again, ask an agency admin.")
	errEmail    = fault.New(fault.Forbidden, "oidc.email", "The identity provider does not vouch for an e-mail address of the agency's. Ask an agency admin.")
	errMember   = fault.New(fault.Forbidden, "oidc.member", "You are no active member of this agency. Ask an agency admin to invite you.")
	errAccount  = fault.New(fault.Forbidden, "oidc.account", "Another account of the identity provider stands for this member. An agency admin can have it forgotten.")
)

// derived are what a sign-in needs besides its state, made from the browser's secret and kept nowhere.
func derived(browser, state, what string) string {
	h := hmac.New(sha256.New, []byte(browser))
	_, _ = fmt.Fprintf(h, "%s %s", what, state)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// oauth is the provider as x/oauth2 speaks to it.
func (f *Federation) oauth(agency ident.AgencyID, p IdentityProvider, at *provider, secret string) *oauth2.Config {
	return &oauth2.Config{ClientID: p.ClientID, ClientSecret: secret, Endpoint: at.Endpoint(), RedirectURL: f.public + callback(agency), Scopes: []string{oidc.ScopeOpenID, "email", "profile"}}
}

// StartOIDC begins a sign-in in an agency: where to send the browser, and the secret its cookie keeps until it comes back.
// Errors: identity_provider.not_found (404, also for an agency that is none), oidc.unavailable (503).
func (f *Federation) StartOIDC(ctx context.Context, agency ident.AgencyID, request string) (to, browser string, err error) {
	scope, err := f.platform(agency, request)
	if err != nil {
		return "", "", errNoProvider
	}
	var p IdentityProvider
	switch err := f.db.Load(ctx, scope, f.loadProvider(&p, agency, "")); {
	case fault.Is(err, fault.NotFound), err == nil && !p.Configured:
		return "", "", errNoProvider
	case err != nil:
		return "", "", err
	}
	at, err := f.providers.find(ctx, p.Issuer)
	if err != nil {
		return "", "", f.refusedOIDC(ctx, agency, request, err)
	}
	random, _ := accounts.NewToken()
	state := agency.String() + "." + random
	browser, kept := accounts.NewToken()
	err = f.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		tx.Exec("delete from oidc_sign_ins where expires_at < now()")
		tx.Exec("insert into oidc_sign_ins (tenant_id, state_hash, browser_hash, provider_version, expires_at) values ($1, $2, $3, $4, now() + $5::interval)",
			agency, accounts.Hash(state), kept, p.Version, OIDCFor)
		return nil
	})
	to = f.oauth(agency, p, at, "").AuthCodeURL(state, oidc.Nonce(derived(browser, state, "nonce")), oauth2.S256ChallengeOption(derived(browser, state, "verifier")))
	return to, browser, err
}

// OIDCAnswer is what the browser brings back from a provider.
type OIDCAnswer struct {
	Agency                              ident.AgencyID // whose address it came to
	State, Code, Error, Issuer, Browser string
}

// claims of an id token that are read.
type claims struct {
	Email    string `json:"email"`
	Verified any    `json:"email_verified"` // some write "true"
	Name     string `json:"name"`
	Party    string `json:"azp"`
}

// FinishOIDC judges a provider's answer and opens a session in the agency the sign-in was begun for, and nowhere else.
// Errors: oidc.state, .issuer, .declined, .code, .token (401), .email, .member, .account (403), .unavailable (503).
func (f *Federation) FinishOIDC(ctx context.Context, in OIDCAnswer, from accounts.Origin, request string) (accounts.Entry, error) {
	name, _, _ := strings.Cut(in.State, ".")
	agency, err := ident.ParseAgency(name)
	switch {
	case in.Agency.IsZero():
		return accounts.Entry{}, errState
	case err != nil, agency != in.Agency:
		return accounts.Entry{}, f.refusedOIDC(ctx, in.Agency, request, errState)
	}
	user, err := f.judgeOIDC(ctx, agency, in, request)
	if err != nil {
		return accounts.Entry{}, f.refusedOIDC(ctx, agency, request, err)
	}
	return f.accounts.Open(ctx, user, agency, "oidc", from)
}

func (f *Federation) judgeOIDC(ctx context.Context, agency ident.AgencyID, in OIDCAnswer, request string) (user ident.UserID, err error) {
	p, secret, err := f.takeOIDC(ctx, agency, in, request)
	if err != nil {
		return user, err
	}
	switch {
	case in.Issuer != "" && in.Issuer != p.Issuer:
		return user, errMixed
	case in.Error != "":
		return user, errDeclined
	case in.Code == "":
		return user, errState
	}
	at, err := f.providers.find(ctx, p.Issuer)
	if err != nil {
		return user, err
	}
	token, err := f.oauth(agency, p, at, secret).Exchange(oidc.ClientContext(ctx, f.providers.client), in.Code, oauth2.VerifierOption(derived(in.Browser, in.State, "verifier")))
	if err != nil {
		return user, unexchanged(err)
	}
	raw, _ := token.Extra("id_token").(string)
	if raw == "" {
		return user, errToken
	}
	said, err := at.verify(ctx, p.Issuer, p.ClientID, raw)
	if err != nil {
		return user, err
	}
	var c claims
	var all map[string]any
	if said.Claims(&c) != nil || said.Claims(&all) != nil || said.Subject == "" || said.Nonce != derived(in.Browser, in.State, "nonce") || c.Party != "" && c.Party != p.ClientID {
		return user, errToken
	}
	return f.joinOIDC(ctx, agency, p, said.Subject, c, mapped(p, all), request)
}

// unexchanged is a code that got no token: the provider is down, or refuses it.
func unexchanged(err error) error {
	var said *oauth2.RetrieveError
	if errors.As(err, &said) && said.Response != nil && said.Response.StatusCode < 500 {
		return errCode
	}
	if unreached := (*url.Error)(nil); errors.As(err, &unreached) || said != nil {
		return away(err)
	}
	return errCode
}

// takeOIDC takes a sign-in away: whatever its answer is worth, there is no second one. It must be of this browser, in time, and under
// the configuration it was begun with.
func (f *Federation) takeOIDC(ctx context.Context, agency ident.AgencyID, in OIDCAnswer, request string) (p IdentityProvider, secret string, err error) {
	var browser []byte
	version, alive := 0, false
	err = f.write(ctx, agency, request, func(tx *tenancy.Tx) error {
		take := tenancy.Scan("delete from oidc_sign_ins where state_hash = $1 returning browser_hash, provider_version, expires_at > now()", []any{accounts.Hash(in.State)}, func(rows pgx.Rows) error {
			return rows.Scan(&browser, &version, &alive)
		}).From(func() { browser, version, alive = nil, 0, false })
		open := tenancy.Unseal("select id, client_secret from identity_providers where active", nil, func(_ *tenancy.Tx, keys *crypto.TenantKey, rows pgx.Rows) error {
			var id ident.ProviderID
			var sealed []byte
			if err := rows.Scan(&id, &sealed); err != nil {
				return err
			}
			plain, err := keys.Open(secretPlace(id), sealed)
			secret = string(plain)
			return err
		})
		return tx.Load(take, f.loadProvider(&p, agency, ""), open)
	})
	switch {
	case fault.Is(err, fault.NotFound):
		return p, "", errState
	case err != nil:
		return p, "", err
	case !alive, !p.Configured, p.Version != version, subtle.ConstantTimeCompare(browser, accounts.Hash(in.Browser)) != 1:
		return p, "", errState
	}
	return p, secret, nil
}

// mapped are the roles that a token's claim stands for; first_role where there is no map.
func mapped(p IdentityProvider, all map[string]any) (roles []string) {
	if p.RoleClaim == "" {
		if p.FirstRole != "" {
			return []string{p.FirstRole}
		}
		return nil
	}
	list, many := all[p.RoleClaim].([]any)
	if !many {
		list = []any{all[p.RoleClaim]}
	}
	given := map[string]bool{}
	for _, v := range list {
		if text, ok := v.(string); ok && p.RoleMap[text] != "" {
			given[p.RoleMap[text]] = true
		}
	}
	for _, role := range values(p.RoleMap) {
		if given[role] && len(roles) < 10 {
			roles = append(roles, role)
			given[role] = false
		}
	}
	return roles
}

// refusedOIDC writes a refusal into the agency's trail, when it has a provider and none like it was written within the minute, and returns
// it. What a stranger makes up about an agency that has none, or that is none, is counted and no more.
func (f *Federation) refusedOIDC(ctx context.Context, agency ident.AgencyID, request string, why error) error {
	e := fault.As(why)
	if e.Kind == fault.Internal {
		return why
	}
	more, due := f.refusals.due(refusal{agency, "identity_provider", e.Code})
	if !due {
		return why
	}
	err := f.write(ctx, agency, request, func(tx *tenancy.Tx) error {
		var p IdentityProvider
		if err := tx.Load(f.loadProvider(&p, agency, "")); err != nil || p.id.IsZero() {
			return err
		}
		detail := map[string]string{"reason": e.Code}
		if more > 0 {
			detail["more"] = strconv.Itoa(more)
		}
		audit.Record(tx, "sign_in.provider_refused", p.id, detail)
		return nil
	})
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	return why
}

func verified(c claims) bool { return c.Verified == true || c.Verified == "true" }

// nameOf is what a person is called, for whoever has not said so here.
func nameOf(c claims) string {
	if name := strings.TrimSpace(c.Name); name != "" && len(name) <= 200 && plain(name) {
		return name
	}
	name, _, _ := strings.Cut(c.Email, "@")
	return name
}

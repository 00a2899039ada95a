package tenants

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// IdentityProvider is the OpenID provider by which an agency's people sign in.
type IdentityProvider struct {
	Configured bool              `json:"configured"`
	Issuer     string            `json:"issuer"`
	ClientID   string            `json:"client_id"`
	Domains    []string          `json:"domains" doc:"Of the e-mail addresses that are let in"`
	FirstRole  string            `json:"first_role" doc:"Role of whoever signs in for the first time and is no member; empty: members only"`
	RoleClaim  string            `json:"role_claim" doc:"Claim of the id token that role_map reads; empty for none"`
	RoleMap    map[string]string `json:"role_map" doc:"Values of the claim to roles, at the first sign-in, instead of first_role"`
	Exclusive  bool              `json:"exclusive" doc:"Only by this provider: no password or passkey opens the agency"`
	Start      string            `json:"start_url" doc:"Where a sign-in begins"`
	Callback   string            `json:"callback_url" doc:"What to register at the provider"`
	Version    int               `json:"version"`

	id     ident.ProviderID
	sealed []byte
}

// Tag is the version answered as ETag.
func (p IdentityProvider) Tag() int { return p.Version }

// IdentityProviderInput is what a provider is to be.
type IdentityProviderInput struct {
	Issuer    string            `json:"issuer" minLength:"8" maxLength:"300"`
	ClientID  string            `json:"client_id" minLength:"1" maxLength:"300"`
	Secret    string            `json:"client_secret,omitempty" required:"false" maxLength:"1000" doc:"Written, never read back; absent: as it was"`
	Domains   []string          `json:"domains" minItems:"1" maxItems:"50"`
	FirstRole string            `json:"first_role,omitempty" required:"false" maxLength:"40"`
	RoleClaim string            `json:"role_claim,omitempty" required:"false" maxLength:"100"`
	RoleMap   map[string]string `json:"role_map,omitempty" required:"false" maxProperties:"100"`
	Exclusive bool              `json:"exclusive,omitempty" required:"false"`
}

const providerColumns = "id, issuer, client_id, client_secret, domains, first_role, role_claim, role_map, exclusive, active, version"

// loadProvider reads the agency's provider into p, as of now or under lock.
func (f *Federation) loadProvider(p *IdentityProvider, agency ident.AgencyID, lock string) tenancy.Load {
	empty := IdentityProvider{Version: 1, Domains: []string{}, RoleMap: map[string]string{},
		Start: f.public + "/api/v1/auth/oidc/" + agency.String() + "/start", Callback: f.public + callback(agency)}
	return tenancy.Scan("select "+providerColumns+" from identity_providers"+lock, nil, func(rows pgx.Rows) error {
		err := rows.Scan(&p.id, &p.Issuer, &p.ClientID, &p.sealed, &p.Domains, &p.FirstRole, &p.RoleClaim, &p.RoleMap, &p.Exclusive, &p.Configured, &p.Version)
		p.sealed = slices.Clone(p.sealed)
		return err
	}).From(func() { *p = empty })
}

// callback is where an agency's provider sends people back. Each agency has its own: where all share one, a rival's provider sends a
// browser on to an honest one and is brought that one's code (mix-up, RFC 9700 4.4.2.2).
func callback(agency ident.AgencyID) string {
	return "/api/v1/auth/oidc/" + agency.String() + "/callback"
}

// secretPlace is where a provider's secret is kept sealed.
func secretPlace(id ident.ProviderID) crypto.Place {
	return crypto.Place{Table: "identity_providers", Row: id.String(), Column: "client_secret"}
}

// IdentityProvider reads an agency's provider; configured is false where there is none.
func (f *Federation) IdentityProvider(ctx context.Context, scope tenancy.Scope) (p IdentityProvider, err error) {
	err = f.db.Load(ctx, scope, f.loadProvider(&p, scope.Tenant(), ""))
	return p, err
}

// SetIdentityProvider makes or replaces an agency's provider; who is the caller. The provider is asked for its description first.
// Errors: identity_provider.issuer, .domain, .secret (422), .untried (409), oidc.unavailable (503), role.beyond (403).
func (f *Federation) SetIdentityProvider(ctx context.Context, scope tenancy.Scope, who tenancy.Identity, version int, in IdentityProviderInput) (p IdentityProvider, err error) {
	if err := f.db.Load(ctx, scope); err != nil { // nobody without the permission has us call anywhere
		return p, err
	}
	if err := in.check(); err != nil {
		return p, err
	}
	if _, err := f.providers.find(ctx, in.Issuer); err != nil {
		return p, err
	}
	err = f.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		if err := tx.Load(f.loadProvider(&p, scope.Tenant(), " for update")); err != nil {
			return err
		}
		if p.Version != version {
			return errStaleProvider
		}
		roles := []string{}
		for _, r := range append([]string{in.FirstRole}, values(in.RoleMap)...) {
			if r != "" {
				roles = append(roles, r)
			}
		}
		if err := f.giving(tx, nil, roles); err != nil {
			return err
		}
		same := p.Configured && p.Issuer == in.Issuer && p.ClientID == in.ClientID && in.Secret == ""
		if in.Exclusive && !(same && (p.Exclusive || who.Bound)) {
			return fault.New(fault.Conflict, "identity_provider.untried", "Save the provider without exclusive, sign in by it, and then make it the only way in: nobody should be locked out by a mistake.")
		}
		if !same && in.Secret == "" {
			return fault.Input("identity_provider.secret", "/client_secret", "Give the client's secret too: it is kept only for the provider and client it was given for.")
		}
		if p.id.IsZero() {
			p.id = ident.NewProvider()
		}
		if in.Secret != "" {
			keys, err := tx.Keys()
			if err != nil {
				return err
			}
			if p.sealed, err = keys.Seal(secretPlace(p.id), []byte(in.Secret)); err != nil {
				return err
			}
		}
		p.Configured, p.Issuer, p.ClientID, p.Domains, p.FirstRole, p.RoleClaim, p.RoleMap, p.Exclusive = true, in.Issuer, in.ClientID, in.Domains, in.FirstRole, in.RoleClaim, in.RoleMap, in.Exclusive
		p.Version++
		tx.Exec(`insert into identity_providers (tenant_id, id, issuer, client_id, client_secret, domains, first_role, role_claim, role_map, exclusive, active, version, created_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, true, $11, $12)
			on conflict on constraint identity_providers_pkey do update set issuer = excluded.issuer, client_id = excluded.client_id, client_secret = excluded.client_secret, domains = excluded.domains,
				first_role = excluded.first_role, role_claim = excluded.role_claim, role_map = excluded.role_map, exclusive = excluded.exclusive, active = true, version = excluded.version`,
			scope.Tenant(), p.id, p.Issuer, p.ClientID, p.sealed, p.Domains, p.FirstRole, p.RoleClaim, p.RoleMap, p.Exclusive, p.Version, tx.Now())
		audit.Record(tx, "identity_provider.changed", p.id, map[string]string{"issuer": p.Issuer, "domains": strings.Join(p.Domains, " "), "roles": strings.Join(roles, " "), "exclusive": fmt.Sprint(p.Exclusive)})
		return nil
	})
	return p, err
}

// DropIdentityProvider takes an agency's provider away; whoever is in by it stays until their session ends.
func (f *Federation) DropIdentityProvider(ctx context.Context, scope tenancy.Scope, version int) error {
	return f.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		var p IdentityProvider
		if err := tx.Load(f.loadProvider(&p, scope.Tenant(), " for update")); err != nil {
			return err
		}
		switch {
		case !p.Configured:
			return errNoProvider
		case p.Version != version:
			return errStaleProvider
		}
		tx.Exec("update identity_providers set active = false, exclusive = false, client_secret = null, version = version + 1 where id = $1", p.id)
		audit.Record(tx, "identity_provider.removed", p.id, nil)
		return nil
	})
}

var (
	errNoProvider    = fault.New(fault.NotFound, "identity_provider.not_found", "There is no identity provider here. Sign in by password or passkey.")
	errStaleProvider = fault.New(fault.Stale, "version.stale", "The identity provider was changed since you read it. Load it again.")
	domain           = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`)
)

// check says what of an input does not fit, and writes domains as they are compared.
func (in *IdentityProviderInput) check() error {
	for i, d := range in.Domains {
		in.Domains[i] = strings.ToLower(strings.TrimSpace(d))
		if len(d) > 253 || !domain.MatchString(in.Domains[i]) {
			return fault.Input("identity_provider.domain", fmt.Sprintf("/domains/%d", i), "Give a domain like agency.example, without @.")
		}
	}
	if (in.RoleClaim == "") != (len(in.RoleMap) == 0) {
		return fault.Input("identity_provider.role_map", "/role_map", "A claim needs a map of its values to roles, and a map needs a claim.")
	}
	if in.RoleMap == nil {
		in.RoleMap = map[string]string{}
	}
	return nil
}

func values(m map[string]string) (out []string) {
	for _, v := range m {
		out = append(out, v)
	}
	slices.Sort(out)
	return out
}

// ForgetAccount takes away whom the provider's account of a member stands for: their next sign-in by it is a first one again.
func (f *Federation) ForgetAccount(ctx context.Context, scope tenancy.Scope, id ident.MemberID) error {
	return f.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		var user ident.UserID
		if err := tx.Load(tenancy.Value(&user, "select user_id from members where id = $1", id)); err != nil {
			return err
		}
		if user.IsZero() {
			return fault.Missing("member")
		}
		tx.Exec("delete from federated_people where user_id = $1", user)
		audit.Record(tx, "member.account_forgotten", id, nil)
		return nil
	})
}

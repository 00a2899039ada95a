package tenants

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// ScimToken is with what a network's own directory keeps people, without its secret.
type ScimToken struct {
	ID         ident.ScimTokenID `json:"id" db:"id"`
	Name       string            `json:"name" db:"name"`
	Prefix     string            `json:"prefix" db:"prefix"`
	Roles      []string          `json:"roles" db:"roles"`
	ExpiresAt  time.Time         `json:"expires_at" db:"expires_at"`
	LastUsedAt *time.Time        `json:"last_used_at" db:"last_used_at"`
	CreatedAt  time.Time         `json:"created_at" db:"created_at"`
}

// NewScimToken is a token at its making: the only time its secret is seen.
type NewScimToken struct {
	ScimToken
	Secret string `json:"secret" doc:"Empty when a request is repeated under its Idempotency-Key: revoke the token and make another if the first answer was lost"`
}

// ScimTokenInput asks for a token.
type ScimTokenInput struct {
	Name      string     `json:"name" minLength:"1" maxLength:"200"`
	Roles     []string   `json:"roles" minItems:"1" maxItems:"10" doc:"The platform's roles it may give and take in the network's agencies; the groups of all others are not there for it"`
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"At most a year ahead, and a year when absent"`
}

// Directory is what a network's own directory comes in by, and what it has come to.
type Directory struct {
	Tokens     []ScimToken `json:"items"`
	NextCursor *string     `json:"next_cursor"`
	BaseURL    string      `json:"base_url" doc:"What to give the directory as the address of SCIM"`
	People     int         `json:"people" doc:"Whom it keeps, once it has come: all of the network and its agencies"`
	Known      int         `json:"known" doc:"Of these, whom it knows by an id of its own (externalId)"`
	Disabled   int         `json:"disabled" doc:"Of these, whom it has disabled"`
}

// Directory lists a network's tokens that are neither revoked nor expired, and counts the people of its directory.
func (f *Federation) Directory(ctx context.Context, scope tenancy.NetworkScope) (Directory, error) {
	out := Directory{BaseURL: f.public + "/scim/v2"}
	err := f.networks.Write(ctx, scope, func(tx *tenancy.Tx) error {
		return tx.Load(tenancy.Many(&out.Tokens, `select id, name, prefix, roles, expires_at, last_used_at, created_at from network_scim_tokens
			where revoked_at is null and expires_at > now() order by created_at desc, id limit 200`),
			tenancy.Scan(`select count(*), count(external_id), count(*) filter (where not active) from network_people where removed_at is null`, nil, func(rows pgx.Rows) error {
				return rows.Scan(&out.People, &out.Known, &out.Disabled)
			}).From(func() { out.People, out.Known, out.Disabled = 0, 0, 0 }))
	})
	return out, err
}

// CreateScimToken makes a token. Errors: key.expires, member.role (422).
func (f *Federation) CreateScimToken(ctx context.Context, scope tenancy.NetworkScope, in ScimTokenInput) (out NewScimToken, err error) {
	for _, r := range in.Roles {
		if !slices.Contains(f.roles, r) {
			return out, fault.Input("member.role", "/roles", "A directory gives the platform's roles only: "+strings.Join(f.roles, ", ")+". An agency's own are the agency's to give.")
		}
	}
	err = f.networks.Write(ctx, scope, func(tx *tenancy.Tx) error {
		until := tx.Now().AddDate(1, 0, 0)
		if in.ExpiresAt != nil {
			until = *in.ExpiresAt
		}
		if !until.After(tx.Now()) || until.After(tx.Now().AddDate(1, 0, 1)) {
			return fault.Input("key.expires", "/expires_at", "Choose an end within the next year.")
		}
		secret, prefix := newSecret(ScimSecret)
		out = NewScimToken{ScimToken{ID: ident.NewScimToken(), Name: in.Name, Prefix: prefix, Roles: in.Roles, ExpiresAt: until, CreatedAt: tx.Now()}, secret}
		tx.Exec(`insert into network_scim_tokens (network_id, id, name, prefix, token_hash, roles, created_by, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			scope.Network(), out.ID, out.Name, out.Prefix, hashSecret(secret), out.Roles, tx.Scope().Actor().User(), tx.Now(), until)
		audit.Record(tx, "directory.token_created", out.ID, map[string]string{"roles": strings.Join(in.Roles, " ")})
		kept := out
		kept.Secret = ""
		return tx.Answer(kept)
	})
	return out, err
}

// RevokeScimToken ends a token at once.
func (f *Federation) RevokeScimToken(ctx context.Context, scope tenancy.NetworkScope, id ident.ScimTokenID) error {
	return f.networks.Write(ctx, scope, func(tx *tenancy.Tx) error {
		tx.ExecOne(fault.Missing("token"), `update network_scim_tokens set revoked_at = $2 where id = $1 and revoked_at is null`, id, tx.Now())
		audit.Record(tx, "directory.token_revoked", id, nil)
		return nil
	})
}

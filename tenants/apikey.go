package tenants

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// APIKey is a machine's key, without its secret.
type APIKey struct {
	ID         ident.APIKeyID `json:"id" db:"id"`
	Name       string         `json:"name" db:"name"`
	Prefix     string         `json:"prefix" db:"prefix"`
	Roles      []string       `json:"roles" db:"roles"`
	Actions    []string       `json:"actions" db:"actions" nullable:"true" doc:"Of what the roles may, only these; null: all of it. agency.read is always among them"`
	Client     bool           `json:"client" db:"client" doc:"An OAuth2 client: its id and secret buy short tokens at POST /oauth/token, and open nothing else"`
	ExpiresAt  time.Time      `json:"expires_at" db:"expires_at"`
	LastUsedAt *time.Time     `json:"last_used_at" db:"last_used_at"`
	CreatedAt  time.Time      `json:"created_at" db:"created_at"`
}

// NewAPIKey is a key at its making: the only time its secret is seen.
type NewAPIKey struct {
	APIKey
	Secret string `json:"secret" doc:"Empty when a request is repeated under its Idempotency-Key: revoke the key and make another if the first answer was lost"`
}

// APIKeyInput asks for a key.
type APIKeyInput struct {
	Name      string     `json:"name" minLength:"1" maxLength:"200"`
	Roles     []string   `json:"roles" minItems:"1" maxItems:"10"`
	Actions   []string   `json:"actions,omitempty" required:"false" minItems:"1" maxItems:"100" doc:"Narrows the key to these actions; absent: all that its roles may"`
	Client    bool       `json:"client,omitempty" required:"false" doc:"Make an OAuth2 client instead of a key to be sent as it is"`
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"At most a year ahead; ninety days when absent"`
}

// APIKeys lists an agency's keys that are neither revoked nor expired.
func (s *Service) APIKeys(ctx context.Context, scope tenancy.Scope) ([]APIKey, error) {
	var out []APIKey
	err := s.db.Load(ctx, scope, tenancy.Many(&out, `select id, name, prefix, roles, actions, client, expires_at, last_used_at, created_at from api_keys
		where revoked_at is null and expires_at > now() order by created_at desc, id limit 200`))
	return out, err
}

// CreateAPIKey makes a key. A key never has a role that its maker may not give.
func (s *Service) CreateAPIKey(ctx context.Context, scope tenancy.Scope, in APIKeyInput) (NewAPIKey, error) {
	var out NewAPIKey
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		if err := s.giving(tx, nil, in.Roles); err != nil {
			return err
		}
		if field := unknownAction(tx, in.Actions); field != nil {
			return field
		}
		until := tx.Now().AddDate(0, 3, 0)
		if in.ExpiresAt != nil {
			until = *in.ExpiresAt
		}
		if !until.After(tx.Now()) || until.After(tx.Now().AddDate(1, 0, 1)) {
			return fault.Input("key.expires", "/expires_at", "Choose an end within the next year.")
		}
		kind := KeySecret
		if in.Client {
			kind = ClientSecret
		}
		secret, prefix := newSecret(kind)
		out = NewAPIKey{APIKey{ID: ident.NewAPIKey(), Name: in.Name, Prefix: prefix, Roles: in.Roles, Actions: in.Actions, Client: in.Client, ExpiresAt: until, CreatedAt: tx.Now()}, secret}
		tx.Exec(`insert into api_keys (tenant_id, id, name, prefix, secret_hash, roles, actions, client, created_by, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			scope.Tenant(), out.ID, out.Name, out.Prefix, hashSecret(secret), out.Roles, out.Actions, out.Client, scope.Actor().User(), tx.Now(), until)
		audit.Record(tx, "api_key.created", out.ID, map[string]string{"roles": strings.Join(in.Roles, " "), "actions": strings.Join(in.Actions, " "), "client": fmt.Sprint(in.Client)})
		kept := out
		kept.Secret = "" // a secret is shown once and stored nowhere: a repetition names the key without it
		return tx.Answer(kept)
	})
	return out, err
}

// RevokeAPIKey ends a key at once.
func (s *Service) RevokeAPIKey(ctx context.Context, scope tenancy.Scope, id ident.APIKeyID) error {
	return s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		tx.ExecOne(fault.Missing("api key"), `update api_keys set revoked_at = $2 where id = $1 and revoked_at is null`, id, tx.Now())
		audit.Record(tx, "api_key.revoked", id, nil)
		return outbox.Tell(tx, "api-keys", id, 0)
	})
}

// What machines' secrets begin with, by kind.
const (
	KeySecret    = "prk_" // sent as it is
	ClientSecret = "prc_" // buys access tokens
	AccessSecret = "prt_" // an access token
	ScimSecret   = "prs_" // of a network's own directory
)

// newSecret is the kind + 8 characters to recognise it by + 48 secret ones + a checksum: scanners of leaked secrets know it by them, and
// a mistyped one is refused without asking the database.
func newSecret(kind string) (secret, prefix string) {
	raw := make([]byte, 28)
	_, _ = rand.Read(raw) // never fails: the runtime aborts instead
	body := kind + hex.EncodeToString(raw)
	return body + checksum(body), body[:12]
}

func checksum(body string) string { return fmt.Sprintf("%08x", crc32.ChecksumIEEE([]byte(body))) }

func hashSecret(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// SecretKind tells which kind of secret something is; "" for what none of ours can be.
func SecretKind(secret string) string {
	const whole = 4 + 56 + 8
	if len(secret) != whole || checksum(secret[:whole-8]) != secret[whole-8:] {
		return ""
	}
	return secret[:4]
}

// unknownAction is what is wrong with a list of actions; nil for nothing.
func unknownAction(tx *tenancy.Tx, actions []string) error {
	known := tx.Table().Actions()
	for i, a := range actions {
		if !slices.Contains(known, access.Action(a)) {
			return fault.Input("key.action", fmt.Sprintf("/actions/%d", i), "There is no such action. GET /api/v1/roles shows those there are, as permissions.")
		}
	}
	return nil
}

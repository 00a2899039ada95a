package tenants

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"hash/crc32"
	"time"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// APIKey is a machine's key, without its secret.
type APIKey struct {
	ID         ident.APIKeyID `json:"id" db:"id"`
	Name       string         `json:"name" db:"name"`
	Prefix     string         `json:"prefix" db:"prefix"`
	Roles      []string       `json:"roles" db:"roles"`
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
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"At most a year ahead; ninety days when absent"`
}

// APIKeys lists an agency's keys that are neither revoked nor expired.
func (s *Service) APIKeys(ctx context.Context, scope tenancy.Scope) ([]APIKey, error) {
	var out []APIKey
	err := s.db.Load(ctx, scope, tenancy.Many(&out, `select id, name, prefix, roles, expires_at, last_used_at, created_at from api_keys
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
		until := tx.Now().AddDate(0, 3, 0)
		if in.ExpiresAt != nil {
			until = *in.ExpiresAt
		}
		if !until.After(tx.Now()) || until.After(tx.Now().AddDate(1, 0, 1)) {
			return fault.Input("key.expires", "/expires_at", "Choose an end within the next year.")
		}
		secret, prefix := newSecret()
		hash := sha256.Sum256([]byte(secret))
		out = NewAPIKey{APIKey{ID: ident.NewAPIKey(), Name: in.Name, Prefix: prefix, Roles: in.Roles, ExpiresAt: until, CreatedAt: tx.Now()}, secret}
		tx.Exec(`insert into api_keys (tenant_id, id, name, prefix, secret_hash, roles, created_by, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			scope.Tenant(), out.ID, out.Name, out.Prefix, hash[:], out.Roles, scope.Actor().User(), tx.Now(), until)
		audit.Record(tx, "api_key.created", out.ID, nil)
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
		return nil
	})
}

// newSecret is prk_ + 8 characters to recognise it by + 48 secret ones + a checksum that scanners of leaked secrets can verify.
func newSecret() (secret, prefix string) {
	raw := make([]byte, 28)
	_, _ = rand.Read(raw) // never fails: the runtime aborts instead
	body := "prk_" + hex.EncodeToString(raw)
	sum := crc32.ChecksumIEEE([]byte(body))
	return body + hex.EncodeToString([]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}), body[:12]
}

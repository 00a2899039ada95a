package tenancy

import (
	"context"
	"encoding/json"
	"time"

	"github.com/pratica-crm/pratica/core/ident"
)

// Factors is what a person can prove who they are with.
type Factors struct {
	Password      bool
	TOTP          bool // confirmed
	Passkeys      int  // that still open something
	RecoveryCodes int  // unused
}

// Second reports whether there is a second factor.
func (f Factors) Second() bool { return f.TOTP || f.Passkeys > 0 }

// Factors reads what a person has.
func (d *Directory) Factors(ctx context.Context, user ident.UserID) (f Factors, err error) {
	_, err = d.row(ctx, "select has_password, totp, passkeys, recovery_codes from directory_factors($1)", []any{user}, &f.Password, &f.TOTP, &f.Passkeys, &f.RecoveryCodes)
	return f, err
}

// EnrolTOTP keeps a sealed secret until it is confirmed; false when a confirmed one is there.
func (d *Directory) EnrolTOTP(ctx context.Context, user ident.UserID, sealed []byte) (bool, error) {
	return d.ask(ctx, "select directory_enrol_totp($1, $2)", user, sealed)
}

// TOTP reads a person's sealed secret.
func (d *Directory) TOTP(ctx context.Context, user ident.UserID) (sealed []byte, confirmed, found bool, err error) {
	found, err = d.row(ctx, "select sealed, confirmed from directory_totp($1)", []any{user}, &sealed, &confirmed)
	return sealed, confirmed, found, err
}

// TakeTOTPStep takes the half minute of a code once, and with confirming the secret as confirmed; false when it, or a later one, was
// taken before.
func (d *Directory) TakeTOTPStep(ctx context.Context, user ident.UserID, step int64, confirming bool) (bool, error) {
	return d.ask(ctx, "select directory_take_totp_step($1, $2, $3)", user, step, confirming)
}

// RemoveTOTP takes a person's secret away; false when none was confirmed.
func (d *Directory) RemoveTOTP(ctx context.Context, user ident.UserID) (bool, error) {
	return d.ask(ctx, "select directory_remove_totp($1)", user)
}

// SetRecoveryCodes replaces a person's codes by new ones, by their SHA-256.
func (d *Directory) SetRecoveryCodes(ctx context.Context, user ident.UserID, hashes [][]byte) error {
	return d.do(ctx, "select directory_set_recovery_codes($1, $2)", user, hashes)
}

// SpendRecoveryCode uses a code up; of two callers at once one gets true.
func (d *Directory) SpendRecoveryCode(ctx context.Context, user ident.UserID, hash []byte) (bool, error) {
	return d.ask(ctx, "select directory_spend_recovery_code($1, $2)", user, hash)
}

// DropStrayCodes takes recovery codes away from a person who has no second factor any more.
func (d *Directory) DropStrayCodes(ctx context.Context, user ident.UserID) error {
	return d.do(ctx, "select directory_drop_stray_codes($1)", user)
}

// KeepChallenge keeps what an authenticator is asked to sign, by its SHA-256; user is zero unless it is for registering.
func (d *Directory) KeepChallenge(ctx context.Context, hash []byte, user ident.UserID, ceremony json.RawMessage, lasts time.Duration) error {
	return d.do(ctx, "select directory_keep_challenge($1, $2, $3, $4)", hash, user, ceremony, lasts)
}

// TakeChallenge takes a challenge away: the first answer to it is the only one.
func (d *Directory) TakeChallenge(ctx context.Context, hash []byte) (user ident.UserID, ceremony json.RawMessage, found bool, err error) {
	found, err = d.row(ctx, "select user_id, ceremony from directory_take_challenge($1)", []any{hash}, &user, &ceremony)
	return user, ceremony, found, err
}

// Passkey is a person's key in an authenticator. Record is the credential as the library keeps it.
type Passkey struct {
	ID         ident.PasskeyID `db:"id"`
	Name       string          `db:"name"`
	CreatedAt  time.Time       `db:"created_at"`
	LastUsedAt *time.Time      `db:"last_used_at"`
	Cloned     bool            `db:"cloned"` // opens nothing any more
	Record     json.RawMessage `db:"record"`
}

// AddPasskey records a key; false when it is known already, or the person has twenty.
func (d *Directory) AddPasskey(ctx context.Context, id ident.PasskeyID, user ident.UserID, credential []byte, name string, record json.RawMessage, count uint32) (bool, error) {
	return d.ask(ctx, "select directory_add_passkey($1, $2, $3, $4, $5, $6)", id, user, credential, name, record, int64(count))
}

// Passkeys lists a person's keys, oldest first.
func (d *Directory) Passkeys(ctx context.Context, user ident.UserID) ([]Passkey, error) {
	return collect[Passkey](ctx, d, "select id, name, created_at, last_used_at, cloned, record from directory_passkeys($1)", user)
}

// FindPasskey finds a key, and whose it is, by its credential id. count is the counter of its last use.
func (d *Directory) FindPasskey(ctx context.Context, credential []byte) (p Passkey, user ident.UserID, count uint32, found bool, err error) {
	var stored int64
	found, err = d.row(ctx, "select id, user_id, record, sign_count, cloned from directory_passkey($1)", []any{credential}, &p.ID, &user, &p.Record, &stored, &p.Cloned)
	return p, user, uint32(stored), found, err
}

// UsePasskey takes a use with its counter; false, and the key is cloned, when the counter did not go up.
func (d *Directory) UsePasskey(ctx context.Context, id ident.PasskeyID, count uint32) (bool, error) {
	return d.ask(ctx, "select directory_use_passkey($1, $2)", id, int64(count))
}

// RenamePasskey renames one of a person's keys; false when they have no such one.
func (d *Directory) RenamePasskey(ctx context.Context, user ident.UserID, id ident.PasskeyID, name string) (bool, error) {
	return d.ask(ctx, "select directory_rename_passkey($1, $2, $3)", user, id, name)
}

// RemovePasskey takes one of a person's keys away; false when they have no such one.
func (d *Directory) RemovePasskey(ctx context.Context, user ident.UserID, id ident.PasskeyID) (bool, error) {
	return d.ask(ctx, "select directory_remove_passkey($1, $2)", user, id)
}

// ResetFactors takes every second factor of a person away and ends their sessions.
func (d *Directory) ResetFactors(ctx context.Context, user ident.UserID) error {
	return d.do(ctx, "select directory_reset_factors($1)", user)
}

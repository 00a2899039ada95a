package tenancy

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
)

// Vault keeps the agencies' keys in memory; core/keys implements it.
type Vault interface {
	// Held gives an agency's keys as of a key version, when they are in memory.
	Held(tenant ident.AgencyID, version int) (*crypto.TenantKey, bool)
	// Fetch reads an agency's keys, made when it has none yet, and holds them. run runs loads in a transaction of the agency.
	Fetch(ctx context.Context, tenant ident.AgencyID, run func(...Load) error) error
}

// Guard gives the door the keys. It is called once, before the first transaction; without it nothing sealed opens.
func (db *DB) Guard(v Vault) { db.vault = v }

// errKeysUnknown: the agency's keys of this version are not in memory yet.
var errKeysUnknown = errors.New("keys not in memory")

// hold finds the keys for a transaction, as of the version that the transaction itself has read.
func (tx *Tx) hold(v Vault) error {
	if v == nil {
		return nil
	}
	keys, held := v.Held(tx.scope.tenant, tx.who.keys)
	if !held {
		return errKeysUnknown
	}
	tx.keys = keys
	return nil
}

// fetchKeys reads an agency's keys for an actor whom the door has let in. The root key may be a service far away: it is asked
// here, between two tries, and no transaction waits for it.
func (db *DB) fetchKeys(ctx context.Context, s Scope) error {
	ctx = context.WithoutCancel(ctx) // others may wait for the same keys
	return db.vault.Fetch(ctx, s.tenant, func(loads ...Load) error {
		return withTx(ctx, db.pool, db.now, func(tx *Tx) error {
			tx.prelude = []Load{exec("select set_config('app.tenant_id', $1, true)", s.tenant.UUID.String())}
			return tx.once(loads)
		})
	})
}

// Keys are the agency's, to seal and open with. They are known once the first statement has answered; asked for before, it is sent.
func (tx *Tx) Keys() (*crypto.TenantKey, error) {
	if tx.prelude != nil {
		if err := tx.send(nil, false); err != nil {
			return nil, err
		}
	}
	return tx.keys, nil
}

// Keys gives an agency's keys to what works outside of a transaction, when the door lets the scope in.
func (db *DB) Keys(ctx context.Context, s Scope) (keys *crypto.TenantKey, err error) {
	err = db.run(ctx, s, func(tx *Tx) error {
		if err := tx.once(nil); err != nil {
			return err
		}
		keys = tx.keys
		return keys.Usable()
	})
	return keys, err
}

// Unseal is Scan for rows that hold sealed values: scan is given the transaction, with its keys and what its actor may.
func Unseal(sql string, args []any, scan func(*Tx, *crypto.TenantKey, pgx.Rows) error) Load {
	return Load{sql: sql, args: args, open: scan}
}

// sealed gives an error of keys its kind; others pass.
func sealed(err error) error {
	switch {
	case errors.Is(err, crypto.ErrDestroyed):
		return fault.Wrap(err, fault.Conflict, "keys.destroyed", "This was erased: its key is destroyed, and nobody can read it any more.")
	case errors.Is(err, crypto.ErrRoot):
		return fault.Wrap(err, fault.Unavailable, "keys.unavailable", "The keys cannot be had right now. Try again shortly; an operator finds the reason with `pratica doctor`.")
	case errors.Is(err, crypto.ErrNoKey), errors.Is(err, crypto.ErrSealed), errors.Is(err, crypto.ErrUnknownKey):
		return fault.Wrap(err, fault.Internal, "keys.sealed", "A sealed value does not open. An operator looks at the log.")
	}
	return err
}

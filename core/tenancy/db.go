package tenancy

import (
	"context"
	"errors"
	"slices"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
)

// DB is the door to the agencies' data. It hides the pool.
type DB struct {
	pool   *pgxpool.Pool
	policy access.Authorizer
	now    func() time.Time
	lister *lister
	places *lru.Cache[place, entry] // where actors acted the last time
	vault  Vault
}

// Open connects the application role and refuses one that could see past row security.
// poolSize bounds the connections; now is the clock of every transaction.
func Open(ctx context.Context, url string, poolSize int32, policy access.Authorizer, now func() time.Time) (*DB, error) {
	pool, err := connect(ctx, url, poolSize)
	if err != nil {
		return nil, err
	}
	if err := checkRole(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	lister, err := newLister(ctx, url, max(2, poolSize/4))
	if err != nil {
		pool.Close()
		return nil, err
	}
	return &DB{pool: pool, policy: policy, now: now, lister: lister, places: newPlaces()}, nil
}

func connect(ctx context.Context, url string, size int32) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fault.New(fault.Invalid, "config.database_url", "The database URL cannot be read. It looks like postgres://role:password@host:5432/name.")
	}
	config.MaxConns = size
	config.MaxConnIdleTime = 5 * time.Minute
	config.ConnConfig.RuntimeParams["application_name"] = "pratica"
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	config.ConnConfig.ConnectTimeout = 5 * time.Second
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, translate(err)
	}
	return pool, nil
}

// Close waits for running transactions and closes the connections.
func (db *DB) Close() {
	db.pool.Close()
	db.lister.close()
}

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) error { return translate(db.pool.Ping(ctx)) }

// Enter makes the scope of an actor in an agency. It costs nothing: the membership is
// checked in the same round trip as the first statement of every transaction, so a
// scope never outlives a revocation.
func (db *DB) Enter(actor Actor, tenant ident.AgencyID, request string) Scope {
	return Scope{tenant: tenant, actor: actor, request: request}
}

// Load runs the loads in one round trip, in one implicit transaction.
func (db *DB) Load(ctx context.Context, s Scope, loads ...Load) error {
	if s.notes() {
		return db.noted(ctx, s, loads)
	}
	return db.run(ctx, s, func(tx *Tx) error { return tx.once(loads) })
}

// LoadAs is Load that also tells the actor's roles, which come with the same round trip.
func (db *DB) LoadAs(ctx context.Context, s Scope, loads ...Load) (roles []string, err error) {
	if s.notes() {
		who := Scan("select true", nil, func(pgx.Rows) error { return nil }).Then(func(tx *Tx) error { roles = tx.Roles(); return nil })
		return roles, db.noted(ctx, s, append(slices.Clone(loads), who))
	}
	err = db.run(ctx, s, func(tx *Tx) error {
		err := tx.once(loads)
		roles = tx.Roles()
		return err
	})
	return roles, err
}

// Read gives fn a read-only transaction with one snapshot.
func (db *DB) Read(ctx context.Context, s Scope, fn func(*Tx) error) error {
	if err := s.noteless(); err != nil {
		return err
	}
	return db.run(ctx, s, func(tx *Tx) error {
		tx.begin = "begin isolation level repeatable read read only"
		return tx.finish(fn(tx))
	})
}

// Write gives fn a transaction; it commits when fn returns nil. Serialization failures and
// deadlocks run fn again, at most three times, so fn must not leave anything behind outside tx.
func (db *DB) Write(ctx context.Context, s Scope, fn func(*Tx) error) error {
	noting := s.notes()
	err := db.run(ctx, s, func(tx *Tx) error {
		tx.begin = "begin"
		tx.writes = true
		err := fn(tx)
		if err == nil && noting {
			s.note.queue(tx)
		}
		return tx.finish(err)
	})
	if err == nil && noting {
		s.note.left.Store(true)
	}
	return err
}

func (db *DB) run(ctx context.Context, s Scope, use func(*Tx) error) error {
	if !s.valid() {
		return fault.New(fault.Internal, "scope.empty", "A transaction was asked for without a scope.")
	}
	return attempts(func() error {
		sight, err := db.glance(ctx, s)
		if err == nil {
			err = db.enter(ctx, s, sight, use)
		}
		switch {
		case errors.Is(err, errPolicyUnknown):
			err = db.compile(ctx, s)
		case errors.Is(err, errKeysUnknown):
			err = db.fetchKeys(ctx, s)
		case errors.As(err, new(*otherSight)): // rules, roles or the file changed in between
			return errAgain
		case errors.Is(err, crypto.ErrUnknownKey): // sealed by a rotation that came between two statements: the next try knows it
			return errAgain
		default:
			return err
		}
		if err != nil {
			return err
		}
		return errAgain
	})
}

// errAgain asks attempts for another try.
var errAgain = errors.New("try again")

// attempts repeats what lost a race, with a bound.
func attempts(try func() error) error {
	var err error
	for range 5 { // the policy's table, the keys, and three for the race
		if err = try(); !errors.Is(err, errAgain) && !retryable(err) {
			return translate(err)
		}
	}
	return translate(err)
}

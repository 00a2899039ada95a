package tenancy

import (
	"context"
	"errors"
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
	if err := s.noteless(); err != nil {
		return nil, err
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

// errPolicyUnknown: nothing is compiled for the tenant's policy version yet.
var errPolicyUnknown = errors.New("policy version not compiled")

func (db *DB) run(ctx context.Context, s Scope, use func(*Tx) error) error {
	if !s.valid() {
		return fault.New(fault.Internal, "scope.empty", "A transaction was asked for without a scope.")
	}
	return attempts(func() error {
		err := withTx(ctx, db.pool, db.now, func(tx *Tx) error {
			tx.scope = s
			tx.prelude = tenantPrelude(s, tx)
			tx.admit = db.admit(s, tx)
			tx.may = func(action access.Action) bool {
				allowed, _ := db.policy.Decide(s.tenant.UUID, tx.who.version, tx.who.roles, action)
				return allowed
			}
			return use(tx)
		})
		switch {
		case errors.Is(err, errPolicyUnknown):
			err = db.compile(ctx, s)
		case errors.Is(err, errKeysUnknown):
			err = db.fetchKeys(ctx, s)
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

// admit decides on the first rows of a transaction, before any other row is decoded.
func (db *DB) admit(s Scope, tx *Tx) func(roles []string, version int, member bool) error {
	return func(roles []string, version int, member bool) error {
		if !member {
			return fault.New(fault.NotFound, "agency.not_found", "No such agency.")
		}
		allowed, known := db.policy.Decide(s.tenant.UUID, version, roles, s.action)
		switch {
		case !known:
			return errPolicyUnknown
		case !allowed:
			return Denied(s.action)
		}
		return tx.hold(db.vault)
	}
}

// Denied is the refusal of an action; it names the missing permission.
func Denied(action access.Action) error {
	return fault.New(fault.Forbidden, "access.denied", "Your roles do not include the permission "+string(action)+". Ask an agency admin.")
}

// compile reads an agency's own rules and has the policy build its table.
func (db *DB) compile(ctx context.Context, s Scope) error {
	return withTx(ctx, db.pool, db.now, func(tx *Tx) error {
		tx.prelude = []Load{exec("select set_config('app.tenant_id', $1, true)", s.tenant.UUID.String())}
		var version int
		var rules []access.Rule
		err := tx.once([]Load{
			Scan("select policy_version from agencies where id = $1", []any{s.tenant}, func(rows pgx.Rows) error { return rows.Scan(&version) }),
			Scan("select role, action, effect = 'allow' from policy_rules order by role, action, effect", nil, func(rows pgx.Rows) error {
				var r access.Rule
				err := rows.Scan(&r.Role, &r.Action, &r.Allow)
				rules = append(rules, r)
				return err
			}),
		})
		if err != nil {
			return err
		}
		return db.policy.Compile(s.tenant.UUID, version, rules)
	})
}

package tenancy

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
)

// Operator is the third exception of the door: the relay and the clock, which look across agencies
// for what waits (outbox, operations, timers) and then act in one agency at a time. Built in cmd only.
type Operator struct {
	pool *pgxpool.Pool
	now  func() time.Time
}

// OpenOperator connects the operator's own role.
func OpenOperator(ctx context.Context, url string, poolSize int32, now func() time.Time) (*Operator, error) {
	pool, err := connect(ctx, url, poolSize)
	if err != nil {
		return nil, err
	}
	if err := checkRole(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	return &Operator{pool, now}, nil
}

// Close closes the connections.
func (o *Operator) Close() { o.pool.Close() }

// Ping reports whether the database answers.
func (o *Operator) Ping(ctx context.Context) error { return translate(o.pool.Ping(ctx)) }

// Load reads across agencies what the operator's role may see.
func (o *Operator) Load(ctx context.Context, loads ...Load) error {
	return attempts(func() error {
		return withTx(ctx, o.pool, o.now, func(tx *Tx) error { return tx.once(loads) })
	})
}

// Write gives fn a transaction on the outbox.
func (o *Operator) Write(ctx context.Context, fn func(*Tx) error) error {
	return attempts(func() error {
		return withTx(ctx, o.pool, o.now, func(tx *Tx) error {
			tx.begin, tx.writes = "begin", true
			return tx.finish(fn(tx))
		})
	})
}

// Scope lets the platform itself act in one agency, for a cause (an operation, a timer, an outbox row).
// It passes through the same door and row security as everybody; its only role is "system".
func (o *Operator) Scope(tenant ident.AgencyID, cause string) (Scope, error) {
	if tenant.IsZero() || cause == "" {
		return Scope{}, fault.New(fault.Internal, "scope.empty", "The platform acts for an agency and a cause.")
	}
	return Scope{tenant: tenant, actor: Actor{system: true}, request: cause}, nil
}

// WriteFor is Write in a network, for a cause: what is done is recorded in the network's trail.
func (o *Operator) WriteFor(ctx context.Context, network ident.NetworkID, cause string, fn func(*Tx) error) error {
	return attempts(func() error {
		return withTx(ctx, o.pool, o.now, func(tx *Tx) error {
			tx.begin, tx.writes = "begin", true
			tx.network = network
			tx.scope = Scope{actor: Actor{system: true}, request: cause}
			tx.prelude = []Load{exec("select set_config('app.network_id', $1, true)", network.UUID.String())}
			return tx.finish(fn(tx))
		})
	})
}

// Agencies lists the active agencies.
func (o *Operator) Agencies(ctx context.Context) (out []ident.AgencyID, err error) {
	err = o.Load(ctx, Scan(`select id from agencies where status = 'active' order by id`, nil, func(rows pgx.Rows) error {
		var id ident.AgencyID
		err := rows.Scan(&id)
		out = append(out, id)
		return err
	}).From(func() { out = nil }))
	return out, err
}

package tenancy

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/fault"
)

// lister runs what bun's builder puts together. The builder inlines its values, so every
// statement is new text to the server: it has a small pool of its own on the simple protocol,
// and the hot paths do not use it.
type lister struct {
	pool *pgxpool.Pool
	sql  *sql.DB
	bun  *bun.DB
}

func newLister(ctx context.Context, url string, size int32) (*lister, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.MaxConns = size
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	config.ConnConfig.RuntimeParams["application_name"] = "pratica list"
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	db := stdlib.OpenDBFromPool(pool)
	return &lister{pool: pool, sql: db, bun: bun.NewDB(db, pgdialect.New())}, nil
}

func (l *lister) close() {
	_ = l.sql.Close()
	l.pool.Close()
}

// List runs a select that build puts together (filters and sorts by name) and fills its model.
// The transaction is read only; membership and policy are checked before the select is sent.
func (db *DB) List(ctx context.Context, s Scope, model any, build func(*bun.SelectQuery) *bun.SelectQuery) error {
	if !s.valid() {
		return fault.New(fault.Internal, "scope.empty", "A transaction was asked for without a scope.")
	}
	var sight access.Sight
	err := db.run(ctx, s, func(tx *Tx) error {
		sight = tx.sight
		return tx.once(nil)
	})
	if err != nil {
		return err
	}
	return translate(db.lister.bun.RunInTx(ctx, &sql.TxOptions{ReadOnly: true}, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, "select set_config('app.tenant_id', ?, true), set_config('app.sight', ?, true), set_config('app.actor', ?, true)",
			s.tenant.UUID.String(), string(sight), s.actor.ID()); err != nil {
			return err
		}
		return build(tx.NewSelect().Model(model)).Scan(ctx)
	}))
}

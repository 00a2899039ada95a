package reports

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Keeper keeps the roll-ups: the platform's work, since no network may see what they are counted from.
type Keeper struct{ Operator *tenancy.Operator }

// countMost bounds how many agencies are counted in one go.
const countMost = 500

// Once counts the agencies whose files have changed, and writes the figures of their networks; more says that there is more to do.
// Each agency is a transaction of its own; what a crash leaves counted and not written, the next go writes.
func (k *Keeper) Once(ctx context.Context, now time.Time) (more bool, err error) {
	var due []ident.AgencyID
	err = k.Operator.Load(ctx, tenancy.Scan(`select agency_id from agencies_to_roll_up($1, $2)`, []any{now.UTC().Truncate(24 * time.Hour), countMost}, ids(&due)))
	if err != nil {
		return false, err
	}
	for _, id := range due {
		if err := k.Operator.Write(ctx, func(tx *tenancy.Tx) error { tx.Exec(`select roll_up($1, $2)`, id, tx.Now()); return nil }); err != nil {
			return false, err
		}
	}
	var networks []ident.NetworkID // with a minute over: another worker may have counted meanwhile, and committed after it was written
	err = k.Operator.Load(ctx, tenancy.Scan(`select a.network_id from agencies a group by a.network_id
		having max(a.rolled_up_at) > coalesce((select max(r.as_of) from network_rollups r where r.network_id = a.network_id), '-infinity') - interval '1 minute'`, nil, ids(&networks)))
	if err != nil {
		return false, err
	}
	for _, id := range networks {
		if err := k.Operator.Write(ctx, func(tx *tenancy.Tx) error { return write(tx, id) }); err != nil {
			return false, err
		}
	}
	return len(due) == countMost, nil
}

func ids[T any](dst *[]T) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		var id T
		err := rows.Scan(&id)
		*dst = append(*dst, id)
		return err
	}
}

// write makes a network's figures anew.
func write(tx *tenancy.Tx, network ident.NetworkID) error {
	var all periods
	if err := tx.Load( // of two workers at once the second waits, and counts what the first has left
		tenancy.Scan(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, []any{"network_rollups " + network.String()}, func(pgx.Rows) error { return nil }),
		tenancy.Scan(`select id from agencies where network_id = $1`, []any{network}, func(rows pgx.Rows) error {
			var id ident.AgencyID
			err := rows.Scan(&id)
			all.known = append(all.known, id.String())
			return err
		})); err != nil {
		return err
	}
	err := tx.Load(tenancy.Scan(`select r.month, r.tenant_id, r.state, r.outcome, r.product_kind, r.purpose, r.age, r.files, r.amount_cents, r.fee_cents
		from agency_rollups r join agencies a on a.id = r.tenant_id where a.network_id = $1 order by r.month`, []any{network}, func(row pgx.Rows) error {
		var r raw
		var id ident.AgencyID
		if err := row.Scan(&r.month, &id, &r.state, &r.outcome, &r.product, &r.purpose, &r.age, &r.files, &r.amount, &r.fee); err != nil {
			return err
		}
		r.agency = id.String()
		all.add(r)
		return nil
	}))
	if err != nil {
		return err
	}
	tx.Exec(`delete from network_rollups where network_id = $1`, network)
	for _, p := range all.all() {
		tx.Exec(`insert into network_rollups (network_id, month, last_month, figures, as_of) values ($1, $2, $3, $4, $5)`, network, p.first, p.last, p.lines, tx.Now())
	}
	return nil
}

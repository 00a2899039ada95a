package catalogue

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/tenancy"
)

// goneAfter is when a worker that says nothing is taken for gone.
const goneAfter = time.Minute

// Host is what a worker last said of its connectors.
type Host struct {
	Worker string          `json:"worker"`
	SeenAt time.Time       `json:"seen_at"`
	State  json.RawMessage `json:"state"`
}

// Report writes what a worker's connectors are doing, in the place of what it said before, and forgets workers that are gone.
func (k Keeper) Report(ctx context.Context, worker string, state any) error {
	return k.Operator.Write(ctx, func(tx *tenancy.Tx) error {
		tx.Exec(`insert into connector_hosts (worker, seen_at, state) values ($1, now(), $2) on conflict (worker) do update set seen_at = excluded.seen_at, state = excluded.state`, worker, encoded(state))
		tx.Exec(`delete from connector_hosts where seen_at < now() - $1::interval`, goneAfter)
		return nil
	})
}

// Leave takes a worker's word back: it has stopped.
func (k Keeper) Leave(ctx context.Context, worker string) error {
	return k.Operator.Write(ctx, func(tx *tenancy.Tx) error {
		tx.Exec(`delete from connector_hosts where worker = $1`, worker)
		return nil
	})
}

// Hosts are the workers that run.
func (k Keeper) Hosts(ctx context.Context) (out []Host, err error) {
	err = k.Operator.Load(ctx, tenancy.Scan(`select worker, seen_at, state from connector_hosts where seen_at >= now() - $1::interval order by worker`, []any{goneAfter}, func(rows pgx.Rows) error {
		var h Host
		err := rows.Scan(&h.Worker, &h.SeenAt, &h.State)
		out = append(out, h)
		return err
	}).From(func() { out = []Host{} }))
	return out, err
}

// FellBack notes that a worker runs another version than the one that should, because that one could not stay up.
func (k Keeper) FellBack(ctx context.Context, worker, connector, version, why string) error {
	return k.Operator.Write(ctx, func(tx *tenancy.Tx) error {
		note(tx, worker, "release.fell_back", connector, version, why)
		return nil
	})
}

// RolledBack ends a canary everywhere: a worker has seen it do worse.
func (k Keeper) RolledBack(ctx context.Context, worker, connector, version, why string) error {
	return k.Operator.Write(ctx, func(tx *tenancy.Tx) error {
		tx.Exec(`update rollouts set canary_version = null, canary_share = 0, canary_agencies = '{}', updated_at = $3 where connector = $1 and canary_version = $2`, connector, version, tx.Now())
		note(tx, worker, "canary.rolled_back", connector, version, why)
		return nil
	})
}

// Entry is a line of the trail.
type Entry struct {
	At        time.Time `json:"at"`
	Who       string    `json:"who"`
	Action    string    `json:"action"`
	Connector string    `json:"connector"`
	Version   string    `json:"version"`
	Detail    string    `json:"detail"`
}

// Trail are the last things that were done, with a connector or with any, the newest first.
func (k Keeper) Trail(ctx context.Context, connector string, most int) (out []Entry, err error) {
	err = k.Operator.Load(ctx, tenancy.Scan(`select at, who, action, connector, version, detail from connector_trail where $1 = '' or connector = $1 order by id desc limit $2`, []any{connector, most}, func(rows pgx.Rows) error {
		var e Entry
		err := rows.Scan(&e.At, &e.Who, &e.Action, &e.Connector, &e.Version, &e.Detail)
		out = append(out, e)
		return err
	}).From(func() { out = []Entry{} }))
	return out, err
}

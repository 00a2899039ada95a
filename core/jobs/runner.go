package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Work does a batch of a job's items and settles each. After an error or a panic it is given the items one by one, those it has
// settled among them; the one that fails alone has failed. Where the database is away the batch is given back, to be tried later.
type Work func(ctx context.Context, scope tenancy.Scope, job Job, items []Item) error

// Runner works jobs off, a batch at a time, over all agencies.
type Runner struct {
	DB       *tenancy.DB
	Operator *tenancy.Operator
	Kinds    map[string]Work
	Every    time.Duration // how often an idle runner looks
	Lease    time.Duration // how long a batch belongs to the worker that took it; usualLease when 0
}

// usualLease is what a batch of a hundred needs many times over, and how long the job of a worker that was killed stands still.
const usualLease = 30 * time.Second

// giveUp is after how many failed batches in a row a job has failed.
const giveUp = 8

// Run works until ctx ends.
func (r *Runner) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		worked, err := r.Once(ctx)
		if err != nil && ctx.Err() == nil {
			slog.Warn("job waits", "error", err)
		}
		if worked && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(r.Every):
		}
	}
	return nil
}

// claimed is a job whose turn it is.
type claimed struct {
	tenant   ident.AgencyID
	id       ident.JobID
	turn     time.Time // when it was taken; whoever takes it after the lease has another
	failures int
}

// Once works on one batch of the job that has waited longest; worked is false when there is none.
func (r *Runner) Once(ctx context.Context) (worked bool, err error) {
	c, err := r.claim(ctx)
	if err != nil || c.id.IsZero() {
		return false, err
	}
	scope, err := r.Operator.Scope(c.tenant, "job "+c.id.String())
	if err != nil {
		return false, err
	}
	scope = scope.For("jobs.run")
	left, failure := r.batch(ctx, scope, c)
	release, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second) // also when the worker is being stopped
	defer stop()
	if err := r.release(release, scope, c, left, failure, ctx.Err() != nil); err != nil {
		return false, err
	}
	return true, failure
}

func (r *Runner) claim(ctx context.Context) (c claimed, err error) {
	lease := cmp.Or(r.Lease, usualLease)
	kinds := []string{}
	for kind := range r.Kinds {
		kinds = append(kinds, kind)
	}
	err = r.Operator.Load(ctx, tenancy.Scan(`with next as (
			select tenant_id, id from jobs where state in ('queued', 'running') and kind = any($2) and (lease_until is null or lease_until < now())
			order by turn_at limit 1 for update skip locked)
		update jobs j set state = 'running', lease_until = now() + $1::interval, turn_at = clock_timestamp(),
			started_at = coalesce(started_at, now()), version = version + 1
		from next where j.tenant_id = next.tenant_id and j.id = next.id returning j.tenant_id, j.id, j.turn_at, j.failures`, []any{lease, kinds}, func(rows pgx.Rows) error {
		return rows.Scan(&c.tenant, &c.id, &c.turn, &c.failures)
	}))
	return c, err
}

// batch hands the next items to the kind's function; left is false when none was waiting.
func (r *Runner) batch(ctx context.Context, scope tenancy.Scope, c claimed) (left bool, err error) {
	job := Job{ID: c.id}
	var items []Item
	err = r.DB.Load(ctx, scope, tenancy.Scan(`select kind, request, about, created_by, undo_of from jobs where id = $1`, []any{c.id}, func(rows pgx.Rows) error {
		return rows.Scan(&job.Kind, &job.Request, &job.About, &job.CreatedBy, &job.UndoOf)
	}), loadItems(&items, `where i.job_id = $1 and i.state = 'waiting' order by i.attempts, i.number limit $2`, c.id, BatchSize))
	if err != nil || len(items) == 0 {
		return err != nil, err
	}
	work := func(items []Item) error {
		return fault.Guard("job.broken", func() error { return r.Kinds[job.Kind](ctx, scope, job, items) })
	}
	err = work(items)
	if err == nil || passing(ctx, err) {
		return true, err
	}
	for _, item := range items {
		if err = work([]Item{item}); err == nil {
			continue
		}
		if passing(ctx, err) {
			return true, err
		}
		slog.Warn("job item failed", "job", c.id, "item", item.Number, "error", err)
		if err = r.fail(ctx, scope, item, err); err != nil {
			return true, err
		}
	}
	return true, nil
}

// passing tells whether an error is none of the items': the worker is being stopped, or the database or a connector is away.
func passing(ctx context.Context, err error) bool {
	return ctx.Err() != nil || fault.Is(err, fault.Unavailable)
}

// fail settles an item that cannot be done, with what may be shown of the reason.
func (r *Runner) fail(ctx context.Context, scope tenancy.Scope, item Item, why error) error {
	return r.DB.Write(ctx, scope, func(tx *tenancy.Tx) error {
		mine := false
		if err := tx.Load(LoadTake(&mine, item)); err != nil || !mine {
			return err
		}
		Postpone(tx, item)
		return Settle(tx, item, Outcome{State: "failed", Notable: true, Result: map[string]string{"problem": fault.As(why).Message}})
	})
}

// release gives the job back, ends it when nothing is left, and puts it off when its batch failed. A stop is not the job's failure.
// A worker whose lease has run out, and whose job another one has taken, has nothing to give back.
func (r *Runner) release(ctx context.Context, scope tenancy.Scope, c claimed, left bool, failure error, stopped bool) error {
	set, args := `failures = 0, lease_until = null`, []any{c.id, c.turn}
	switch {
	case failure != nil && !stopped && c.failures+1 >= giveUp:
		set, args = `state = 'failed', finished_at = now(), problem = $3, lease_until = null, version = version + 1`, append(args, fault.As(failure).Message)
	case failure != nil && !stopped:
		set, args = `failures = failures + 1, lease_until = now() + $3::interval`, append(args, time.Second<<min(c.failures, 6))
	case !left:
		set = `state = 'done', finished_at = now(), lease_until = null, version = version + 1`
	}
	return r.DB.Write(ctx, scope, func(tx *tenancy.Tx) error {
		tx.Exec(`update jobs set `+set+` where id = $1 and turn_at = $2 and state = 'running'`, args...)
		version := 0
		if err := tx.Load(tenancy.Value(&version, `select version from jobs where id = $1`, c.id)); err != nil {
			return err
		}
		return outbox.Tell(tx, "jobs", c.id, version)
	})
}

// Decode reads what the job was created with.
func Decode[T any](j Job) (T, error) {
	var request T
	err := json.Unmarshal(j.Request, &request)
	return request, err
}

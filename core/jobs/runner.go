package jobs

import (
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

// Work does a batch of a job's items and settles each. An error gives the batch back: it is tried again later.
type Work func(ctx context.Context, scope tenancy.Scope, job Job, items []Item) error

// Runner works jobs off, a batch at a time, over all agencies.
type Runner struct {
	DB       *tenancy.DB
	Operator *tenancy.Operator
	Kinds    map[string]Work
	Every    time.Duration // how often an idle runner looks
	Lease    time.Duration // how long a batch belongs to the worker that took it; a minute when 0
}

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
	lease := r.Lease
	if lease == 0 {
		lease = time.Minute
	}
	kinds := []string{}
	for kind := range r.Kinds {
		kinds = append(kinds, kind)
	}
	err = r.Operator.Load(ctx, tenancy.Scan(`with next as (
			select tenant_id, id from jobs where state in ('queued', 'running') and kind = any($2) and (lease_until is null or lease_until < now())
			order by turn_at limit 1 for update skip locked)
		update jobs j set state = 'running', lease_until = now() + $1::interval, turn_at = clock_timestamp(), started_at = coalesce(started_at, now()), version = version + 1
		from next where j.tenant_id = next.tenant_id and j.id = next.id returning j.tenant_id, j.id, j.failures`, []any{lease, kinds}, func(rows pgx.Rows) error {
		return rows.Scan(&c.tenant, &c.id, &c.failures)
	}))
	return c, err
}

// batch hands the next items to the kind's function; left is false when none was waiting.
func (r *Runner) batch(ctx context.Context, scope tenancy.Scope, c claimed) (left bool, err error) {
	job := Job{ID: c.id}
	var items []Item
	err = r.DB.Load(ctx, scope, tenancy.Scan(`select kind, request, created_by, undo_of from jobs where id = $1`, []any{c.id}, func(rows pgx.Rows) error {
		return rows.Scan(&job.Kind, &job.Request, &job.CreatedBy, &job.UndoOf)
	}), loadItems(&items, `where i.job_id = $1 and i.state = 'waiting' order by i.attempts, i.number limit $2`, c.id, BatchSize))
	if err != nil || len(items) == 0 {
		return err != nil, err
	}
	return true, r.Kinds[job.Kind](ctx, scope, job, items)
}

// release gives the job back, ends it when nothing is left, and puts it off when its batch failed. A stop is not the job's failure.
func (r *Runner) release(ctx context.Context, scope tenancy.Scope, c claimed, left bool, failure error, stopped bool) error {
	return r.DB.Write(ctx, scope, func(tx *tenancy.Tx) error {
		switch {
		case failure != nil && !stopped && c.failures+1 >= giveUp:
			tx.Exec(`update jobs set state = 'failed', finished_at = now(), problem = $2, lease_until = null, version = version + 1 where id = $1 and state = 'running'`, c.id, fault.As(failure).Message)
		case failure != nil && !stopped:
			pause := time.Second << min(c.failures, 6)
			tx.Exec(`update jobs set failures = failures + 1, lease_until = now() + $2::interval where id = $1`, c.id, pause)
		case !left:
			tx.Exec(`update jobs set state = 'done', finished_at = now(), lease_until = null, version = version + 1 where id = $1 and state = 'running'`, c.id)
		default:
			tx.Exec(`update jobs set failures = 0, lease_until = null where id = $1`, c.id)
		}
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

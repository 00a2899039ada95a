package queue

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Due is a timer whose instant has come.
type Due struct {
	Tenant   ident.AgencyID
	Instance ident.InstanceID
	Subject  string // application, submission
}

// Sweep finds what is due, however it came to wait: a retry, an expired lease, a message Redis lost, a deadline.
type Sweep struct {
	Operator *tenancy.Operator
	Dispatch func(ctx context.Context, jobs ...Job) error
	Fire     func(ctx context.Context, due Due) error
	Every    time.Duration

	failed map[ident.InstanceID]time.Time // deadlines that could not fire, and when to try again
}

// Run sweeps until ctx ends.
func (s *Sweep) Run(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		loop(ctx, "sweep operations", s.Every, nil, func() (bool, error) { return false, s.operations(ctx) })
	}()
	loop(ctx, "sweep timers", s.Every, nil, func() (bool, error) { return false, s.timers(ctx) })
	<-done
	return nil
}

// sweepMost bounds one sweep, and sweepEach what it takes of one agency and priority, so that whoever has thousands due hides nobody
// else's; the rest is found by the next.
const (
	sweepMost = 2000
	sweepEach = 200
)

func (s *Sweep) operations(ctx context.Context) error {
	var due []Job
	err := s.Operator.Load(ctx, tenancy.Scan(`select tenant_id, priority, connector, connection_id, id, version, weight from (
			select *, row_number() over (partition by tenant_id, priority order by next_attempt_at) as nth from operations
			where next_attempt_at <= now() and (state = 'queued' or (state in ('running', 'reconciling') and (lease_until is null or lease_until < now())))) o
		where nth <= $2 order by nth limit $1`, []any{sweepMost, sweepEach}, func(rows pgx.Rows) error {
		var j Job
		err := rows.Scan(&j.Tenant, &j.Priority, &j.Connector, &j.Connection, &j.Operation, &j.Version, &j.Weight)
		due = append(due, j)
		return err
	}).From(func() { due = nil }))
	if err != nil || len(due) == 0 {
		return err
	}
	return s.Dispatch(ctx, due...)
}

// fireAgain is the pause before a deadline that could not fire is tried again: it must not stand in the way of the others.
const fireAgain = time.Minute

func (s *Sweep) timers(ctx context.Context) error {
	var due []Due
	err := s.Operator.Load(ctx, tenancy.Scan(`select tenant_id, instance_id, subject from timers
		where settled_at is null and due_at <= now() group by tenant_id, instance_id, subject order by min(due_at) limit $1`, []any{sweepMost + len(s.failed)}, func(rows pgx.Rows) error {
		var d Due
		err := rows.Scan(&d.Tenant, &d.Instance, &d.Subject)
		due = append(due, d)
		return err
	}))
	if err != nil {
		return err
	}
	now := time.Now()
	for id, until := range s.failed {
		if until.Before(now) {
			delete(s.failed, id)
		}
	}
	for _, d := range due {
		if _, waits := s.failed[d.Instance]; waits {
			continue
		}
		if err := fault.Guard("deadline.broken", func() error { return s.Fire(ctx, d) }); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			slog.Warn("deadline did not fire", "instance", d.Instance, "error", err)
			if s.failed == nil {
				s.failed = map[ident.InstanceID]time.Time{}
			}
			s.failed[d.Instance] = now.Add(fireAgain)
		}
	}
	return nil
}

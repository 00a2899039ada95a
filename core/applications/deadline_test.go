package applications_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/queue"
)

// timed is a template whose files come back by themselves from a wait of a day.
const timed = `apiVersion: pratica/v1
kind: Workflow
metadata: {key: timed}
subject: application
states:
  open:    {kind: atomic, initial: true}
  waiting: {kind: atomic, sla: {within: P1D, emits: late}}
  closed:  {kind: final, outcome: won}
events: {wait: {by: [broker]}, late: {by: [system]}, close: {by: [broker]}}
transitions:
  - {id: t_wait, from: open, on: wait, to: waiting}
  - {id: t_late, from: waiting, on: late, to: open, actions: [{do: task.create, role: broker, title: {en: Late, it: In ritardo}}]}
  - {id: t_close, from: open, on: close, to: closed}
`

// waiting opens files that wait, and lets the wait be over for the machine and for the database's clock.
func waiting(t *testing.T, o *office.Office, n int) (files []ident.ApplicationID) {
	t.Helper()
	seed(t, o, timed)
	for range n {
		app := o.File(t)
		_, err := o.Applications.Send(t.Context(), o.A.Do("broker", "applications.transition"), app.ID, app.Version, applications.Send{Event: "wait"})
		office.Must(t, err)
		files = append(files, app.ID)
	}
	o.Clock.Advance(25 * time.Hour)
	o.Exec(t, `update timers set due_at = now() - interval '1 hour'`)
	return files
}

func fire(o *office.Office) func(context.Context, queue.Due) error {
	return func(ctx context.Context, d queue.Due) error {
		scope, err := o.Operator.Scope(d.Tenant, "timer")
		if err != nil {
			return err
		}
		return o.Applications.Fire(ctx, scope.For("applications.transition"), ident.ApplicationID{UUID: d.Instance.UUID})
	}
}

// sweeps runs two workers that sweep one database until after says so.
func sweeps(t *testing.T, o *office.Office, after func() (enough bool)) {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	var both sync.WaitGroup
	for range 2 {
		s := &queue.Sweep{Operator: o.Operator, Every: time.Millisecond, Dispatch: nil, Fire: func(ctx context.Context, d queue.Due) error {
			err := fire(o)(ctx, d)
			if after() {
				stop()
			}
			return err
		}}
		both.Go(func() { _ = s.Run(ctx) })
	}
	both.Wait()
	if ctx.Err() == context.DeadlineExceeded {
		t.Fatal("the sweeps do not come to an end")
	}
}

func count(t *testing.T, o *office.Office, sql string, args ...any) string {
	t.Helper()
	n, err := o.Raw(t, "", sql, args...)
	office.Must(t, err)
	return n
}

// TestEachDeadlineFiresOnce: two workers sweep at once and are killed in the middle; two others take over. Each deadline has
// fired exactly once, with what followed from it.
func TestEachDeadlineFiresOnce(t *testing.T) {
	o := office.New(t)
	const files = 60
	waiting(t, o, files)
	var mu sync.Mutex
	fired := 0
	sweeps(t, o, func() bool {
		mu.Lock()
		defer mu.Unlock()
		fired++
		return fired >= 20
	})
	const open = `select count(*)::text from timers where settled_at is null`
	if left := count(t, o, open); left == "0" || left == "60" {
		t.Errorf("they were not killed in the middle: %s are left", left)
	}
	sweeps(t, o, func() bool { return count(t, o, open) == "0" })
	for sql, want := range map[string]string{
		`select count(*)::text from timers where verdict = 'fired'`:                                            "60",
		`select count(*)::text from history where entry->>'event' = 'late'`:                                    "60",
		`select count(distinct instance_id)::text from history where entry->>'event' = 'late'`:                 "60",
		`select count(*)::text from tasks where title->>'en' = 'Late'`:                                         "60",
		`select count(*)::text from instances where state = 'open'`:                                            "60",
		`select count(*)::text from audit_entries where action = 'application.deadline'`:                       "60",
		`select count(*)::text from timers where verdict is distinct from 'fired' and event = 'late'`:          "0",
		`select count(*)::text from audit_entries where action = 'application.deadline_stale'`:                 "0",
		`select count(*)::text from instances where jsonb_array_length(coalesce(machine->'timers', '[]')) > 0`: "0",
	} {
		if got := count(t, o, sql); got != want {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
	}
}

// TestAStaleDeadline: a row that no deadline of the file stands behind is settled, is in the trail, and moves nothing.
func TestAStaleDeadline(t *testing.T) {
	o := office.New(t)
	seed(t, o, timed)
	app := o.File(t)
	o.Exec(t, `insert into timers (tenant_id, id, instance_id, subject, event, state, entry, due_at) values ($1, gen_random_uuid(), $2, 'application', 'late', 'waiting', 7, now() - interval '1 day')`, o.A.ID, app.ID)
	o.Clock.Advance(100 * 24 * time.Hour)
	for range 2 {
		office.Must(t, fire(o)(t.Context(), queue.Due{Tenant: o.A.ID, Instance: ident.Instance(app.ID), Subject: "application"}))
	}
	if got := count(t, o, `select string_agg(verdict, ',') from timers`); got != "stale" {
		t.Errorf("the row is %s", got)
	}
	if got := count(t, o, `select count(*)::text from audit_entries where action = 'application.deadline_stale' and ref = $1`, app.ID.String()); got != "1" {
		t.Errorf("the trail has it %s times", got)
	}
	if after := get(t, o, app.ID); after.Version != app.Version || after.State != "open" {
		t.Errorf("it moved: %+v", after.Card)
	}
}

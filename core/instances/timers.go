package instances

import (
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Fire lets the earliest due timer send its event, or looks at the invariants when one breaks by now; the caller asks again while
// due is true. The row of the instance is locked, so of several workers that find the same timer one fires it. A row that no timer
// of the instance stands behind any more is settled as stale: result.Stale then says that there was one.
func (e *Engine) Fire(tx *tenancy.Tx, r *Running, w workflow.World) (result workflow.Result, due bool, err error) {
	t := r.Instance.Due()
	switch {
	case t != nil && !t.Due.After(w.Now):
		return e.fire(tx, r, *t, w)
	case r.breachAt != nil && !r.breachAt.After(w.Now):
		settle(tx, r, workflow.Timer{}, "fired")
		r.breachAt = nil
		result, err = e.Settle(tx, r, w, nil)
		return result, true, err
	}
	err = tx.Load(tenancy.Scan(`update timers set settled_at = $2, verdict = 'stale' where instance_id = $1 and settled_at is null and due_at <= $2 returning event`,
		[]any{r.ID, w.Now}, func(rows pgx.Rows) error { result.Stale = true; return nil }))
	return result, false, err
}

func (e *Engine) fire(tx *tenancy.Tx, r *Running, t workflow.Timer, w workflow.World) (workflow.Result, bool, error) {
	result := r.Machine.Fire(r.Instance, t, w)
	settle(tx, r, t, "fired")
	if result.Outcome == workflow.Refused { // its row is spent all the same; one that waits for a breach to be gone gets another then
		r.Instance = result.Instance
		return result, true, e.save(tx, r, w)
	}
	return result, true, e.write(tx, r, result, workflow.Event{Name: t.Event, Actor: workflow.System()}, w, nil)
}

// keepTimers brings the rows of an instance's deadlines up to what a step did.
func keepTimers(tx *tenancy.Tx, r *Running, result workflow.Result) {
	for _, t := range result.TimersCancelled {
		settle(tx, r, t, "cancelled")
	}
	for _, t := range result.TimersPaused {
		settle(tx, r, t, "paused")
	}
	for _, t := range slices.Concat(result.TimersArmed, result.TimersReleased) {
		arm(tx, r, t)
	}
}

func arm(tx *tenancy.Tx, r *Running, t workflow.Timer) {
	tx.Exec(`insert into timers (tenant_id, id, instance_id, subject, event, state, entry, due_at) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		tx.Scope().Tenant(), uuid.Must(uuid.NewV7()), r.ID, r.Subject, t.Event, t.State, t.Entry, t.Due)
}

func settle(tx *tenancy.Tx, r *Running, t workflow.Timer, verdict string) {
	tx.Exec(`update timers set settled_at = $2, verdict = $6 where instance_id = $1 and settled_at is null and state = $3 and event = $4 and entry = $5`,
		r.ID, tx.Now(), t.State, t.Event, t.Entry, verdict)
}

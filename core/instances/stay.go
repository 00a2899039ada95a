package instances

import (
	"time"

	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// stay keeps how long the state that was left took, and until when the template wants the present one to be over: the first
// deadline that runs in it, kept when it has fired, none while it is paused.
func (e *Engine) stay(tx *tenancy.Tx, r *Running, left string, result workflow.Result) {
	moved := left != r.State()
	if moved && left != "" {
		tx.Exec(`insert into stays (tenant_id, instance_id, sequence, subject, state, seconds, left_at) values ($1, $2, $3, $4, $5, $6, $7)`,
			tx.Scope().Tenant(), r.ID, r.Instance.Sequence, r.Subject, left, max(0, int64(tx.Now().Sub(r.entered)/time.Second)), tx.Now())
	}
	if moved {
		r.entered = tx.Now()
	}
	if moved || len(result.TimersArmed)+len(result.TimersPaused) > 0 {
		r.expected = r.deadline()
	}
}

// deadline is when the first running timer ends; nil when none runs.
func (r *Running) deadline() *time.Time {
	if t := r.Instance.Due(); t != nil {
		return &t.Due
	}
	return nil
}

package connectors

import (
	"context"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Retry puts a failed or parked operation back in the queue, under the same key: what the lender has, it has once.
func (s *Service) Retry(ctx context.Context, scope tenancy.Scope, id ident.OperationID) (Operation, error) {
	var out Operation
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		var rows []Operation
		if err := tx.Load(loadOperations(&rows, "where o.id = $1 for update of o", id)); err != nil {
			return err
		}
		if len(rows) == 0 {
			return fault.Missing("operation")
		}
		out = rows[0]
		if out.State != "failed" && out.State != "waiting_user" {
			return fault.New(fault.Conflict, "operation.not_failed", "This operation is already on its way.")
		}
		if err := replay(tx, &out); err != nil {
			return err
		}
		return tx.Answer(out)
	})
	return out, err
}

// Dead names dead letters: of a connector, of a reason; "" is any.
type Dead struct {
	Connector string `json:"connector,omitempty" maxLength:"100"`
	Reason    string `json:"reason,omitempty" maxLength:"100"`
}

// Replayed tells how many dead letters are on their way again, and how many wait for another call: one replays so many at most.
type Replayed struct {
	Replayed int `json:"replayed"`
	Left     int `json:"left"`
}

// replayMost bounds one replay: a bank that comes back is not stormed, and the transaction stays short.
const replayMost = 200

// Replay puts dead letters back in the queue, the oldest first, each under its own key. Those the budget has no room for stay where they are and
// hold up no other; where that is all of them, it says why.
func (s *Service) Replay(ctx context.Context, scope tenancy.Scope, which Dead) (Replayed, error) {
	var out Replayed
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		out = Replayed{}
		const dead = `where o.dead_at is not null and ($1 = '' or o.connector = $1) and ($2 = '' or o.dead_reason = $2)`
		var rows []Operation
		var all int
		if err := tx.Load(tenancy.Value(&all, `select count(*) from operations o `+dead, which.Connector, which.Reason),
			loadOperations(&rows, dead+` order by o.id limit $3 for update of o skip locked`, which.Connector, which.Reason, replayMost)); err != nil {
			return err
		}
		var short error
		for i := range rows {
			rows[i].Priority = Background // nobody waits for them any more
			switch err := replay(tx, &rows[i]); {
			case err == nil:
				out.Replayed++
			case fault.Is(err, fault.Refused):
				short = err
			default:
				return err
			}
		}
		if out.Left = max(0, all-out.Replayed); out.Replayed == 0 && short != nil {
			return short
		}
		return tx.Answer(out)
	})
	return out, err
}

// replay puts an operation back in the queue. Its failure may have come after the lender acted: it is asked first.
func replay(tx *tenancy.Tx, o *Operation) error {
	o.State, o.Attempt, o.Error, o.UserMessage, o.DeadAt, o.DeadReason = "reconciling", 0, nil, nil, nil, ""
	o.Version++
	if err := reserve(tx, *o); err != nil {
		return err
	}
	tx.Exec(`update operations set state = 'reconciling', attempt = 0, error = null, dead_at = null, dead_reason = null, priority = $4, version = $2, lease_until = null,
			next_attempt_at = $3, updated_at = $3 where id = $1`, o.ID, o.Version, tx.Now(), o.Priority)
	audit.Record(tx, "operation.retried", o.ID, nil)
	return dispatch(tx, *o)
}

package applications

import (
	"context"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Waiver lets a broken invariant stand while the file stays in the states that ask for it.
type Waiver struct {
	Invariant string `json:"invariant" minLength:"1" maxLength:"100"`
	Reason    string `json:"reason" minLength:"1" maxLength:"2000"`
}

// Waive lets what stands broken in a file stand, with a reason. version is the one the caller saw.
func (s *Service) Waive(ctx context.Context, scope tenancy.Scope, id ident.ApplicationID, version int, in Waiver) (Moved, error) {
	var out Moved
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		f, err := s.Fetch(tx, id, true)
		if err != nil {
			return err
		}
		if f.Version != version {
			return errStale
		}
		w, err := f.World(tx.Now())
		if err != nil {
			return err
		}
		actor := workflow.Actor{ID: scope.Actor().ID(), Roles: tx.Roles()}
		result, err := s.engine.Waive(tx, f.Machine, in.Invariant, in.Reason, actor, w)
		if err != nil {
			return err
		}
		audit.Record(tx, "application.waived", id, map[string]string{"invariant": in.Invariant})
		if err := s.moved(tx, f, result); err != nil {
			return err
		}
		next, stepped, err := s.engine.Review(tx, f.Machine, w) // what the breach held back goes on
		if err != nil {
			return err
		}
		if stepped {
			result = next
			if err := s.moved(tx, f, result); err != nil {
				return err
			}
		}
		out = movedTo(f, result)
		return tx.Answer(out)
	})
	return out, err
}

// FollowBreaches keeps one task for each invariant that stands broken in a machine of the file: made when it breaks, closed when it
// no longer stands. of names another machine than the file's own, and who is before the title.
func (s *Service) FollowBreaches(tx *tenancy.Tx, app ident.ApplicationID, r *instances.Running, of, who string) error {
	for _, b := range r.Mended {
		tx.Exec(`update tasks set state = 'done', version = version + 1, closed_at = $3 where application_id = $1 and origin = $2 and state = 'open'`,
			app, originOf(b, of), tx.Now())
	}
	for _, b := range r.Broke {
		role := "agency_admin"
		if len(b.Waive) > 0 {
			role = b.Waive[0]
		}
		title := workflow.Text{EN: who + "No longer holds: " + b.Text.EN, IT: who + "Non vale più: " + b.Text.IT}
		insertTask(tx, ident.NewTask(), app, title, &role, nil, nil, originOf(b, of))
	}
	if len(r.Mended)+len(r.Broke) == 0 {
		return nil
	}
	return outbox.Tell(tx, "tasks", app, 0)
}

// originOf marks the task of a broken invariant among a file's tasks.
func originOf(b instances.Breach, of string) string { return "invariant " + of + b.Invariant }

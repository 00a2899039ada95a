package submissions

import (
	"context"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// errStale: the caller saw an older version.
var errStale = fault.New(fault.Stale, "version.stale", "This submission was changed since you read it. Load it again.")

// Waive lets what stands broken in a submission stand, with a reason. version is the one the caller saw.
func (s *Service) Waive(ctx context.Context, scope tenancy.Scope, id ident.SubmissionID, version int, in applications.Waiver) (applications.Moved, error) {
	var out applications.Moved
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		f, err := s.fetch(tx, id, true)
		if err != nil {
			return err
		}
		if f.Version != version {
			return errStale
		}
		w, err := f.world(tx.Now())
		if err != nil {
			return err
		}
		result, err := s.engine.Waive(tx, f.machine, in.Invariant, in.Reason, workflow.Actor{ID: scope.Actor().ID(), Roles: tx.Roles()}, w)
		if err != nil {
			return err
		}
		audit.Record(tx, "submission.waived", id, map[string]string{"invariant": in.Invariant})
		if out, err = s.moved(tx, f, result); err != nil {
			return err
		}
		if next, stepped, err := s.review(tx, f); err != nil { // what the breach held back goes on
			return err
		} else if stepped {
			out = next
		}
		return tx.Answer(out)
	})
	return out, err
}

package submissions

import (
	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Stand gives a submission to a migration.
func (s *Service) Stand(tx *tenancy.Tx, id ident.InstanceID, lock bool) (instances.Standing, error) {
	f, err := s.fetch(tx, ident.SubmissionID(id), lock)
	if err != nil {
		return instances.Standing{}, err
	}
	return instances.Standing{Running: f.machine,
		World: f.world,
		Moved: func(detail map[string]string) error {
			audit.Record(tx, "submission.migrated", f.ID, detail)
			_, err := s.moved(tx, f, workflow.Result{})
			return err
		}}, nil
}

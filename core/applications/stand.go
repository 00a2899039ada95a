package applications

import (
	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Stand gives a file to a migration.
func (s *Service) Stand(tx *tenancy.Tx, id ident.InstanceID, lock bool) (instances.Standing, error) {
	f, err := s.Fetch(tx, ident.ApplicationID(id), lock)
	if err != nil {
		return instances.Standing{}, err
	}
	return instances.Standing{Running: f.Machine,
		World: f.World,
		Moved: func(detail map[string]string) error {
			audit.Record(tx, "application.migrated", f.ID, detail)
			return s.moved(tx, f, workflow.Result{})
		}}, nil
}

package submissions

import (
	"context"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Look lets an open submission see what has changed in its file: a condition that breaks there shows at once.
func (s *Service) Look(ctx context.Context, scope tenancy.Scope, id ident.SubmissionID) error {
	return s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		f, err := s.fetch(tx, id, true)
		if err != nil {
			return err
		}
		_, _, err = s.review(tx, f)
		return err
	})
}

// review takes the step without an event of which something comes; stepped is false where nothing does.
func (s *Service) review(tx *tenancy.Tx, f *file) (out applications.Moved, stepped bool, err error) {
	w, err := f.world(tx.Now())
	if err != nil {
		return out, false, err
	}
	result, stepped, err := s.engine.Review(tx, f.machine, w)
	if err != nil || !stepped {
		return out, false, err
	}
	out, err = s.moved(tx, f, result)
	return out, true, err
}

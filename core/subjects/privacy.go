package subjects

import (
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Whole reads a subject with nothing masked, whatever the actor may be shown: for the person's own copy of their data.
func Whole(tx *tenancy.Tx, id ident.SubjectID) (Subject, error) {
	var rows []Subject
	err := tx.Load(load(&rows, "where s.id = $1", id))
	s, err := one(rows, err)
	s.Masked = []string{}
	return s, err
}

// Erased reports whether the subject's key is destroyed.
func (s Subject) Erased() bool { return s.erased }

package applications

import (
	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// SubjectChanged lets the files in flight of a subject see its new data.
func (s *Service) SubjectChanged(tx *tenancy.Tx, id ident.SubjectID) error {
	return s.recomputeAll(tx, "application.subject_changed", `select distinct p.application_id from application_parties p join instances i on i.id = p.application_id
		where p.subject_id = $1 and i.outcome is null order by 1 limit 100`, id)
}

// PropertyChanged lets the files in flight of a property see its new data.
func (s *Service) PropertyChanged(tx *tenancy.Tx, id ident.PropertyID) error {
	return s.recomputeAll(tx, "application.property_changed", `select distinct l.application_id from application_properties l join instances i on i.id = l.application_id
		where l.property_id = $1 and i.outcome is null order by 1 limit 100`, id)
}

// recomputeAll works on the files beyond the actor's sight too: none of them is told to the actor.
func (s *Service) recomputeAll(tx *tenancy.Tx, cause, sql string, args ...any) error {
	return tx.Everywhere(func() error { return s.recompute(tx, cause, sql, args...) })
}

func (s *Service) recompute(tx *tenancy.Tx, cause, sql string, args ...any) error {
	var files []ident.ApplicationID
	err := tx.Load(tenancy.Scan(sql, args, func(rows pgx.Rows) error {
		var id ident.ApplicationID
		err := rows.Scan(&id)
		files = append(files, id)
		return err
	}))
	for _, id := range files {
		if err == nil {
			err = s.Recompute(tx, id, cause)
		}
	}
	return err
}

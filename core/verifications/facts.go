package verifications

import (
	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Source contributes whether a file's borrowers have proved who they are.
type Source struct{}

// Gather reads the borrowers' best level in the file's batch.
func (Source) Gather(id ident.ApplicationID) (loads []tenancy.Load, apply func(*applications.File)) {
	var levels []string
	return []tenancy.Load{tenancy.Scan(`select coalesce((select v.level from verifications v where v.subject_id = b.subject_id and v.state = 'verified'
				order by array_position(array['high', 'substantial', 'low'], v.level) limit 1), '')
			from (select distinct p.subject_id from application_parties p where p.application_id = $1 and p.role_type in ('applicant', 'co_applicant')) b`, []any{id}, func(rows pgx.Rows) error {
		var level string
		err := rows.Scan(&level)
		levels = append(levels, level)
		return err
	}).From(func() { levels = nil })}, func(f *applications.File) { contribute(f.Extra, levels) }
}

// contribute adds the facts: verified when every borrower is, at the lowest of their levels.
func contribute(facts map[string]any, levels []string) {
	if len(levels) == 0 {
		return
	}
	lowest := levels[0]
	for _, l := range levels {
		if ranks[l] < ranks[lowest] {
			lowest = l
		}
	}
	facts["identity_verified"] = lowest != ""
	if lowest != "" {
		facts["identity_level"] = lowest
	}
}

package tenants

import (
	"context"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Agency is a tenant as its own people see it.
type Agency struct {
	ID                  ident.AgencyID `json:"id" db:"id"`
	Name                string         `json:"name" db:"name"`
	City                string         `json:"city" db:"city"`
	VATNumber           *string        `json:"vat_number" db:"vat_number"`
	RequireSecondFactor bool           `json:"require_second_factor" db:"require_second_factor"`
	AcceptsDirectory    bool           `json:"accepts_directory" db:"accepts_directory" doc:"What the network's directory gives counts at once; otherwise it is offered at GET /members/offers"`
	Version             int            `json:"version" db:"version"`
}

// Tag is the version answered as ETag.
func (a Agency) Tag() int { return a.Version }

// AgencyPatch changes an agency's own data; nil stays as it is.
type AgencyPatch struct {
	Name      *string `json:"name,omitempty" minLength:"2" maxLength:"200"`
	City      *string `json:"city,omitempty" maxLength:"200"`
	VATNumber *string `json:"vat_number,omitempty" maxLength:"11"`
}

const agencyColumns = "id, name, city, vat_number, require_second_factor, accepts_directory, version"

// Agency reads the scope's agency.
func (s *Service) Agency(ctx context.Context, scope tenancy.Scope) (a Agency, err error) {
	err = s.db.Load(ctx, scope, tenancy.One(&a, fault.Missing("agency"), "select "+agencyColumns+" from agencies"))
	return a, err
}

// ChangeAgency edits the scope's agency.
func (s *Service) ChangeAgency(ctx context.Context, scope tenancy.Scope, version int, p AgencyPatch) (a Agency, err error) {
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		if err := tx.Load(tenancy.One(&a, fault.Missing("agency"), "select "+agencyColumns+" from agencies for update")); err != nil {
			return err
		}
		if a.Version != version {
			return fault.New(fault.Stale, "version.stale", "The agency was changed since you read it. Load it again.")
		}
		if p.Name != nil {
			a.Name = *p.Name
		}
		if p.City != nil {
			a.City = *p.City
		}
		if p.VATNumber != nil {
			a.VATNumber = p.VATNumber
		}
		a.Version++
		tx.Exec(`update agencies set name = $1, city = $2, vat_number = $3, version = $4`, a.Name, a.City, a.VATNumber, a.Version)
		audit.Record(tx, "agency.changed", a.ID, nil)
		return outbox.Tell(tx, "agency", a.ID, a.Version)
	})
	return a, err
}

package tenants

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Suspend closes the scope's agency to everybody, at once: the door lets nobody in while it lasts, and sessions that are open in it, the
// portal's too, have ended. Nothing is lost. Only the platform may, by the command line. Errors: agency.status (409) where it is
// suspended already.
func (s *Service) Suspend(ctx context.Context, scope tenancy.Scope) error {
	return s.setStatus(ctx, scope, "suspended", "agency.suspended",
		fault.New(fault.Conflict, "agency.status", "This agency is suspended already."))
}

// Resume opens a suspended agency again: people sign in anew, keys work as before. Errors: agency.status (409) where it is not suspended.
func (s *Service) Resume(ctx context.Context, scope tenancy.Scope) error {
	return s.setStatus(ctx, scope, "active", "agency.resumed",
		fault.New(fault.Conflict, "agency.status", "This agency is not suspended."))
}

func (s *Service) setStatus(ctx context.Context, scope tenancy.Scope, status, action string, already error) error {
	return s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		tx.ExecOne(already, `update agencies set status = $2, version = version + 1 where id = $1 and status <> $2`, scope.Tenant(), status)
		if status == "suspended" {
			tx.Exec(`select end_agency_sessions()`)
			tx.Exec(`update portal_accesses set ended_at = now() where ended_at is null and opened_at is not null`)
		}
		audit.Record(tx, action, scope.Tenant(), nil)
		tellNetwork(tx, action, scope.Tenant().String(), nil)
		return nil
	})
}

// tellNetwork writes into the trail of the agency's network.
func tellNetwork(tx *tenancy.Tx, action, ref string, detail map[string]string) {
	body := []byte("{}")
	if detail != nil {
		body, _ = json.Marshal(detail) // a map of strings always encodes
	}
	tx.Exec(`select tell_network($1, $2, $3, $4, $5, $6, $7)`, uuid.Must(uuid.NewV7()), tx.Now(), tx.Scope().Actor().ID(), action, ref, body, tx.Scope().Request())
}

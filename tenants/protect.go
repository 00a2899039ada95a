package tenants

import (
	"context"
	"strconv"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// EndSessions ends a member's sessions in this agency; what they have open elsewhere is not this agency's.
func (s *Service) EndSessions(ctx context.Context, scope tenancy.Scope, id ident.MemberID) error {
	return s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		var user ident.UserID
		if err := tx.Load(tenancy.Value(&user, "select user_id from members where id = $1", id)); err != nil {
			return err
		}
		if user.IsZero() {
			return fault.Missing("member")
		}
		tx.Exec("select end_member_sessions($1)", user)
		audit.Record(tx, "member.sessions_ended", id, nil)
		return nil
	})
}

// RequireSecondFactor makes the agency ask its people for a second factor, or no longer. Who has none may, from their next request on,
// do nothing here but add one.
func (s *Service) RequireSecondFactor(ctx context.Context, scope tenancy.Scope, version int, required bool) (a Agency, err error) {
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		if err := tx.Load(tenancy.One(&a, fault.Missing("agency"), "select "+agencyColumns+" from agencies for update")); err != nil {
			return err
		}
		if a.Version != version {
			return fault.New(fault.Stale, "version.stale", "The agency was changed since you read it. Load it again.")
		}
		a.RequireSecondFactor, a.Version = required, a.Version+1
		tx.Exec(`update agencies set require_second_factor = $1, version = $2`, required, a.Version)
		audit.Record(tx, "agency.second_factor", a.ID, map[string]string{"required": strconv.FormatBool(required)})
		return outbox.Tell(tx, "agency", a.ID, a.Version)
	})
	return a, err
}

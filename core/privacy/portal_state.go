package privacy

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// PortalState is where a person's access to the portal stands, by the last invitation.
type PortalState struct {
	State     string     `json:"state" enum:"none,invited,lapsed,open,ended" doc:"lapsed: the link was not used in time; ended: the visit is over, or an erasure has ended it"`
	InvitedAt *time.Time `json:"invited_at"`
	ExpiresAt *time.Time `json:"expires_at" doc:"Until when the mailed link opens"`
	OpenedAt  *time.Time `json:"opened_at"`
	SeenAt    *time.Time `json:"seen_at"`
}

// PortalState shows where a person's access to the portal stands. Times are the database's.
func (s *Service) PortalState(ctx context.Context, scope tenancy.Scope, id ident.SubjectID) (out PortalState, err error) {
	found := false
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		return tx.Load(tenancy.Value(&found, `select true from subjects where id = $1`, id), tenancy.Scan(`select created_at, link_until, opened_at, seen_at, case
				when ended_at is not null then 'ended' when opened_at is null and link_until > now() then 'invited' when opened_at is null then 'lapsed'
				when seen_at > now() - $2::interval and opened_at > now() - $3::interval then 'open' else 'ended' end
			from portal_accesses where subject_id = $1 order by id desc limit 1`, []any{id, tenancy.PortalIdle, tenancy.PortalFor}, func(rows pgx.Rows) error {
			return rows.Scan(&out.InvitedAt, &out.ExpiresAt, &out.OpenedAt, &out.SeenAt, &out.State)
		}).From(func() { out = PortalState{State: "none"} }))
	})
	if err == nil && !found {
		err = fault.Missing("subject")
	}
	return out, err
}

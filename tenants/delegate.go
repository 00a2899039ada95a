package tenants

import (
	"context"
	"slices"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Delegate is who approves in a member's place while they are away; no DelegateID ends it.
type Delegate struct {
	DelegateID ident.UserID  `json:"delegate_id,omitzero" required:"false" doc:"Another member; absent: nobody any more"`
	Until      calendar.Date `json:"until,omitzero" required:"false" doc:"The last day"`
}

// SetDelegate names who stands in for a member: members do it for themselves, who may change members for anybody.
func (s *Service) SetDelegate(ctx context.Context, scope tenancy.Scope, id ident.MemberID, version int, in Delegate) (Member, error) {
	var m Member
	if err := s.db.Load(ctx, scope, tenancy.One(&m, fault.Missing("member"), "select "+memberColumns+" from members where id = $1", id)); err != nil {
		return m, err
	}
	if m.UserID != scope.Actor().User() {
		scope = scope.For("members.write")
	}
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		var all []Member // few, as when their roles change
		if err := tx.Load(tenancy.Many(&all, "select "+memberColumns+" from members order by id for update")); err != nil {
			return err
		}
		m = all[slices.IndexFunc(all, func(m Member) bool { return m.ID == id })]
		if m.Version != version {
			return fault.New(fault.Stale, "version.stale", "This member was changed since you read it. Load it again.")
		}
		if err := in.check(m, all, calendar.Of(tx.Now())); err != nil {
			return err
		}
		m.DelegateID, m.DelegateUntil, m.Version = in.DelegateID, in.Until, m.Version+1
		tx.Exec(`update members set delegate_id = $2, delegate_until = $3, version = $4 where id = $1`, id, m.DelegateID, m.DelegateUntil, m.Version)
		audit.Record(tx, "member.delegated", id, map[string]string{"to": m.DelegateID.String(), "until": m.DelegateUntil.String()})
		return outbox.Tell(tx, "members", id, m.Version)
	})
	return m, err
}

func (d *Delegate) check(m Member, all []Member, today calendar.Date) error {
	if d.DelegateID.IsZero() {
		d.Until = calendar.Date{}
		return nil
	}
	switch {
	case d.DelegateID == m.UserID:
		return fault.Input("member.delegate", "/delegate_id", "Nobody stands in for themselves. Choose another member.")
	case !slices.ContainsFunc(all, func(o Member) bool { return o.UserID == d.DelegateID && o.Status == "active" }):
		return fault.Input("member.delegate", "/delegate_id", "Choose an active member of the agency.")
	case d.Until.IsZero() || d.Until.Before(today):
		return fault.Input("member.delegate_until", "/until", "Say until which day, from today on.")
	}
	return nil
}

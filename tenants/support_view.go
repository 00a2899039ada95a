package tenants

import (
	"context"
	"maps"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// recordSupport writes into the agency's trail and its network's. inside is for the agency's alone: which of its nouns it was about.
func recordSupport(tx *tenancy.Tx, action string, id ident.SupportID, detail, inside map[string]string) {
	all := map[string]string{}
	maps.Copy(all, detail)
	maps.Copy(all, inside)
	audit.Record(tx, action, id, all)
	tellNetwork(tx, action, id.String(), detail)
}

// EnterSupport lets a person's session look into an agency under a grant that is in force, and writes that they did.
// Without one there is no such agency.
func (s *Service) EnterSupport(ctx context.Context, d *tenancy.Directory, id tenancy.Identity, agency ident.AgencyID, request string) (tenancy.Identity, error) {
	found, err := d.EnterSupport(ctx, id.Actor.Session(), agency, s.accounts.Now())
	if err == nil && !found {
		err = fault.Missing("agency")
	}
	if err != nil {
		return id, err
	}
	if id, err = d.Supporting(ctx, id); err != nil {
		return id, err
	}
	return id, s.WitnessSupport(ctx, s.db.Enter(id.Actor, agency, request).For("agency.read"), "support.entered", nil, nil)
}

// LeaveSupport closes the view that a person's session has open, and writes that they left; where none is open it does nothing. The grant
// lasts, and opens it again.
func (s *Service) LeaveSupport(ctx context.Context, d *tenancy.Directory, id tenancy.Identity, request string) (tenancy.Identity, error) {
	if id.Agency.IsZero() || !id.Actor.Support().IsZero() { // what this server remembers of the view may be a second old
		var err error
		if id, err = d.Supporting(ctx, id.At(ident.AgencyID{})); err != nil {
			return id, err
		}
	}
	if id.Actor.Support().IsZero() {
		return id, nil
	}
	err := s.WitnessSupport(ctx, s.db.Enter(id.Actor, id.Agency, request).For("agency.read"), "support.left", nil, nil)
	if err != nil && !fault.Is(err, fault.NotFound) { // it has ended by itself
		return id, err
	}
	return id.At(ident.AgencyID{}), d.LeaveSupport(ctx, id.Actor.Session())
}

// WitnessSupport writes what a support view is about to show; inside is what only the agency's trail holds of it.
// What cannot be written is not shown; a grant that has ended shows nothing.
func (s *Service) WitnessSupport(ctx context.Context, scope tenancy.Scope, action string, detail, inside map[string]string) error {
	return s.db.Witness(ctx, scope, func(tx *tenancy.Tx) error {
		if err := tx.Load(); err != nil {
			return err
		}
		recordSupport(tx, action, scope.Actor().Support(), detail, inside)
		return nil
	})
}

// SupportInForce is who of the network may look into the scope's agency now.
func (s *Service) SupportInForce(ctx context.Context, scope tenancy.Scope) (agency string, now []SupportNotice, err error) {
	err = s.db.Load(ctx, scope, tenancy.Value(&agency, `select name from agencies`),
		tenancy.Many(&now, `select id, name, reason, expires_at from support_grants where state = 'approved' and expires_at > $1 order by expires_at, id`, s.accounts.Now()))
	return agency, now, err
}

// EndSupport closes what has lapsed, so that its end stands in the trails too; the view itself ended at the instant.
func (s *Service) EndSupport(ctx context.Context, o *tenancy.Operator) error {
	type due struct {
		agency ident.AgencyID
		id     ident.SupportID
	}
	var all []due
	err := o.Load(ctx, tenancy.Scan(`select tenant_id, id from support_grants where state in ('requested', 'approved') and expires_at <= $1 limit 500`, []any{s.accounts.Now()}, func(rows pgx.Rows) error {
		var d due
		err := rows.Scan(&d.agency, &d.id)
		all = append(all, d)
		return err
	}))
	if err != nil {
		return err
	}
	for _, d := range all {
		scope, err := o.Scope(d.agency, "support "+d.id.String())
		if err == nil {
			err = s.expire(ctx, scope.For("support.expire"), d.id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) expire(ctx context.Context, scope tenancy.Scope, id ident.SupportID) error {
	return s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		var open []SupportGrant // none where somebody decided meanwhile
		err := tx.Load(tenancy.Many(&open, "select "+supportColumns+" from support_grants where id = $1 and state in ('requested', 'approved') and expires_at <= $2 for update", id, tx.Now()))
		if err != nil || len(open) == 0 {
			return err
		}
		tx.Exec(`update support_grants set state = 'expired', ended_at = expires_at, version = version + 1 where id = $1`, id)
		recordSupport(tx, "support.expired", id, map[string]string{"was": open[0].State}, nil)
		return outbox.Tell(tx, "support", id, open[0].Version+1)
	})
}

package tenants

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Offer is what the network's directory would give somebody in the agency. It opens nothing until the agency accepts it.
type Offer struct {
	ID        ident.MemberID `json:"id" db:"id" doc:"The member they are, or will be"`
	UserID    ident.UserID   `json:"user_id" db:"user_id"`
	Name      string         `json:"name" db:"name"`
	Email     string         `json:"email" db:"email"`
	Roles     []string       `json:"roles" db:"roles" doc:"That are offered"`
	Has       []string       `json:"has" db:"has" doc:"That they have already; empty for who is no member, or disabled"`
	OfferedAt time.Time      `json:"offered_at" db:"offered_at"`
}

// Offers lists what waits for the agency's decision, the newest first.
func (s *Service) Offers(ctx context.Context, scope tenancy.Scope) (out []Offer, err error) {
	err = s.db.Load(ctx, scope, tenancy.Many(&out, `select o.id, o.user_id, o.name, o.email, o.roles, coalesce(m.roles, '{}') as has, o.offered_at
		from member_offers o left join members m on m.user_id = o.user_id and m.status <> 'disabled' order by o.offered_at desc, o.id limit 200`))
	return out, err
}

// takeOffer reads an offer and takes it away; of two decisions at once one finds it. Errors: offer.not_found (404), offer.decided (409)
// where a member has none.
func takeOffer(tx *tenancy.Tx, id ident.MemberID) (o Offer, err error) {
	member := false
	if err := tx.Load(tenancy.Value(&member, "select true from members where id = $1", id)); err != nil {
		return o, err
	}
	none := fault.Missing("offer")
	if member {
		none = fault.New(fault.Conflict, "offer.decided", "Nothing is offered to this member, or it was decided already.")
	}
	return o, tx.Load(tenancy.One(&o, none, `delete from member_offers where id = $1 returning id, user_id, name, email, roles, '{}'::text[] as has, offered_at`, id))
}

// AcceptOffer gives somebody what the directory has offered, as far as the caller may give it: who is no member is invited, who was
// disabled comes back with the offered roles only. seen are the roles the caller has read: the directory may have changed them since.
// Errors: offer.not_found (404), offer.decided, offer.changed (409), role.beyond (403), member.role (422).
func (s *Service) AcceptOffer(ctx context.Context, scope tenancy.Scope, id ident.MemberID, seen []string) (m Member, err error) {
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		g, err := s.govern(tx)
		if err != nil {
			return err
		}
		o, err := takeOffer(tx, id)
		if err != nil {
			return err
		}
		if !slices.Equal(slices.Sorted(slices.Values(seen)), slices.Sorted(slices.Values(o.Roles))) {
			return fault.New(fault.Conflict, "offer.changed", "The directory offers other roles by now. Load the offers again and decide anew.")
		}
		m = Member{ID: o.ID, UserID: o.UserID, Name: o.Name, Email: o.Email, Status: "invited"}
		if i := slices.IndexFunc(g.members, func(m Member) bool { return m.UserID == o.UserID }); i >= 0 {
			m = g.members[i]
		}
		known, had := m.Version > 0, m.Roles
		if m.Status == "disabled" {
			had, m.Status = nil, "active"
		}
		m.Roles, m.Version = union(had, o.Roles), m.Version+1
		if len(m.Roles) > 10 {
			return fault.Input("member.role", "/roles", "Somebody has at most ten roles. Take one away first.")
		}
		if err := g.give(had, m.Roles); err != nil {
			return err
		}
		if known {
			tx.Exec(`update members set roles = $2, status = $3, version = $4 where id = $1`, m.ID, m.Roles, m.Status, m.Version)
		} else if err := s.welcome(tx, m); err != nil {
			return err
		}
		audit.Record(tx, "member.offer_accepted", m.ID, map[string]string{"roles": strings.Join(o.Roles, " "), "status": m.Status})
		if err := outbox.Tell(tx, "members", m.ID, m.Version); err != nil {
			return err
		}
		return tx.Answer(m)
	})
	return m, err
}

// welcome makes a member who has yet to come, and mails them the link.
func (s *Service) welcome(tx *tenancy.Tx, m Member) error {
	var agency string
	tx.Exec(`insert into members (tenant_id, id, user_id, name, email, roles, status) values ($1, $2, $3, $4, $5, $6, $7)`, tx.Scope().Tenant(), m.ID, m.UserID, m.Name, m.Email, m.Roles, m.Status)
	link := s.accounts.Invite(tx, m.UserID)
	if err := tx.Load(tenancy.Value(&agency, "select name from agencies")); err != nil {
		return err
	}
	return invitation(tx, "it", m.Email, agency, link, m.ID)
}

func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, x := range b {
		if !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

// DeclineOffer takes an offer away; the person is what they were. A directory that still wants it offers it again.
func (s *Service) DeclineOffer(ctx context.Context, scope tenancy.Scope, id ident.MemberID) error {
	return s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		o, err := takeOffer(tx, id)
		if err != nil {
			return err
		}
		audit.Record(tx, "member.offer_declined", id, map[string]string{"roles": strings.Join(o.Roles, " ")})
		if err := outbox.Tell(tx, "members", id, 0); err != nil {
			return err
		}
		return tx.Answer(struct{}{})
	})
}

// AcceptDirectory has what the network's directory gives count at once from now on, or no longer. What waits still waits, and what was
// given stays. Errors: directory.person (403), version.stale (412).
func (s *Service) AcceptDirectory(ctx context.Context, scope tenancy.Scope, version int, accepted bool) (a Agency, err error) {
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		if err := tx.Load(tenancy.One(&a, fault.Missing("agency"), "select "+agencyColumns+" from agencies for update")); err != nil {
			return err
		}
		switch {
		case scope.Actor().User().IsZero():
			return fault.New(fault.Forbidden, "directory.person", "A person decides whether the network's directory gives roles here, not a key.")
		case a.Version != version:
			return fault.New(fault.Stale, "version.stale", "The agency was changed since you read it. Load it again.")
		}
		a.AcceptsDirectory, a.Version = accepted, a.Version+1
		tx.Exec(`update agencies set accepts_directory = $1, version = $2`, accepted, a.Version)
		audit.Record(tx, "agency.directory", a.ID, map[string]string{"accepted": strconv.FormatBool(accepted)})
		return outbox.Tell(tx, "agency", a.ID, a.Version)
	})
	return a, err
}

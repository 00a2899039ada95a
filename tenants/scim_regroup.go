package tenants

import (
	"slices"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

var (
	errScimActs = fault.New(fault.Conflict, "directory.network_role", "Somebody who acts for the network is given no role in its agencies: a network sees aggregates, never rows. To look into an agency, ask it for support access.")
	errScimLast = fault.New(fault.Conflict, "member.last_admin", "An agency keeps at least one active admin. Put somebody else into the group, and remove this one when they have come.")
)

// actingFor reads which of some people act for the network.
func actingFor(dst *[]ident.UserID, who ...ident.UserID) tenancy.Load {
	return tenancy.Value(dst, "select coalesce(array_agg(user_id), '{}') from network_members where user_id = any($1)", who)
}

// offer has these roles wait in the agency for its acceptance, in place of those that waited before; none: nothing waits any more.
func offer(tx *tenancy.Tx, m membership, roles []string) {
	tx.Exec("select network_offer($1, $2, $3, $4, $5)", m.Agency, m.User, m.Member, append([]string{}, roles...), tx.Now())
}

// regroup gives the role to some and takes it from others. Taking counts at once; who has no role left is disabled. Giving is an offer to
// the agency, and counts at once only where the agency has accepted the directory; whoever had no place there is then invited: they take
// it up by the link, or by signing in through the agency's provider. Who acts for the network is given nothing.
func (f *Federation) regroup(tx *tenancy.Tx, g group, added, gone []ident.UserID) error {
	if len(added)+len(gone) == 0 {
		return nil
	}
	var people []scimPerson
	var places []membership
	var acting []ident.UserID
	if err := tx.Load(tenancy.Many(&people, "select "+scimColumns+" from network_people where user_id = any($1) and removed_at is null and active", added),
		tenancy.Many(&places, membershipColumns+"network_memberships(null, $1)", g.ID), actingFor(&acting, added...)); err != nil {
		return err
	}
	switch {
	case len(people) != len(added): // nobody of the network, or disabled
		return errScimValue
	case len(acting) > 0:
		return errScimActs
	case g.endsWith(places, gone):
		return errScimLast
	}
	audit.Record(tx, "directory.group_changed", roleKey(groupID(g.ID, g.role)), map[string]string{"added": idList(added), "removed": idList(gone)})
	var invited []scimPerson
	var told []news
	for _, user := range slices.Concat(added, gone) {
		i := slices.IndexFunc(places, func(m membership) bool { return m.User == user })
		if i < 0 {
			places, i = append(places, membership{User: user, Agency: g.ID, Member: ident.NewMember(), Status: "disabled"}), len(places)
		}
		m, event := places[i], "member.changed_by_network"
		switch {
		case slices.Contains(gone, user):
			m.withdraw(tx, g.role)
		case len(m.Roles)+len(m.Offered) >= 10 && m.Status != "disabled":
			return errScimMany
		case !g.Accepts:
			m.Offered = append(slices.Clone(m.Offered), g.role)
			event = "member.offered_by_network"
			offer(tx, m, m.Offered)
		case len(m.Roles) == 0: // no place yet
			m.Roles, m.Status = []string{g.role}, "invited"
			invited = append(invited, people[slices.IndexFunc(people, func(p scimPerson) bool { return p.UserID == user })])
		default:
			if m.Status == "disabled" {
				m.Roles, m.Status = nil, "active"
			}
			m.Roles = append(slices.Clone(m.Roles), g.role)
			tx.Exec("select network_set_member($1, $2, $3)", m.Member, m.Roles, m.Status)
		}
		told = append(told, news{m, event})
	}
	if err := tx.Load(); err != nil {
		return err
	}
	for _, n := range told { // from here on the transaction is the agency's
		if i := slices.IndexFunc(invited, func(p scimPerson) bool { return p.UserID == n.User }); i >= 0 {
			if err := f.inviteFor(tx, g, n.membership, invited[i]); err != nil {
				return err
			}
		}
		if err := tellAgency(tx, n.membership, n.event); err != nil {
			return err
		}
	}
	return nil
}

// news is what an agency is told of a member.
type news struct {
	membership
	event string
}

// endsWith reports whether without some people nobody active would have the role any more, which an agency needs.
func (g group) endsWith(places []membership, gone []ident.UserID) bool {
	held := func(m membership) bool { return m.Status == "active" && m.in(g.role) }
	return g.role == "agency_admin" && slices.ContainsFunc(places, held) &&
		!slices.ContainsFunc(places, func(m membership) bool { return held(m) && !slices.Contains(gone, m.User) })
}

// withdraw takes a role away, and what was offered of it.
func (m *membership) withdraw(tx *tenancy.Tx, role string) {
	other := func(r string) bool { return r == role }
	if slices.Contains(m.Offered, role) {
		m.Offered = slices.DeleteFunc(slices.Clone(m.Offered), other)
		offer(tx, *m, m.Offered)
	}
	if !m.in(role) {
		return
	}
	left := slices.DeleteFunc(slices.Clone(m.Roles), other)
	if len(left) == 0 {
		left, m.Status = m.Roles, "disabled"
	}
	m.Roles = left
	tx.Exec("select network_set_member($1, $2, $3)", m.Member, m.Roles, m.Status)
}

// inviteFor makes somebody a member who has yet to come, and mails them the link.
func (f *Federation) inviteFor(tx *tenancy.Tx, g group, m membership, p scimPerson) error {
	tx.Reach(g.ID)
	tx.Exec(`insert into members (tenant_id, id, user_id, name, email, roles, status) values ($1, $2, $3, $4, $5, $6, $7)`, g.ID, m.Member, p.UserID, p.Name, p.Email, m.Roles, m.Status)
	return invitation(tx, "it", p.Email, g.Name, f.accounts.Invite(tx, p.UserID), m.Member)
}

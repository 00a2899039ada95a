package tenants

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// scimAgency is an agency with whose roles there are groups.
type scimAgency struct {
	ID      ident.AgencyID `db:"id"`
	Name    string         `db:"name"`
	Accepts bool           `db:"accepts_directory"` // what the directory gives counts at once
}

const scimAgencies = "select id, name, accepts_directory from agencies where status = 'active'"

func groupName(agency, role string) string { return agency + " / " + role }

// group is a role in an agency with those who have it.
type group struct {
	scimAgency
	role    string
	members []ScimRef
}

func (f *Federation) scimGroup(g group) ScimGroup {
	id := groupID(g.ID, g.role)
	sum := sha256.New()
	for _, m := range g.members {
		sum.Write([]byte(m.Value))
	}
	return ScimGroup{Schemas: []string{ScimGroupSchema}, ID: id, DisplayName: groupName(g.Name, g.role), Members: g.members,
		Meta: ScimMeta{ResourceType: "Group", Location: f.scimAt("Groups", id), Version: scimVersion(hex.EncodeToString(sum.Sum(nil)[:8]))}}
}

// fill reads the members of groups: of one agency, or of all.
func (f *Federation) fill(tx *tenancy.Tx, groups []group) error {
	var agency ident.AgencyID
	if len(groups) == 1 {
		agency = groups[0].ID
	}
	for i := range groups {
		groups[i].members = []ScimRef{}
	}
	return tx.Load(tenancy.Scan(`select m.user_id, m.agency_id, m.roles, m.status, m.offered, p.name from network_memberships(null, $1) m join network_people p on p.user_id = m.user_id
		where p.removed_at is null order by m.user_id`, []any{agency}, func(rows pgx.Rows) error {
		var m membership
		var name string
		err := rows.Scan(&m.User, &m.Agency, &m.Roles, &m.Status, &m.Offered, &name)
		for i := range groups {
			if g := &groups[i]; g.ID == m.Agency && m.grouped(g.role) {
				g.members = append(g.members, ScimRef{Value: m.User.String(), Display: name, Type: "User", Ref: f.scimAt("Users", m.User.String())})
			}
		}
		return err
	}))
}

// ScimGroups lists the roles of the network's agencies that the token may give, with or without their members.
func (f *Federation) ScimGroups(ctx context.Context, scope tenancy.NetworkScope, q ScimQuery, bare bool) (out ScimList[ScimGroup], err error) {
	if !slices.Contains([]string{"", "displayname", "id"}, q.Attribute) {
		return out, errScimFilter
	}
	err = f.provision(ctx, scope, func(tx *tenancy.Tx, roles []string) error {
		out = ScimList[ScimGroup]{Schemas: []string{ScimListSchema}, StartIndex: q.Start, Resources: []ScimGroup{}}
		var agencies []scimAgency
		if err := tx.Load(tenancy.Many(&agencies, scimAgencies+" order by name, id")); err != nil {
			return err
		}
		var all []group
		for _, a := range agencies {
			for _, r := range roles {
				if q.Attribute == "" || q.Attribute == "id" && q.Value == groupID(a.ID, r) || q.Attribute == "displayname" && strings.EqualFold(q.Value, groupName(a.Name, r)) {
					all = append(all, group{scimAgency: a, role: r})
				}
			}
		}
		out.TotalResults = len(all)
		page := all[min(q.Start-1, len(all)):min(q.Start-1+q.Count, len(all))]
		if !bare && len(page) > 0 {
			if err := f.fill(tx, page); err != nil {
				return err
			}
		}
		for _, g := range page {
			out.Resources = append(out.Resources, f.scimGroup(g))
		}
		out.ItemsPerPage = len(page)
		return nil
	})
	return out, err
}

// group reads one; a role beyond the token's is not there for it.
func (f *Federation) group(tx *tenancy.Tx, id string, roles []string) (group, error) {
	agency, role, err := parseGroup(id)
	if err != nil || !slices.Contains(roles, role) {
		return group{}, errScimMissing
	}
	g := []group{{role: role}}
	if err := tx.Load(tenancy.One(&g[0].scimAgency, errScimMissing, scimAgencies+" and id = $1", agency)); err != nil {
		return group{}, err
	}
	err = f.fill(tx, g)
	return g[0], err
}

// ScimGroup reads one group.
func (f *Federation) ScimGroup(ctx context.Context, scope tenancy.NetworkScope, id string) (out ScimGroup, err error) {
	err = f.provision(ctx, scope, func(tx *tenancy.Tx, roles []string) error {
		g, err := f.group(tx, id, roles)
		out = f.scimGroup(g)
		return err
	})
	return out, err
}

// ReplaceScimGroup makes exactly these people have the role.
func (f *Federation) ReplaceScimGroup(ctx context.Context, scope tenancy.NetworkScope, id, ifMatch string, body []byte) (ScimGroup, error) {
	name, who, err := ParseScimGroup(body)
	if err != nil {
		return ScimGroup{}, err
	}
	return f.changeGroup(ctx, scope, id, ifMatch, name, []MemberChange{{Verb: "replace", Who: who}})
}

// PatchScimGroup gives the role to some and takes it from some.
func (f *Federation) PatchScimGroup(ctx context.Context, scope tenancy.NetworkScope, id, ifMatch string, body []byte) (ScimGroup, error) {
	changes, err := ParseGroupPatch(body)
	if err != nil {
		return ScimGroup{}, err
	}
	return f.changeGroup(ctx, scope, id, ifMatch, "", changes)
}

func (f *Federation) changeGroup(ctx context.Context, scope tenancy.NetworkScope, id, ifMatch, name string, changes []MemberChange) (out ScimGroup, err error) {
	err = f.provision(ctx, scope, func(tx *tenancy.Tx, roles []string) error {
		g, err := f.group(tx, id, roles)
		if err != nil {
			return err
		}
		if err := matches(ifMatch, f.scimGroup(g).Meta.Version); err != nil {
			return err
		}
		if name != "" && !strings.EqualFold(name, groupName(g.Name, g.role)) {
			return errScimFixed
		}
		was := []ident.UserID{}
		for _, m := range g.members {
			user, _ := ident.ParseUser(m.Value) // written by ourselves
			was = append(was, user)
		}
		now := applied(was, changes)
		if err := f.regroup(tx, g, without(now, was), without(was, now)); err != nil {
			return err
		}
		again := []group{g}
		err = f.fill(tx, again)
		out = f.scimGroup(again[0])
		return err
	})
	return out, err
}

// applied is who is in a group after the changes.
func applied(who []ident.UserID, changes []MemberChange) []ident.UserID {
	who = slices.Clone(who)
	for _, c := range changes {
		switch {
		case c.All:
			who = nil
		case c.Verb == "remove":
			who = without(who, c.Who)
		case c.Verb == "replace":
			who = slices.Clone(c.Who)
		default:
			who = append(who, without(c.Who, who)...)
		}
	}
	return who
}

func without(list, gone []ident.UserID) []ident.UserID {
	return slices.DeleteFunc(slices.Clone(list), func(u ident.UserID) bool { return slices.Contains(gone, u) })
}

func idList(who []ident.UserID) string {
	var out []string
	for _, u := range who {
		out = append(out, u.String())
	}
	return strings.Join(out, " ")
}

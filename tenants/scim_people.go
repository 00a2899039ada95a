package tenants

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// scimPerson is a row of a network's directory.
type scimPerson struct {
	UserID     ident.UserID `db:"user_id"`
	ExternalID *string      `db:"external_id"`
	Email      string       `db:"email"`
	Name       string       `db:"name"`
	Active     bool         `db:"active"`
	Paused     []uuid.UUID  `db:"paused"`
	Version    int          `db:"version"`
	CreatedAt  time.Time    `db:"created_at"`
	UpdatedAt  time.Time    `db:"updated_at"`
	Removed    bool         `db:"removed"`
}

const scimColumns = "user_id, external_id, email, name, active, paused, version, created_at, updated_at, removed_at is not null as removed"

// membership is a person's place in an agency, as its network is shown it: what they are there, and what the directory has offered them
// and the agency not yet accepted. Who has been offered something only is disabled.
type membership struct {
	User    ident.UserID   `db:"user_id"`
	Agency  ident.AgencyID `db:"agency_id"`
	Member  ident.MemberID `db:"member_id"`
	Roles   []string       `db:"roles"`
	Status  string         `db:"status"`
	Offered []string       `db:"offered"`
}

const membershipColumns = "select user_id, agency_id, member_id, roles, status, offered from "

func (m membership) in(role string) bool {
	return m.Status != "disabled" && slices.Contains(m.Roles, role)
}

// grouped reports whether a directory has somebody in the group of a role. What it has offered counts: it has done its part.
func (m membership) grouped(role string) bool { return m.in(role) || slices.Contains(m.Offered, role) }

// provision gives fn a transaction for a network's directory, with the roles it may give and take. Its people are gathered first; two
// provisionings of a network come one after the other.
func (f *Federation) provision(ctx context.Context, scope tenancy.NetworkScope, fn func(tx *tenancy.Tx, roles []string) error) error {
	return f.networks.Write(ctx, scope, func(tx *tenancy.Tx) error {
		var roles []string
		if err := tx.Load(tenancy.Value(&roles, "select roles from network_scim_tokens where id = $1", tx.Scope().Actor().Scim()),
			tenancy.Statement("select 1 from networks where id = $1 for update", scope.Network()),
			tenancy.Statement("select gather_network_people()")); err != nil {
			return err
		}
		return fn(tx, slices.DeleteFunc(roles, func(r string) bool { return !slices.Contains(f.roles, r) }))
	})
}

// ScimUsers lists the people of the network and its agencies.
func (f *Federation) ScimUsers(ctx context.Context, scope tenancy.NetworkScope, q ScimQuery) (out ScimList[ScimUser], err error) {
	column, known := map[string]string{"": "''", "username": "email", "externalid": "external_id", "id": "user_id::text"}[q.Attribute]
	if !known {
		return out, errScimFilter
	}
	value := q.Value
	switch q.Attribute {
	case "username":
		value = strings.ToLower(value)
	case "id":
		id, _ := ident.ParseUser(value) // what is no id names nobody
		value = id.UUID.String()
	}
	err = f.provision(ctx, scope, func(tx *tenancy.Tx, roles []string) error {
		out = ScimList[ScimUser]{Schemas: []string{ScimListSchema}, StartIndex: q.Start, Resources: []ScimUser{}}
		var people []scimPerson
		where := " from network_people where removed_at is null and " + column + " = $1"
		if err := tx.Load(tenancy.Value(&out.TotalResults, "select count(*)"+where, value),
			tenancy.Many(&people, "select "+scimColumns+where+" order by email, user_id offset $2 limit $3", value, q.Start-1, q.Count)); err != nil {
			return err
		}
		out.ItemsPerPage = len(people)
		ids := []ident.UserID{}
		for _, p := range people {
			ids = append(ids, p.UserID)
		}
		groups, err := f.groupsOf(tx, ids, roles)
		for _, p := range people {
			out.Resources = append(out.Resources, f.scimUser(p, groups[p.UserID]))
		}
		return err
	})
	return out, err
}

// groupsOf reads in which groups people are.
func (f *Federation) groupsOf(tx *tenancy.Tx, ids []ident.UserID, roles []string) (map[ident.UserID][]ScimRef, error) {
	out := map[ident.UserID][]ScimRef{}
	return out, tx.Load(tenancy.Scan(`select m.user_id, m.agency_id, a.name, m.roles, m.status, m.offered from network_memberships($2, null) m join agencies a on a.id = m.agency_id
		where m.user_id = any($1) and a.status = 'active' order by a.name, a.id`, []any{ids, only(ids)}, func(rows pgx.Rows) error {
		var m membership
		var name string
		err := rows.Scan(&m.User, &m.Agency, &name, &m.Roles, &m.Status, &m.Offered)
		for _, r := range roles {
			if m.grouped(r) {
				id := groupID(m.Agency, r)
				out[m.User] = append(out[m.User], ScimRef{Value: id, Display: groupName(name, r), Ref: f.scimAt("Groups", id)})
			}
		}
		return err
	}))
}

// only is the one id, if there is one: a person alone need not be looked for among all.
func only(ids []ident.UserID) ident.UserID {
	if len(ids) == 1 {
		return ids[0]
	}
	return ident.UserID{}
}

func (f *Federation) scimAt(kind, id string) string { return f.public + "/scim/v2/" + kind + "/" + id }

func (f *Federation) scimUser(p scimPerson, groups []ScimRef) ScimUser {
	if groups == nil {
		groups = []ScimRef{}
	}
	u := ScimUser{Schemas: []string{ScimUserSchema}, ID: p.UserID, UserName: p.Email, Name: ScimName{Formatted: p.Name}, DisplayName: p.Name, Emails: []ScimEmail{{p.Email, "work", true}}, Active: p.Active, Groups: groups,
		Meta: ScimMeta{"User", &p.CreatedAt, &p.UpdatedAt, f.scimAt("Users", p.UserID.String()), scimVersion(p.Version)}}
	if p.ExternalID != nil {
		u.ExternalID = *p.ExternalID
	}
	return u
}

// person reads somebody under lock; who was removed is not there.
func (f *Federation) person(tx *tenancy.Tx, id ident.UserID) (p scimPerson, err error) {
	err = tx.Load(tenancy.One(&p, errScimMissing, "select "+scimColumns+" from network_people where user_id = $1 for update", id))
	if err == nil && p.Removed {
		err = errScimMissing
	}
	return p, err
}

// ScimUser reads one person.
func (f *Federation) ScimUser(ctx context.Context, scope tenancy.NetworkScope, id ident.UserID) (out ScimUser, err error) {
	err = f.provision(ctx, scope, func(tx *tenancy.Tx, roles []string) error {
		p, err := f.person(tx, id)
		if err != nil {
			return err
		}
		groups, err := f.groupsOf(tx, []ident.UserID{id}, roles)
		out = f.scimUser(p, groups[id])
		return err
	})
	return out, err
}

// CreateScimUser takes a person into the network's directory, made if nobody has the e-mail. They belong to no agency until a group
// has them. Errors: scim.uniqueness (409).
func (f *Federation) CreateScimUser(ctx context.Context, scope tenancy.NetworkScope, body []byte) (out ScimUser, err error) {
	in, active, err := ParseScimUser(body)
	if err != nil {
		return out, err
	}
	if err := f.networks.Write(ctx, scope, func(tx *tenancy.Tx) error { return tx.Load() }); err != nil { // nobody without the permission makes users
		return out, err
	}
	name := in.called()
	if name == "" {
		name, _, _ = strings.Cut(in.UserName, "@")
	}
	user, err := f.accounts.EnsureUser(ctx, in.UserName, name, "it")
	if err != nil {
		return out, err
	}
	err = f.provision(ctx, scope, func(tx *tenancy.Tx, _ []string) error {
		made := false
		if err := tx.Load(tenancy.Value(&made, `insert into network_people as p (network_id, user_id, external_id, email, name, created_at, updated_at) values ($1, $2, nullif($3, ''), $4, $5, $6, $6)
			on conflict on constraint network_people_pkey do update set external_id = excluded.external_id, name = excluded.name, active = true, removed_at = null, version = p.version + 1, updated_at = excluded.updated_at
			where p.removed_at is not null returning true`, scope.Network(), user, orEmpty(in.ExternalID), in.UserName, name, tx.Now())); err != nil {
			return err
		}
		if !made {
			return errScimThere
		}
		audit.Record(tx, "directory.user_created", user, nil)
		p, err := f.person(tx, user)
		if err == nil && active != nil && !*active {
			err = f.setActive(tx, &p, false)
		}
		out = f.scimUser(p, nil)
		return err
	})
	return out, uniquely(err)
}

func orEmpty(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

func uniquely(err error) error {
	if tenancy.Violates(err, "network_people_external_key") {
		return fault.Wrap(err, fault.Conflict, "scim.uniqueness", fault.As(errScimThere).Message)
	}
	return err
}

// ReplaceScimUser replaces what the network's directory keeps of a person. Errors: scim.mutability (400), version.stale (412).
func (f *Federation) ReplaceScimUser(ctx context.Context, scope tenancy.NetworkScope, id ident.UserID, ifMatch string, body []byte) (ScimUser, error) {
	in, active, err := ParseScimUser(body)
	if err != nil {
		return ScimUser{}, err
	}
	external, name := orEmpty(in.ExternalID), in.called()
	return f.changeUser(ctx, scope, id, ifMatch, UserChange{SignIn: []string{in.UserName}, ExternalID: &external, Name: &name, Active: active})
}

// PatchScimUser changes some of it.
func (f *Federation) PatchScimUser(ctx context.Context, scope tenancy.NetworkScope, id ident.UserID, ifMatch string, body []byte) (ScimUser, error) {
	c, err := ParseUserPatch(body)
	if err != nil {
		return ScimUser{}, err
	}
	return f.changeUser(ctx, scope, id, ifMatch, c)
}

func (f *Federation) changeUser(ctx context.Context, scope tenancy.NetworkScope, id ident.UserID, ifMatch string, c UserChange) (out ScimUser, err error) {
	err = f.provision(ctx, scope, func(tx *tenancy.Tx, roles []string) error {
		p, err := f.person(tx, id)
		if err == nil {
			err = matches(ifMatch, scimVersion(p.Version))
		}
		if err != nil {
			return err
		}
		for _, said := range c.SignIn {
			if !strings.EqualFold(said, p.Email) {
				return errScimFixed
			}
		}
		p.Name = c.rename(p.Name)
		if len(p.Name) > 200 {
			return errScimValue
		}
		if c.ExternalID != nil {
			p.ExternalID = c.ExternalID
		}
		p.Version++
		p.UpdatedAt = tx.Now()
		tx.Exec(`update network_people set external_id = nullif($2, ''), name = $3, version = $4, updated_at = $5 where user_id = $1`, id, orEmpty(p.ExternalID), p.Name, p.Version, p.UpdatedAt)
		audit.Record(tx, "directory.user_changed", id, nil)
		if c.Active != nil && *c.Active != p.Active {
			if err := f.setActive(tx, &p, *c.Active); err != nil {
				return err
			}
		}
		groups, err := f.groupsOf(tx, []ident.UserID{id}, roles)
		out = f.scimUser(p, groups[id])
		return err
	})
	return out, uniquely(err)
}

// rename is a name with what a change says of it: given is its first word, family the rest.
func (c UserChange) rename(name string) string {
	if c.Name != nil && *c.Name != "" {
		name = *c.Name
	}
	given, family, _ := strings.Cut(name, " ")
	if c.Given != nil {
		given = *c.Given
	}
	if c.Family != nil {
		family = *c.Family
	}
	if renamed := strings.TrimSpace(given + " " + family); renamed != "" {
		return renamed
	}
	return name
}

// RemoveScimUser disables a person and takes them out of the directory; what they did stays.
func (f *Federation) RemoveScimUser(ctx context.Context, scope tenancy.NetworkScope, id ident.UserID, ifMatch string) error {
	return f.provision(ctx, scope, func(tx *tenancy.Tx, _ []string) error {
		p, err := f.person(tx, id)
		if err == nil {
			err = matches(ifMatch, scimVersion(p.Version))
		}
		if err != nil {
			return err
		}
		tx.Exec(`update network_people set removed_at = $2, external_id = null, version = version + 1, updated_at = $2 where user_id = $1`, id, tx.Now())
		audit.Record(tx, "directory.user_removed", id, nil)
		if !p.Active {
			return nil
		}
		return f.setActive(tx, &p, false)
	})
}

// setActive disables a person in all agencies of the network and in the network itself, takes back what they were offered, and ends their
// sessions there; or takes up again what disabling has disabled, but for who acts for the network by now. Who has left is out, also where
// they were the last admin: the directory can put another one there.
func (f *Federation) setActive(tx *tenancy.Tx, p *scimPerson, active bool) error {
	var places []membership
	var acting []ident.UserID
	if err := tx.Load(tenancy.Many(&places, membershipColumns+"network_memberships($1, null) order by agency_id", p.UserID), actingFor(&acting, p.UserID)); err != nil {
		return err
	}
	for _, m := range places {
		if !active && len(m.Offered) > 0 {
			offer(tx, m, nil)
		}
	}
	places = slices.DeleteFunc(places, func(m membership) bool {
		return active && (m.Status != "disabled" || !slices.Contains(p.Paused, m.Member.UUID) || len(acting) > 0) || !active && m.Status == "disabled"
	})
	status, action := "disabled", "directory.user_disabled"
	if active {
		status, action = "active", "directory.user_enabled"
	}
	p.Active, p.Paused = active, []uuid.UUID{}
	for _, m := range places {
		tx.Exec("select network_set_member($1, null, $2)", m.Member, status)
		if !active && m.Status == "active" { // whoever had yet to come is asked anew
			p.Paused = append(p.Paused, m.Member.UUID)
		}
	}
	tx.Exec("update network_people set active = $2, paused = $3 where user_id = $1", p.UserID, active, p.Paused)
	audit.Record(tx, action, p.UserID, nil)
	if !active {
		tx.Exec("select network_end_sessions($1)", p.UserID)
	}
	if err := tx.Load(); err != nil {
		return err
	}
	for _, m := range places {
		m.Status, m.Offered = status, nil
		if err := tellAgency(tx, m, "member.changed_by_network"); err != nil {
			return err
		}
	}
	return nil
}

// tellAgency writes what a network's directory has done to a member into the agency's own trail. From here on the transaction is the
// agency's.
func tellAgency(tx *tenancy.Tx, m membership, event string) error {
	tx.Reach(m.Agency)
	detail := map[string]string{"roles": strings.Join(m.Roles, " "), "status": m.Status}
	if len(m.Offered) > 0 {
		detail["offered"] = strings.Join(m.Offered, " ")
	}
	audit.Record(tx, event, m.Member, detail)
	return outbox.Tell(tx, "members", m.Member, 0)
}

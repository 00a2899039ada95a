package tenants

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Member is a person's place in an agency.
type Member struct {
	ID            ident.MemberID `json:"id" db:"id"`
	UserID        ident.UserID   `json:"user_id" db:"user_id"`
	Name          string         `json:"name" db:"name"`
	Email         string         `json:"email" db:"email"`
	Roles         []string       `json:"roles" db:"roles"`
	Status        string         `json:"status" db:"status" enum:"active,invited,disabled"`
	LastSeenAt    *time.Time     `json:"last_seen_at" db:"last_seen_at"`
	DelegateID    ident.UserID   `json:"delegate_id" db:"delegate_id" doc:"The member who approves in their place until delegate_until; empty for nobody"`
	DelegateUntil calendar.Date  `json:"delegate_until" db:"delegate_until"`
	Version       int            `json:"version" db:"version"`
}

// Tag is the version answered as ETag.
func (m Member) Tag() int { return m.Version }

// MemberInput invites a person.
type MemberInput struct {
	Email  string   `json:"email" format:"email" maxLength:"254"`
	Name   string   `json:"name" minLength:"1" maxLength:"200"`
	Roles  []string `json:"roles" minItems:"1" maxItems:"10"`
	Locale string   `json:"locale,omitempty" enum:"it,en" required:"false" default:"it"`
}

// MemberPatch changes roles or status; nil stays as it is.
type MemberPatch struct {
	Roles  []string `json:"roles,omitempty" minItems:"1" maxItems:"10" required:"false"`
	Status *string  `json:"status,omitempty" enum:"active,disabled"`
}

const memberColumns = "id, user_id, name, email, roles, status, last_seen_at, delegate_id, delegate_until, version"

// Members lists an agency's people by name.
func (s *Service) Members(ctx context.Context, scope tenancy.Scope) ([]Member, error) {
	var out []Member
	err := s.db.Load(ctx, scope, tenancy.Many(&out, "select "+memberColumns+" from members order by name, id limit 1000"))
	return out, err
}

// Invite makes a person a member once they accept.
func (s *Service) Invite(ctx context.Context, scope tenancy.Scope, in MemberInput) (Member, error) {
	if err := s.known(in.Roles); err != nil {
		return Member{}, err
	}
	email := strings.ToLower(strings.TrimSpace(in.Email))
	if err := s.db.Load(ctx, scope); err != nil { // nobody without the permission makes users
		return Member{}, err
	}
	user, err := s.accounts.EnsureUser(ctx, email, in.Name, in.Locale)
	if err != nil {
		return Member{}, err
	}
	m := Member{ID: ident.NewMember(), UserID: user, Name: in.Name, Email: email, Roles: in.Roles, Status: "invited", Version: 1}
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		var agency string
		tx.Exec(`insert into members (tenant_id, id, user_id, name, email, roles, status) values ($1, $2, $3, $4, $5, $6, $7)`,
			scope.Tenant(), m.ID, m.UserID, m.Name, m.Email, m.Roles, m.Status)
		link := s.accounts.Invite(tx, user)
		if err := tx.Load(tenancy.Value(&agency, "select name from agencies")); err != nil {
			return err
		}
		audit.Record(tx, "member.invited", m.ID, map[string]string{"roles": strings.Join(m.Roles, " ")})
		if err := invitation(tx, in.Locale, m.Email, agency, link, m.ID); err != nil {
			return err
		}
		if err := outbox.Tell(tx, "members", m.ID, m.Version); err != nil {
			return err
		}
		return tx.Answer(m)
	})
	if tenancy.Violates(err, "members_user_key") {
		return Member{}, fault.Wrap(err, fault.Conflict, "member.exists", "This person is already a member; change their roles instead.")
	}
	return m, err
}

// ChangeMember changes roles or status; it holds from the member's next request on.
func (s *Service) ChangeMember(ctx context.Context, scope tenancy.Scope, id ident.MemberID, version int, p MemberPatch) (Member, error) {
	if err := s.known(p.Roles); err != nil {
		return Member{}, err
	}
	var m Member
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		var all []Member // few, and all of them locked: two admins cannot demote each other at once
		if err := tx.Load(tenancy.Many(&all, "select "+memberColumns+" from members order by id for update")); err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(m Member) bool { return m.ID == id })
		switch {
		case i < 0:
			return fault.Missing("member")
		case all[i].Version != version:
			return fault.New(fault.Stale, "version.stale", "This member was changed since you read it. Load it again.")
		}
		if p.Roles != nil {
			all[i].Roles = p.Roles
		}
		if p.Status != nil {
			all[i].Status = *p.Status
		}
		if !slices.ContainsFunc(all, func(m Member) bool { return m.Status == "active" && slices.Contains(m.Roles, "agency_admin") }) {
			return fault.New(fault.Conflict, "member.last_admin", "An agency keeps at least one active admin. Make somebody else admin first.")
		}
		all[i].Version++
		m = all[i]
		tx.Exec(`update members set roles = $2, status = $3, version = $4 where id = $1`, id, m.Roles, m.Status, m.Version)
		audit.Record(tx, "member.changed", id, map[string]string{"roles": strings.Join(m.Roles, " "), "status": m.Status})
		return outbox.Tell(tx, "members", id, m.Version)
	})
	return m, err
}

// known refuses roles the policy does not have.
func (s *Service) known(roles []string) error {
	for _, r := range roles {
		if !slices.Contains(s.roles, r) {
			return fault.Input("member.role", "/roles", "There is no such role. GET /api/v1/roles lists them.")
		}
	}
	return nil
}

// Arrived writes that a person has taken up an invitation, and tells whoever looks at the agency's people.
func (s *Service) Arrived(ctx context.Context, scope tenancy.Scope) error {
	return s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		user := scope.Actor().User()
		audit.Record(tx, "member.arrived", user, nil)
		return outbox.Tell(tx, "members", user, 0)
	})
}

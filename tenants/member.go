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
	Branch        string         `json:"branch" db:"branch" doc:"Code of the branch they work in; empty for none"`
	ByProvider    bool           `json:"by_provider" db:"by_provider" doc:"Came by the agency's identity provider and took up no invitation: nothing else opens the agency for them"`
	Version       int            `json:"version" db:"version"`
}

// Tag is the version answered as ETag.
func (m Member) Tag() int { return m.Version }

// MemberInput invites a person.
type MemberInput struct {
	Email  string   `json:"email" format:"email" maxLength:"254"`
	Name   string   `json:"name" minLength:"1" maxLength:"200"`
	Roles  []string `json:"roles" minItems:"1" maxItems:"10"`
	Branch string   `json:"branch,omitempty" maxLength:"40" pattern:"^([a-z0-9][a-z0-9_-]*)?$" required:"false"`
	Locale string   `json:"locale,omitempty" enum:"it,en" required:"false" default:"it"`
}

// MemberPatch changes roles, status or branch; nil stays as it is.
type MemberPatch struct {
	Roles  []string `json:"roles,omitempty" minItems:"1" maxItems:"10" required:"false"`
	Status *string  `json:"status,omitempty" enum:"active,disabled"`
	Branch *string  `json:"branch,omitempty" maxLength:"40" pattern:"^([a-z0-9][a-z0-9_-]*)?$"`
}

const memberColumns = "id, user_id, name, email, roles, status, last_seen_at, delegate_id, delegate_until, branch, by_provider, version"

// Members lists an agency's people by name.
func (s *Service) Members(ctx context.Context, scope tenancy.Scope) ([]Member, error) {
	var out []Member
	err := s.db.Load(ctx, scope, tenancy.Many(&out, "select "+memberColumns+" from members order by name, id limit 1000"))
	return out, err
}

// Invite makes a person a member once they accept.
func (s *Service) Invite(ctx context.Context, scope tenancy.Scope, in MemberInput) (Member, error) {
	email := strings.ToLower(strings.TrimSpace(in.Email))
	if err := s.db.Load(ctx, scope); err != nil { // nobody without the permission makes users
		return Member{}, err
	}
	user, err := s.accounts.EnsureUser(ctx, email, in.Name, in.Locale)
	if err != nil {
		return Member{}, err
	}
	m := Member{ID: ident.NewMember(), UserID: user, Name: in.Name, Email: email, Roles: in.Roles, Status: "invited", Branch: in.Branch, Version: 1}
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		var agency string
		if err := s.giving(tx, nil, in.Roles); err != nil {
			return err
		}
		tx.Exec(`insert into members (tenant_id, id, user_id, name, email, roles, status, branch) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
			scope.Tenant(), m.ID, m.UserID, m.Name, m.Email, m.Roles, m.Status, m.Branch)
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
	var m Member
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		g, err := s.govern(tx) // locks all members: two admins cannot demote each other at once
		if err != nil {
			return err
		}
		all := g.members
		i := slices.IndexFunc(all, func(m Member) bool { return m.ID == id })
		switch {
		case i < 0:
			return fault.Missing("member")
		case all[i].Version != version:
			return fault.New(fault.Stale, "version.stale", "This member was changed since you read it. Load it again.")
		}
		if err := g.give(all[i].Roles, p.Roles); err != nil {
			return err
		}
		if p.Roles != nil {
			all[i].Roles = p.Roles
		}
		if p.Branch != nil {
			all[i].Branch = *p.Branch
		}
		if p.Status != nil {
			all[i].Status = *p.Status
		}
		if err := g.kept(); err != nil {
			return err
		}
		all[i].Version++
		m = all[i]
		tx.Exec(`update members set roles = $2, status = $3, version = $4, branch = $5 where id = $1`, id, m.Roles, m.Status, m.Version, m.Branch)
		audit.Record(tx, "member.changed", id, map[string]string{"roles": strings.Join(m.Roles, " "), "status": m.Status})
		return outbox.Tell(tx, "members", id, m.Version)
	})
	return m, err
}

// giving locks the policy and checks that the actor may give roles to somebody who had those of before.
func (s *Service) giving(tx *tenancy.Tx, before, after []string) error {
	g, err := s.govern(tx)
	if err != nil {
		return err
	}
	return g.give(before, after)
}

// Arrived writes that a person has taken up an invitation, and tells whoever looks at the agency's people.
func (s *Service) Arrived(ctx context.Context, scope tenancy.Scope) error {
	return s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		user := scope.Actor().User()
		audit.Record(tx, "member.arrived", user, nil)
		return outbox.Tell(tx, "members", user, 0)
	})
}

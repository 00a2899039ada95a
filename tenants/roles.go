package tenants

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Role is one a member or key can have: the platform's, to which an agency may add rules, or the agency's own.
type Role struct {
	Key         string          `json:"key"`
	Title       workflow.Text   `json:"title"`
	Parent      string          `json:"parent" doc:"Of an own role: the role whose permissions it has besides its own rules; empty for what everybody may"`
	Own         bool            `json:"own" doc:"The agency's own, as opposed to the platform's"`
	Rules       []Rule          `json:"rules" doc:"The agency's rules for this role"`
	Permissions []access.Action `json:"permissions" doc:"What it may do in the end, for some files at least"`
	Version     int             `json:"version"`
}

// Tag is the version answered as ETag.
func (r Role) Tag() int { return r.Version }

// Rule allows or denies an action, always or for some files. A deny overrides every allow of whatever role.
type Rule struct {
	ID     string        `json:"id,omitempty" readOnly:"true"`
	Action access.Action `json:"action" maxLength:"100"`
	Effect string        `json:"effect" enum:"allow,deny"`
	When   *When         `json:"when,omitempty" doc:"Absent: for every file. Only for actions on files and what follows them"`
}

// When narrows a rule to the files for which all of it holds; with unless, to those for which it does not.
type When struct {
	Unless   bool   `json:"unless,omitempty" required:"false" doc:"Turns the condition around: deny unless own narrows a role to its own files"`
	Own      bool   `json:"own,omitempty" required:"false" doc:"Files the person keeps"`
	Branch   bool   `json:"branch,omitempty" required:"false" doc:"Files of the person's branch"`
	MinCents *int64 `json:"min_amount_cents,omitempty" minimum:"1" maximum:"100000000000" doc:"Files that ask for at least this"`
	MaxCents *int64 `json:"max_amount_cents,omitempty" minimum:"1" maximum:"100000000000" doc:"Files that ask for at most this"`
}

// RoleInput is what a role is to be. Title and parent are an own role's only.
type RoleInput struct {
	Title  workflow.Text `json:"title,omitzero" required:"false"`
	Parent string        `json:"parent,omitempty" maxLength:"40" required:"false"`
	Rules  []Rule        `json:"rules" maxItems:"200"`
}

// NewRole asks for an own role.
type NewRole struct {
	Key string `json:"key" pattern:"^[a-z][a-z0-9_]{1,39}$"`
	RoleInput
}

type roleKey string

func (k roleKey) String() string { return string(k) }

// Roles lists the platform's roles and then the agency's own. The platform's have no title here: it is the interface's to give.
func (s *Service) Roles(ctx context.Context, scope tenancy.Scope) (out []Role, err error) {
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		out, err = s.loadRoles(tx)
		return err
	})
	return out, err
}

func (s *Service) loadRoles(tx *tenancy.Tx) ([]Role, error) {
	var rows []Role
	var book access.Rulebook
	err := tx.Load(append(tx.Book(&book), tenancy.Scan("select key, title, parent, version from roles order by key", nil, func(r pgx.Rows) error {
		var role Role
		err := r.Scan(&role.Key, &role.Title, &role.Parent, &role.Version)
		rows = append(rows, role)
		return err
	}))...)
	if err != nil {
		return nil, err
	}
	out := make([]Role, 0, len(s.roles)+len(rows))
	for _, key := range s.roles {
		role := Role{Key: key, Version: 1}
		if i := slices.IndexFunc(rows, func(r Role) bool { return r.Key == key }); i >= 0 {
			role.Version = rows[i].Version
		}
		out = append(out, role)
	}
	for _, r := range rows {
		if !slices.Contains(s.roles, r.Key) {
			r.Own = true
			out = append(out, r)
		}
	}
	for i := range out {
		out[i].Permissions = tx.Table().Permissions([]string{out[i].Key})
		out[i].Rules = []Rule{}
		for _, r := range book.Rules {
			if r.Role == out[i].Key {
				out[i].Rules = append(out[i].Rules, ruleOf(r))
			}
		}
	}
	return out, nil
}

func ruleOf(r access.Rule) Rule {
	out := Rule{ID: r.Source, Action: r.Action, Effect: "deny"}
	if r.Allow {
		out.Effect = "allow"
	}
	if w := r.When; !w.None() {
		out.When = &When{Unless: w.Unless, Own: w.Own, Branch: w.Branch, MinCents: orAbsent(w.MinCents), MaxCents: orAbsent(w.MaxCents)}
	}
	return out
}

func orAbsent(cents int64) *int64 {
	if cents == 0 {
		return nil
	}
	return &cents
}

// of is the rule of a role, as it is decided by.
func (r Rule) of(role string) access.Rule {
	out := access.Rule{Source: r.ID, Role: role, Action: r.Action, Allow: r.Effect == "allow"}
	if w := r.When; w != nil {
		out.When = access.Condition{Unless: w.Unless, Own: w.Own, Branch: w.Branch}
		if w.MinCents != nil {
			out.When.MinCents = *w.MinCents
		}
		if w.MaxCents != nil {
			out.When.MaxCents = *w.MaxCents
		}
	}
	return out
}

// CreateRole makes an own role.
func (s *Service) CreateRole(ctx context.Context, scope tenancy.Scope, in NewRole) (out Role, err error) {
	if slices.Contains(s.roles, in.Key) {
		return out, fault.New(fault.Conflict, "role.exists", "The platform has a role of this name. Change its rules instead.")
	}
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		out, err = s.saveRole(tx, in.Key, 0, in.RoleInput)
		if err != nil {
			return err
		}
		return tx.Answer(out)
	})
	return out, err
}

// SetRole replaces what a role is: of an own one everything but its key, of the platform's the rules the agency adds.
func (s *Service) SetRole(ctx context.Context, scope tenancy.Scope, key string, version int, in RoleInput) (out Role, err error) {
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		out, err = s.saveRole(tx, key, version, in)
		return err
	})
	return out, err
}

// DropRole removes an own role that nobody holds, or the rules an agency added to one of the platform's.
func (s *Service) DropRole(ctx context.Context, scope tenancy.Scope, key string, version int) error {
	return s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		g, err := s.govern(tx)
		if err != nil {
			return err
		}
		if err := g.is(key, version); err != nil {
			return err
		}
		if used := g.users(key); used != "" && !slices.Contains(s.roles, key) {
			return fault.New(fault.Conflict, "role.in_use", "This role is still "+used+". Take it away there first.")
		}
		if err := g.replace(key, nil, nil); err != nil {
			return err
		}
		tx.Exec("delete from policy_rules where role = $1", key)
		tx.Exec("delete from roles where key = $1", key)
		audit.Record(tx, "role.deleted", roleKey(key), nil)
		return outbox.Tell(tx, "roles", roleKey(key), version+1)
	})
}

// saveRole writes a role with its rules; version 0: it must be new.
func (s *Service) saveRole(tx *tenancy.Tx, key string, version int, in RoleInput) (Role, error) {
	platforms := slices.Contains(s.roles, key)
	g, err := s.govern(tx)
	if err != nil {
		return Role{}, err
	}
	if err := g.is(key, version); err != nil {
		return Role{}, err
	}
	if fields := in.wrong(g, key, platforms); len(fields) > 0 {
		return Role{}, &fault.Error{Kind: fault.Invalid, Code: "role.invalid", Message: "Some of this does not fit; see errors. Nothing was changed.", Fields: fields}
	}
	made := &access.Role{Key: key, Parent: in.Parent}
	if platforms {
		made = nil
	}
	if err := g.replace(key, made, in.Rules); err != nil {
		return Role{}, err
	}
	tx.Exec(`insert into roles (tenant_id, key, title, parent, version, created_at) values ($1, $2, $3, $4, $5, $6)
		on conflict on constraint roles_pkey do update set title = excluded.title, parent = excluded.parent, version = excluded.version`,
		tx.Scope().Tenant(), key, in.Title, in.Parent, version+1, tx.Now())
	writeRules(tx, key, in.Rules)
	audit.Record(tx, "role.changed", roleKey(key), map[string]string{"parent": in.Parent, "rules": in.summary()})
	if err := outbox.Tell(tx, "roles", roleKey(key), version+1); err != nil {
		return Role{}, err
	}
	all, err := s.loadRoles(tx)
	if err != nil {
		return Role{}, err
	}
	out := all[slices.IndexFunc(all, func(r Role) bool { return r.Key == key })]
	out.Permissions = g.after.Permissions([]string{key})
	return out, nil
}

// summary is what the trail keeps of rules: actions and conditions, which are nobody's data.
func (in RoleInput) summary() string {
	var out []string
	for _, r := range in.Rules {
		line := r.Effect + " " + string(r.Action)
		if r.When != nil {
			line += " for " + r.of("").When.String()
		}
		out = append(out, line)
	}
	return strings.Join(out, "; ")
}

func writeRules(tx *tenancy.Tx, role string, rules []Rule) {
	tx.Exec("delete from policy_rules where role = $1", role)
	rows := make([]map[string]any, 0, len(rules))
	for _, r := range rules {
		w := r.of(role).When
		rows = append(rows, map[string]any{"action": r.Action, "effect": r.Effect, "unless": w.Unless, "own": w.Own, "branch": w.Branch, "least": orAbsent(w.MinCents), "most": orAbsent(w.MaxCents)})
	}
	tx.Exec(`insert into policy_rules (tenant_id, id, role, action, effect, unless, own, branch, min_amount_cents, max_amount_cents, created_at)
		select $1, gen_random_uuid(), $2, r.action, r.effect, r.unless, r.own, r.branch, r.least, r.most, $4
		from jsonb_to_recordset($3) as r (action text, effect text, unless boolean, own boolean, branch boolean, least bigint, most bigint)`,
		tx.Scope().Tenant(), role, rows, tx.Now().Truncate(time.Microsecond))
}

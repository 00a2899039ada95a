package tenants

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Who keeps a policy may change it: an agency always has somebody who holds all of these, for whatever file.
var keeping = []access.Action{"roles.write", "members.write"}

// appoint lets its holder give the platform's roles, also those that may what the holder may not.
const appoint access.Action = "members.appoint"

// governed is an agency's policy under lock, before and after a change.
//
// Nobody grants more than they hold: an allow must be one that its author holds at least as widely, and so must everything in a role
// that somebody gives to a member, a key or an own role as parent. What the platform's roles may is the platform's to say; whoever
// holds members.appoint may pass that on.
type governed struct {
	tx        *tenancy.Tx
	platforms []string // the platform's roles
	book      access.Rulebook
	versions  map[string]int
	members   []Member
	keys      [][]string // the roles of keys in use
	now       *access.Table
	after     *access.Table
}

// govern locks the agency's members and with them its policy: of two changes that only together would lock everybody out, one waits.
func (s *Service) govern(tx *tenancy.Tx) (*governed, error) {
	g := &governed{tx: tx, platforms: s.roles, versions: map[string]int{}}
	err := tx.Load(tenancy.Many(&g.members, "select "+memberColumns+" from members order by id for update"))
	if err != nil {
		return nil, err
	}
	loads := append(tx.Book(&g.book), // after the lock: what the last change left
		tenancy.Scan("select key, version from roles", nil, func(rows pgx.Rows) error {
			var key string
			var version int
			err := rows.Scan(&key, &version)
			g.versions[key] = version
			return err
		}),
		tenancy.Scan("select roles from api_keys where revoked_at is null and expires_at > now()", nil, func(rows pgx.Rows) error {
			var roles []string
			err := rows.Scan(&roles)
			g.keys = append(g.keys, roles)
			return err
		}))
	if err := tx.Load(loads...); err != nil {
		return nil, err
	}
	if tx.Narrowed() { // its roles say more than it may, so they are no measure of what it holds
		return nil, fault.New(fault.Forbidden, "role.beyond", "This key or token is narrowed to some actions: it gives nobody roles. Use one that is not.")
	}
	g.now, err = tx.Try(g.book)
	g.after = g.now
	return g, err
}

// is checks that the caller saw the role as it is; version 0: that there is none.
func (g *governed) is(key string, version int) error {
	current, there := g.versions[key]
	if slices.Contains(g.platforms, key) {
		there, current = true, max(current, 1)
	}
	switch {
	case version == 0 && there:
		return fault.New(fault.Conflict, "role.exists", "There is already a role of this name.")
	case version != 0 && !there:
		return fault.Missing("role")
	case current != version:
		return fault.New(fault.Stale, "version.stale", "The role was changed since you read it. Load it again.")
	}
	return nil
}

// exists reports whether a role can be given.
func (g *governed) exists(role string) bool {
	return slices.Contains(g.platforms, role) || slices.ContainsFunc(g.book.Roles, func(r access.Role) bool { return r.Key == role })
}

// users says who holds a role or builds on it; "" for nobody.
func (g *governed) users(key string) string {
	holds := func(roles []string) bool { return slices.Contains(roles, key) }
	switch {
	case slices.ContainsFunc(g.members, func(m Member) bool { return holds(m.Roles) }):
		return "a member's"
	case slices.ContainsFunc(g.keys, holds):
		return "a key's"
	case slices.ContainsFunc(g.book.Roles, func(r access.Role) bool { return r.Parent == key }):
		return "the parent of another role"
	}
	return ""
}

// replace puts a role's new definition (nil: none of its own) and rules in the rulebook, and holds the change against what its author
// may and what an agency needs.
func (g *governed) replace(key string, made *access.Role, rules []Rule) error {
	mine := g.tx.Given()
	var missing []lack
	var was string // the parent until now
	next := access.Rulebook{Bounds: g.book.Bounds}
	for _, r := range g.book.Roles {
		if r.Key != key {
			next.Roles = append(next.Roles, r)
		} else {
			was = r.Parent
		}
	}
	for _, r := range g.book.Rules {
		if r.Role != key {
			next.Rules = append(next.Rules, r)
		}
	}
	without, err := g.tx.Try(access.Rulebook{Roles: g.book.Roles, Rules: slices.Clone(next.Rules), Bounds: g.book.Bounds})
	if err != nil {
		return err
	}
	kept := func(r access.Rule, among []Rule) bool {
		return slices.ContainsFunc(among, func(x Rule) bool {
			y := x.of(key)
			return y.Action == r.Action && y.Allow == r.Allow && y.When == r.When
		})
	}
	for _, r := range g.book.Rules { // taking a denial away gives: to be judged as if it were gone, or nobody could undo what binds all
		if r.Role == key && !r.Allow && !kept(r, rules) && !without.Grant(mine, r.Action).Always() {
			missing = append(missing, lack{"/rules", r.Action})
		}
	}
	for i, r := range rules {
		rule := r.of(key)
		next.Rules = append(next.Rules, rule)
		if rule.Allow && !g.now.Grant(mine, rule.Action).Covers(rule.When) {
			missing = append(missing, lack{fmt.Sprintf("/rules/%d/action", i), rule.Action})
		}
	}
	if made != nil {
		next.Roles = append(next.Roles, *made)
		if made.Parent != was {
			missing = append(missing, lacks("/parent", g.beyond(made.Parent))...)
		}
	}
	if err := refuseBeyond(missing); err != nil {
		return err
	}
	if g.after, err = g.tx.Try(next); err != nil {
		return err
	}
	return g.kept()
}

// beyond lists what a role may that the actor does not hold themselves and may not pass on.
func (g *governed) beyond(role string) (missing []access.Action) {
	mine := g.tx.Given()
	appoints := g.now.Grant(mine, appoint).Always()
	for _, up := range g.now.Up(role) {
		if up == access.Everybody || appoints && !g.now.Own(up) {
			continue
		}
		for _, r := range g.now.Direct(up) {
			if r.Allow && !g.now.Grant(mine, r.Action).Covers(r.When) {
				missing = append(missing, r.Action)
			}
		}
	}
	return missing
}

// give checks that the actor may give the roles in after (nil: no change) to somebody who had those of before. Taking a role away that
// denies something gives too.
func (g *governed) give(before, after []string) error {
	var missing []lack
	for _, r := range after {
		switch {
		case slices.Contains(before, r):
		case !g.exists(r):
			return fault.Input("member.role", "/roles", "There is no such role. GET /api/v1/roles lists them.")
		default:
			missing = append(missing, lacks("/roles", g.beyond(r))...)
		}
	}
	if after != nil {
		for _, r := range before {
			if !slices.Contains(after, r) {
				missing = append(missing, lacks("/roles", g.unbound(r))...)
			}
		}
	}
	return refuseBeyond(missing)
}

// unbound lists what somebody might do again who is freed of a role's denials, and the actor may not.
func (g *governed) unbound(role string) (missing []access.Action) {
	for _, up := range g.now.Up(role) {
		for _, r := range g.now.Direct(up) {
			if !r.Allow && up != access.Everybody && !g.now.Grant(g.tx.Given(), r.Action).Always() {
				missing = append(missing, r.Action)
			}
		}
	}
	return missing
}

// lack is an action that somebody would grant and does not hold, with the field that grants it.
type lack struct {
	at     string
	action access.Action
}

func lacks(at string, actions []access.Action) (out []lack) {
	for _, a := range actions {
		out = append(out, lack{at, a})
	}
	return out
}

func refuseBeyond(missing []lack) error {
	if len(missing) == 0 {
		return nil
	}
	var names []string
	var fields []fault.Field
	for _, m := range missing {
		names = append(names, string(m.action))
		if !slices.ContainsFunc(fields, func(f fault.Field) bool { return f.Pointer == m.at }) {
			fields = append(fields, fault.Field{Pointer: m.at, Message: "This grants more than you hold."})
		}
	}
	slices.Sort(names)
	return &fault.Error{Kind: fault.Forbidden, Code: "role.beyond", Fields: fields,
		Message: "Nobody grants more than they hold, and you do not hold, or only for some files: " + strings.Join(slices.Compact(names), ", ") + ". Ask somebody who does."}
}

// kept checks that after the change somebody can still undo it.
func (g *governed) kept() error {
	keeps := func(m Member) bool {
		return m.Status == "active" && !slices.ContainsFunc(keeping, func(a access.Action) bool { return !g.after.Grant(m.Roles, a).Always() })
	}
	if slices.ContainsFunc(g.members, keeps) {
		return nil
	}
	return fault.New(fault.Conflict, "member.last_admin", "An agency keeps at least one active admin: somebody who holds roles.write and members.write. Make somebody else admin first.")
}

// wrong says for each part of a role that does not fit why.
func (in *RoleInput) wrong(g *governed, key string, platforms bool) (fields []fault.Field) {
	say := func(pointer, sentence string) {
		fields = append(fields, fault.Field{Pointer: pointer, Message: sentence})
	}
	in.Title = workflow.Text{EN: strings.TrimSpace(in.Title.EN), IT: strings.TrimSpace(in.Title.IT)}
	in.Title = in.Title.Or(workflow.Text{})
	switch {
	case platforms && (in.Parent != "" || in.Title != workflow.Text{}):
		say("/parent", "The platform's roles have the title and parent the platform gave them. Send rules only.")
	case !platforms && (in.Title.EN == "" || len(in.Title.EN) > maxTitle || len(in.Title.IT) > maxTitle):
		say("/title", fmt.Sprintf("Give the role a name of at most %d characters.", maxTitle))
	case in.Parent != "" && !g.exists(in.Parent):
		say("/parent", "There is no such role. GET /api/v1/roles lists them.")
	case in.Parent != "" && g.leads(in.Parent, key):
		say("/parent", "This role already inherits from the one you are changing. Choose another parent.")
	}
	seen := map[access.Rule]bool{}
	for n, r := range in.Rules {
		at := fmt.Sprintf("/rules/%d", n)
		rule := r.of(key)
		rule.Source = ""
		i := slices.IndexFunc(g.book.Bounds, func(b access.Bound) bool { return b.Action == r.Action })
		switch {
		case !slices.Contains(g.now.Actions(), r.Action):
			say(at+"/action", "There is no such action. GET /api/v1/roles shows those there are, as permissions.")
		case seen[rule]:
			say(at, "This rule is in the list already. Keep it once.")
		case i >= 0 && g.book.Bounds[i].Kind == access.Reserved:
			say(at+"/action", "Your network reserves this action: its agencies make no rules about it.")
		case i >= 0 && rule.Allow:
			say(at+"/action", "Your network forbids this action in its agencies.")
		case !rule.When.None() && !r.Action.Filed():
			say(at+"/when", "Only actions on files and on what follows them can have conditions.")
		case r.When != nil && rule.When == access.Condition{Unless: rule.When.Unless}:
			say(at+"/when", "Name a condition, or leave it out for every file.")
		case rule.When.MaxCents > 0 && rule.When.MinCents > rule.When.MaxCents:
			say(at+"/when/max_amount_cents", "The ceiling is below the floor.")
		}
		seen[rule] = true
	}
	return fields
}

// leads reports whether a role inherits from another, or is it.
func (g *governed) leads(from, to string) bool {
	return from == to || slices.Contains(g.now.Up(from), to)
}

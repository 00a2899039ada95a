package access

import (
	"slices"
	"sort"
	"strings"
)

// Table answers who may do what in one domain, for one policy version. It stands on the platform's own table, which all
// domains share, so that it holds no more than what an agency changed.
type Table struct {
	base  *Table
	up    map[string][]string // a role with all it inherits from, itself first
	rules []Rule              // by action
}

// NewTable puts a table together. up names each new role with all it inherits from, itself first; base is nil for the platform's.
func NewTable(base *Table, up map[string][]string, rules []Rule) *Table {
	rules = slices.Clone(rules)
	slices.SortStableFunc(rules, func(a, b Rule) int { return strings.Compare(string(a.Action), string(b.Action)) })
	return &Table{base, up, rules}
}

// Up lists a role with all it inherits from, itself first.
func (t *Table) Up(role string) []string {
	for ; t != nil; t = t.base {
		if up, known := t.up[role]; known {
			return up
		}
	}
	return nil // a role that nobody made may nothing
}

// has reports whether one of the roles is, or inherits from, role.
func (t *Table) has(roles []string, role string) bool {
	for _, r := range roles {
		if slices.Contains(t.Up(r), role) {
			return true
		}
	}
	return false
}

// each calls do with every rule over the action that one of the roles falls under.
func (t *Table) each(roles []string, action Action, do func(*Rule)) {
	for own := t; own != nil; own = own.base {
		from := sort.Search(len(own.rules), func(i int) bool { return own.rules[i].Action >= action })
		for i := from; i < len(own.rules) && own.rules[i].Action == action; i++ {
			if t.has(roles, own.rules[i].Role) {
				do(&own.rules[i])
			}
		}
	}
}

// Grant is what roles may of an action: always, never, or for some files.
type Grant struct {
	allowed        bool // an allow without condition
	denied         bool // a deny without condition
	allows, denies []Condition
}

// Grant gathers what the rules say. Deny overrides.
func (t *Table) Grant(roles []string, action Action) (g Grant) {
	t.each(roles, action, func(r *Rule) {
		switch {
		case r.Allow && r.When.None():
			g.allowed = true
		case r.Allow:
			g.allows = append(g.allows, r.When)
		case r.When.None():
			g.denied = true
		default:
			g.denies = append(g.denies, r.When)
		}
	})
	return g
}

// Always: for every file.
func (g Grant) Always() bool { return g.allowed && !g.denied && len(g.denies) == 0 }

// Never: for no file.
func (g Grant) Never() bool { return g.denied || !g.allowed && len(g.allows) == 0 }

// For decides about one file.
func (g Grant) For(f File, p Person) bool {
	holds := func(c Condition) bool { return c.Holds(f, p) }
	return !g.Never() && !slices.ContainsFunc(g.denies, holds) && (g.allowed || slices.ContainsFunc(g.allows, holds))
}

// Covers reports whether whoever holds g may pass on an allow under the condition.
func (g Grant) Covers(c Condition) bool {
	return !g.Never() && len(g.denies) == 0 && (g.allowed || slices.ContainsFunc(g.allows, c.Within))
}

// Limits says in words for which files the action is allowed.
func (g Grant) Limits() string {
	var limits []string
	for _, c := range g.allows {
		limits = append(limits, c.String())
	}
	say := "every file"
	if !g.allowed {
		say = "only " + strings.Join(limits, ", or ")
	}
	for _, c := range g.denies {
		if c.Unless { // "never all but X" is said as it is meant
			c.Unless = false
			say += ", only " + c.String()
			continue
		}
		say += ", never " + c.String()
	}
	return strings.TrimPrefix(say, "every file, ")
}

// Conditional reports whether the answer may depend on the file, for any role and action.
func (t *Table) Conditional() bool {
	return t != nil && (slices.ContainsFunc(t.rules, func(r Rule) bool { return !r.When.None() || !r.Allow && r.Action == Looking }) || t.base.Conditional())
}

// Acting gives the roles an actor with these acts as, for templates that name roles: theirs, and those an agency's own roles
// stand for. Roles that only gather others (any, staff) are nobody's.
func (t *Table) Acting(roles []string) []string {
	out := slices.Clone(roles)
	for _, r := range roles {
		for _, up := range t.Up(r) {
			if up != Everybody && up != "staff" && !slices.Contains(out, up) {
				out = append(out, up)
			}
		}
	}
	return out
}

// ActingAs lists the roles whose holders act as a role: itself, and the agency's own that inherit from it.
func (t *Table) ActingAs(role string) []string {
	out := []string{role}
	for own := t; own != nil; own = own.base {
		for key, up := range own.up {
			if key != role && slices.Contains(up, role) {
				out = append(out, key)
			}
		}
	}
	slices.Sort(out)
	return out
}

// Own reports whether a role is the domain's own, not the platform's.
func (t *Table) Own(role string) bool {
	_, own := t.up[role]
	return own && t.base != nil
}

// Direct lists the rules that name a role, the platform's among them.
func (t *Table) Direct(role string) (out []Rule) {
	for own := t; own != nil; own = own.base {
		for _, r := range own.rules {
			if r.Role == role {
				out = append(out, r)
			}
		}
	}
	return out
}

// Matching lists the rules over an action that roles fall under, the domain's own first.
func (t *Table) Matching(roles []string, action Action) (out []Rule) {
	t.each(roles, action, func(r *Rule) { out = append(out, *r) })
	return out
}

// Actions lists every action that the platform's rules name, sorted.
func (t *Table) Actions() (out []Action) {
	for t.base != nil {
		t = t.base
	}
	for _, r := range t.rules {
		out = append(out, r.Action)
	}
	return slices.Compact(out)
}

// Permissions lists what roles may do, for some files at least, sorted.
func (t *Table) Permissions(roles []string) []Action {
	return slices.DeleteFunc(t.Actions(), func(a Action) bool { return t.Grant(roles, a).Never() })
}

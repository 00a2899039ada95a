package access

import (
	"cmp"
	"slices"
	"strings"
)

// Table answers who may do what in one domain, for one policy version. It stands on the platform's own table, which all
// domains share, so that it holds no more than what an agency changed. Ten thousand of them are in memory at once: a decision
// touches as little of one as can be.
type Table struct {
	base    *Table
	numbers map[Action]int // of the platform's actions; shared
	up      []lineage      // of the roles that are new here
	rules   []Rule         // by the number of their action; those over actions the platform does not know come last
	from    []uint16       // where the rules over each action begin

	conditional bool
}

// lineage is a role with all it inherits from, itself first.
type lineage struct {
	role string
	up   []string
}

// NewTable puts a table together. up names each new role with all it inherits from, itself first; base is nil for the platform's.
func NewTable(base *Table, up map[string][]string, rules []Rule) *Table {
	t := &Table{base: base, rules: slices.Clone(rules), conditional: base != nil && base.conditional}
	if base != nil {
		t.numbers = base.numbers
	} else {
		t.numbers = numbered(rules)
	}
	same := map[string]string{} // one copy of each name: less memory, and comparing them touches none
	for r := base; r != nil; r = r.base {
		for _, l := range r.up {
			same[l.role] = l.role
		}
	}
	one := func(name string) string {
		if _, known := same[name]; !known {
			same[name] = name
		}
		return same[name]
	}
	for role, line := range up {
		line = slices.Clone(line)
		for i := range line {
			line[i] = one(line[i])
		}
		t.up = append(t.up, lineage{one(role), line})
	}
	slices.SortFunc(t.up, func(a, b lineage) int { return strings.Compare(a.role, b.role) })
	slices.SortStableFunc(t.rules, func(a, b Rule) int { return cmp.Compare(t.number(a.Action), t.number(b.Action)) })
	t.from = make([]uint16, len(t.numbers)+1)
	for i := range t.rules {
		r := &t.rules[i]
		r.Role = one(r.Role)
		t.conditional = t.conditional || !r.When.None() || !r.Allow && r.Action == Looking
		for n := t.number(r.Action) + 1; n < len(t.from); n++ {
			t.from[n]++
		}
	}
	return t
}

func numbered(rules []Rule) map[Action]int {
	var all []Action
	for _, r := range rules {
		all = append(all, r.Action)
	}
	slices.Sort(all)
	numbers := map[Action]int{}
	for i, a := range slices.Compact(all) {
		numbers[a] = i
	}
	return numbers
}

// number is the action's; one beyond the last for an action the platform does not know.
func (t *Table) number(a Action) int {
	if n, known := t.numbers[a]; known {
		return n
	}
	return len(t.numbers)
}

// Up lists a role with all it inherits from, itself first.
func (t *Table) Up(role string) []string {
	for ; t != nil; t = t.base {
		for i := range t.up {
			if t.up[i].role == role {
				return t.up[i].up
			}
		}
	}
	return nil // a role that nobody made may nothing
}

// each calls do with every rule over the action that one of the roles falls under.
func (t *Table) each(roles []string, action Action, do func(*Rule)) {
	var some [4][]string
	lines := some[:0]
	for _, r := range roles {
		lines = append(lines, t.Up(r))
	}
	n := t.number(action)
	for own := t; own != nil; own = own.base {
		rules := own.rules[own.from[n]:]
		if n < len(t.numbers) {
			rules = own.rules[own.from[n]:own.from[n+1]]
		}
		for i := range rules {
			r := &rules[i]
			if n == len(t.numbers) && r.Action != action {
				continue
			}
			for _, up := range lines {
				if slices.Contains(up, r.Role) {
					do(r)
					break
				}
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

// Conditional reports whether what somebody sees or may do can depend on the file, for any role and action.
func (t *Table) Conditional() bool { return t.conditional }

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
		for _, l := range own.up {
			if l.role != role && slices.Contains(l.up, role) {
				out = append(out, l.role)
			}
		}
	}
	slices.Sort(out)
	return out
}

// Own reports whether a role is the domain's own, not the platform's.
func (t *Table) Own(role string) bool {
	return t.base != nil && slices.ContainsFunc(t.up, func(l lineage) bool { return l.role == role })
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
	for a := range t.numbers {
		out = append(out, a)
	}
	slices.Sort(out)
	return out
}

// Permissions lists what roles may do, for some files at least, sorted.
func (t *Table) Permissions(roles []string) []Action {
	return slices.DeleteFunc(t.Actions(), func(a Action) bool { return t.Grant(roles, a).Never() })
}

package policies

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pratica-crm/pratica/core/access"
)

// base is the platform's own policy, as read from the files.
type base struct {
	model string
	rules []access.Rule // p lines
	heirs [][2]string   // g lines: role, parent
	up    map[string][]string
	roles []string
	acts  []access.Action
	proof []access.Action // s lines: actions that need a recent proof of the person
	free  []string        // u lines: actions (or noun.*) that no network bounds
	bound []access.Action // what a network may bound, sorted
}

func read() (*base, error) {
	b := &base{}
	conf, err := files.ReadFile("model.conf")
	if err != nil {
		return nil, err
	}
	b.model = string(conf)
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".csv") {
			continue
		}
		text, err := files.ReadFile(e.Name())
		if err != nil {
			return nil, err
		}
		if err := b.add("policies/"+e.Name(), string(text)); err != nil {
			return nil, err
		}
	}
	return b, b.settle()
}

// settle sorts what was read, once all of it is.
func (b *base) settle() error {
	slices.Sort(b.roles)
	b.roles = slices.Compact(b.roles)
	slices.Sort(b.acts)
	b.acts = slices.Compact(b.acts)
	for _, a := range b.proof {
		if !slices.Contains(b.acts, a) { // a name nobody uses would protect nothing
			return fmt.Errorf("policies/step_up.csv: there is no action %s", a)
		}
	}
	for _, u := range b.free {
		if !slices.ContainsFunc(b.acts, func(a access.Action) bool { return among(u, a) }) {
			return fmt.Errorf("policies/unbound.csv: there is no action %s", u)
		}
	}
	return nil
}

// among reports whether a line of unbound.csv is about an action.
func among(line string, a access.Action) bool {
	return line == string(a) || line == a.Noun()+".*"
}

func (b *base) add(name, text string) error {
	for i, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		f := strings.Split(line, ", ")
		switch {
		case len(f) == 3 && f[0] == "p":
			b.rules = append(b.rules, access.Rule{Source: fmt.Sprintf("%s:%d", name, i+1), Role: f[1], Action: access.Action(f[2]), Allow: true})
			b.roles = append(b.roles, f[1])
			b.acts = append(b.acts, access.Action(f[2]))
		case len(f) == 2 && f[0] == "s":
			b.proof = append(b.proof, access.Action(f[1]))
		case len(f) == 2 && f[0] == "u":
			b.free = append(b.free, f[1])
		case len(f) == 3 && f[0] == "g":
			b.heirs = append(b.heirs, [2]string{f[1], f[2]})
			b.roles = append(b.roles, f[1], f[2])
		default:
			return fmt.Errorf("%s:%d: want `p, role, action`, `g, role, parent`, `s, action` or `u, action`", name, i+1)
		}
	}
	return nil
}

// table is the platform's own, on which every domain's stands.
func (b *base) table() (*access.Table, error) {
	var err error
	if b.up, err = b.hierarchy(nil, b.roles); err != nil {
		return nil, err
	}
	b.bound = b.boundable()
	return access.NewTable(nil, b.up, b.rules), nil
}

// boundable lists what a network may reserve or forbid: what the platform lets an agency's people do, less unbound.csv.
func (b *base) boundable() []access.Action {
	return slices.DeleteFunc(slices.Clone(b.acts), func(a access.Action) bool {
		theirs := slices.ContainsFunc(b.rules, func(r access.Rule) bool { return r.Action == a && b.members(r.Role) })
		return !theirs || slices.ContainsFunc(b.free, func(line string) bool { return among(line, a) })
	})
}

// members reports whether a role is one of members, as opposed to the platform's itself and the networks'.
func (b *base) members(role string) bool { return slices.Contains(b.up[role], access.Everybody) }

// over is the table of a domain: the platform's, and on it what the rulebook adds.
func (b *base) over(plain *access.Table, book access.Rulebook) (*access.Table, error) {
	heirs, own := b.own(book)
	up, err := b.hierarchy(heirs, own)
	if err != nil {
		return nil, err
	}
	return access.NewTable(plain, up, b.lawful(book)), nil
}

// own lists an agency's roles, each with its parent. Those that only rules name are roles too. Every one of them is a member's: it
// inherits from everybody, whatever else, so that what a network forbids reaches it.
func (b *base) own(book access.Rulebook) (heirs [][2]string, own []string) {
	parents := map[string]string{}
	for _, r := range book.Rules {
		parents[r.Role] = ""
	}
	for _, r := range book.Roles {
		parents[r.Key] = r.Parent
	}
	for key, parent := range parents {
		if slices.Contains(b.roles, key) {
			continue // the platform's roles are as the platform made them
		}
		own = append(own, key)
		heirs = append(heirs, [2]string{key, access.Everybody})
		_, made := parents[parent]
		if b.members(parent) || made && !slices.Contains(b.roles, parent) {
			heirs = append(heirs, [2]string{key, parent})
		}
	}
	return heirs, own
}

// lawful are the rules that count: an agency's less those over what its network reserves or that allow what nobody gives, and what the
// network forbids.
// Nobody rules over the platform's own roles.
func (b *base) lawful(book access.Rulebook) (rules []access.Rule) {
	kept := map[access.Action]bool{}
	for _, bound := range book.Bounds {
		switch bound.Kind {
		case access.Reserved:
			kept[bound.Action] = true
		case access.Forbidden:
			rules = append(rules, access.Rule{Source: access.Network, Role: access.Everybody, Action: bound.Action})
		}
	}
	for _, r := range book.Rules {
		if !kept[r.Action] && !(r.Allow && reserved[r.Action]) && (b.members(r.Role) || !slices.Contains(b.roles, r.Role)) {
			rules = append(rules, r)
		}
	}
	return rules
}

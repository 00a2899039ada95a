package policies

import (
	"fmt"
	"slices"

	"github.com/pratica-crm/pratica/core/access"
)

// table holds casbin's answers for every role and action.
type table struct {
	allow map[access.Action][]string // roles casbin says yes to
	deny  map[access.Action][]string // roles an explicit rule says no to
}

// allows: some role says yes and none is denied.
func (t *table) allows(roles []string, action access.Action) bool {
	yes := false
	for _, r := range roles {
		if slices.Contains(t.deny[action], r) {
			return false
		}
		yes = yes || slices.Contains(t.allow[action], r)
	}
	return yes
}

// compile asks casbin about every role and action once.
func (b *base) compile(own []access.Rule) (*table, error) {
	e, err := b.enforcer(own)
	if err != nil {
		return nil, err
	}
	roles := slices.Clone(b.roles)
	for _, r := range own {
		roles = append(roles, r.Role)
	}
	slices.Sort(roles)
	roles = slices.Compact(roles)
	t := &table{allow: map[access.Action][]string{}, deny: map[access.Action][]string{}}
	for _, action := range b.acts {
		for _, role := range roles {
			ok, rule, err := e.EnforceEx(role, domain, string(action))
			if err != nil {
				return nil, fmt.Errorf("casbin: %w", err)
			}
			switch {
			case ok:
				t.allow[action] = append(t.allow[action], role)
			case len(rule) == 4 && rule[3] == "deny":
				t.deny[action] = append(t.deny[action], role)
			}
		}
	}
	return t, nil
}

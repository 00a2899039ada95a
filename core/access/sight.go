package access

import "strings"

// Sight is a set of files as the database filters by it: Everything, or a jsonpath over {"owner", "branch", "amount"}.
// Row security reads it from the setting app.sight; where that is unset, nothing is seen.
type Sight string

const (
	Everything Sight = "all"
	Nothing    Sight = "$ ? (1 == 0)"
)

// Sight is the set of files for which every one of the grants holds.
func (p Person) Sight(grants ...Grant) Sight {
	var and []string
	for _, g := range grants {
		switch {
		case g.Never():
			return Nothing
		case !g.Always():
			and = append(and, g.path(p))
		}
	}
	if len(and) == 0 {
		return Everything
	}
	return Sight("$ ? (" + strings.Join(and, " && ") + ")")
}

func (g Grant) path(p Person) string {
	allow := "1 == 1"
	if !g.allowed {
		allow = anyOf(g.allows, p)
	}
	if len(g.denies) == 0 {
		return "(" + allow + ")"
	}
	return "(" + allow + ") && !(" + anyOf(g.denies, p) + ")"
}

func anyOf(list []Condition, p Person) string {
	var or []string
	for _, c := range list {
		or = append(or, "("+c.path(p)+")")
	}
	return strings.Join(or, " || ")
}

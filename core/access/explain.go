package access

import "slices"

// Ruling is a rule that somebody falls under, held against a file.
type Ruling struct {
	Rule
	Path  []string // from the role they were given to the rule's
	Parts []Part   // of its condition; nil without a file or condition
	Holds bool
}

// Rulings lists the rules over an action that roles fall under, and the one that decides: the first deny that holds, else the first
// allow that holds; -1 when none does. Without a file (nil) a condition counts as holding: it may, for some.
func (t *Table) Rulings(roles []string, action Action, f *File, p Person) (all []Ruling, decides int) {
	t.each(roles, action, func(r *Rule) {
		x := Ruling{Rule: *r, Path: t.path(roles, r.Role), Holds: true}
		if f != nil {
			x.Parts, x.Holds = r.When.Parts(*f, p), r.When.Holds(*f, p)
		} else if !r.Allow && !r.When.None() {
			x.Holds = false // it denies some files, not the action
		}
		all = append(all, x)
	})
	for _, allow := range []bool{false, true} {
		if i := slices.IndexFunc(all, func(x Ruling) bool { return x.Allow == allow && x.Holds }); i >= 0 {
			return all, i
		}
	}
	return all, -1
}

// Bounded reports whether a network's bound, and nothing else, keeps roles from an action that some rule gives them.
func (t *Table) Bounded(roles []string, action Action) bool {
	all, decides := t.Rulings(roles, action, nil, Person{})
	return decides >= 0 && all[decides].Source == Network && slices.ContainsFunc(all, func(r Ruling) bool { return r.Allow })
}

// path leads from one of the roles to one it is or inherits from.
func (t *Table) path(roles []string, to string) []string {
	for _, r := range roles {
		up := t.Up(r)
		if !slices.Contains(up, to) {
			continue
		}
		var path []string
		for _, step := range up { // what lies between them inherits from the one and is inherited by the other
			if slices.Contains(t.Up(step), to) {
				path = append(path, step)
			}
		}
		slices.SortStableFunc(path, func(a, b string) int { return len(t.Up(b)) - len(t.Up(a)) })
		return path
	}
	return nil
}

package workflow

import (
	"slices"
	"strings"
)

// ShownTo tells whether somebody with these roles may see the fact's value: a personal one (x-pii) only who owns the fact.
func (f *Fact) ShownTo(roles []string) bool { return !f.PII || slices.Contains(roles, f.Owner) }

// Masked gives a value of the fact as somebody with these roles may see it. What is missing is no secret.
func (f *Fact) Masked(value any, roles []string) any {
	if value == nil || f.ShownTo(roles) {
		return value
	}
	return masked
}

// Reveal gives blockers that were computed for nobody in particular, and stored, with the values that a reader with these roles may
// see. recorded are the values by fact as they were stored beside. The blockers themselves stay masked.
func (m *Machine) Reveal(blockers []Blocker, recorded map[string]any, roles []string) []Blocker {
	out := slices.Clone(blockers)
	for at, b := range out {
		b.Facts = slices.Clone(b.Facts)
		out[at] = b
		for i := range b.Facts {
			x := &b.Facts[i]
			top, member, _ := strings.Cut(x.Name, ".")
			switch whole, list := m.facts[x.Name], m.facts[top]; {
			case x.Value != masked:
			case whole != nil && whole.ShownTo(roles):
				x.Value = recorded[x.Name]
			case whole == nil && list != nil && list.ShownTo(roles):
				x.Value = list.member(recorded[top], b.Subject, member)
			}
		}
	}
	return out
}

// member is a member of the element of a list that a blocker is about; masked where it cannot be told which one that is.
func (f *Fact) member(list any, key *string, member string) any {
	elements, _ := list.([]any)
	for _, e := range elements {
		object, _ := e.(map[string]any)
		if key != nil && object[f.Schema.Key] == *key {
			return object[member]
		}
	}
	return masked
}

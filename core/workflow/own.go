package workflow

import (
	"slices"
	"time"
)

// Own tells whether a fact lives with the instance: declared by the template, or set by its transitions.
// The other facts are computed by the features at each step.
func (m *Machine) Own(name string) bool {
	f := m.facts[name]
	return f != nil && (!f.BuiltIn || f.Settable)
}

// EachState visits all states, outer before inner, in the author's order; regions among them.
func (t *Template) EachState(visit func(*State)) { walkStates(t.States, visit) }

// StateTitle gives a state's words, or its name.
func (t *Template) StateTitle(name string) Text {
	words := Text{EN: name, IT: name}
	walkStates(t.States, func(s *State) {
		if s.Name == name {
			words = s.Title.Or(words)
		}
	})
	return words
}

// After adds an ISO 8601 duration ("P3D") to an instant; ok is false when it is none.
func After(t time.Time, duration string) (at time.Time, ok bool) {
	d, ok := parseDuration(duration)
	return t.AddDate(0, 0, d.Days).Add(d.Clock), ok
}

// Lead is the active leaf of the first region: where the work stands, and the column of a board. The others are beside it.
func (m *Machine) Lead(states []string) string {
	if at := m.configuration(states); len(at) > 0 {
		return at[0].Name
	}
	return ""
}

// Aside names the active leaves beside the lead that are not where their region begins: a file on hold says so.
func (m *Machine) Aside(states []string) (out []Text) {
	for i, s := range m.configuration(states) {
		if i > 0 && s.Parent != nil && !slices.Contains(s.Parent.Initial, s.Name) {
			out = append(out, s.Words())
		}
	}
	return out
}

// Columns are the leaves an instance can lead with, in the author's order.
func (t *Template) Columns() (leaves []*State) {
	var walk func([]*State)
	walk = func(states []*State) {
		for _, s := range states {
			switch {
			case s.leaf():
				leaves = append(leaves, s)
			case s.Kind == "parallel":
				walk(s.Children[:1])
			default:
				walk(s.Children)
			}
		}
	}
	walk(t.States)
	return leaves
}

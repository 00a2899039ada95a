package workflow

import "time"

// Own tells whether a fact lives with the instance: declared by the template, or set by its transitions.
// The other facts are computed by the features at each step.
func (m *Machine) Own(name string) bool {
	f := m.facts[name]
	return f != nil && (!f.BuiltIn || f.Settable)
}

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

// FactDecl gives the declaration of a fact, own or built in; nil when the template knows none of the name.
func (m *Machine) FactDecl(name string) *Fact { return m.facts[name] }

// After adds an ISO 8601 duration ("P3D") to an instant; ok is false when it is none.
func After(t time.Time, duration string) (at time.Time, ok bool) {
	d, ok := parseDuration(duration)
	return t.AddDate(0, 0, d.Days).Add(d.Clock), ok
}

// Leaves are the states an instance can stand in, in the author's order.
func (t *Template) Leaves() (leaves []*State) {
	walkStates(t.States, func(s *State) {
		if len(s.Children) == 0 {
			leaves = append(leaves, s)
		}
	})
	return leaves
}

package workflow

import (
	"fmt"
	"slices"
	"strings"
)

// configuration is where an instance stands: its active leaves in document order. What is around them is active too.
type configuration []*State

func (m *Machine) configuration(names []string) configuration {
	out := make(configuration, 0, len(names))
	for _, n := range names {
		if s := m.states[n]; s != nil {
			out = append(out, s)
		}
	}
	out.sort()
	return out
}

func (c configuration) sort() { slices.SortFunc(c, func(a, b *State) int { return a.order - b.order }) }

func (c configuration) active(s *State) bool {
	return slices.ContainsFunc(c, func(leaf *State) bool { return leaf.within(s) })
}

func (c configuration) anyActive(states []*State) bool { return slices.ContainsFunc(states, c.active) }

// names are the active leaves, sorted: what is stored and printed.
func (c configuration) names() []string {
	out := make([]string, len(c))
	for i, s := range c {
		out[i] = s.Name
	}
	slices.Sort(out)
	return out
}

func (c configuration) words() Text {
	var en, it []string
	for _, s := range c {
		en, it = append(en, s.Words().EN), append(it, s.Words().IT)
	}
	return Text{strings.Join(en, ", "), strings.Join(it, ", ")}
}

// complete tells whether a compound state's child is final, or all regions of a parallel state are.
func (c configuration) complete(s *State) bool {
	switch s.Kind {
	case "compound", "region":
		for _, child := range s.Children {
			if child.Kind == "final" && slices.Contains(c, child) {
				return true
			}
		}
		return false
	case "parallel":
		return !slices.ContainsFunc(s.regions(), func(r *State) bool { return !c.complete(r) })
	}
	return false
}

// past is what history states remember: the name of one → the states it restores.
type past map[string][]string

// entry collects the states that a microstep enters, as SCXML's algorithm prescribes (W3C REC 2015-09-01, appendix D,
// computeEntrySet): ancestors with their other regions, descendants by their initial states or their past.
type entry struct {
	m    *Machine
	past past
	set  []*State
}

func (e *entry) add(s *State) {
	if !slices.Contains(e.set, s) {
		e.set = append(e.set, s)
	}
}

func (e *entry) holdsInside(s *State) bool {
	return slices.ContainsFunc(e.set, func(x *State) bool { return x.inside(s) })
}

// descend enters a state and what being in it means.
func (e *entry) descend(s *State) {
	switch s.Kind {
	case "history":
		e.into(e.m.remembered(s, e.past), s.Parent)
		return
	case "compound", "region":
		e.add(s)
		e.into(e.m.initialOf(s), s)
	case "parallel":
		e.add(s)
		e.otherRegions(s)
	default:
		e.add(s)
	}
}

func (e *entry) into(targets []*State, around *State) {
	for _, t := range targets {
		e.descend(t)
	}
	for _, t := range targets {
		e.climb(t, around)
	}
}

// climb enters what lies between a state and one around it.
func (e *entry) climb(s, around *State) {
	for a := s.Parent; a != nil && a != around; a = a.Parent {
		if e.add(a); a.Kind == "parallel" {
			e.otherRegions(a)
		}
	}
}

func (e *entry) otherRegions(s *State) {
	for _, r := range s.regions() {
		if !e.holdsInside(r) {
			e.descend(r)
		}
	}
}

func (m *Machine) initialOf(s *State) []*State {
	out := make([]*State, 0, 1)
	for _, n := range s.Initial {
		if x := m.states[n]; x != nil {
			out = append(out, x)
		}
	}
	return out
}

// remembered is what a history state stands for: the past, else its own initial states, else those of the state around it.
func (m *Machine) remembered(h *State, p past) []*State {
	if names := p[h.Name]; len(names) > 0 {
		return m.configuration(names)
	}
	switch {
	case len(h.Initial) > 0:
		return m.initialOf(h)
	case h.Parent.Kind == "parallel":
		return h.Parent.regions()
	}
	return m.initialOf(h.Parent)
}

// effective replaces history states among targets by what they stand for.
func (m *Machine) effective(targets []*State, p past) []*State {
	if !slices.ContainsFunc(targets, func(t *State) bool { return t.Kind == "history" }) {
		return targets
	}
	var out []*State
	for _, t := range targets {
		if t.Kind == "history" {
			out = append(out, m.effective(m.remembered(t, p), p)...)
			continue
		}
		out = append(out, t)
	}
	return out
}

// domain is the state around everything an edge leaves and enters; nil is the root. A region is a domain of its own, except
// where the order of the document decides: SCXML leaves the whole parallel state then.
func (m *Machine) domain(e *edge, p past) *State {
	targets := m.effective(e.targets, p)
	holds := func(s *State) bool {
		return !slices.ContainsFunc(targets, func(t *State) bool { return !t.inside(s) })
	}
	if e.Inside && e.source.Kind == "compound" && holds(e.source) {
		return e.source
	}
	for a := e.source.Parent; a != nil; a = a.Parent {
		if (a.Kind == "compound" || a.Kind == "region" && m.Template.Priority != "document") && holds(a) {
			return a
		}
	}
	return nil
}

// leaves tells whether firing e leaves s, an active state.
func (m *Machine) leaves(e *edge, s *State, p past) bool {
	return len(e.targets) > 0 && s.inside(m.domain(e, p))
}

// conflict tells whether two edges cannot fire together: one leaves where the other acts.
func (m *Machine) conflict(a, b *edge, c configuration, p past) bool {
	return m.disturbs(a, b, c, p) || m.disturbs(b, a, c, p)
}

func (m *Machine) disturbs(a, b *edge, c configuration, p past) bool {
	if m.leaves(a, b.source, p) {
		return true
	}
	return slices.ContainsFunc(c, func(leaf *State) bool { return m.leaves(a, leaf, p) && m.leaves(b, leaf, p) })
}

// Active tells whether a state is active where an instance stands, itself or around what is.
func (m *Machine) Active(inst Instance, state string) bool {
	s := m.states[state]
	return s != nil && m.configuration(inst.States).active(s)
}

// Configuration completes the named active states to where an instance stands in all regions: the active atomic and final
// states, sorted. It says what is wrong with a name, or with states that cannot be active together.
func (m *Machine) Configuration(states ...string) ([]string, error) {
	e := entry{m: m}
	var targets []*State
	for _, n := range states {
		s := m.states[n]
		if s == nil {
			return nil, fmt.Errorf("%s is not a state of this template%s", n, hint(n, keys(m.states)))
		}
		targets = append(targets, s)
	}
	e.into(targets, nil)
	var c configuration
	for _, s := range e.set {
		if s.leaf() {
			c = append(c, s)
		}
	}
	for i, x := range c {
		for _, y := range c[:i] {
			if around := commonParent(x, y); around == nil || around.Kind != "parallel" {
				return nil, fmt.Errorf("%s and %s cannot be active together", y.Name, x.Name)
			}
		}
	}
	return c.names(), nil
}

package overlay

import (
	"slices"

	"gopkg.in/yaml.v3"
)

// A new transition is the one operation that could lead around what is sealed, so it has rules of its own:
// it starts inside its slot, leaves and enters nothing sealed, and takes no event from a sealed transition.

func (w *work) addTransition(op operation) *refusal {
	slot, r := w.target(op, nounSlot, "slot")
	if r != nil {
		return r
	}
	transition := op.get("transition")
	if id := get(transition, "id"); w.has(nounTransition, id.Value) {
		return refuseTaken(nounTransition, id)
	}
	m := w.survey(scalar(get(transition, "on")))
	for _, from := range names(get(transition, "from")) {
		if r := w.checkStart(m, slot, get(transition, "id"), from); r != nil {
			return r
		}
	}
	if to := get(transition, "to"); to != nil {
		state, r := pick(nounState, m.states, to, to.Value)
		if r != nil {
			return r
		}
		if s, found := m.firstSealed(entered(state.node, nil)); found {
			return refuseWay(s, to)
		}
	}
	list := child(w.root, "transitions", yaml.SequenceNode)
	w.open([]*yaml.Node{list})
	list.Content = append(list.Content, w.own(transition, op))
	return nil
}

// survey is the template seen from one event.
type survey struct {
	states []element
	sealed map[*yaml.Node]element // states that are sealed
	taken  map[*yaml.Node]element // states from which a sealed transition takes the event
}

func (w *work) survey(event string) survey {
	m := survey{states: w.all(nounState), sealed: map[*yaml.Node]element{}, taken: map[*yaml.Node]element{}}
	byName := map[string]*yaml.Node{}
	for _, s := range m.states {
		byName[s.name] = s.node
		if s.seal() == sealed {
			m.sealed[s.node] = s
		}
	}
	for _, t := range w.all(nounTransition) {
		if t.seal() != sealed || scalar(get(t.node, "on")) != event {
			continue
		}
		for _, from := range names(get(t.node, "from")) {
			m.taken[byName[scalar(from)]] = t
		}
	}
	return m
}

func (m survey) firstSealed(states []*yaml.Node) (element, bool) {
	for _, n := range states {
		if s, found := m.sealed[n]; found {
			return s, true
		}
	}
	return element{}, false
}

func (w *work) checkStart(m survey, slot element, id, from *yaml.Node) *refusal {
	state, r := pick(nounState, m.states, from, from.Value)
	switch {
	case r != nil:
		return r
	case !w.covers(slot, state):
		return refuseOutside(id, state, slot, from)
	}
	if s, found := m.firstSealed(below(state.node, nil)); found {
		return refuseWay(s, from)
	}
	for _, around := range state.path { // the machine looks from the inside out: a transition inside would come first
		if t, found := m.taken[around]; found {
			return refuseShadow(id, state, t, from)
		}
	}
	return nil
}

// covers tells whether a transition of the slot may start from a state: the slot's own state, one inside it,
// one this overlay put beside it, or one inside such a one.
func (w *work) covers(slot, state element) bool {
	return slices.ContainsFunc(state.path, func(n *yaml.Node) bool {
		return n == slot.node || slices.Contains(w.beside[slot.name], n)
	})
}

// entered lists the states that become active when one is entered: down its initial states, into every region.
func entered(s *yaml.Node, into []*yaml.Node) []*yaml.Node {
	into = append(into, s)
	follow := func(_ string, around *yaml.Node) {
		if first := get(get(around, "states"), scalar(get(around, "initial"))); first != nil {
			into = entered(first, into)
		}
	}
	follow("", s)
	pairs(get(s, "regions"), follow)
	return into
}

// below lists a state and all inside it.
func below(s *yaml.Node, into []*yaml.Node) []*yaml.Node {
	into = append(into, s)
	add := func(_ string, inner *yaml.Node) { into = below(inner, into) }
	pairs(get(s, "states"), add)
	pairs(get(s, "regions"), func(_ string, r *yaml.Node) { pairs(get(r, "states"), add) })
	return into
}

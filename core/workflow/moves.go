package workflow

import "slices"

// Move is one transition that starts where an instance stands, with what is still in its way. It is what a plan is made of:
// looked at with the eyes of somebody who has every role and is nobody the file knows.
type Move struct {
	Event      string // "" and "done": it happens by itself
	Transition *Transition
	Ready      bool
	Approvals  int // people still to consent
	Blockers   []Blocker
	edge       *edge
}

// Automatic tells a move that nobody has to make.
func (m Move) Automatic() bool { return m.Event == "" || m.Event == "done" }

// Moves lists the transitions from where an instance stands, inner before outer, in the template's order.
// An otherwise is among them only while every sibling is false.
func (m *Machine) Moves(inst Instance, w World) []Move {
	if inst.Ended != "" {
		return nil
	}
	s := m.begin(inst, Event{Actor: Actor{ID: "anybody", Roles: m.everyRole()}}, w)
	s.asking = true
	var out []Move
	seen := map[*edge]bool{}
	for _, leaf := range s.at {
		for level := leaf; level != nil; level = level.Parent {
			for _, event := range keys(m.edges[level]) {
				if event == "done" && !s.at.complete(level) {
					continue
				}
				s.event.Name = event
				for _, c := range s.judge(m.edges[level][event]) {
					if seen[c.edge] || c.Otherwise && c.status == isFalse {
						continue
					}
					seen[c.edge] = true
					out = append(out, s.move(event, c))
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Move) int { return a.Transition.At.Line - b.Transition.At.Line })
	return out
}

func (s *macrostep) move(event string, c *candidate) Move {
	out := Move{Event: event, Transition: c.Transition, Ready: c.status == ready, Blockers: append(s.explainAll(c), c.consents...), edge: c.edge}
	if a := c.Approvals; a != nil {
		out.Approvals = max(a.Count-len(s.approvalsOf(c.edge)), 0)
	}
	out.Blockers = append(out.Blockers, s.standing([]*candidate{c})...)
	return out
}

// Suppose is where a move would lead if everything in its way were cleared. What follows by itself follows as the facts are;
// ok is false when the move's own actions cannot be computed.
func (m *Machine) Suppose(inst Instance, move Move, w World) (next Instance, set Facts, ok bool) {
	s := m.begin(inst, Event{Name: move.Event, Actor: Actor{ID: "anybody", Roles: m.everyRole()}}, w)
	s.inst.Sequence++
	if s.fire([]*edge{move.edge}) != nil {
		return inst, nil, false
	}
	entered := s.inst.clone()
	if s.complete() != nil { // what follows by itself is refused as things are
		return entered, s.set, true
	}
	return s.inst, s.set, true
}

func (m *Machine) everyRole() []string {
	out := []string{"system"}
	add := func(roles []string) {
		for _, r := range roles {
			if !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	for _, e := range m.Template.Events {
		add(e.By)
	}
	for _, t := range m.Template.Transitions {
		if t.Approvals != nil {
			add(t.Approvals.Roles)
		}
	}
	for _, i := range m.Template.Invariants {
		add(i.Waive)
	}
	return out
}

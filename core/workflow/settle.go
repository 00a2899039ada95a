package workflow

import (
	"slices"
)

// complete runs done and eventless transitions until none is enabled, then looks at the invariants.
func (s *macrostep) complete() []Blocker {
	for range maxChain + 1 {
		e, blockers := s.next()
		if blockers != nil {
			return blockers
		}
		if e == nil {
			s.dropWaivers()
			if len(s.result.Transitions) == 0 {
				return nil // nothing entered: a breach that stands is shown, not refused
			}
			return s.violations()
		}
		if len(s.result.Transitions) == 0 && s.standing(e) != nil {
			return nil // a breach holds what would move by itself, too
		}
		if blockers := s.fire(e); blockers != nil {
			return blockers
		}
	}
	return []Blocker{plainBlocker(Ambiguous, "", Text{
		EN: "a defect of the template: its transitions without an event do not come to an end",
		IT: "un difetto del modello: le transizioni senza evento non terminano",
	})}
}

// next finds the enabled transition without an event; one that is false, missing or in error just does not move.
func (s *macrostep) next() (*edge, []Blocker) {
	leaf := s.leaf()
	if s.inst.Ended != "" {
		return nil, nil
	}
	if leaf.Kind == "final" && leaf.Parent != nil {
		if e, blockers := s.automatic("done", leaf.Parent, leaf.Parent.Parent); e != nil || blockers != nil {
			return e, blockers
		}
	}
	return s.automatic("", leaf, nil)
}

// automatic looks from a state outward until stop for an enabled transition nobody has to send.
func (s *macrostep) automatic(event string, from, stop *State) (*edge, []Blocker) {
	for level := from; level != stop; level = level.Parent {
		if len(s.m.edges[level][event]) == 0 {
			continue
		}
		candidates := s.judge(s.m.edges[level][event])
		chosen := readyOnes(candidates)
		waits := slices.ContainsFunc(candidates, func(c *candidate) bool { return c.status == missing || c.status == inError })
		switch {
		case len(chosen) > 1:
			return nil, []Blocker{ambiguous(event, chosen)}
		case len(chosen) == 1:
			return chosen[0].edge, nil
		case waits:
			return nil, nil
		}
	}
	return nil, nil
}

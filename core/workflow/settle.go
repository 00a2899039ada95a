package workflow

import "slices"

// complete runs done and eventless transitions until none is enabled, then looks at the invariants.
func (s *macrostep) complete() []Blocker {
	limit := maxChain
	if s.m.Template.Priority == "document" {
		limit = maxDocumentChain
	}
	for range limit + 1 {
		edges, blockers := s.next()
		if blockers != nil {
			return blockers
		}
		if len(edges) == 0 {
			s.dropWaivers()
			if len(s.result.Transitions) == 0 {
				return nil // nothing entered: a breach that stands is shown, not refused
			}
			return s.violations()
		}
		if len(s.result.Transitions) == 0 && s.standing(wrapped(edges)) != nil {
			return nil // a breach holds what would move by itself, too
		}
		if blockers := s.fire(edges); blockers != nil {
			return blockers
		}
	}
	return []Blocker{plainBlocker(Ambiguous, "", Text{
		EN: "a defect of the template: its transitions without an event do not come to an end",
		IT: "un difetto del modello: le transizioni senza evento non terminano",
	})}
}

func wrapped(edges []*edge) []*candidate {
	out := make([]*candidate, len(edges))
	for i, e := range edges {
		out[i] = &candidate{edge: e}
	}
	return out
}

// next finds the enabled transitions nobody has to send, one for each region; one that is false, missing or in error just
// does not move.
func (s *macrostep) next() ([]*edge, []Blocker) {
	switch {
	case s.inst.Ended != "":
		return nil, nil
	case s.m.Template.Priority == "document":
		return s.nextInDocument(), nil
	}
	levels := map[automatic][]*candidate{}
	var chosen []*candidate
	for _, leaf := range s.at {
		c, blockers := s.byItself(leaf, "done", levels)
		if c == nil && blockers == nil {
			c, blockers = s.byItself(leaf, "", levels)
		}
		if blockers != nil {
			return nil, blockers
		}
		if c != nil && !slices.Contains(chosen, c) {
			chosen = append(chosen, c)
		}
	}
	if clash := s.clash(chosen); clash != nil {
		return nil, []Blocker{ambiguous("", clash)}
	}
	var out []*edge
	for _, c := range chosen {
		out = append(out, c.edge)
	}
	return out, nil
}

type automatic struct {
	level *State
	event string
}

// byItself looks from a leaf outward for an enabled transition without an event, or for the done of a complete state.
func (s *macrostep) byItself(leaf *State, event string, levels map[automatic][]*candidate) (*candidate, []Blocker) {
	for level := leaf; level != nil; level = level.Parent {
		edges := s.m.edges[level][event]
		if len(edges) == 0 || event == "done" && !s.at.complete(level) {
			continue
		}
		candidates, seen := levels[automatic{level, event}]
		if !seen {
			candidates = s.judge(edges)
			levels[automatic{level, event}] = candidates
		}
		chosen := readyOnes(candidates)
		waits := slices.ContainsFunc(candidates, func(c *candidate) bool { return c.status == missing || c.status == inError })
		switch {
		case len(chosen) > 1:
			return nil, []Blocker{ambiguous(event, chosen)}
		case len(chosen) == 1:
			return chosen[0], nil
		case waits:
			return nil, nil
		}
	}
	return nil, nil
}

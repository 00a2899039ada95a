package workflow

import (
	"slices"
	"strings"
)

// Templates that say priority: document run by the algorithm of SCXML (W3C REC 2015-09-01, appendix D): the first enabled
// transition in the order of the document wins, an inner state before the one around it, and the states completed are events
// of their own, done.state.NAME. It is what an imported statechart means; templates written here mean exactly one instead.

// doneState begins the events that the machine itself sends when a state is complete.
const doneState = "done.state."

// maxDocumentChain bounds what follows one event by itself.
const maxDocumentChain = 200

// wildcard tells whether events need no declaration: a descriptor may name all of them, or by its first tokens some that
// nobody declared, and one that nothing takes is dropped without further ado.
func (m *Machine) wildcard() bool { return m.Template.Priority == "document" }

// candidates are the edges from a state that an event may take, in document order.
func (m *Machine) candidates(level *State, event string) []*edge {
	if m.Template.Priority != "document" || event == "" {
		return m.edges[level][event]
	}
	var out []*edge
	for _, e := range m.sources[level] {
		if matches(e.On, event) {
			out = append(out, e)
		}
	}
	return out
}

// matches tells whether an event descriptor names an event: all of it, or its first tokens (SCXML 3.12.1).
func matches(descriptor, event string) bool {
	rest, ok := strings.CutPrefix(event, descriptor)
	return descriptor == "*" || ok && descriptor != "" && (rest == "" || rest[0] == '.')
}

// firstInDocument chooses one candidate for each leaf and drops those that others preempt: of two that leave the same states
// the inner one stays, else the first.
func (s *macrostep) firstInDocument(event string) (chosen []*candidate) {
	levels := map[*State]*candidate{}
	for _, leaf := range s.at {
		for level := leaf; level != nil; level = level.Parent {
			c, seen := levels[level]
			if !seen {
				if found := readyOnes(s.judge(s.m.candidates(level, event))); len(found) > 0 {
					c = found[0]
				}
				levels[level] = c
			}
			if c != nil {
				if !slices.Contains(chosen, c) {
					chosen = append(chosen, c)
				}
				break
			}
		}
	}
	return s.withoutPreempted(chosen)
}

func (s *macrostep) withoutPreempted(chosen []*candidate) (kept []*candidate) {
next:
	for _, c := range chosen {
		var replaced []*candidate
		for _, k := range kept {
			if !s.sharesExit(c.edge, k.edge) {
				continue
			}
			if !c.source.inside(k.source) {
				continue next
			}
			replaced = append(replaced, k)
		}
		kept = slices.DeleteFunc(kept, func(k *candidate) bool { return slices.Contains(replaced, k) })
		kept = append(kept, c)
	}
	return kept
}

// sharesExit tells whether two edges would leave the same state.
func (s *macrostep) sharesExit(a, b *edge) bool {
	return slices.ContainsFunc(s.at, func(leaf *State) bool {
		for x := leaf; x != nil; x = x.Parent {
			if s.m.leaves(a, x, s.inst.History) && s.m.leaves(b, x, s.inst.History) {
				return true
			}
		}
		return false
	})
}

// nextInDocument takes transitions without an event first, then those of states completed meanwhile, in their order.
func (s *macrostep) nextInDocument() []*edge {
	chosen := s.firstInDocument("")
	for len(chosen) == 0 && len(s.ended) > 0 {
		done := s.ended[0]
		s.ended = s.ended[1:]
		chosen = s.firstInDocument(doneState + done.Name)
	}
	var out []*edge
	for _, c := range chosen {
		out = append(out, c.edge)
	}
	return out
}

// completed notes the states that entering a final one completes: the one around it, and a parallel state around that one
// when all its regions are done.
func (s *macrostep) completed(final *State) {
	around := final.Parent
	if around == nil {
		return
	}
	if around.Kind != "region" {
		s.ended = append(s.ended, around)
		around = around.Parent
	}
	if around != nil && around.Kind == "region" && s.at.done(around.Parent) {
		s.ended = append(s.ended, around.Parent)
	}
}

// done is complete in the sense of SCXML, where a region is itself a state of the statechart.
func (c configuration) done(s *State) bool {
	switch s.Kind {
	case "parallel":
		return !slices.ContainsFunc(s.regions(), func(r *State) bool { return !c.done(r) })
	case "region":
		return c.complete(s) || slices.ContainsFunc(s.Children, func(x *State) bool { return (x.Kind == "compound" || x.Kind == "parallel") && c.done(x) })
	}
	return c.complete(s)
}

package proof

import (
	"slices"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/proof/fragment"
	"github.com/pratica-crm/pratica/core/workflow/proof/paths"
)

// waiting is a node, and whether the deadlines that may have ended there in vain have.
type waiting struct {
	n    *paths.Node
	used bool
}

// waiting is a node as an instance may find it at worst.
func (x *examination) waiting(n *paths.Node) waiting { return waiting{n, len(x.usedAt(n)) > 0} }

// alive lists from where an end can be reached.
func (x *examination) alive() map[waiting]bool {
	out, before := map[waiting]bool{}, map[waiting][]waiting{}
	var queue []waiting
	for _, n := range x.graph.Nodes {
		for _, used := range []bool{false, true} {
			w := waiting{n, used}
			if n.Ended() {
				out[w], queue = true, append(queue, w)
			}
			for _, s := range n.Out {
				if to, counts := x.next(s, used); counts {
					before[to] = append(before[to], w)
				}
			}
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		for _, w := range before[queue[0]] {
			if !out[w] {
				out[w], queue = true, append(queue, w)
			}
		}
	}
	return out
}

// next is where a step leads, and whether it can be counted on.
func (x *examination) next(s *paths.Step, used bool) (to waiting, counts bool) {
	stays := func(y *workflow.State) bool { return !x.exits(s, y) }
	switch timed := x.timed(s.From.Inst, s.Event); {
	case used:
		return waiting{s.To, slices.ContainsFunc(x.usedAt(s.From), stays)}, x.leadsOn(s)
	case x.graph.IsDeadline(s.Event):
		return waiting{s.To, slices.ContainsFunc(timed, stays)}, len(timed) > 0
	}
	return waiting{s.To, false}, s.Late
}

// usedAt lists the active states whose deadline may have ended in vain.
func (x *examination) usedAt(n *paths.Node) (out []*workflow.State) {
	for _, leaf := range x.m.ActiveIn(n.Inst) {
		for _, y := range leaf.Path() {
			if y.SLA != nil && x.graph.IsDeadline(y.SLA.Emits) && !slices.Contains(out, y) && x.usedUp(y)[n] != nil {
				out = append(out, y)
			}
		}
	}
	return out
}

// leadsOn tells whether an instance that waits can count on a step: a deadline that is sure to come and to be taken, or what can
// still happen when every moment the template names has passed, since time only grows.
func (x *examination) leadsOn(s *paths.Step) bool {
	if x.graph.IsDeadline(s.Event) {
		return slices.ContainsFunc(x.timed(s.From.Inst, s.Event), func(y *workflow.State) bool { return x.usedUp(y)[s.From] == nil })
	}
	return s.Late
}

// timed lists the active states whose time runs and ends in an event.
func (x *examination) timed(inst workflow.Instance, event string) (out []*workflow.State) {
	for _, leaf := range x.m.ActiveIn(inst) {
		for _, y := range leaf.Path() {
			if y.SLA != nil && y.SLA.Emits == event && !slices.Contains(out, y) && !x.stands(inst, y) {
				out = append(out, y)
			}
		}
	}
	return out
}

// stands tells whether a state's deadline is paused.
func (x *examination) stands(inst workflow.Instance, y *workflow.State) bool {
	return slices.ContainsFunc(y.SLA.PauseIn, func(name string) bool { return x.m.Active(inst, name) })
}

// usedUp are the nodes where a state's deadline may have ended already without leaving it: refused, or taken by a transition
// that stays. It comes once for each entry, so it is no exit there, nor wherever a path leads from there inside the state.
// Each node comes with the step that leads to it, or in which the deadline ends.
func (x *examination) usedUp(y *workflow.State) map[*paths.Node]*paths.Step {
	if out, known := x.spent[y]; known {
		return out
	}
	out := map[*paths.Node]*paths.Step{}
	var queue []*paths.Node
	mark := func(s *paths.Step) {
		if out[s.To] == nil {
			out[s.To], queue = s, append(queue, s.To)
		}
	}
	for _, n := range x.graph.Nodes {
		if slices.Contains(x.timed(n.Inst, y.SLA.Emits), y) {
			x.inVain(n, y, mark)
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		for _, s := range queue[0].Out {
			if !x.exits(s, y) {
				mark(s)
			}
		}
	}
	x.spent[y] = out
	return out
}

// inVain visits the ways a deadline can end at a node without leaving its state.
func (x *examination) inVain(n *paths.Node, y *workflow.State, visit func(*paths.Step)) {
	if lost := n.Lost[y.SLA.Emits]; lost != nil {
		visit(lost)
	}
	taken := false
	for _, s := range n.Out {
		if s.Event != y.SLA.Emits {
			continue
		}
		if taken = true; !x.exits(s, y) {
			visit(s)
		}
	}
	if !taken {
		visit(&paths.Step{From: n, To: n, Event: y.SLA.Emits, Case: fragment.Case{Actor: workflow.System()}, Proven: true})
	}
}

// vain is a path on which the deadline of a state ends before it comes to a node.
func (x *examination) vain(n *paths.Node, y *workflow.State) (path []*paths.Step) {
	for {
		s := x.usedUp(y)[n]
		path = append(path, s)
		if n = s.From; s.Event == y.SLA.Emits {
			break
		}
	}
	slices.Reverse(path)
	return append(n.Path(), path...)
}

// exits tells whether a step leaves an active state, if only to enter it again.
func (x *examination) exits(s *paths.Step, y *workflow.State) bool {
	return !x.activeIn(s.To.Inst, y) || slices.ContainsFunc(s.Edges, func(e workflow.Edge) bool { return x.m.Leaves(e, s.From.Inst, y) })
}

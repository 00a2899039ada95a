package proof

import (
	"slices"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/proof/paths"
)

// leadsOn tells whether an instance that waits can count on a step: a deadline that is sure to come and to be taken, or what can
// still happen when every moment the template names has passed, since time only grows.
func (x *examination) leadsOn(s *paths.Step) bool {
	if x.graph.IsDeadline(s.Event) {
		return slices.ContainsFunc(x.timed(s.From.Inst, s.Event), func(y *workflow.State) bool { return !x.usedUp(y)[s.From] })
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
func (x *examination) usedUp(y *workflow.State) map[*paths.Node]bool {
	if out, known := x.spent[y]; known {
		return out
	}
	out := map[*paths.Node]bool{}
	var queue []*paths.Node
	mark := func(n *paths.Node) {
		if !out[n] {
			out[n], queue = true, append(queue, n)
		}
	}
	for _, n := range x.graph.Nodes {
		if slices.Contains(x.timed(n.Inst, y.SLA.Emits), y) && x.canStay(n, y) {
			mark(n)
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		for _, s := range queue[0].Out {
			if !x.exits(s, y) {
				mark(s.To)
			}
		}
	}
	x.spent[y] = out
	return out
}

func (x *examination) canStay(n *paths.Node, y *workflow.State) bool {
	return n.Lost[y.SLA.Emits] != nil || x.silent(n, y) ||
		slices.ContainsFunc(n.Out, func(s *paths.Step) bool { return s.Event == y.SLA.Emits && !x.exits(s, y) })
}

// silent tells whether nothing at all takes the event of a deadline.
func (x *examination) silent(n *paths.Node, y *workflow.State) bool {
	return !slices.ContainsFunc(n.Out, func(s *paths.Step) bool { return s.Event == y.SLA.Emits })
}

// exits tells whether a step leaves an active state, if only to enter it again.
func (x *examination) exits(s *paths.Step, y *workflow.State) bool {
	return !x.activeIn(s.To.Inst, y) || slices.ContainsFunc(s.Edges, func(e workflow.Edge) bool { return x.m.Leaves(e, s.From.Inst, y) })
}

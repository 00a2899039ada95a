package paths

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/proof/fragment"
	"github.com/pratica-crm/pratica/core/workflow/proof/logic"
)

// concrete turns a model into facts and has the machine do the macrostep; good judges what it did.
func (g *Graph) concrete(r *run, m logic.Model, c *fragment.Case, good func(workflow.Result) bool) bool {
	if r.from != nil {
		for v, x := range r.from.Held {
			if _, set := m[v]; !set {
				m[v] = x
			}
		}
	}
	base, cost := g.Reader.Case(m, r.by), g.evaluation(r)
	for _, sample := range g.Reader.Samples(m) {
		x := base
		x.Facts = maps.Clone(base.Facts)
		maps.Copy(x.Facts, sample)
		if g.solver.Charge(cost); g.solver.Spent() {
			return false
		}
		if result, ok := g.try(r, x); ok && good(result) {
			*c = x
			return true
		}
	}
	return false
}

// evaluation is what one macrostep of the machine counts for in the budget: its clauses, by their size.
func (g *Graph) evaluation(r *run) int {
	n := moveCost
	for _, leaf := range g.Machine.ActiveIn(r.inst) {
		for _, x := range g.levels(r.inst, leaf, r.event) {
			n += logic.Weigh(x.ready)
		}
	}
	return n
}

// try has the machine do the first macrostep of a run with the facts of a case.
func (g *Graph) try(r *run, c fragment.Case) (workflow.Result, bool) {
	facts, err := g.Machine.Normalize(c.Facts)
	if err != nil {
		return workflow.Result{}, false
	}
	w := workflow.World{Facts: facts, Now: c.At(time.Time{})}
	if r.from == nil {
		return g.Machine.Start(w), true
	}
	inst := r.from.Inst
	for _, i := range c.Waived {
		inst.Waivers = append(inst.Waivers, workflow.Waiver{Invariant: i})
	}
	if r.event == "" {
		return g.Machine.FactsChanged(inst, w), true
	}
	for _, e := range r.edges {
		inst.Approvals = append(inst.Approvals, others(e)...)
	}
	ev := workflow.Event{Name: r.event, Actor: c.Actor, Reason: c.Reason, Payload: g.Machine.Event(r.event).Sample(c.Payload)}
	return g.Machine.Step(inst, ev, w), true
}

// others are the approvals that came before the one that fires an edge.
func others(e workflow.Edge) (out []workflow.Approval) {
	if e.Approvals == nil {
		return nil
	}
	for i := 1; i < e.Approvals.Count; i++ {
		out = append(out, workflow.Approval{Transition: e.ID, State: e.Source.Name, Actor: Approver(i)})
	}
	return out
}

// Approver names the people who approve before the actor of a witness.
func Approver(i int) string { return fmt.Sprintf("approver_%d", i) }

// reached tells whether the machine fired what the run did and stands where it ends.
func (r *run) reached(result workflow.Result) bool {
	ids := []string{}
	for _, e := range r.edges {
		ids = append(ids, e.ID)
	}
	slices.Sort(ids)
	return result.Outcome == workflow.Fired && slices.Equal(result.Instance.States, r.inst.States) && slices.Equal(slices.Sorted(slices.Values(result.Transitions)), ids)
}

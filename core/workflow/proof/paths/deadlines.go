package paths

import (
	"slices"
	"time"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/proof/fragment"
	"github.com/pratica-crm/pratica/core/workflow/proof/logic"
)

// deadlines are the events that nothing sends but the end of a state's time. Such a timer ends once for each entry: an event that
// is refused then does not come again.
func deadlines(m *workflow.Machine) map[string]bool {
	out := map[string]bool{}
	var visit func([]*workflow.State)
	visit = func(states []*workflow.State) {
		for _, s := range states {
			if s.SLA != nil {
				decl := m.Event(s.SLA.Emits)
				out[s.SLA.Emits] = decl != nil && slices.Equal(decl.By, []string{"system"})
			}
			visit(s.Children)
		}
	}
	visit(m.Template.States)
	for _, t := range m.Template.Transitions { // what connectors and tasks answer comes from elsewhere too
		for _, a := range t.Actions {
			switch a.Do {
			case "connector.call":
				delete(out, a.Ref+".done")
				delete(out, a.Ref+".failed")
			case "task.create":
				delete(out, "task.done")
			}
		}
	}
	return out
}

// IsDeadline tells whether nothing sends an event but the end of a state's time.
func (g *Graph) IsDeadline(event string) bool { return g.deadlines[event] }

// heard notes facts for which nothing takes a deadline that ends here. Before a standing breach a timer waits, so none stands.
func (g *Graph) heard(r *run, still []*logic.Term) {
	terms := append(slices.Clone(r.terms), g.holding(r.inst, &r.inst, nil)...)
	for _, t := range still {
		terms = append(terms, g.bind(t, r.inst, r.names))
	}
	g.lost(r, terms)
}

// lost notes that the deadline of a run can be refused, if the terms can hold.
func (g *Graph) lost(r *run, terms []*logic.Term) {
	if r.from == nil || !g.deadlines[r.event] {
		return
	}
	if old := r.from.Lost[r.event]; old != nil && old.Proven {
		return
	}
	s := &Step{From: r.from, To: r.from, Event: r.event, Terms: terms}
	_, answer := g.solver.Solve(terms, r.held(g), func(m logic.Model) bool {
		return g.concrete(r, m, &s.Case, func(result workflow.Result) bool { return result.Outcome != workflow.Fired })
	})
	if answer == logic.Never {
		return
	}
	if s.Proven = answer == logic.Proven; r.from.Lost == nil {
		r.from.Lost = map[string]*Step{}
	}
	r.from.Lost[r.event] = s
}

// comesLate tells whether a condition can hold at a moment after all that the template and the frozen facts name: an instance can
// always wait until then, and never go back.
func (g *Graph) comesLate(terms []*logic.Term, fixed logic.Model) bool {
	now := g.Reader.Now()
	if !slices.ContainsFunc(terms, func(t *logic.Term) bool { return slices.Contains(t.Vars(), now) }) {
		return true
	}
	_, answer := g.solver.Solve(append(slices.Clone(terms), g.After()), fixed, nil)
	return answer != logic.Never
}

// Wait is the step in which all moments pass.
func (g *Graph) Wait(n *Node) *Step {
	return &Step{From: n, To: n, Terms: []*logic.Term{g.After()}, Case: fragment.Case{Now: time.Unix(g.late, 0).UTC()}}
}

// Far tells a node that holds a date after all moments. It stands for the way on of an instance that comes late; what happens when
// its date has passed is seen where an earlier date has.
func (g *Graph) Far(n *Node) bool {
	for v, x := range n.Held {
		if v.Usual != 0 && x > g.late {
			return true
		}
	}
	return false
}

// After is that all moments a template names have passed.
func (g *Graph) After() *logic.Term {
	return logic.Compare(logic.Operand{Plus: g.late}, logic.AtMost, logic.Operand{Var: g.Reader.Now()})
}

// ByFacts tells whether what happens by itself can be brought about by a fact: nothing happens only because time passes.
func (g *Graph) ByFacts(s *Step) bool {
	free := func(v *logic.Var) bool {
		_, held := s.From.Held[v]
		return !held && g.Reader.IsFact(v)
	}
	return slices.ContainsFunc(s.Edges, func(e workflow.Edge) bool {
		if !anyActive(g.Machine.ActiveIn(s.From.Inst), []*workflow.State{e.Source}) {
			return false
		}
		x := g.group(e.Source, e.On)
		i := slices.IndexFunc(x.edges, func(y workflow.Edge) bool { return same(y, e) })
		return slices.ContainsFunc(x.ready[i].Vars(), free)
	})
}

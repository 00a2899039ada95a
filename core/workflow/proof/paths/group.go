package paths

import (
	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/proof/logic"
)

// group is the candidates of one event at one level, as conditions. They say what workflow/select.go does.
type group struct {
	state *workflow.State
	event string
	edges []workflow.Edge
	ready []*logic.Term // every clause true, the actor may approve
	fails []*logic.Term // a clause is false and none in error
	pass  *logic.Term   // all fail: the search goes on outward
	kept  int           // overlaps seen, or not excluded
	more  int           // pairs that were not compared after these
	stuck *logic.Term   // none is ready, one waits for a fact or an approval: the search stops
}

type groupKey struct {
	state *workflow.State
	event string
}

func (g *Graph) group(s *workflow.State, event string) *group {
	key := groupKey{s, event}
	if x, seen := g.groups[key]; seen {
		return x
	}
	edges := g.Machine.EdgesFrom(s, event)
	if len(edges) == 0 {
		g.groups[key] = nil
		return nil
	}
	x := &group{state: s, event: event, edges: edges, ready: make([]*logic.Term, len(edges)), fails: make([]*logic.Term, len(edges))}
	var siblings []*logic.Term
	for i, e := range edges {
		if !e.Otherwise {
			clauses := logic.All(g.Reader.Clauses(e)...)
			x.ready[i] = logic.And(append(g.approves(e), logic.Is(logic.True, clauses))...)
			x.fails[i] = logic.Is(logic.False, clauses)
			siblings = append(siblings, x.fails[i])
		}
	}
	for i, e := range edges {
		if e.Otherwise {
			settled := logic.And(siblings...)
			x.ready[i] = logic.And(append(g.approves(e), settled)...)
			x.fails[i] = logic.Not(settled)
		}
	}
	x.pass = logic.And(x.fails...)
	x.stuck = logic.And(logic.Not(x.pass), logic.Not(logic.Or(x.ready...)))
	g.groups[key] = x
	return x
}

// Covered tells whether, wherever an otherwise stands, some sibling is not false whatever the facts.
func (g *Graph) Covered(t *workflow.Transition) bool {
	for _, n := range t.From {
		x := g.group(g.Machine.State(n), t.On)
		for i, e := range x.edges {
			if e.Transition != t {
				continue
			}
			if _, answer := g.solver.Solve([]*logic.Term{logic.Not(x.fails[i])}, nil, nil); answer != logic.Never {
				return false
			}
		}
	}
	return true
}

// approves is that the actor's consent counts.
func (g *Graph) approves(e workflow.Edge) (out []*logic.Term) {
	if e.Approvals == nil {
		return nil
	}
	if len(e.Approvals.Roles) > 0 {
		out = append(out, g.oneOf(e.Approvals.Roles))
	}
	for _, f := range e.Approvals.DistinctFrom {
		if v := g.Reader.Fact(f); v != nil {
			other := logic.Compare(logic.Operand{Var: v}, logic.Unequal, logic.Operand{Var: g.Reader.ActorID()})
			out = append(out, logic.Is(logic.True, other))
		}
	}
	return out
}

func (g *Graph) oneOf(roles []string) *logic.Term {
	var out []*logic.Term
	for _, r := range roles {
		out = append(out, logic.Holds(g.Reader.Role(r)))
	}
	return logic.Or(out...)
}

// sentBySystem is that timers, connectors or nobody act: they have the one role of theirs.
func (g *Graph) sentBySystem() []*logic.Term {
	out := []*logic.Term{logic.Compare(logic.Operand{Var: g.Reader.ActorID()}, logic.Equal, g.Reader.Operand("system")), logic.Holds(g.Reader.Role("system"))}
	for _, r := range g.Reader.Roles {
		if r != "system" {
			out = append(out, logic.Not(logic.Holds(g.Reader.Role(r))))
		}
	}
	return out
}

// sentBy is that somebody who may sends the event: a person with any roles, or the system.
func (g *Graph) sentBy(event *workflow.EventDecl) []*logic.Term {
	var roles []string
	for _, r := range event.By {
		if r != "system" {
			roles = append(roles, r)
		}
	}
	system := len(event.By) == 0 || len(roles) < len(event.By)
	person := []*logic.Term{
		logic.Not(logic.Holds(g.Reader.Role("system"))),
		logic.Compare(logic.Operand{Var: g.Reader.ActorID()}, logic.Unequal, g.Reader.Operand("system")),
	}
	if len(roles) > 0 {
		person = append(person, g.oneOf(roles))
	}
	switch {
	case !system:
		return person
	case len(event.By) > 0 && len(roles) == 0:
		return g.sentBySystem()
	}
	return []*logic.Term{logic.Or(logic.And(person...), logic.And(g.sentBySystem()...))}
}

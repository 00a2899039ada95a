package proof

import (
	"slices"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/proof/logic"
)

// guards asks of each guard whether it can be true, and whether it says anything its siblings do not.
func (x *examination) guards() {
	x.dead = map[string]string{}
	seen := map[*workflow.Transition]bool{}
	for _, e := range x.m.Edges() {
		if !seen[e.Transition] {
			seen[e.Transition] = true
			x.clauses(e)
		}
	}
	for _, c := range x.m.Conditions() {
		if x.canHold(c.Clause, "") == logic.Never {
			x.add("dead_guard", workflow.SeverityError, "invariant:"+c.ID, c.Clause.Guard.At, nil,
				"the invariant %s is never true, so that nothing can enter %s: %s", c.ID, strings.Join(c.In, ", "), c.Clause.Guard.Expr)
		}
	}
}

func (x *examination) clauses(e workflow.Edge) {
	var ids []string
	var terms []*logic.Term
	for _, c := range e.Clauses {
		ids, terms = append(ids, c.Guard.ID), append(terms, logic.Is(logic.True, x.reader.Clause(c, e.On)))
		switch x.canHold(c, e.On) {
		case logic.Never:
			x.add("dead_guard", workflow.SeverityError, "guard:"+c.Guard.ID, c.Guard.At, nil,
				"%s is never true, whatever the facts: correct the figures, or remove transition %s", c.Guard.Expr, e.ID)
			x.dead[e.ID] = c.Guard.ID
		case logic.Unsure:
			x.add("undecided", workflow.SeverityUndecided, "guard:"+c.Guard.ID, c.Guard.At, nil,
				"whether %s can ever be true could not be decided: compare facts with figures one by one, or show it with a test", c.Guard.Expr)
		}
	}
	if x.dead[e.ID] != "" || len(terms) == 0 {
		return
	}
	if _, answer := x.solver.Solve(terms, nil, nil); answer == logic.Never {
		x.dead[e.ID] = "guards that exclude each other: " + strings.Join(ids, ", ")
		return
	}
	x.subsumed(e, terms)
}

// canHold is unsure only for a guard outside the fragment that no sample made true.
func (x *examination) canHold(c workflow.Clause, event string) logic.Answer {
	t := logic.Is(logic.True, x.reader.Clause(c, event))
	_, answer := x.solver.Solve([]*logic.Term{t}, nil, func(m logic.Model) bool {
		if !slices.ContainsFunc(t.Vars(), x.reader.IsOpaque) {
			return true
		}
		found := x.reader.Case(m, nil)
		for _, sample := range x.reader.Samples(m) {
			facts := map[string]any{}
			for _, more := range []map[string]any{found.Facts, sample} {
				for k, v := range more {
					facts[k] = v
				}
			}
			normal, err := x.m.Normalize(facts)
			ev := workflow.Event{Name: event, Actor: found.Actor, Payload: found.Payload}
			if err == nil && x.m.Ask(c, x.m.Entered(), ev, workflow.World{Facts: normal, Now: found.At(time.Time{})}) == workflow.True {
				return true
			}
		}
		return false
	})
	return answer
}

// outside reports each guard with an expression that is not understood, unless another finding says so already. A walk over a list
// that samples showed to be true is a condition like others: it and its negation exclude each other.
func (x *examination) outside() {
	seen := map[*workflow.Guard]bool{}
	report := func(c workflow.Clause, event, at string) {
		strange := func(v *logic.Var) bool { return x.reader.IsOpaque(v) && !x.reader.IsWalk(v) }
		t := x.reader.Clause(c, event)
		said := slices.ContainsFunc(x.findings, func(f workflow.Finding) bool { return f.Code == "undecided" && f.At == at })
		if seen[c.Guard] || said || !slices.ContainsFunc(t.Vars(), strange) {
			return
		}
		seen[c.Guard] = true
		shown := "an example makes it true"
		if x.canHold(c, event) != logic.Proven {
			shown = "no example made it true"
		}
		x.add("undecided", workflow.SeverityUndecided, at, c.Guard.At, nil,
			"%s is outside what is decided for every value: %s, and nothing more is claimed of it; compare facts with figures one by one, or show it with tests", c.Guard.Expr, shown)
	}
	for _, e := range x.m.Edges() {
		for _, c := range e.Clauses {
			report(c, e.On, "guard:"+c.Guard.ID)
		}
	}
	for _, c := range x.m.Conditions() {
		report(c.Clause, "", "invariant:"+c.ID)
	}
}

// subsumed takes away, from the last to the first, each guard that is true whenever the others are.
func (x *examination) subsumed(e workflow.Edge, terms []*logic.Term) {
	left := slices.Clone(terms)
	for i := len(terms) - 1; i >= 0; i-- {
		others := slices.Concat(left[:i], left[i+1:])
		if _, answer := x.solver.Solve(append(slices.Clone(others), logic.Not(left[i])), nil, nil); answer != logic.Never {
			continue
		}
		left = others
		g := e.Clauses[i].Guard
		if len(others) == 0 {
			x.add("subsumed_guard", workflow.SeverityWarning, "guard:"+g.ID, g.At, nil, "%s is always true and adds nothing to transition %s: remove it", g.Expr, e.ID)
			continue
		}
		x.add("subsumed_guard", workflow.SeverityWarning, "guard:"+g.ID, g.At, nil,
			"%s adds nothing to transition %s: it is true whenever the other guards are; remove it, or correct the figures", g.Expr, e.ID)
	}
}

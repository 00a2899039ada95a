package proof

import (
	"slices"
	"strings"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/proof/paths"
)

// unattended asks that a person or a deadline can leave a configuration; connectors alone may stay silent for ever.
func (x *examination) unattended() {
	said := map[*workflow.State]bool{}
	for _, proven := range []bool{true, false} {
		for _, n := range x.graph.Nodes {
			s := x.waitsIn(n)
			if n.Ended() || said[s] || n.Proven != proven || x.graph.Far(n) || slices.ContainsFunc(n.Out, func(s *paths.Step) bool { return x.attends(n, s) }) {
				continue
			}
			said[s] = true
			path, why, _ := x.stuck(n)
			severity, w := workflow.SeverityError, x.shown(path)
			if w == nil {
				severity = workflow.SeverityUndecided
			}
			where := "state " + s.Name
			if len(n.Inst.States) > 1 {
				where = strings.Join(n.Inst.States, ", ")
			}
			x.add("unattended", severity, place(s), s.At, w,
				"%sneither a person nor a deadline can leave %s: give a role an event for it, or the state an sla whose event always finds a transition", why, where)
		}
	}
}

// attends tells whether a step leaves by something that is sure to come: a person, a deadline, or a fact that arrives. What only
// time makes true does not: no moment that a guard names wakes an instance.
func (x *examination) attends(n *paths.Node, s *paths.Step) bool {
	decl := x.m.Event(s.Event)
	switch {
	case slices.Equal(s.To.Inst.States, n.Inst.States) || !x.leadsOn(s):
		return false
	case s.Event == "":
		return x.graph.ByFacts(s)
	case x.graph.IsDeadline(s.Event):
		return true
	}
	return decl == nil || !slices.Equal(decl.By, []string{"system"})
}

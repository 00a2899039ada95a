package proof

import (
	"slices"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/proof/paths"
)

// bypasses looks for a path to a won end that avoids what is mandatory.
func (x *examination) bypasses() {
	for _, t := range x.t.Transitions {
		if t.Mandatory {
			x.bypass("transition:"+t.ID, t.At, "transition "+t.ID, func(s *paths.Step) bool {
				return slices.ContainsFunc(s.Edges, func(e workflow.Edge) bool { return e.Transition == t })
			})
		}
	}
	x.walk(func(y *workflow.State) {
		if y.Mandatory {
			x.bypass(place(y), y.At, "state "+y.Name, func(s *paths.Step) bool {
				return slices.ContainsFunc(s.Through, func(inst workflow.Instance) bool { return x.activeIn(inst, y) })
			})
		}
	})
}

func (x *examination) activeIn(inst workflow.Instance, y *workflow.State) bool {
	return slices.ContainsFunc(x.m.ActiveIn(inst), func(leaf *workflow.State) bool { return leaf.Lies(y) })
}

func (x *examination) bypass(at string, pos workflow.Position, what string, uses func(*paths.Step) bool) {
	won := func(n *paths.Node) bool { return n.Inst.Ended == "won" }
	if path := x.graph.Avoiding(uses, won, true); path != nil {
		if w := x.shown(path); w != nil {
			x.add("bypass", workflow.SeverityError, at, pos, w, "a path reaches a won end without the mandatory %s: lead every path through it", what)
			return
		}
	}
	if x.graph.Avoiding(uses, won, false) != nil {
		x.add("bypass", workflow.SeverityUndecided, at, pos, nil, "it could not be decided whether a won end can be reached without the mandatory %s", what)
	}
}

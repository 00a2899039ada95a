package proof

import (
	"slices"
	"strings"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/proof/paths"
)

// ends reports what no path can use, and where a path cannot go on.
func (x *examination) ends() {
	if !x.whole() {
		return
	}
	used, entered := x.covered()
	x.unreachable(used, entered)
	x.deadEnds()
	x.unattended()
	x.frozenOpaquely()
}

// frozenOpaquely says where the paths took a frozen fact for free, because nobody understands what reads it.
func (x *examination) frozenOpaquely() {
	read := x.reader.ReadOpaquely()
	for _, f := range x.t.Facts {
		if f.FrozenAfter != "" && slices.Contains(read, f.Name) {
			x.add("undecided", workflow.SeverityUndecided, "fact:"+f.Name, f.At, nil,
				"%s may no longer change after %s, and whether every path still leads to an end for each of its values could not be decided: compare it with figures one by one, or leave it free", f.Name, f.FrozenAfter)
		}
	}
}

// covered lists the transitions some step fires, and the states some step enters.
func (x *examination) covered() (used map[string]bool, entered map[*workflow.State]bool) {
	used, entered = map[string]bool{}, map[*workflow.State]bool{}
	look := func(s *paths.Step) {
		for _, e := range s.Edges {
			used[e.ID] = true
			for _, n := range e.To {
				if h := x.m.State(n); h != nil && h.Kind == "history" {
					entered[h] = true
				}
			}
		}
		for _, inst := range s.Through {
			for _, leaf := range x.m.ActiveIn(inst) {
				for s := leaf; s != nil; s = s.Parent {
					entered[s] = true
				}
			}
		}
	}
	for _, s := range x.graph.Starts {
		look(s)
	}
	for _, s := range x.graph.Sights { // what is wrong with these is said already
		for _, e := range s.Edges {
			if s.Kind == paths.Gap {
				continue
			}
			used[e.ID] = true
			x.walk(func(y *workflow.State) {
				for _, n := range e.To {
					entered[y] = entered[y] || related(y, x.m.State(n))
				}
			})
		}
	}
	for _, n := range x.graph.Nodes {
		for _, s := range n.Out {
			look(s)
		}
	}
	x.walk(func(s *workflow.State) { // a history state may also be where a state begins
		for _, n := range s.Initial {
			if h := x.m.State(n); h != nil && h.Kind == "history" && entered[s] {
				entered[h] = true
			}
		}
	})
	return used, entered
}

// related tells whether one state is the other, or lies inside it.
func related(a, b *workflow.State) bool {
	for s := a; s != nil; s = s.Parent {
		if s == b {
			return true
		}
	}
	for s := b; s != nil; s = s.Parent {
		if s == a {
			return true
		}
	}
	return false
}

func (x *examination) walk(visit func(*workflow.State)) {
	var each func([]*workflow.State)
	each = func(states []*workflow.State) {
		for _, s := range states {
			visit(s)
			each(s.Children)
		}
	}
	each(x.t.States)
}

func (x *examination) unreachable(used map[string]bool, entered map[*workflow.State]bool) {
	for _, t := range x.t.Transitions {
		if used[t.ID] {
			continue
		}
		why := "its guards, what it must hold there and the other transitions of the event leave it no facts"
		switch {
		case x.dead[t.ID] != "":
			why = "because of " + x.dead[t.ID]
		case !slices.ContainsFunc(t.From, func(n string) bool { return entered[x.m.State(n)] }):
			why = "no path reaches a state it leaves"
		}
		x.add("unreachable", workflow.SeverityError, "transition:"+t.ID, t.At, nil, "no path can use transition %s: %s", t.ID, why)
	}
	x.walk(func(s *workflow.State) {
		switch {
		case entered[s]:
		case s.Kind == "history":
			x.add("unreachable", workflow.SeverityError, "state:"+s.Name, s.At, nil, "no usable transition leads to the history state %s", s.Name)
		default:
			x.add("unreachable", workflow.SeverityError, place(s), s.At, nil, "no path leads to state %s", s.Name)
		}
	})
}

func place(s *workflow.State) string {
	if s.Kind == "region" {
		return "region:" + s.Name
	}
	return "state:" + s.Name
}

// deadEnds reports each configuration from which no end can be reached, at the first of its states that is not final.
func (x *examination) deadEnds() {
	alive := map[*paths.Node]bool{}
	before := map[*paths.Node][]*paths.Node{}
	var queue []*paths.Node
	for _, n := range x.graph.Nodes {
		for _, s := range n.Out {
			before[s.To] = append(before[s.To], n)
		}
		if n.Ended() {
			alive[n] = true
			queue = append(queue, n)
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		for _, n := range before[queue[0]] {
			if !alive[n] {
				alive[n] = true
				queue = append(queue, n)
			}
		}
	}
	said := map[*workflow.State]bool{}
	for _, proven := range []bool{true, false} {
		for _, n := range x.graph.Nodes {
			s := x.waitsIn(n)
			if alive[n] || said[s] || n.Proven != proven {
				continue
			}
			said[s] = true
			x.deadEnd(n, s)
		}
	}
}

func (x *examination) deadEnd(n *paths.Node, s *workflow.State) {
	w, severity := x.shown(n.Path()), workflow.SeverityError
	if w == nil {
		severity = workflow.SeverityUndecided
	}
	where := "state " + s.Name
	if len(n.Inst.States) > 1 {
		where = strings.Join(n.Inst.States, ", ") + " together"
	}
	if held := x.heldFacts(n); held != "" {
		where += " with " + held + ", which may no longer change,"
	}
	if len(n.Out) == 0 {
		x.add("dead_end", severity, place(s), s.At, w, "no exit: an instance in %s can never end; give it a transition that can fire", where)
		return
	}
	x.add("dead_end", severity, place(s), s.At, w, "no path leads from %s to an end; give it a way to a final state at the top", where)
}

func (x *examination) heldFacts(n *paths.Node) string {
	var names []string
	for v, value := range n.Held {
		names = append(names, x.reader.Say(v, value))
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// waitsIn is the first active state that is not final, or what is around the final ones.
func (x *examination) waitsIn(n *paths.Node) *workflow.State {
	active := x.m.ActiveIn(n.Inst)
	for _, s := range active {
		if s.Kind != "final" {
			return s
		}
	}
	s := active[0]
	for s.Parent != nil && (s.Kind == "final" || s.Kind == "region") {
		s = s.Parent
	}
	return s
}

// unattended asks that a person or a deadline can leave a configuration; connectors alone may stay silent for ever.
func (x *examination) unattended() {
	said := map[*workflow.State]bool{}
	for _, proven := range []bool{true, false} {
		for _, n := range x.graph.Nodes {
			s := x.waitsIn(n)
			if n.Ended() || said[s] || n.Proven != proven || slices.ContainsFunc(n.Out, func(s *paths.Step) bool { return x.attends(n, s) }) {
				continue
			}
			said[s] = true
			severity, w := workflow.SeverityError, x.shown(n.Path())
			if w == nil {
				severity = workflow.SeverityUndecided
			}
			where := "state " + s.Name
			if len(n.Inst.States) > 1 {
				where = strings.Join(n.Inst.States, ", ")
			}
			x.add("unattended", severity, place(s), s.At, w,
				"neither a person nor a deadline can leave %s: give a role an event for it, or the state an sla", where)
		}
	}
}

// attends tells whether a step leaves by something that is sure to come: a person, a deadline, or a fact that arrives.
func (x *examination) attends(n *paths.Node, s *paths.Step) bool {
	if slices.Equal(s.To.Inst.States, n.Inst.States) {
		return false
	}
	decl := x.m.Event(s.Event)
	if s.Event == "" || decl == nil || !slices.Equal(decl.By, []string{"system"}) {
		return true
	}
	for _, leaf := range x.m.ActiveIn(n.Inst) {
		for y := leaf; y != nil; y = y.Parent {
			if y.SLA != nil && y.SLA.Emits == s.Event {
				return true
			}
		}
	}
	return false
}

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
	return slices.ContainsFunc(x.m.ActiveIn(inst), func(leaf *workflow.State) bool {
		for s := leaf; s != nil; s = s.Parent {
			if s == y {
				return true
			}
		}
		return false
	})
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

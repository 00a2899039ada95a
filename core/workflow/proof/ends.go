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
				for _, s := range leaf.Path() {
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
					to := x.m.State(n)
					entered[y] = entered[y] || to != nil && (y.Lies(to) || to.Lies(y))
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
		if t.Otherwise && slices.ContainsFunc(t.From, func(n string) bool { return entered[x.m.State(n)] }) && x.graph.Covered(t) {
			x.add("unreachable", workflow.SeverityWarning, "transition:"+t.ID, t.At, nil, "no path needs transition %s: its siblings already cover every case", t.ID)
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
	alive := x.alive()
	said := map[*workflow.State]bool{}
	for _, proven := range []bool{true, false} {
		for _, n := range x.graph.Nodes {
			s := x.waitsIn(n)
			if alive[x.waiting(n)] || said[s] || n.Proven != proven || x.graph.Far(n) {
				continue
			}
			said[s] = true
			x.deadEnd(n, s)
		}
	}
}

func (x *examination) deadEnd(n *paths.Node, s *workflow.State) {
	path, why, remedy := x.stuck(n)
	w, severity := x.shown(path), workflow.SeverityError
	if w == nil {
		severity = workflow.SeverityUndecided
	}
	where := "state " + s.Name
	if len(n.Inst.States) > 1 {
		where = strings.Join(n.Inst.States, ", ") + " together"
	}
	if past := remembered(n); past != "" {
		where += " remembering " + past
	}
	if held := x.heldFacts(n); held != "" {
		where += " with " + held + ", which may no longer change,"
	}
	if len(n.Out) == 0 {
		x.add("dead_end", severity, place(s), s.At, w, "no exit: an instance in %s can never end; give it a transition that can fire", where)
		return
	}
	x.add("dead_end", severity, place(s), s.At, w, "%sno path leads from %s to an end; %s", why, where, remedy)
}

// stuck is a path that shows why a node leads nowhere: a deadline that ended in vain, moments that passed, or just the way there.
func (x *examination) stuck(n *paths.Node) (path []*paths.Step, why, remedy string) {
	path, remedy = n.Path(), "give it a way to a final state at the top"
	for _, y := range x.usedAt(n) {
		e := y.SLA.Emits
		return x.vain(n, y), "its deadline sends " + e + " once, and when that moved nothing, ", "let a transition of " + e + " leave whatever the facts, or give a role a way out"
	}
	if slices.ContainsFunc(n.Out, func(s *paths.Step) bool { return !s.Late && !x.graph.IsDeadline(s.Event) }) {
		return append(path, x.graph.Wait(n)), "when the moments that guards name have passed, ", "give it a way out that no moment closes"
	}
	return path, "", remedy
}

// remembered is what the history states of a node would bring back.
func remembered(n *paths.Node) string {
	var out []string
	for _, names := range n.Inst.History {
		out = append(out, names...)
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), ", ")
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

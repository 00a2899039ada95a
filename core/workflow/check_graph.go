package workflow

import (
	"fmt"
	"slices"
	"strings"
)

// graph is what can be reached by edges whose guards can be true at all.
type graph struct {
	b     *builder
	dead  map[string]string   // transition → the guard that makes it impossible
	paths map[string][]string // reached leaf → events that lead there
	used  map[string]bool     // transitions on some path
	next  map[string][]string // reached leaf → leaves after it
}

// checkGraph reports what no path can use, and where a path cannot go on.
func (b *builder) checkGraph() {
	g := &graph{b: b, dead: b.deadTransitions(), paths: map[string][]string{}, used: map[string]bool{}, next: map[string][]string{}}
	g.walk()
	for _, t := range b.t.Transitions {
		if g.used[t.ID] {
			continue
		}
		why := "no path reaches a state it leaves"
		if guard := g.dead[t.ID]; guard != "" {
			why = "because of " + guard
		}
		b.found.add("unreachable", "transition:"+t.ID, t.At, "no path can use transition %s: %s", t.ID, why)
	}
	entered := g.entered()
	walkStates(b.t.States, func(s *State) {
		if !entered[s.Name] {
			b.found.add("unreachable", "state:"+s.Name, s.At, "no path leads to state %s", s.Name)
			return
		}
		if s.SLA != nil {
			g.checkDeadline(s)
		}
		if s.Kind == "atomic" {
			g.checkWaiting(s)
		}
	})
	g.checkEnds(entered)
	g.checkEventless()
}

// walk is a breadth-first search, so that each path found is a shortest one.
func (g *graph) walk() {
	var queue []*State
	reach := func(targets []*State, domain *State, path []string) (names []string) {
		e := entry{m: g.b.m}
		e.into(targets, domain)
		for _, s := range e.set {
			if !s.leaf() {
				continue
			}
			names = append(names, s.Name)
			if _, seen := g.paths[s.Name]; !seen {
				g.paths[s.Name] = path
				queue = append(queue, s)
			}
		}
		return names
	}
	reach(g.b.m.initial, nil, []string{})
	for ; len(queue) > 0; queue = queue[1:] {
		leaf := queue[0]
		for _, e := range g.edgesOf(leaf) {
			g.used[e.ID] = true
			if len(e.targets) > 0 {
				g.next[leaf.Name] = append(g.next[leaf.Name], reach(e.targets, g.b.m.domain(e, nil), append(slices.Clone(g.paths[leaf.Name]), stepName(e)))...)
			}
		}
	}
}

func stepName(e *edge) string {
	if e.On == "" {
		return "(" + e.ID + ")"
	}
	return e.On
}

// edgesOf lists the usable edges of a leaf and the states around it, in the template's order.
func (g *graph) edgesOf(leaf *State) []*edge {
	var out []*edge
	inside := leaf.path()
	if leaf.Kind == "final" {
		if leaf.Parent == nil {
			return nil
		}
		inside = inside[1:]
	}
	complete := leaf.Kind == "final"
	for _, level := range inside {
		for _, event := range keys(g.b.m.edges[level]) {
			if event == "done" && !complete {
				continue
			}
			for _, e := range g.b.m.edges[level][event] {
				if g.dead[e.ID] == "" {
					out = append(out, e)
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b *edge) int { return a.At.Line - b.At.Line })
	return out
}

// entered adds the compound states around the reached leaves.
func (g *graph) entered() map[string]bool {
	out := map[string]bool{}
	for name := range g.paths {
		for _, s := range g.b.m.states[name].path() {
			out[s.Name] = true
		}
	}
	return out
}

// checkWaiting asks that a person or a deadline can leave a state; connectors alone may stay silent for ever.
func (g *graph) checkWaiting(s *State) {
	deadlines := map[string]bool{}
	for _, x := range s.path() {
		if x.SLA != nil {
			deadlines[x.SLA.Emits] = true
		}
	}
	for _, e := range g.edgesOf(s) {
		if len(e.targets) == 0 {
			continue
		}
		decl := g.b.m.events[e.On]
		if e.On == "" || deadlines[e.On] || decl != nil && !onlySystem(decl.By) {
			return
		}
	}
	g.b.found.add("unattended", "state:"+s.Name, s.At, "neither a person nor a deadline can leave state %s", s.Name).Witness = g.witness(s.Name)
}

func (g *graph) checkDeadline(s *State) {
	for _, level := range s.path() {
		if len(g.b.m.edges[level][s.SLA.Emits]) > 0 {
			return
		}
	}
	if g.b.m.events[s.SLA.Emits] != nil {
		g.b.found.add("schema", "state:"+s.Name, s.SLA.At, "the deadline emits %s, but no transition of state %s takes it", s.SLA.Emits, s.Name)
	}
}

// checkEnds reports each reached leaf from which no top-level final can be reached.
func (g *graph) checkEnds(entered map[string]bool) {
	ends := map[string]bool{}
	for name := range g.paths {
		s := g.b.m.states[name]
		ends[name] = s.Kind == "final" && s.Parent == nil
	}
	for changed := true; changed; {
		changed = false
		for from, targets := range g.next {
			if !ends[from] && slices.ContainsFunc(targets, func(t string) bool { return ends[t] }) {
				ends[from], changed = true, true
			}
		}
	}
	for name := range ends { // regions stand and end together
		for p := g.b.m.states[name].Parent; p != nil; p = p.Parent {
			for other := range ends {
				if x := g.b.m.states[other]; p.Kind == "parallel" && x.inside(p) && ends[other] {
					ends[name] = true
				}
			}
		}
	}
	walkStates(g.b.t.States, func(s *State) {
		if _, reached := g.paths[s.Name]; !reached || ends[s.Name] || !entered[s.Name] {
			return
		}
		message := fmt.Sprintf("no path leads from state %s to an end", s.Name)
		if len(g.next[s.Name]) == 0 {
			message = fmt.Sprintf("no exit: an instance in state %s can never end", s.Name)
		}
		g.b.found.add("dead_end", "state:"+s.Name, s.At, "%s", message).Witness = g.witness(s.Name)
	})
}

func (g *graph) witness(leaf string) *Witness {
	return &Witness{Events: g.paths[leaf], Facts: map[string]any{}}
}

// checkEventless refuses a circle of transitions that nobody has to send.
func (g *graph) checkEventless() {
	visited := map[string]int{} // 1 on the way, 2 done
	var visit func(name string, trail []string) bool
	visit = func(name string, trail []string) bool {
		visited[name] = 1
		for _, e := range g.edgesOf(g.b.m.states[name]) {
			if e.On != "" && e.On != "done" || len(e.targets) == 0 {
				continue
			}
			in := entry{m: g.b.m}
			in.into(e.targets, g.b.m.domain(e, nil))
			for _, s := range in.set {
				if !s.leaf() {
					continue
				}
				if visited[s.Name] == 1 {
					g.b.found.add("eventless_cycle", "transition:"+e.ID, e.At, "transitions without an event run in a circle: %s", strings.Join(append(trail, e.ID), ", "))
					return true
				}
				if visited[s.Name] == 0 && visit(s.Name, append(slices.Clone(trail), e.ID)) {
					return true
				}
			}
		}
		visited[name] = 2
		return false
	}
	walkStates(g.b.t.States, func(s *State) {
		if _, reached := g.paths[s.Name]; reached && visited[s.Name] == 0 {
			visit(s.Name, nil)
		}
	})
}

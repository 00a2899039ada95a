package paths

import (
	"maps"
	"slices"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/proof/fragment"
	"github.com/pratica-crm/pratica/core/workflow/proof/logic"
)

// run is a macrostep under way: one condition over facts that stay, as the machine freezes them.
type run struct {
	from    *Node // nil at the start
	event   string
	by      []string
	inst    workflow.Instance
	through []workflow.Instance
	edges   []workflow.Edge
	terms   []*logic.Term
	names   map[*logic.Var]*logic.Var // facts set meanwhile
	since   int                       // from this place in through on, nothing but the place has changed
	chain   int
}

// expand follows every event a node listens to, and every change of facts.
func (g *Graph) expand(n *Node) {
	if n.Ended() {
		return
	}
	for _, decl := range g.events() {
		r := &run{from: n, event: decl.Name, by: decl.By, inst: n.Inst, through: []workflow.Instance{n.Inst}, since: 1, terms: g.sentBy(decl)}
		moves, still := g.moves(n.Inst, nil, decl.Name)
		if len(moves) == 0 {
			continue
		}
		g.heard(r, still)
		g.watch(r, decl.Name)
		for _, m := range moves {
			g.begin(r, m)
		}
	}
	moves, _ := g.moves(n.Inst, &n.Inst, automatic)
	r := &run{from: n, inst: n.Inst, through: []workflow.Instance{n.Inst}, terms: g.sentBySystem()}
	if len(moves) > 0 && !g.document() {
		g.watch(r, automatic)
	}
	for _, m := range moves {
		g.begin(r, m)
	}
}

// events are those the template declares, and one that stands for all others where a wildcard takes them.
func (g *Graph) events() []*workflow.EventDecl {
	all := g.Machine.Template.Events
	if g.document() && slices.ContainsFunc(g.Machine.Template.Transitions, func(t *workflow.Transition) bool { return t.On == "*" }) {
		return append(slices.Clone(all), &workflow.EventDecl{Name: "any_other"})
	}
	return all
}

// begin takes the first edges of a macrostep: no breach may stand, unless they lead to a lost end.
func (g *Graph) begin(r *run, m move) {
	next := *r
	if !slices.ContainsFunc(m.edges, g.toLost) {
		next.terms = append(slices.Clone(r.terms), g.holding(r.inst, &r.inst, nil)...)
	}
	if followed := g.follow(&next, m); followed != nil {
		g.settle(followed)
	}
}

func (g *Graph) toLost(e workflow.Edge) bool {
	return slices.ContainsFunc(e.To, func(n string) bool { s := g.Machine.State(n); return s != nil && s.Outcome == "lost" })
}

// holding are the invariants of a place. One that may be waived, and held before too, may stand waived.
func (g *Graph) holding(inst workflow.Instance, before *workflow.Instance, names map[*logic.Var]*logic.Var) (out []*logic.Term) {
	active := g.Machine.ActiveIn(inst)
	for _, c := range g.Machine.Conditions() {
		if !anyActive(active, c.States) {
			continue
		}
		t := logic.Is(logic.True, g.bind(g.Reader.Clause(c.Clause, ""), inst, names))
		if before != nil && len(c.Waive) > 0 && anyActive(g.Machine.ActiveIn(*before), c.States) {
			t = logic.Or(t, logic.Holds(g.Reader.Waived(c.ID)))
		}
		out = append(out, t)
	}
	return out
}

func anyActive(active, states []*workflow.State) bool {
	return slices.ContainsFunc(active, func(leaf *workflow.State) bool {
		return slices.ContainsFunc(states, leaf.Lies)
	})
}

// bind says a term where an instance stands, after the facts set meanwhile.
func (g *Graph) bind(t *logic.Term, inst workflow.Instance, names map[*logic.Var]*logic.Var) *logic.Term {
	return logic.Rename(logic.Given(t, g.Reader.Standing(g.Machine.ActiveIn(inst))), names)
}

// follow is the run after a move; nil when it cannot happen.
func (g *Graph) follow(r *run, m move) *run {
	if g.solver.Charge(moveCost * (1 + r.chain)); g.solver.Spent() {
		g.Whole = false
		return nil
	}
	next := *r
	next.terms = slices.Clone(r.terms)
	for _, t := range m.when {
		next.terms = append(next.terms, g.bind(t, r.inst, r.names))
	}
	edges := m.edges
	if g.document() {
		edges = g.preempt(r.inst, edges)
	}
	if g.clash(&next, edges) {
		return nil
	}
	for _, e := range edges {
		if e.Approvals != nil && e.Approvals.Count > 1 { // a deadline is one actor
			g.lost(r, next.terms)
		}
		if !g.set(&next, e) {
			g.lost(r, next.terms)
			return nil
		}
	}
	next.edges = append(slices.Clone(r.edges), edges...)
	next.inst = g.Machine.Moved(r.inst, edges)
	next.through = append(slices.Clone(r.through), next.inst)
	return &next
}

// set gives facts new names from here on; false when one is frozen.
func (g *Graph) set(r *run, e workflow.Edge) bool {
	for _, a := range e.Sets() {
		if slices.Contains(r.inst.Frozen, a.Fact) {
			g.stays(r, r.terms)
			return false
		}
		before, after := g.Reader.Fact(a.Fact), g.Reader.Version(a.Fact)
		if after == nil {
			continue
		}
		if o, ok := g.Reader.Value(a.Value, e.On); ok {
			if n := r.names[o.Var]; n != nil {
				o.Var = n
			}
			r.terms = append(r.terms, logic.Is(logic.True, logic.Compare(logic.Operand{Var: after}, logic.Equal, o)))
		}
		r.names = maps.Clone(r.names)
		if r.names == nil {
			r.names = map[*logic.Var]*logic.Var{}
		}
		r.names[before] = after
		r.since = len(r.through)
	}
	return true
}

// settle follows done and eventless transitions until none is enabled.
func (g *Graph) settle(r *run) {
	if r.inst.Ended != "" {
		g.finish(r)
		return
	}
	var before *workflow.Instance
	if r.from != nil {
		before = &r.from.Inst
	}
	moves, still := g.moves(r.inst, before, automatic)
	if len(moves) > 0 && !g.document() && (r.from == nil || len(r.edges) > 0) {
		g.watch(r, automatic)
	}
	for _, m := range moves {
		next := g.follow(r, m)
		if next == nil || !g.possible(next) {
			continue
		}
		next.chain++
		if g.circles(next) {
			continue
		}
		g.settle(next)
	}
	last := *r
	last.terms = slices.Clone(r.terms)
	for _, t := range still {
		last.terms = append(last.terms, g.bind(t, r.inst, r.names))
	}
	g.finish(&last)
}

func (g *Graph) possible(r *run) bool {
	_, answer := g.solver.Solve(r.terms, r.held(g), nil)
	return answer != logic.Never
}

// held are the values that stand whatever happens: frozen facts, and the event's name.
func (r *run) held(g *Graph) logic.Model {
	out := logic.Model{g.Reader.EventName(): g.Reader.Operand(r.event).Plus}
	if r.from != nil {
		maps.Copy(out, r.from.Held)
	}
	return out
}

// finish ends a macrostep: the invariants of where it leads must hold, and facts may freeze.
func (g *Graph) finish(r *run) {
	if len(r.edges) == 0 && r.from != nil {
		return // nothing moved
	}
	terms := slices.Clone(r.terms)
	if len(r.edges) > 0 {
		var before *workflow.Instance
		if r.from != nil {
			before = &r.from.Inst
		}
		holding := g.holding(r.inst, before, r.names)
		if len(holding) > 0 {
			refused := append(slices.Clone(terms), logic.Not(logic.And(holding...)))
			g.stays(r, refused)
			g.lost(r, refused)
		}
		terms = append(terms, holding...)
	}
	g.freeze(r, terms, r.inst.Frozen, r.held(g), logic.Model{})
}

// stays is that an instance starts all the same, where it entered, when what would follow by itself is refused.
func (g *Graph) stays(r *run, terms []*logic.Term) {
	if r.from == nil {
		first := r.through[0]
		g.step(&run{inst: first, through: []workflow.Instance{first}}, terms, r.held(g), nil)
	}
}

// freeze takes one value after the other for each fact that some guard reads and that is frozen from here on.
func (g *Graph) freeze(r *run, terms []*logic.Term, frozen []string, fixed, held logic.Model) {
	if len(frozen) == 0 {
		g.step(r, terms, fixed, held)
		return
	}
	name, rest := frozen[0], frozen[1:]
	v := g.Reader.Fact(name)
	if v == nil || len(g.frozen[name]) == 0 {
		g.freeze(r, terms, rest, fixed, held)
		return
	}
	if x, already := fixed[v]; already {
		held = maps.Clone(held)
		held[v] = x
		g.freeze(r, terms, rest, fixed, held)
		return
	}
	now := v
	if n := r.names[v]; n != nil {
		now = n
	}
	for _, x := range g.frozen[name] {
		next := maps.Clone(held)
		next[v] = x
		g.freeze(r, append(slices.Clone(terms), Holds(now, x)), rest, fixed, next)
	}
}

// Holds is that a variable has a value, or none.
func Holds(v *logic.Var, x logic.Value) *logic.Term {
	if x == logic.Absent {
		return logic.Not(logic.Known(v))
	}
	return logic.Is(logic.True, logic.Compare(logic.Operand{Var: v}, logic.Equal, logic.Operand{Plus: x}))
}

// step adds a step if its condition can hold.
func (g *Graph) step(r *run, terms []*logic.Term, fixed, held logic.Model) {
	var c fragment.Case
	model, answer := g.solver.Solve(terms, fixed, func(m logic.Model) bool {
		return g.concrete(r, m, &c, func(result workflow.Result) bool { return r.reached(result) })
	})
	if answer == logic.Never {
		return
	}
	to := g.node(r.inst, held)
	if to == nil {
		return
	}
	s := &Step{From: r.from, To: to, Event: r.event, Edges: r.edges, Through: r.through, Case: c, Terms: terms, Names: r.names,
		Proven: answer == logic.Proven && model != nil, Late: g.comesLate(terms, fixed)}
	if r.from == nil {
		g.Starts = append(g.Starts, s)
		return
	}
	r.from.Out = append(r.from.Out, s)
}

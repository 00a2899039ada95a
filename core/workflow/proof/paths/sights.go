package paths

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/proof/fragment"
	"github.com/pratica-crm/pratica/core/workflow/proof/logic"
)

// Kind of a sight.
type Kind string

const (
	Overlap Kind = "overlap"         // two edges of one level are ready together
	Gap     Kind = "gap"             // all guarded edges of a level are false
	Clash   Kind = "region_conflict" // edges of two regions cannot fire together, or set the same fact
	Circle  Kind = "eventless_cycle" // a run to completion that need not end
)

// Sight is something seen on the way that should not be.
type Sight struct {
	Kind     Kind
	Edges    []workflow.Edge // the two, or those of the circle
	State    *workflow.State
	Event    string // "" automatic
	Fact     string // of a clash: set twice
	At       *Node  // where the macrostep begins; nil at the start
	Case     fragment.Case
	Sent     string        // what is sent at At; "" when facts change
	Terms    []*logic.Term // its condition
	Proven   bool          // the machine does it with the facts of Case
	Found    bool          // some values fit, whether or not the machine could be given them
	Straight bool          // of a circle: it does not come back, but is longer than the machine allows
	good     func(workflow.Result) bool
	// Guards outside the fragment, when the sight is not proven.
	Guards []*workflow.Guard
}

// key is the same for sights of one kind about the same edges; a gap is also told apart by its state.
func (s *Sight) key() string {
	var ids []string
	for _, e := range s.Edges {
		ids = append(ids, e.ID)
	}
	slices.Sort(ids)
	ids = append(slices.Compact(ids), string(s.Kind), s.Event, s.Fact)
	if s.Kind == Gap {
		ids = append(ids, s.State.Name)
	}
	return strings.Join(ids, "\x00")
}

// see keeps the first sight of its kind, a proven one before others.
func (g *Graph) see(s *Sight) {
	switch old := g.sights[s.key()]; {
	case old == nil:
		g.sights[s.key()], g.Sights = s, append(g.Sights, s)
	case !old.Proven && s.Proven:
		*old = *s
	}
}

// look asks whether a sight is possible, and keeps it if so.
func (g *Graph) look(r *run, s *Sight, terms []*logic.Term, good func(workflow.Result) bool) bool {
	if old := g.sights[s.key()]; old != nil && old.Proven {
		return true
	}
	s.At, s.Sent, s.Terms, s.good = r.from, r.event, terms, good
	_, answer := g.solver.Solve(terms, r.held(g), func(m logic.Model) bool {
		s.Found = true
		return g.concrete(r, m, &s.Case, good)
	})
	if answer == logic.Never {
		return false
	}
	s.Proven = answer == logic.Proven
	g.see(s)
	return true
}

// Confirms tells whether what the machine did shows the sight.
func (s *Sight) Confirms(r workflow.Result) bool { return s.good(r) }

func isAmbiguous(r workflow.Result) bool {
	return len(r.Blockers) > 0 && r.Blockers[0].Code == workflow.Ambiguous
}

// watch looks at all levels of an event where a run stands.
func (g *Graph) watch(r *run, event string) {
	if g.document() {
		return
	}
	seen := map[*group]bool{}
	for _, leaf := range g.Machine.ActiveIn(r.inst) {
		chains := [][]*group{g.levels(r.inst, leaf, event)}
		if event == automatic {
			chains = [][]*group{g.levels(r.inst, leaf, "done"), g.levels(r.inst, leaf, "")}
		}
		for _, levels := range chains {
			passed := slices.Clone(r.terms)
			for i, x := range levels {
				if !seen[x] {
					seen[x] = true
					g.overlaps(r, x, passed)
					if event != automatic && i == len(levels)-1 {
						g.gap(r, x, passed)
					}
				}
				passed = append(slices.Clone(passed), g.bind(x.pass, r.inst, r.names))
			}
		}
	}
}

func (g *Graph) overlaps(r *run, x *group, passed []*logic.Term) {
	left := 0
	defer func() { x.more = max(x.more, left) }()
	for i, a := range x.edges {
		for j, b := range x.edges[:i] {
			if a.Otherwise || b.Otherwise {
				continue
			}
			if x.kept >= maxPairs || g.solver.Spent() {
				left++
				continue
			}
			memo := fmt.Sprint(a.ID, " ", b.ID, " ", x.state.Name, g.standing(r, x.ready[i], x.ready[j]))
			fresh := len(r.edges) == 0 && len(passed) == len(r.terms) // no condition but the event's own
			if fresh && g.disjoint[memo] {
				continue
			}
			terms := append(slices.Clone(passed), g.bind(x.ready[i], r.inst, r.names), g.bind(x.ready[j], r.inst, r.names))
			s := &Sight{Kind: Overlap, Edges: []workflow.Edge{b, a}, State: x.state, Event: x.event, Guards: g.outside(b, a)}
			known := len(g.Sights)
			if !g.look(r, s, terms, isAmbiguous) && fresh {
				g.disjoint[memo] = true
			}
			x.kept += len(g.Sights) - known
		}
	}
}

// Uncompared is a state and event where some pairs of transitions were not compared.
type Uncompared struct {
	Last  workflow.Edge
	Pairs int
	// Shown: enough others overlap; else the budget was used up.
	Shown     bool
	Otherwise bool
}

// Uncompared lists the groups that were not wholly looked at, in the order of their transitions.
func (g *Graph) Uncompared() (out []Uncompared) {
	done := map[*group]bool{}
	for _, e := range g.Machine.Edges() {
		x := g.groups[groupKey{e.Source, e.On}]
		if x == nil || x.more == 0 || done[x] {
			continue
		}
		done[x] = true
		out = append(out, Uncompared{x.edges[len(x.edges)-1], x.more, x.kept >= maxPairs,
			slices.ContainsFunc(x.edges, func(e workflow.Edge) bool { return e.Otherwise })})
	}
	return out
}

// standing tells apart places where terms may have another answer: by state_in, or by facts that are frozen.
func (g *Graph) standing(r *run, terms ...*logic.Term) string {
	known := g.Reader.Standing(g.Machine.ActiveIn(r.inst))
	if r.from != nil {
		maps.Copy(known, r.from.Held)
	}
	var out []string
	for _, t := range terms {
		for _, v := range t.Vars() {
			if value, ok := known[v]; ok {
				out = append(out, fmt.Sprint(v.Name, "=", value))
			}
		}
	}
	return strings.Join(out, " ")
}

// gap is facts that make every guarded edge of a level false; missing ones are not among them.
func (g *Graph) gap(r *run, x *group, passed []*logic.Term) {
	guarded := 0
	for _, e := range x.edges {
		if e.Otherwise {
			return
		}
		if len(e.Clauses) > 0 {
			guarded++
		}
	}
	if guarded < 2 || g.closed(r, x) {
		return
	}
	s := &Sight{Kind: Gap, Edges: x.edges, State: x.state, Event: x.event, Guards: g.outside(x.edges...)}
	g.look(r, s, append(slices.Clone(passed), g.bind(x.pass, r.inst, r.names)), func(result workflow.Result) bool {
		return !slices.ContainsFunc(x.edges, func(e workflow.Edge) bool { return !isFalse(result, e) })
	})
}

// closed tells a place where guards refuse an event for where the instance stands and not for its facts, as while it is on hold:
// what is meant is no gap.
func (g *Graph) closed(r *run, x *group) bool {
	can := func(t *logic.Term) bool {
		_, answer := g.solver.Solve([]*logic.Term{t}, logic.Model{}, func(logic.Model) bool { return true })
		return answer != logic.Never
	}
	standing := g.Reader.Standing(g.Machine.ActiveIn(r.inst))
	return !slices.ContainsFunc(x.ready, func(ready *logic.Term) bool { return can(logic.Given(ready, standing)) || !can(ready) })
}

// isFalse tells whether the machine found a clause of the edge false, and did not fire it.
func isFalse(r workflow.Result, e workflow.Edge) bool {
	return !slices.Contains(r.Transitions, e.ID) && slices.ContainsFunc(r.Clauses, func(c workflow.ClauseOutcome) bool {
		return c.Transition == e.ID && c.Outcome == workflow.False
	})
}

// outside lists the guards of edges that hold an expression nobody understands.
func (g *Graph) outside(edges ...workflow.Edge) (out []*workflow.Guard) {
	for _, e := range edges {
		for _, c := range e.Clauses {
			if slices.ContainsFunc(g.Reader.Clause(c, e.On).Vars(), g.Reader.IsOpaque) {
				out = append(out, c.Guard)
			}
		}
	}
	return out
}

// clash looks at edges of several regions that would fire together; true when they cannot.
func (g *Graph) clash(r *run, edges []workflow.Edge) (stop bool) {
	if g.document() {
		return false
	}
	for i, a := range edges {
		for _, b := range edges[:i] {
			s := &Sight{Kind: Clash, Edges: []workflow.Edge{b, a}, State: a.Source, Event: a.On, Guards: g.outside(b, a)}
			if g.Machine.Clash(a, b, r.inst) {
				g.look(r, s, r.terms, isAmbiguous)
				stop = true
				continue
			}
			for _, x := range a.Sets() {
				for _, y := range b.Sets() {
					if x.Fact == y.Fact {
						s.Fact = x.Fact
						g.look(r, s, r.terms, func(result workflow.Result) bool {
							return slices.Contains(result.Transitions, a.ID) && slices.Contains(result.Transitions, b.ID)
						})
					}
				}
			}
		}
	}
	return stop
}

// circles tells whether a run came back to where it was, or goes on longer than the machine lets it.
func (g *Graph) circles(r *run) bool {
	here, back := placeKey(r.inst), -1
	for i := max(r.since, 0); i < len(r.through)-1; i++ {
		if placeKey(r.through[i]) == here {
			back = i
		}
	}
	if back < 0 && r.chain < maxChain {
		return false
	}
	s := &Sight{Kind: Circle, Edges: r.edges, State: r.edges[len(r.edges)-1].Source}
	if back >= 0 && len(r.edges) > len(r.through)-1-back {
		s.Edges = r.edges[len(r.edges)-(len(r.through)-1-back):]
	}
	s.Edges = once(slices.DeleteFunc(slices.Clone(s.Edges), func(e workflow.Edge) bool { return e.On == r.event && r.event != "" }))
	s.Straight = back < 0 && len(s.Edges) >= r.chain
	g.look(r, s, r.terms, isAmbiguous)
	return true
}

func once(edges []workflow.Edge) (out []workflow.Edge) {
	for _, e := range edges {
		if !slices.ContainsFunc(out, func(x workflow.Edge) bool { return same(x, e) }) {
			out = append(out, e)
		}
	}
	return out
}

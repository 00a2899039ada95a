package paths

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/proof/fragment"
	"github.com/pratica-crm/pratica/core/workflow/proof/logic"
)

const (
	// maxNodes bounds the configurations looked at.
	maxNodes = 6_000
	// maxChain is one more than the machine allows to follow by itself.
	maxChain = 17
	// maxCombinations bounds how regions may move together at one event.
	maxCombinations = 2_048
	// maxPairs bounds the overlaps that are listed of one state and event.
	maxPairs = 20
	// moveCost is what following a move counts for in the budget, for each transition of its macrostep.
	moveCost = 20
)

// Node is where an instance can stand between two macrosteps.
type Node struct {
	Inst workflow.Instance
	Held logic.Model // frozen facts that some guard reads
	Out  []*Step
	In   *Step // the last step of a shortest path; nil where an instance starts without moving
	// Proven: the path to here is made of proven steps.
	Proven bool
	// Lost are deadlines whose event may be refused here, with facts for which it is.
	Lost map[string]*Step
	key  string
}

// Step is one macrostep; Event is empty when facts change or an instance starts.
type Step struct {
	From, To *Node // From is nil for the start
	Event    string
	Edges    []workflow.Edge // in the order they fire
	Through  []workflow.Instance
	Case     fragment.Case
	Terms    []*logic.Term             // its condition
	Names    map[*logic.Var]*logic.Var // what stands for facts that it sets, in Terms
	Proven   bool                      // the machine does it with the facts of Case
	Sight    bool                      // it only shows something: see Sight
	Late     bool                      // its condition can hold when all moments the template names have passed
}

// Waits tells a step in which nothing happens but that time passes: see Graph.Wait.
func (s *Step) Waits() bool {
	return s.From == s.To && s.From != nil && s.Event == "" && len(s.Edges) == 0 && !s.Sight
}

// Graph is everything a template can do.
type Graph struct {
	Machine *workflow.Machine
	Reader  *fragment.Reader
	Nodes   []*Node // in the order found
	Starts  []*Step
	Sights  []*Sight
	// Whole is false when a budget ended the walk: what was not found may exist.
	Whole bool

	solver    *logic.Solver
	nodes     map[string]*Node
	groups    map[groupKey]*group
	frozen    map[string][]logic.Value // fact → cells, of those some guard reads
	deadlines map[string]bool          // events that only a deadline sends
	late      logic.Value              // after all moments
	sights    map[string]*Sight
	disjoint  map[string]bool
}

// Walk explores a template. The reader's variables must not be used by others meanwhile.
func Walk(m *workflow.Machine, r *fragment.Reader, solver *logic.Solver) *Graph {
	g := &Graph{Machine: m, Reader: r, Whole: true, solver: solver, nodes: map[string]*Node{}, groups: map[groupKey]*group{},
		frozen: map[string][]logic.Value{}, sights: map[string]*Sight{}, disjoint: map[string]bool{}, deadlines: deadlines(m)}
	g.cutFrozen()
	first := m.Entered()
	g.settle(&run{inst: first, through: []workflow.Instance{first}, terms: g.sentBySystem()})
	for _, s := range slices.Clone(g.Sights) { // where what follows is refused, an instance starts all the same
		g.Starts = append(g.Starts, &Step{To: g.node(first, nil), Through: []workflow.Instance{first}, Case: s.Case, Proven: s.Proven, Terms: s.Terms, Late: true})
	}
	for i := 0; i < len(g.Nodes); i++ {
		if len(g.Nodes) >= maxNodes || solver.Spent() {
			g.Whole = false
			break
		}
		g.expand(g.Nodes[i])
	}
	g.shortest()
	return g
}

// cutFrozen finds the values that matter of facts that freeze.
func (g *Graph) cutFrozen() {
	var terms []*logic.Term
	for _, e := range g.Machine.Edges() {
		terms = append(terms, g.Reader.Clauses(e)...)
		for _, a := range e.Sets() { // what is set is a value of its own
			o, ok := g.Reader.Value(a.Value, e.On)
			if v := g.Reader.Fact(a.Fact); ok && v != nil {
				terms = append(terms, logic.Compare(logic.Operand{Var: v}, logic.Equal, o))
			}
		}
	}
	for _, c := range g.Machine.Conditions() {
		terms = append(terms, g.Reader.Clause(c.Clause, ""))
	}
	last := workflow.Clock()
	for _, f := range g.Machine.Template.Facts {
		if f.FrozenAfter == "" {
			continue
		}
		if v := g.Reader.Fact(f.Name); v != nil {
			values, ok := logic.Cells(v, terms)
			g.frozen[f.Name], g.Whole = values, g.Whole && ok
			if v.Sort == logic.Number && v.Usual != 0 && len(values) > 0 {
				last = max(last, slices.Max(values))
			}
		}
	}
	var distance logic.Value
	g.late, distance = logic.After(terms, last)
	for _, f := range g.Machine.Template.Facts { // a date may also freeze when all others have passed
		if v := g.Reader.Fact(f.Name); len(g.frozen[f.Name]) > 0 && v.Usual != 0 {
			g.frozen[f.Name] = append(g.frozen[f.Name], g.late+1, g.late+distance+2)
		}
	}
}

// node finds or makes the node of a place.
func (g *Graph) node(inst workflow.Instance, held logic.Model) *Node {
	key := placeKey(inst)
	for _, f := range inst.Frozen {
		if v := g.Reader.Fact(f); v != nil {
			if x, ok := held[v]; ok {
				key += fmt.Sprintf("|%s=%d", f, x)
			}
		}
	}
	n := g.nodes[key]
	if n != nil {
		return n
	}
	if len(g.Nodes) >= maxNodes {
		g.Whole = false
		return nil
	}
	n = &Node{Inst: inst, Held: held, key: key}
	g.nodes[key], g.Nodes = n, append(g.Nodes, n)
	return n
}

func placeKey(inst workflow.Instance) string {
	var b strings.Builder
	b.WriteString(strings.Join(inst.States, ","))
	var past []string
	for h, names := range inst.History {
		past = append(past, "|"+h+"="+strings.Join(names, ","))
	}
	slices.Sort(past)
	b.WriteString(strings.Join(past, ""))
	b.WriteString("|" + strings.Join(inst.Frozen, ","))
	return b.String()
}

// shortest finds each node's path: by proven steps where there is one.
func (g *Graph) shortest() {
	seen := map[*Node]bool{}
	for _, proven := range []bool{true, false} {
		var queue []*Node
		reach := func(s *Step, sound bool) {
			if !seen[s.To] && (sound && s.Proven || !proven) {
				seen[s.To], s.To.In, s.To.Proven = true, s, sound && s.Proven
				queue = append(queue, s.To)
			}
		}
		for _, s := range g.Starts {
			reach(s, true)
		}
		if !proven {
			for _, n := range g.Nodes {
				if seen[n] {
					queue = append(queue, n)
				}
			}
		}
		for ; len(queue) > 0; queue = queue[1:] {
			for _, s := range queue[0].Out {
				reach(s, queue[0].Proven)
			}
		}
	}
}

// Path lists the steps from the start to a node.
func (n *Node) Path() (out []*Step) {
	for ; n != nil && n.In != nil; n = n.In.From {
		out = append(out, n.In)
	}
	slices.Reverse(out)
	return out
}

// Ended tells whether the instance has come to a final state at the top.
func (n *Node) Ended() bool { return n.Inst.Ended != "" }

// Avoiding is a shortest path over steps that are not avoided to a node that is a goal; nil when there is none.
// The node of the path's last step is the goal; proven asks for proven steps only.
func (g *Graph) Avoiding(avoid func(*Step) bool, goal func(*Node) bool, proven bool) []*Step {
	in := map[*Node]*Step{}
	var queue []*Node
	reach := func(s *Step) {
		if in[s.To] == nil && !avoid(s) && (s.Proven || !proven) {
			in[s.To] = s
			queue = append(queue, s.To)
		}
	}
	for _, s := range g.Starts {
		reach(s)
	}
	for ; len(queue) > 0; queue = queue[1:] {
		if !goal(queue[0]) {
			for _, s := range queue[0].Out {
				reach(s)
			}
			continue
		}
		var path []*Step
		for n := queue[0]; n != nil; {
			s := in[n]
			path, n = append(path, s), s.From
		}
		slices.Reverse(path)
		return path
	}
	return nil
}

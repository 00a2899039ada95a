package workflow

import (
	"slices"

	"cel.dev/cel-go/common/ast"
)

// This file is what core/workflow/proof sees of a machine beside its public face. Execution uses none of it.

// Draft is a template as far as it could be compiled, so that analysis goes on past the first mistake.
type Draft struct {
	Machine  *Machine // without the clauses that do not compile; nil when its states cannot be entered as written
	Complete bool     // nothing was left out: the machine may be used
	// Broken are the transitions that something was left out of: the machine takes a clause that does not compile for true.
	Broken   map[string]bool
	Findings []Finding
	Digest   string // "" when the source is not YAML
}

// Read looks at a template's form, names, types and costs, and runs its tests where it compiles.
func Read(source []byte) Draft {
	found := &findings{}
	m, b, digest := build(source, found)
	d := Draft{Machine: m, Complete: m != nil, Digest: digest}
	if m != nil {
		m.checkTests(found)
	} else if b != nil && !b.unsound && b.env != nil && allKindsKnown(b.t.States) {
		d.Machine, d.Broken = b.m, b.broken
		b.m.dropBroken()
	}
	d.Findings = found.sorted()
	return d
}

func allKindsKnown(states []*State) bool {
	known := true
	walkStates(states, func(s *State) {
		known = known && slices.Contains([]string{"atomic", "compound", "parallel", "region", "final", "history"}, s.Kind)
	})
	return known
}

// dropBroken takes away the actions that did not compile, as the clauses that did not are not there either.
func (m *Machine) dropBroken() {
	for _, list := range m.sources {
		for _, e := range list {
			e.actions = slices.DeleteFunc(slices.Clone(e.actions), func(a *compiledAction) bool {
				for _, w := range a.with {
					if w == nil {
						return true
					}
				}
				return a.Do == "fact.set" && a.value == nil
			})
		}
	}
}

// NewReport sorts findings, keeps one of each sentence about a place, and tells whether an error is among them.
func NewReport(digest string, all []Finding) Report {
	found := &findings{}
	for _, f := range all {
		found.put(f)
	}
	return Report{Publishable: found.errors() == 0, Digest: digest, Findings: found.sorted()}
}

// Clause is a guard or an invariant's condition in compiled form.
type Clause struct {
	Guard *Guard
	c     *clause
}

// AST is the checked expression.
func (c Clause) AST() *ast.AST { return c.c.ast.NativeRep() }

// Cost is what an evaluation costs at most, from the declared sizes; math.MaxUint64 when nothing bounds it.
func (c Clause) Cost() uint64 { return c.c.cost }

// Facts lists the declared facts the clause mentions, sorted.
func (c Clause) Facts() []string { return c.c.facts }

// Edge is a transition seen from one of its source states.
type Edge struct {
	*Transition
	Source  *State
	Clauses []Clause
	e       *edge
}

// Assignment is a fact.set of an edge.
type Assignment struct {
	Fact  string
	Value *ast.AST
}

// Sets lists the facts that the edge sets, in order.
func (e Edge) Sets() (out []Assignment) {
	for _, a := range e.e.actions {
		if a.Do != "fact.set" {
			continue
		}
		out = append(out, Assignment{a.Fact, a.value.ast.NativeRep()})
	}
	return out
}

// Computed lists what the actions of the edge compute: fact.set and the arguments of calls, in order.
func (e Edge) Computed() (out []Clause) {
	for _, a := range e.e.actions {
		if a.value != nil {
			out = append(out, Clause{a.value.guard, a.value})
		}
		for _, w := range a.With {
			out = append(out, Clause{a.with[w.Name].guard, a.with[w.Name]})
		}
	}
	return out
}

// Edges lists all edges, in the template's order.
func (m *Machine) Edges() (out []Edge) {
	for _, t := range m.Template.Transitions {
		for _, from := range t.From {
			for _, e := range m.sources[m.states[from]] {
				if e.Transition == t && !slices.ContainsFunc(out, func(x Edge) bool { return x.e == e }) {
					out = append(out, e.seen())
				}
			}
		}
	}
	return out
}

func (e *edge) seen() Edge {
	out := Edge{Transition: e.Transition, Source: e.source, e: e}
	for _, c := range e.clauses {
		out.Clauses = append(out.Clauses, Clause{c.guard, c})
	}
	return out
}

// EdgesFrom lists the edges that leave a state by an event, in order; "" is eventless.
func (m *Machine) EdgesFrom(s *State, event string) []Edge {
	candidates := m.candidates(s, event)
	out := make([]Edge, len(candidates))
	for i, e := range candidates {
		out[i] = e.seen()
	}
	return out
}

// Condition is an invariant in compiled form.
type Condition struct {
	*Invariant
	States []*State
	Clause Clause
}

// Conditions lists the invariants that compiled, in the template's order.
func (m *Machine) Conditions() []Condition {
	out := make([]Condition, len(m.invariants))
	for i, x := range m.invariants {
		out[i] = Condition{x.Invariant, x.states, Clause{x.clause.guard, x.clause}}
	}
	return out
}

// Param is a parameter's value, or nil.
func (m *Machine) Param(name string) any { return m.params["params."+name] }

// Path lists the state and those around it, innermost first.
func (s *State) Path() []*State { return s.path() }

// Lies tells whether s is around, or lies inside it.
func (s *State) Lies(around *State) bool { return s.within(around) }

// ActiveIn lists the active leaves of an instance in document order.
func (m *Machine) ActiveIn(inst Instance) []*State { return m.configuration(inst.States) }

// IsComplete tells whether a state of the instance is complete, so that it is offered done.
func (m *Machine) IsComplete(inst Instance, s *State) bool {
	if m.Template.Priority == "document" {
		return m.configuration(inst.States).done(s)
	}
	return m.configuration(inst.States).complete(s)
}

// Clash tells whether two edges cannot fire together from where the instance stands.
func (m *Machine) Clash(a, b Edge, inst Instance) bool {
	return m.conflict(a.e, b.e, m.configuration(inst.States), inst.History)
}

// Preempts tells whether, where the order of the document decides, two edges would leave the same state.
func (m *Machine) Preempts(a, b Edge, inst Instance) bool {
	return m.begin(inst, Event{}, World{}).sharesExit(a.e, b.e)
}

// Entered is where a new instance stands before anything else happens.
func (m *Machine) Entered() Instance {
	s := m.begin(Instance{States: []string{}}, Event{}, World{})
	s.enter(nil, m.initial)
	return s.inst.place()
}

// Moved is where an instance stands after edges fired together, without their actions and what follows by itself.
func (m *Machine) Moved(inst Instance, edges []Edge) Instance {
	s := m.begin(inst, Event{}, World{})
	var bare []*edge
	for _, e := range edges {
		x := *e.e
		x.actions = nil
		bare = append(bare, &x)
	}
	s.fire(bare)
	return s.inst.place()
}

// place forgets all but where the instance stands.
func (i Instance) place() Instance {
	return Instance{States: i.States, Frozen: i.Frozen, History: i.History, Ended: i.Ended}
}

// Ask runs one clause as a macrostep of the event would.
func (m *Machine) Ask(c Clause, inst Instance, ev Event, w World) Verdict {
	s := m.begin(inst, ev, w)
	v, _ := c.c.eval(&s.evaluation)
	return v
}

// Sample completes a payload by what its declaration requires, so that it is accepted.
func (e *EventDecl) Sample(payload map[string]any) map[string]any {
	if e == nil || e.Payload == nil {
		return payload
	}
	out := map[string]any{}
	for k, v := range payload {
		out[k] = v
	}
	for _, f := range e.Payload.Properties {
		if _, given := out[f.Name]; !given && slices.Contains(e.Payload.Required, f.Name) {
			out[f.Name] = f.Schema.sample()
		}
	}
	return out
}

// sample is a value the schema allows.
func (s *Schema) sample() any {
	switch s.Type {
	case "integer":
		switch {
		case s.Minimum != nil:
			return *s.Minimum
		case s.Maximum != nil:
			return min(0, *s.Maximum)
		}
		return int64(0)
	case "boolean":
		return false
	case "array":
		return []any{}
	case "object":
		out := map[string]any{}
		for _, f := range s.Properties {
			if slices.Contains(s.Required, f.Name) {
				out[f.Name] = f.Schema.sample()
			}
		}
		return out
	}
	switch {
	case s.Format != "":
		return testClock.Format("2006-01-02")
	case len(s.Enum) > 0:
		return s.Enum[0]
	}
	return ""
}

// Clock is the moment at which tests and witnesses begin unless they say otherwise.
func Clock() (unix int64) { return testClock.Unix() }

// Names under which facts hold the answers of the domain functions.
const (
	AtomChecklist = atomChecklist
	AtomDocument  = atomDocument
)

// What the domain functions are called in a checked expression.
const (
	CallDocument = callDocument
	CallComplete = callComplete
	CallStateIn  = callStateIn
)

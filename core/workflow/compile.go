package workflow

import (
	"slices"

	"cel.dev/cel-go/cel"
)

// Machine is a compiled template: immutable, and safe for concurrent use.
type Machine struct {
	Template *Template
	Digest   string // SHA-256 of the template's canonical JSON

	facts      map[string]*Fact
	params     map[string]any // "params.<name>" → value
	states     map[string]*State
	events     map[string]*EventDecl
	edges      map[*State]map[string][]*edge // source state → event ("" eventless) → candidates in order
	sources    map[*State][]*edge            // the same edges, in document order: what priority: document walks
	invariants []*compiledInvariant
	initial    []*State
}

// edge is a transition seen from one of its source states.
type edge struct {
	*Transition
	source  *State
	targets []*State // none when internal
	clauses []*clause
	actions []*compiledAction
}

type compiledInvariant struct {
	*Invariant
	states []*State
	clause *clause
}

type compiledAction struct {
	*ActionDecl
	value *clause
	with  map[string]*clause
}

// Compile reads and checks a template's form, names and types. The machine is nil when an error stands in the way;
// the findings are those of the source alone (Check adds what the graph and the tests say).
func Compile(source []byte) (*Machine, []Finding) {
	found := &findings{}
	m, _, _ := build(source, found)
	return m, found.sorted()
}

// build is the common first half of Compile and Check. The template is returned even when the machine is not.
func build(source []byte, found *findings) (*Machine, *builder, string) {
	root := parseTree(source, found)
	if root == nil {
		return nil, nil, ""
	}
	digest := digestOf(root.plain())
	templateShape().check(root, "", found)
	if root.kind != 'm' {
		return nil, nil, digest
	}
	t := decode(root, found)
	b := newBuilder(t, digest, found)
	b.names()
	b.compileAll()
	if found.errors() > 0 {
		return nil, b, digest
	}
	return b.m, b, digest
}

// builder holds what is known while a template is compiled.
type builder struct {
	t      *Template
	m      *Machine
	env    *environment
	found  *findings
	broken map[string]bool // transitions with a clause that did not compile
	// unsound is a tree of states that cannot be entered as written: there is no graph to look at.
	unsound bool
}

func newBuilder(t *Template, digest string, found *findings) *builder {
	m := &Machine{Template: t, Digest: digest, facts: map[string]*Fact{}, params: map[string]any{}, states: map[string]*State{}, events: map[string]*EventDecl{}, edges: map[*State]map[string][]*edge{}, sources: map[*State][]*edge{}}
	b := &builder{t: t, m: m, found: found, broken: map[string]bool{}}
	for _, f := range builtInFacts(t.Subject) {
		m.facts[f.Name] = f
	}
	for _, f := range t.Facts {
		if m.facts[f.Name] != nil {
			found.add("schema", "fact:"+f.Name, f.At, "%s is a built-in fact of subject %s and may not be declared again", f.Name, t.Subject)
			continue
		}
		m.facts[f.Name] = f
	}
	for _, p := range t.Params {
		m.params["params."+p.Name] = p.Default
	}
	order := 0
	walkStates(t.States, func(s *State) {
		order++
		if s.order = order; s.Parent != nil {
			s.depth = s.Parent.depth + 1
		}
		if s.Kind == "region" {
			return // named for people only: the same word may name a state
		}
		if m.states[s.Name] != nil {
			found.add("schema", "state:"+s.Name, s.At, "the state name %s stands twice; names are unique in a template", s.Name)
			return
		}
		m.states[s.Name] = s
	})
	for _, e := range t.Events {
		m.events[e.Name] = e
	}
	return b
}

func (b *builder) compileAll() {
	env, err := newEnvironment(b.t, b.m.facts)
	if err != nil {
		b.found.add("type_error", "/facts", Position{1, 1}, "%s", err)
		return
	}
	b.env = env
	for _, t := range b.t.Transitions {
		b.compileTransition(t)
	}
	for _, i := range b.t.Invariants {
		if c := env.compile(i.Guard, "", "invariant:"+i.ID, cel.BoolType, b.found); c != nil {
			x := &compiledInvariant{Invariant: i, clause: c}
			for _, n := range i.In {
				if s := b.m.states[n]; s != nil {
					x.states = append(x.states, s)
				}
			}
			b.m.invariants = append(b.m.invariants, x)
		}
	}
}

func (b *builder) compileTransition(t *Transition) {
	var clauses []*clause
	for _, g := range t.Guards {
		c := b.env.compile(g, t.On, "guard:"+g.ID, cel.BoolType, b.found)
		if c == nil {
			b.broken[t.ID] = true
			continue
		}
		clauses = append(clauses, c)
	}
	var actions []*compiledAction
	for _, a := range t.Actions {
		x := &compiledAction{ActionDecl: a, with: map[string]*clause{}}
		for _, w := range a.With {
			if x.with[w.Name] = b.env.compile(w.Expr, t.On, "transition:"+t.ID, nil, b.found); x.with[w.Name] == nil {
				b.broken[t.ID] = true
			}
		}
		if f := b.m.facts[a.Fact]; a.Do == "fact.set" && a.Value != nil && f != nil {
			x.value = b.env.compile(a.Value, t.On, "transition:"+t.ID, b.env.types.typeOf(f.Schema, f.Name), b.found)
			b.broken[t.ID] = b.broken[t.ID] || x.value == nil
		}
		actions = append(actions, x)
	}
	var targets []*State
	for _, n := range t.To {
		if s := b.m.states[n]; s != nil {
			targets = append(targets, s)
		}
	}
	for _, from := range t.From {
		source := b.m.states[from]
		if source == nil {
			continue
		}
		if b.m.edges[source] == nil {
			b.m.edges[source] = map[string][]*edge{}
		}
		e := &edge{Transition: t, source: source, targets: targets, clauses: clauses, actions: actions}
		b.m.edges[source][t.On] = append(b.m.edges[source][t.On], e)
		b.m.sources[source] = append(b.m.sources[source], e)
	}
}

// MovesByItself tells whether a change of facts alone can move an instance: some transition has no event, or done.
func (m *Machine) MovesByItself() bool {
	return slices.ContainsFunc(m.Template.Transitions, func(t *Transition) bool { return t.On == "" || t.On == "done" })
}

// HasEvent tells whether the template declares the event; a request with another one is invalid, not refused.
func (m *Machine) HasEvent(name string) bool { return m.events[name] != nil }

// Event gives an event's declaration, or nil.
func (m *Machine) Event(name string) *EventDecl { return m.events[name] }

// PayloadSchema is the event's payload schema as written, or nil.
func (e *EventDecl) PayloadSchema() any { return e.source }

// State gives a state by name, or nil.
func (m *Machine) State(name string) *State { return m.states[name] }

// Fact gives the declaration of a fact, built-in or own, or nil.
func (m *Machine) Fact(name string) *Fact { return m.facts[name] }

// FactNames lists every fact the template may read, sorted.
func (m *Machine) FactNames() []string { return keys(m.facts) }

// OwnFacts lists the facts the template adds, in its order: those a form may set.
func (m *Machine) OwnFacts() []*Fact { return m.Template.Facts }

// StateNames lists atomic and final states in the template's order.
func (m *Machine) StateNames() []string {
	var out []string
	walkStates(m.Template.States, func(s *State) {
		if s.leaf() {
			out = append(out, s.Name)
		}
	})
	return out
}

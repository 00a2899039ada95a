package workflow

import (
	"slices"
	"strings"
)

// names checks everything that refers to something by name, and the shape of the tree of states.
func (b *builder) names() {
	before := b.found.errors()
	b.checkStates()
	b.unsound = b.found.errors() > before
	for _, e := range b.t.Events {
		if e.Name == "done" || strings.HasPrefix(e.Name, doneState) {
			b.found.add("schema", "event:done", e.At, "%s is reserved: it is offered by the machine when a state is complete", e.Name)
		}
		if e.Payload != nil && e.Payload.Type != "object" && e.Payload.Type != "" {
			b.found.add("schema", "event:"+e.Name, e.At, "a payload is an object")
		}
	}
	ids := map[string]bool{}
	otherwise := map[[2]string]string{}
	for _, t := range b.t.Transitions {
		if ids[t.ID] {
			b.found.add("schema", "transition:"+t.ID, t.At, "the transition id %s stands twice", t.ID)
		}
		ids[t.ID] = true
		b.checkTransition(t, otherwise)
	}
	for _, i := range b.t.Invariants {
		at := "invariant:" + i.ID
		for _, s := range i.In {
			b.known(s, "state", keys(b.m.states), at, i.At)
		}
	}
	walkStates(b.t.States, b.checkDeadline)
	for _, f := range b.t.Facts {
		if f.FrozenAfter != "" {
			b.known(f.FrozenAfter, "state", keys(b.m.states), "fact:"+f.Name, f.At)
		}
	}
	for _, x := range b.t.Tests {
		b.checkTest(x)
	}
}

func (b *builder) known(name, noun string, names []string, at string, pos Position) {
	if !slices.Contains(names, name) {
		b.found.add("unknown_name", at, pos, "%s is not a declared %s%s", name, noun, hint(name, names))
	}
}

func (b *builder) checkStates() {
	before := b.found.errors()
	var first []*State
	for _, s := range b.t.States {
		if s.first {
			first = append(first, s)
		}
	}
	switch {
	case len(b.t.States) == 0:
		b.found.add("schema", "/states", Position{1, 1}, "a template needs at least one state")
	case len(b.t.Initial) > 0 && len(first) > 0:
		b.found.add("schema", "state:"+first[0].Name, first[0].At, "initial stands at the top of the template and on state %s; one of them is enough", first[0].Name)
	case len(b.t.Initial) > 0:
		b.m.initial = b.targets(b.t.Initial, "/initial", Position{1, 1})
	case len(first) == 0:
		b.found.add("schema", "/states", b.t.States[0].At, "one top-level state needs initial: true")
	case len(first) > 1:
		b.found.add("schema", "state:"+first[1].Name, first[1].At, "two states say initial: true (%s and %s); exactly one may", first[0].Name, first[1].Name)
	}
	if len(b.m.initial) == 0 && len(b.t.States) > 0 { // the rest is checked all the same
		b.m.initial = append(first, b.t.States[0])[:1]
	}
	walkStates(b.t.States, b.checkState)
	if b.found.errors() == before {
		b.checkReturns()
	}
}

// checkReturns refuses initial states that lead back to themselves through a history: entering would not come to an end.
func (b *builder) checkReturns() {
	done := map[*State]bool{}
	var visit func(s *State, around []*State)
	visit = func(s *State, around []*State) {
		if done[s] {
			return
		}
		if slices.Contains(around, s) {
			b.found.add("schema", "state:"+s.Name, s.At, "entering %s leads back to it through a history state: give the history an initial of its own", s.Name)
			done[s] = true
			return
		}
		var next []*State
		switch s.Kind {
		case "history":
			next = b.m.remembered(s, nil)
		case "parallel":
			next = s.regions()
		default:
			next = b.m.initialOf(s)
		}
		for _, x := range next {
			visit(x, append(slices.Clone(around), s))
		}
		done[s] = true
	}
	walkStates(b.t.States, func(s *State) { visit(s, nil) })
}

// targets resolves names that are entered together: one state, or states in different regions of one parallel state.
func (b *builder) targets(names []string, at string, pos Position) (out []*State) {
	for _, n := range names {
		b.known(n, "state", keys(b.m.states), at, pos)
		if s := b.m.states[n]; s != nil {
			out = append(out, s)
		}
	}
	for i, x := range out {
		for _, y := range out[:i] {
			if common := commonParent(x, y); common == nil || common.Kind != "parallel" {
				b.found.add("schema", at, pos, "%s and %s cannot be entered together: they are not in different regions of one parallel state", y.Name, x.Name)
			}
		}
	}
	return out
}

func (b *builder) checkState(s *State) {
	at := "state:" + s.Name
	if s.Kind == "region" {
		at = "region:" + s.Name
	}
	b.checkChildren(s, at)
	if s.Parent != nil && s.first {
		b.found.add("schema", at, s.At, "inside a state write initial: NAME on the state around it")
	}
	switch {
	case s.Kind == "final" && s.Parent == nil && s.Outcome == "":
		b.found.add("schema", at, s.At, "a final state at the top ends the instance: give it outcome: won or lost")
	case s.Outcome != "" && (s.Kind != "final" || s.Parent != nil):
		b.found.add("schema", at, s.At, "only a final state at the top has an outcome")
	case (s.Kind == "final" || s.Kind == "history") && s.SLA != nil:
		b.found.add("schema", at, s.SLA.At, "a %s state waits for nothing and has no deadline", s.Kind)
	case s.Kind == "history" && s.Parent == nil:
		b.found.add("schema", at, s.At, "a history state stands inside the state whose past it restores")
	case s.Shallow && s.Kind != "history":
		b.found.add("schema", at, s.At, "only a history state has a depth")
	}
	if s.SLA == nil {
		return
	}
	b.known(s.SLA.Emits, "event", keys(b.m.events), at, s.SLA.At)
	for _, n := range s.SLA.PauseIn {
		b.known(n, "state", keys(b.m.states), at, s.SLA.At)
	}
}

// checkDeadline asks that something hears what a deadline sends.
func (b *builder) checkDeadline(s *State) {
	if s.SLA == nil || b.m.events[s.SLA.Emits] == nil {
		return
	}
	heard := slices.ContainsFunc(b.t.Transitions, func(t *Transition) bool {
		return (t.On == s.SLA.Emits || b.t.Priority == "document" && matches(t.On, s.SLA.Emits)) && slices.ContainsFunc(t.From, func(from string) bool {
			around := b.m.states[from]
			return around != nil && s.within(around)
		})
	})
	if !heard {
		b.found.add("schema", "state:"+s.Name, s.SLA.At, "the deadline emits %s, but no transition of state %s takes it", s.SLA.Emits, s.Name)
	}
}

// checkChildren asks each kind of state for what it holds and where it begins.
func (b *builder) checkChildren(s *State, at string) {
	regions, states := 0, 0
	for _, c := range s.Children {
		switch c.Kind {
		case "region":
			regions++
		case "history":
		default:
			states++
		}
	}
	around := s.Kind == "compound" || s.Kind == "region"
	switch {
	case around && states == 0:
		b.found.add("schema", at, s.At, "a %s needs states", s.noun())
	case around && len(s.Initial) == 0:
		b.found.add("schema", at, s.At, "a %s needs initial: the name of one of its states", s.noun())
	case s.Kind == "parallel" && regions == 0:
		b.found.add("schema", at, s.At, "a parallel state needs regions")
	case s.Kind == "parallel" && states > 0:
		b.found.add("schema", at, s.At, "a parallel state holds regions; beside them only history states")
	case s.Kind != "parallel" && regions > 0:
		b.found.add("schema", at, s.At, "only a parallel state has regions")
	case !around && s.Kind != "parallel" && len(s.Children) > 0:
		b.found.add("schema", at, s.At, "only a compound state may hold states")
	case !around && s.Kind != "history" && len(s.Initial) > 0:
		b.found.add("schema", at, s.At, "initial names a child only in a compound state; at the top write initial: true")
	}
	inside := s
	if s.Kind == "history" {
		inside = s.Parent
	}
	for _, x := range b.targets(s.Initial, at, s.At) {
		if x == s || !x.within(inside) {
			b.found.add("schema", at, s.At, "initial of %s names %s, which is not inside it%s", s.Name, x.Name, hint(x.Name, childNames(inside)))
		}
	}
}

func (s *State) noun() string {
	if s.Kind == "region" {
		return "region"
	}
	return s.Kind + " state"
}

func childNames(s *State) []string {
	var out []string
	for _, c := range s.Children {
		out = append(out, c.Name)
	}
	return out
}

func (b *builder) checkTransition(t *Transition, otherwise map[[2]string]string) {
	at := "transition:" + t.ID
	states := keys(b.m.states)
	for _, from := range t.From {
		b.known(from, "state", states, at, t.At)
		if s := b.m.states[from]; s != nil && (s.Kind == "final" || s.Kind == "history") {
			b.found.add("schema", at, t.At, "nothing leaves the %s state %s", s.Kind, from)
		}
		if !t.Otherwise {
			continue
		}
		if other, twice := otherwise[[2]string{from, t.On}]; twice {
			b.found.add("schema", at, t.At, "%s and %s are both the otherwise of state %s and event %s; at most one may be", other, t.ID, from, t.On)
		}
		otherwise[[2]string{from, t.On}] = t.ID
	}
	b.targets(t.To, at, t.At)
	if b.t.Priority == "document" && (t.On == "*" || strings.HasPrefix(t.On, doneState)) {
		b.checkDescriptor(t, at)
	} else if t.On != "" && t.On != "done" {
		b.known(t.On, "event", keys(b.m.events), at, t.At)
	}
	if t.On == "" && len(t.To) == 0 {
		b.found.add("schema", at, t.At, "a transition without an event and without a target would run for ever")
	}
	if t.Otherwise && len(t.Guards) > 0 {
		b.found.add("schema", at, t.At, "otherwise means every sibling is false; it has no guards of its own")
	}
	if a := t.Approvals; a != nil {
		b.checkApprovals(t, a, at)
	}
	guards := map[string]bool{}
	for _, g := range t.Guards {
		if guards[g.ID] {
			b.found.add("schema", "guard:"+g.ID, g.At, "the guard id %s stands twice in %s", g.ID, t.ID)
		}
		guards[g.ID] = true
	}
	for _, x := range t.Actions {
		b.checkAction(x, at)
	}
}

// checkDescriptor allows what only priority: document knows: every event, and the end of a named state.
func (b *builder) checkDescriptor(t *Transition, at string) {
	if ended, ok := strings.CutPrefix(t.On, doneState); ok {
		b.known(ended, "state", keys(b.m.states), at, t.At)
	}
}

func (b *builder) checkApprovals(t *Transition, a *Approvals, at string) {
	if a.Count < 1 || a.Count > 20 {
		b.found.add("schema", at, a.At, "approvals need a count from 1 to 20")
	}
	if t.On == "" || t.On == "done" {
		b.found.add("schema", at, a.At, "only an event somebody sends can be approved")
	}
	for _, f := range a.DistinctFrom {
		b.known(f, "fact", keys(b.m.facts), at, a.At)
		if fact := b.m.facts[f]; fact != nil && (fact.Schema.Type != "string" || fact.Schema.Format != "") {
			b.found.add("type_error", at, a.At, "distinct_from names facts that hold an actor's id; %s is not a text", f)
		}
	}
}

var actionKeys = map[string][]string{ // needed keys, then those that may stand
	"connector.call":   {"ref", "|", "with"},
	"task.create":      {"role", "title", "|", "due"},
	"document.request": {"kind", "from"},
	"notify":           {"template", "|", "role", "party"},
	"instance.start":   {"template", "subject"},
	"event.send":       {"to", "event"},
	"fact.set":         {"fact", "value"},
}

func (a *ActionDecl) given() map[string]bool {
	return map[string]bool{"ref": a.Ref != "", "with": len(a.With) > 0, "role": a.Role != "", "party": a.Party != "", "title": a.Title != Text{}, "due": a.Due != "",
		"kind": a.Kind != "", "from": a.From != "", "template": a.Template != "", "subject": a.Subject != "", "to": a.To != "", "event": a.Event != "", "fact": a.Fact != "", "value": a.Value != nil}
}

func (b *builder) checkAction(a *ActionDecl, at string) {
	wanted, optional := actionKeys[a.Do], false
	if wanted == nil {
		return
	}
	given := a.given()
	for _, k := range wanted {
		if k == "|" {
			optional = true
			continue
		}
		if !optional && !given[k] {
			b.found.add("schema", at, a.At, "%s needs the key %s", a.Do, k)
		}
		delete(given, k)
	}
	for k, set := range given {
		if set {
			b.found.add("schema", at, a.At, "%s does not take the key %s; it takes %s", a.Do, k, strings.ReplaceAll(strings.Join(wanted, ", "), "|, ", ""))
		}
	}
	switch a.Do {
	case "document.request":
		b.known(a.Kind, "document kind", kindNames(), at, a.At)
	case "notify":
		if (a.Role == "") == (a.Party == "") {
			b.found.add("schema", at, a.At, "notify names either a role or a party")
		}
	case "fact.set":
		b.known(a.Fact, "fact", keys(b.m.facts), at, a.At)
		if f := b.m.facts[a.Fact]; f != nil && !f.Settable {
			b.found.add("schema", at, a.At, "%s is computed by its feature: fact.set may write the template's own facts, prepared_by and released_by", a.Fact)
		}
	}
}

func (b *builder) checkTest(x *Test) {
	at := "test:" + x.Name
	for _, s := range x.Expect {
		b.known(s, "state", keys(b.m.states), at, x.At)
	}
	b.checkValues(x.Facts, at, x.At)
	for _, s := range x.Steps {
		if s.Event == "" && s.Facts == nil && s.When == nil {
			b.found.add("schema", at, s.At, "a step sends an event, changes facts or moves the clock")
		}
		b.checkValues(s.Facts, at, s.At)
	}
}

// checkValues refuses facts of a test that no guard could ever read: a typo there makes a test say nothing.
func (b *builder) checkValues(facts map[string]any, at string, pos Position) {
	known := append(keys(b.m.facts), atomChecklist)
	for _, n := range sortedNames(facts) {
		if kind, ok := strings.CutPrefix(n, atomDocument); ok {
			b.known(kind, "document kind", kindNames(), at, pos)
			continue
		}
		if n == atomChecklist {
			continue
		}
		b.known(n, "fact", known, at, pos)
		if f := b.m.facts[n]; f != nil && facts[n] != nil {
			if _, err := f.Schema.normal(facts[n]); err != nil {
				b.found.add("type_error", at, pos, "%s %s", n, err)
			}
		}
	}
}

func sortedNames(m map[string]any) []string { return keys(m) }

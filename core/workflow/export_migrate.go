package workflow

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// What a move to another template needs of a machine: which configurations are legal, when a deadline ends, what a
// back-fill is worth. The move itself is core/workflow/migrate.

// Digest is the SHA-256, in hex, of the canonical JSON (RFC 8785) of v; "" when v is not JSON.
func Digest(v any) string { return digestOf(v) }

// Hint is ", did you mean x?" for the nearest known name, "" when none is near.
func Hint(name string, known []string) string { return hint(name, known) }

// Due is when the deadline ends, armed now.
func (s *SLA) Due(now time.Time, holidays Holidays) time.Time { return s.due(now, holidays) }

// Paused gives an instance's deadlines as they are where it stands now: those that a state pauses stand still, the others run on.
func (m *Machine) Paused(inst Instance, now time.Time, holidays Holidays) []Timer {
	return m.paused(inst.Timers, m.configuration(inst.States), now.UTC(), holidays)
}

// Standing gives the states that are active, those around them included, when exactly these atomic and final states are.
// The error says in words why an instance cannot stand there: a state is unknown or not one to stand in, a parallel state lacks
// a region, or two states exclude each other.
func (m *Machine) Standing(leaves []string) (map[string]*State, error) {
	active := map[string]*State{}
	for _, name := range leaves {
		s := m.states[name]
		switch {
		case s == nil:
			return nil, fmt.Errorf("%s is not a state%s", name, hint(name, m.StateNames()))
		case s.Kind != "atomic" && s.Kind != "final":
			return nil, fmt.Errorf("%s is a %s state: name an atomic or final state inside it", name, s.Kind)
		}
		for _, x := range s.path() {
			active[x.Name] = x
		}
	}
	if err := exactlyOne("the template", m.Template.States, active); err != nil {
		return nil, err
	}
	for _, name := range keys(active) {
		s := active[name]
		switch {
		case s.Kind == "parallel":
			for _, region := range s.Children {
				if active[region.Name] == nil {
					return nil, fmt.Errorf("region %s of %s has no active state", region.Name, name)
				}
			}
		case len(s.Children) > 0:
			if err := exactlyOne(name, s.Children, active); err != nil {
				return nil, err
			}
		}
	}
	return active, nil
}

// exactlyOne holds for the children of everything but a parallel state.
func exactlyOne(parent string, children []*State, active map[string]*State) error {
	var in []string
	for _, c := range children {
		if active[c.Name] != nil {
			in = append(in, c.Name)
		}
	}
	if len(in) != 1 {
		return fmt.Errorf("%s has to have one active state, not %d (%s)", parent, len(in), strings.Join(in, ", "))
	}
	return nil
}

// Value is a compiled CEL expression whose result is to become a fact, perhaps of another template.
type Value struct {
	m      *Machine
	clause *clause
}

// CompileValue compiles an expression over this template's facts, params and now; its type must be that of want.
func (m *Machine) CompileValue(expr string, want *Fact) (*Value, error) {
	env, err := newEnvironment(m.Template, m.facts)
	if err != nil {
		return nil, err
	}
	found := &findings{}
	at := "fact:" + want.Name
	c := env.compile(&Guard{ID: want.Name, Expr: expr, At: Position{1, 1}}, "", at, env.types.typeOf(want.Schema, want.Name), found)
	if c == nil {
		return nil, fmt.Errorf("%s", found.list[0].Message)
	}
	return &Value{m, c}, nil
}

// Eval gives the value where an instance stands: True with a value, Missing when a fact it needs is, Error with what went wrong.
// read is what it looked at.
func (v *Value) Eval(inst Instance, w World) (value any, read map[string]any, verdict Verdict, problem string) {
	s := v.m.begin(inst, Event{Actor: System()}, w)
	value, verdict, problem = v.clause.compute(&s.evaluation)
	return value, s.read, verdict, problem
}

// Everybody is an actor with every role the template names, so that only what is not about people can stand in the way.
func (m *Machine) Everybody() Actor {
	a := Actor{ID: "anybody"}
	for _, e := range m.Template.Events {
		a.Roles = append(a.Roles, e.By...)
	}
	for _, t := range m.Template.Transitions {
		if t.Approvals != nil {
			a.Roles = append(a.Roles, t.Approvals.Roles...)
		}
	}
	slices.Sort(a.Roles)
	a.Roles = slices.Compact(a.Roles)
	return a
}

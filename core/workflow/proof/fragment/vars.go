package fragment

import (
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/proof/logic"
)

// role says what a variable stands for.
type role uint8

const (
	fact role = iota
	payload
	atom
	moment // now
	actorID
	actorRole
	stateIn
	eventName
	eventReason
	opaque
	waiver
	version // of a fact, after fact.set
)

// meaning ties a variable to the world.
type meaning struct {
	role   role
	name   string
	schema *workflow.Schema
	facts  []string // an opaque expression reads these
	words  []string // and names these
	at     logic.Operand
	walk   bool // of an opaque expression: exists or all over a list, that computes nothing
	isAt   bool // of an atom: at is the moment it is asked for
}

// Reader translates the clauses of one template. Its variables and terms belong to one analysis.
type Reader struct {
	m        *workflow.Machine
	vars     map[string]*logic.Var
	meanings map[*logic.Var]meaning
	texts    map[string]logic.Value
	words    []string
	terms    map[termKey]*logic.Term
	broken   map[string]bool
	versions int
	atoms    map[string]int // atom name → how many moments it is asked for
	Roles    []string       // every role the template names, sorted
}

type termKey struct {
	guard *workflow.Guard
	event string
}

// NewReader prepares for a template; of broken transitions it is not known when they can fire.
func NewReader(m *workflow.Machine, broken map[string]bool) *Reader {
	r := &Reader{m: m, broken: broken, vars: map[string]*logic.Var{}, meanings: map[*logic.Var]meaning{}, texts: map[string]logic.Value{}, terms: map[termKey]*logic.Term{}, atoms: map[string]int{}}
	r.text("") // an event without a name, a reason nobody gave
	for _, e := range m.Template.Events {
		r.Roles = append(r.Roles, e.By...)
	}
	for _, t := range m.Template.Transitions {
		if t.Approvals != nil {
			r.Roles = append(r.Roles, t.Approvals.Roles...)
		}
	}
	sort.Strings(r.Roles)
	r.Roles = slices.Compact(r.Roles)
	return r
}

func (r *Reader) text(s string) logic.Value {
	v, ok := r.texts[s]
	if !ok {
		v = logic.Value(len(r.words))
		r.texts[s], r.words = v, append(r.words, s)
	}
	return v
}

// variable gives the variable of a name, making it with its meaning the first time.
func (r *Reader) variable(name string, m meaning, fresh func() *logic.Var) *logic.Var {
	v := r.vars[name]
	if v == nil {
		v = fresh()
		v.Name = name
		r.vars[name], r.meanings[v] = v, m
	}
	return v
}

// typed makes a variable for values of a schema; nil when it holds more than one value.
func (r *Reader) typed(s *workflow.Schema) *logic.Var {
	switch {
	case s.Type == "boolean":
		return &logic.Var{Sort: logic.Bool}
	case s.Type == "integer":
		v := &logic.Var{Sort: logic.Number, Min: math.MinInt64 / 4, Max: math.MaxInt64 / 4}
		if s.Minimum != nil {
			v.Min = max(v.Min, *s.Minimum)
		}
		if s.Maximum != nil {
			v.Max = min(v.Max, *s.Maximum)
		}
		return v
	case s.Type == "string" && s.Format != "":
		return clockVar()
	case s.Type == "string":
		v := &logic.Var{Sort: logic.Text}
		for _, x := range s.Enum {
			v.Values = append(v.Values, r.text(x))
		}
		return v
	}
	return nil
}

func clockVar() *logic.Var {
	return &logic.Var{Sort: logic.Number, Min: math.MinInt64 / 4, Max: math.MaxInt64 / 4, Usual: workflow.Clock()}
}

// Fact is the variable of a declared fact; nil when the fact is a list or an object.
func (r *Reader) Fact(name string) *logic.Var {
	f := r.m.Fact(name)
	if f == nil || r.typed(f.Schema) == nil {
		return nil
	}
	return r.variable(name, meaning{role: fact, name: name, schema: f.Schema}, func() *logic.Var {
		v := r.typed(f.Schema)
		v.Optional = true
		return v
	})
}

func (r *Reader) member(event, name string) *logic.Var {
	decl := r.m.Event(event)
	if decl == nil || decl.Payload == nil {
		return nil
	}
	i := slices.IndexFunc(decl.Payload.Properties, func(f *workflow.Fact) bool { return f.Name == name })
	if i < 0 || r.typed(decl.Payload.Properties[i].Schema) == nil {
		return nil
	}
	f := decl.Payload.Properties[i]
	return r.variable(event+" payload "+name, meaning{role: payload, name: name, schema: f.Schema}, func() *logic.Var {
		v := r.typed(f.Schema)
		v.Optional = !slices.Contains(decl.Payload.Required, name)
		return v
	})
}

// Now is the moment of the macrostep.
func (r *Reader) Now() *logic.Var { return r.variable("now", meaning{role: moment}, clockVar) }

// ActorID is who acts.
func (r *Reader) ActorID() *logic.Var {
	return r.variable("actor.id", meaning{role: actorID}, func() *logic.Var { return &logic.Var{Sort: logic.Text} })
}

// Role is whether the actor has a role.
func (r *Reader) Role(name string) *logic.Var {
	return r.variable("role "+name, meaning{role: actorRole, name: name}, func() *logic.Var { return &logic.Var{Sort: logic.Bool} })
}

// EventName is the event of the macrostep; empty when facts changed.
func (r *Reader) EventName() *logic.Var {
	return r.variable("event.name", meaning{role: eventName}, func() *logic.Var { return &logic.Var{Sort: logic.Text} })
}

// Waived is whether an invariant stands waived.
func (r *Reader) Waived(invariant string) *logic.Var {
	return r.variable("waived "+invariant, meaning{role: waiver, name: invariant}, func() *logic.Var {
		return &logic.Var{Sort: logic.Bool, Values: []logic.Value{0, 1}}
	})
}

func (r *Reader) inState(name string) *logic.Var {
	return r.variable("state_in "+name, meaning{role: stateIn, name: name}, func() *logic.Var { return &logic.Var{Sort: logic.Bool} })
}

// Version is a fact after fact.set: what is known of its value is said by a term of the caller.
func (r *Reader) Version(name string) *logic.Var {
	base := r.Fact(name)
	if base == nil {
		return nil
	}
	r.versions++
	v := &logic.Var{Name: name, Sort: base.Sort, Min: base.Min, Max: base.Max, Usual: base.Usual, Values: base.Values}
	r.meanings[v] = meaning{role: version, name: name}
	return v
}

// Standing gives the answers of state_in where an instance stands.
func (r *Reader) Standing(active []*workflow.State) logic.Model {
	out := logic.Model{}
	for _, v := range r.vars {
		m := r.meanings[v]
		if m.role != stateIn {
			continue
		}
		out[v] = 0
		for _, leaf := range active {
			if s := r.m.State(m.name); s != nil && leaf.Lies(s) {
				out[v] = 1
			}
		}
	}
	return out
}

// Operand of a text, for comparisons by the caller.
func (r *Reader) Operand(text string) logic.Operand { return logic.Operand{Plus: r.text(text)} }

// IsFact tells a variable that a fact, a document or the checklist decides.
func (r *Reader) IsFact(v *logic.Var) bool {
	m := r.meanings[v]
	return m.role == fact || m.role == atom || m.role == opaque && len(m.facts) > 0
}

// IsWalk tells an opaque variable that is a walk over a list: true for some lists and false for others, and never an error.
func (r *Reader) IsWalk(v *logic.Var) bool { return r.meanings[v].walk }

// IsVersion tells a variable made by Version.
func (r *Reader) IsVersion(v *logic.Var) bool { return r.meanings[v].role == version }

// IsOpaque tells a variable that stands for an expression outside the fragment.
func (r *Reader) IsOpaque(v *logic.Var) bool { return r.meanings[v].role == opaque }

// ReadOpaquely lists the facts that some expression outside the fragment reads, sorted.
func (r *Reader) ReadOpaquely() (out []string) {
	for _, m := range r.meanings {
		if m.role == opaque {
			out = append(out, m.facts...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// OpaqueText is the expression of an opaque variable, on one line.
func (r *Reader) OpaqueText(v *logic.Var) string {
	return strings.Join(strings.Fields(r.meanings[v].name), " ")
}

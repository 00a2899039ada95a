package logic

import "math"

// Outcome is a set of answers; a term's own answer is a set of one.
type Outcome uint8

// The four answers of a guard.
const (
	True Outcome = 1 << iota
	False
	Missing
	Error
	Anything = True | False | Missing | Error
)

// Value is what a variable holds: a number, the index of a text, 0 or 1.
type Value = int64

const (
	// Absent is the value of a variable that holds none.
	Absent Value = math.MinInt64
	// Failed is the value of an opaque variable whose expression ends in an error.
	Failed Value = math.MinInt64 + 1
	// Fresh and what follows are texts that equal no constant.
	Fresh Value = 1 << 50
)

// Sort tells which values a variable may take.
type Sort uint8

const (
	Bool   Sort = iota // 0, 1
	Number             // Min to Max
	Text               // Values when there is a closed list, else any text
	Opaque             // the answer of an expression that is not understood: 1, 0, Absent or Failed
)

// Var is one unknown. It belongs to one Solver: a search keeps its place in it.
type Var struct {
	Name     string
	Sort     Sort
	Optional bool    // may be Absent
	Min, Max Value   // of a number
	Usual    Value   // of a number that nothing cuts
	Values   []Value // of a text: the closed list. Of a bool: its values in the order to try

	index    int // in the search, from one
	domain   []Value
	narrowed bool // a term ruled values out
	value    Value
	set      bool
}

// Twin is another variable like this one.
func (v *Var) Twin() *Var {
	return &Var{Name: v.Name, Sort: v.Sort, Optional: v.Optional, Min: v.Min, Max: v.Max, Usual: v.Usual, Values: v.Values}
}

// Operand is a variable plus a distance, or a constant where Var is nil.
type Operand struct {
	Var  *Var
	Plus Value
}

// Relation compares two operands.
type Relation uint8

const (
	Equal Relation = iota
	Unequal
	Less
	AtMost
)

type kind uint8

const (
	constant kind = iota
	compare
	given // whether a variable is present
	not
	and
	or
	all // the engine's AND over clauses: error, then false, then missing
	is
	choose
)

// Term is a condition. Terms are immutable and shared.
type Term struct {
	kind        kind
	mask        Outcome
	rel         Relation
	left, right Operand
	kids        []*Term
	vars        []*Var
}

// Vars lists the variables of a term, each once.
func (t *Term) Vars() []*Var { return t.vars }

// Const always gives one of the answers.
func Const(o Outcome) *Term { return &Term{kind: constant, mask: o} }

// Compare is missing when an operand is.
func Compare(left Operand, rel Relation, right Operand) *Term {
	t := &Term{kind: compare, left: left, rel: rel, right: right}
	return t.collect(left.Var, right.Var)
}

// Holds is a boolean or opaque variable taken for its answer.
func Holds(v *Var) *Term { return Compare(Operand{Var: v}, Equal, Operand{Plus: 1}) }

// Known is whether a variable is present.
func Known(v *Var) *Term { return (&Term{kind: given, left: Operand{Var: v}}).collect(v) }

// Not keeps missing and error.
func Not(t *Term) *Term { return join(not, t) }

// And is CEL's: false wins, then missing, then error.
func And(terms ...*Term) *Term { return join(and, terms...) }

// Or is CEL's: true wins, then missing, then error.
func Or(terms ...*Term) *Term { return join(or, terms...) }

// All is how the engine takes clauses together: error, then false, then missing.
func All(terms ...*Term) *Term { return join(all, terms...) }

// Is is true when the term's answer is among the outcomes, else false.
func Is(o Outcome, t *Term) *Term {
	x := join(is, t)
	x.mask = o
	return x
}

// Choose is CEL's conditional.
func Choose(condition, then, otherwise *Term) *Term { return join(choose, condition, then, otherwise) }

func join(k kind, kids ...*Term) *Term {
	t := &Term{kind: k, kids: kids}
	for _, x := range kids {
		t.collect(x.vars...)
	}
	return t
}

func (t *Term) collect(vars ...*Var) *Term {
	for _, v := range vars {
		if v != nil && !t.mentions(v) {
			t.vars = append(t.vars, v)
		}
	}
	return t
}

func (t *Term) mentions(v *Var) bool {
	for _, x := range t.vars {
		if x == v {
			return true
		}
	}
	return false
}

// Rename gives the term about other variables.
func Rename(t *Term, names map[*Var]*Var) *Term {
	touched := false
	for _, v := range t.vars {
		touched = touched || names[v] != nil
	}
	if !touched {
		return t
	}
	out := &Term{kind: t.kind, mask: t.mask, rel: t.rel, left: renamed(t.left, names), right: renamed(t.right, names)}
	for _, k := range t.kids {
		out.kids = append(out.kids, Rename(k, names))
		out.collect(out.kids[len(out.kids)-1].vars...)
	}
	return out.collect(out.left.Var, out.right.Var)
}

// Given is the term where some variables are known.
func Given(t *Term, values Model) *Term {
	touched := false
	for _, v := range t.vars {
		_, known := values[v]
		touched = touched || known
	}
	if !touched {
		return t
	}
	out := &Term{kind: t.kind, mask: t.mask, rel: t.rel, left: t.left.given(values), right: t.right.given(values)}
	for _, k := range t.kids {
		out.kids = append(out.kids, Given(k, values))
		out.collect(out.kids[len(out.kids)-1].vars...)
	}
	return out.collect(out.left.Var, out.right.Var)
}

// given is only asked for variables that are never absent.
func (o Operand) given(values Model) Operand {
	if v, known := values[o.Var]; known && o.Var != nil {
		return Operand{Plus: v + o.Plus}
	}
	return o
}

func renamed(o Operand, names map[*Var]*Var) Operand {
	if v := names[o.Var]; v != nil {
		o.Var = v
	}
	return o
}

// atoms visits every comparison.
func (t *Term) atoms(visit func(*Term)) {
	if t.kind == compare {
		visit(t)
	}
	for _, k := range t.kids {
		k.atoms(visit)
	}
}

package fragment

import (
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/debug"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/proof/logic"
)

// Clause is a guard as a term; event is that of its transition, "" for invariants.
func (r *Reader) Clause(c workflow.Clause, event string) *logic.Term {
	key := termKey{c.Guard, event}
	t := r.terms[key]
	if t == nil {
		native := c.AST()
		t = (&reading{Reader: r, ast: native, event: event}).condition(native.Expr())
		r.terms[key] = t
	}
	return t
}

// Clauses are the guards of an edge as terms; for one that did not compile stands a term of which nothing is known.
func (r *Reader) Clauses(e workflow.Edge) []*logic.Term {
	out := make([]*logic.Term, len(e.Clauses))
	for i, c := range e.Clauses {
		out[i] = r.Clause(c, e.On)
	}
	if r.broken[e.ID] {
		v := r.variable("? broken "+e.ID, meaning{role: opaque, name: e.ID}, func() *logic.Var { return &logic.Var{Sort: logic.Opaque} })
		out = append(out, logic.Holds(v))
	}
	return out
}

// Value is the operand of a fact.set; ok is false when it is outside the fragment.
func (r *Reader) Value(x *ast.AST, event string) (o logic.Operand, ok bool) {
	return (&reading{Reader: r, ast: x, event: event}).operand(x.Expr())
}

// reading is one walk over one expression.
type reading struct {
	*Reader
	ast   *ast.AST
	event string
}

var relations = map[string]struct {
	rel  logic.Relation
	swap bool
}{
	operators.Equals: {logic.Equal, false}, operators.NotEquals: {logic.Unequal, false},
	operators.Less: {logic.Less, false}, operators.LessEquals: {logic.AtMost, false},
	operators.Greater: {logic.Less, true}, operators.GreaterEquals: {logic.AtMost, true},
}

func (r *reading) condition(x ast.Expr) *logic.Term {
	if x.Kind() == ast.LiteralKind {
		if b, ok := x.AsLiteral().(types.Bool); ok && bool(b) {
			return logic.Const(logic.True)
		} else if ok {
			return logic.Const(logic.False)
		}
	}
	if o, ok := r.operand(x); ok && (o.Var == nil || o.Var.Sort == logic.Bool) {
		return logic.Compare(o, logic.Equal, logic.Operand{Plus: 1})
	}
	if x.Kind() == ast.CallKind {
		if t := r.call(x.AsCall()); t != nil {
			return t
		}
	}
	return logic.Holds(r.opaque(x))
}

func (r *reading) call(call ast.CallExpr) *logic.Term {
	args := call.Args()
	switch fn := call.FunctionName(); fn {
	case operators.LogicalAnd, operators.LogicalOr:
		kids := make([]*logic.Term, len(args))
		for i, a := range args {
			kids[i] = r.condition(a)
		}
		if fn == operators.LogicalAnd {
			return logic.And(kids...)
		}
		return logic.Or(kids...)
	case operators.LogicalNot:
		return logic.Not(r.condition(args[0]))
	case operators.Conditional:
		return logic.Choose(r.condition(args[0]), r.condition(args[1]), r.condition(args[2]))
	case operators.In, operators.OldIn:
		return r.in(args[0], args[1])
	case "known":
		if o, ok := r.operand(args[0]); ok && o.Plus == 0 && o.Var != nil {
			return logic.Known(o.Var)
		}
	case workflow.CallDocument:
		if kind, ok := literalText(args[1]); ok {
			return r.atom(workflow.AtomDocument+kind, args[2])
		}
	case workflow.CallComplete:
		return r.atom(workflow.AtomChecklist, args[1])
	case workflow.CallStateIn:
		if name, ok := literalText(args[1]); ok {
			return logic.Holds(r.inState(name))
		}
	default:
		if rel, ok := relations[fn]; ok {
			return r.compare(fn, rel.rel, rel.swap, args[0], args[1])
		}
	}
	return nil
}

func literalText(x ast.Expr) (string, bool) {
	if x.Kind() != ast.LiteralKind {
		return "", false
	}
	s, ok := x.AsLiteral().(types.String)
	return string(s), ok
}

// compare understands numbers, moments and texts, and the distance of two moments against a duration.
func (r *reading) compare(fn string, rel logic.Relation, swap bool, left, right ast.Expr) *logic.Term {
	a, okA := r.operand(left)
	b, okB := r.operand(right)
	if t := r.scaled(rel, swap, left, right); t != nil && (!okA || !okB) {
		return t
	}
	if !okA || !okB {
		if a, b, okA = r.distance(left, right); !okA {
			return nil
		}
	}
	ordered := rel == logic.Less || rel == logic.AtMost
	for _, o := range []logic.Operand{a, b} {
		if ordered && (o.Var != nil && o.Var.Sort != logic.Number || isText(left)) {
			return nil
		}
	}
	if swap {
		a, b = b, a
	}
	return logic.Compare(a, rel, b)
}

func isText(x ast.Expr) bool { _, ok := literalText(x); return ok }

// distance reads a - b OP duration as a OP b + duration.
func (r *reading) distance(left, right ast.Expr) (a, b logic.Operand, ok bool) {
	d, isDuration := durationOf(right)
	if !isDuration || left.Kind() != ast.CallKind || left.AsCall().FunctionName() != operators.Subtract {
		return a, b, false
	}
	a, okA := r.operand(left.AsCall().Args()[0])
	b, okB := r.operand(left.AsCall().Args()[1])
	b.Plus += d
	return a, b, okA && okB
}

// in is membership in a list of constants, or in the actor's roles.
func (r *reading) in(x, list ast.Expr) *logic.Term {
	if role, ok := literalText(x); ok && r.nameOf(list) == "actor.roles" {
		return logic.Holds(r.Role(role))
	}
	o, ok := r.operand(x)
	if !ok || list.Kind() != ast.ListKind || list.AsList().Size() == 0 {
		return nil
	}
	var kids []*logic.Term
	for _, e := range list.AsList().Elements() {
		c, constant := r.operand(e)
		if !constant || c.Var != nil {
			return nil
		}
		kids = append(kids, logic.Compare(o, logic.Equal, c))
	}
	return logic.Or(kids...)
}

// atom is the answer of a domain function; it is missing when its moment is.
func (r *reading) atom(name string, at ast.Expr) *logic.Term {
	when, ok := r.operand(at)
	text := debug.ToDebugString(at)
	v := r.vars[name+" "+text]
	if v == nil {
		r.atoms[name]++
		v = r.variable(name+" "+text, meaning{role: atom, name: name, at: when, isAt: ok}, func() *logic.Var { return &logic.Var{Sort: logic.Bool} })
	}
	switch {
	case ok && when.Var != nil && when.Var.Optional:
		return logic.Choose(logic.Known(when.Var), logic.Holds(v), logic.Const(logic.Missing))
	case ok:
		return logic.Holds(v)
	}
	return logic.Choose(logic.Holds(r.opaque(at)), logic.Holds(v), logic.Holds(v))
}

// computes are operations that may end in an error.
var computes = map[string]bool{operators.Add: true, operators.Subtract: true, operators.Multiply: true, operators.Divide: true, operators.Modulo: true, operators.Negate: true, operators.Index: true}

func (r *reading) opaque(x ast.Expr) *logic.Var {
	text := debug.ToDebugString(x)
	m := meaning{role: opaque, name: text, walk: x.Kind() == ast.ComprehensionKind}
	ast.PreOrderVisit(x, ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() == ast.CallKind && computes[e.AsCall().FunctionName()] {
			m.walk = false
		}
		if s, ok := literalText(e); ok {
			m.words = append(m.words, s)
		}
		if n := r.nameOf(e); n != "" && r.m.Fact(n) != nil && !slices.Contains(m.facts, n) {
			m.facts = append(m.facts, n)
		}
	}))
	return r.variable("? "+r.scope(x)+text, m, func() *logic.Var { return &logic.Var{Sort: logic.Opaque} })
}

// scope keeps apart expressions that read the payloads of different events.
func (r *reading) scope(x ast.Expr) string {
	out := ""
	ast.PreOrderVisit(x, ast.NewExprVisitor(func(e ast.Expr) {
		if _, member := cutPrefix(r.nameOf(e), "event.payload."); member {
			out = r.event + " "
		}
	}))
	return out
}

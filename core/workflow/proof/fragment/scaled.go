package fragment

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"github.com/pratica-crm/pratica/core/workflow/proof/logic"
)

// maxFactor keeps products of bounded facts far from overflow.
const maxFactor = 1 << 12

// scaled reads x * factor OP constant as x OP constant / factor, for a positive factor; nil for anything else.
func (r *reading) scaled(rel logic.Relation, swap bool, left, right ast.Expr) *logic.Term {
	x, factor, ok := r.product(left)
	limit, okLimit := r.operand(right)
	flipped := false
	if !ok {
		x, factor, ok = r.product(right)
		limit, okLimit = r.operand(left)
		flipped = true
	}
	if !ok || !okLimit || limit.Var != nil {
		return nil
	}
	down := limit.Plus / factor
	exact := limit.Plus%factor == 0
	if !exact && limit.Plus < 0 {
		down--
	}
	at := func(n int64) logic.Operand { return logic.Operand{Plus: n} }
	atMost := logic.Compare(x, logic.AtMost, at(down)) // x * factor <= limit
	switch {
	case rel == logic.Equal && exact, rel == logic.Unequal && exact:
		return logic.Compare(x, rel, at(down))
	case rel == logic.Equal: // never, but missing where x is
		return logic.And(atMost, logic.Not(atMost))
	case rel == logic.Unequal:
		return logic.Or(atMost, logic.Not(atMost))
	}
	above := flipped != swap // limit OP x * factor
	less := atMost
	if exact {
		less = logic.Compare(x, logic.Less, at(down))
	}
	switch {
	case !above && rel == logic.AtMost:
		return atMost
	case !above:
		return less
	case rel == logic.AtMost: // limit <= x * factor
		return logic.Not(less)
	}
	return logic.Not(atMost)
}

// product is a bounded fact times a positive literal, in either order.
func (r *reading) product(e ast.Expr) (x logic.Operand, factor int64, ok bool) {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != operators.Multiply {
		return x, 0, false
	}
	a, okA := r.operand(e.AsCall().Args()[0])
	b, okB := r.operand(e.AsCall().Args()[1])
	if a.Var == nil {
		a, b = b, a
	}
	if !okA || !okB || a.Var == nil || a.Plus != 0 || b.Var != nil || !bounded(a) || b.Plus < 1 || b.Plus > maxFactor {
		return x, 0, false
	}
	return a, b.Plus, true
}

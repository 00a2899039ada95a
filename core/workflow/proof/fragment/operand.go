package fragment

import (
	"time"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/pratica-crm/pratica/core/workflow/proof/logic"
)

func (r *reading) nameOf(x ast.Expr) string {
	if ref := r.ast.ReferenceMap()[x.ID()]; ref != nil {
		return ref.Name
	}
	return ""
}

// operand is a name or a constant, or one of these and a constant more.
func (r *reading) operand(x ast.Expr) (o logic.Operand, ok bool) {
	if name := r.nameOf(x); name != "" && x.Kind() != ast.CallKind {
		return r.named(name)
	}
	switch x.Kind() {
	case ast.LiteralKind:
		switch v := x.AsLiteral().(type) {
		case types.Int:
			return logic.Operand{Plus: int64(v)}, within(int64(v))
		case types.String:
			return logic.Operand{Plus: r.text(string(v))}, true
		case types.Bool:
			if v {
				return logic.Operand{Plus: 1}, true
			}
			return logic.Operand{}, true
		}
	case ast.CallKind:
		return r.sum(x.AsCall())
	}
	return o, false
}

// within keeps numbers where adding two of them cannot overflow.
func within(n int64) bool { return n > -1<<49 && n < 1<<49 }

func (r *reading) sum(call ast.CallExpr) (o logic.Operand, ok bool) {
	args := call.Args()
	sign := int64(1)
	switch call.FunctionName() {
	case "timestamp":
		if s, isText := literalText(args[0]); isText {
			t, err := time.Parse(time.RFC3339, s)
			return logic.Operand{Plus: t.Unix()}, err == nil && t.Nanosecond() == 0
		}
		return o, false
	case operators.Negate:
		o, ok = r.operand(args[0])
		return logic.Operand{Plus: -o.Plus}, ok && o.Var == nil
	case operators.Subtract:
		sign = -1
	case operators.Add:
	default:
		return o, false
	}
	a, okA := r.operand(args[0])
	if d, isDuration := durationOf(args[1]); isDuration && okA {
		a.Plus += sign * d
		return a, true
	}
	b, okB := r.operand(args[1])
	switch {
	case !okA || !okB || !bounded(a) || !bounded(b):
		return o, false
	case b.Var == nil:
		a.Plus += sign * b.Plus
		return a, true
	case a.Var == nil && sign > 0:
		b.Plus += a.Plus
		return b, true
	}
	return o, false
}

// bounded tells a number whose sum with a constant cannot overflow.
func bounded(o logic.Operand) bool {
	return o.Var == nil || o.Var.Sort == logic.Number && within(o.Var.Min) && within(o.Var.Max)
}

// durationOf is a literal duration of whole seconds.
func durationOf(x ast.Expr) (seconds int64, ok bool) {
	if x.Kind() != ast.CallKind || x.AsCall().FunctionName() != "duration" {
		return 0, false
	}
	s, isText := literalText(x.AsCall().Args()[0])
	d, err := time.ParseDuration(s)
	return int64(d / time.Second), isText && err == nil && d%time.Second == 0
}

func (r *reading) named(name string) (o logic.Operand, ok bool) {
	switch {
	case name == "now":
		return logic.Operand{Var: r.Now()}, true
	case name == "actor.id":
		return logic.Operand{Var: r.ActorID()}, true
	case name == "event.name":
		return logic.Operand{Var: r.EventName()}, true
	case name == "event.reason":
		return logic.Operand{Var: r.variable(name, meaning{role: eventReason}, func() *logic.Var { return &logic.Var{Sort: logic.Text} })}, true
	}
	if member, isMember := cutPrefix(name, "event.payload."); isMember {
		v := r.member(r.event, member)
		return logic.Operand{Var: v}, v != nil
	}
	if param, isParam := cutPrefix(name, "params."); isParam {
		switch v := r.m.Param(param).(type) {
		case int64:
			return logic.Operand{Plus: v}, within(v)
		case string:
			return logic.Operand{Plus: r.text(v)}, true
		case bool:
			if v {
				return logic.Operand{Plus: 1}, true
			}
			return logic.Operand{}, true
		}
		return o, false
	}
	v := r.Fact(name)
	return logic.Operand{Var: v}, v != nil
}

func cutPrefix(s, prefix string) (string, bool) {
	if len(s) > len(prefix) && s[:len(prefix)] == prefix {
		return s[len(prefix):], true
	}
	return s, false
}

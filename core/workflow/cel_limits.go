package workflow

import (
	"regexp"
	"regexp/syntax"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// What the meter cannot stop, because it happens within one call, is refused before a guard runs: comparing structures, which
// walks them whole, and patterns that are not known beforehand.

const (
	callMatches = "matches"
	// maxPattern is how many steps a pattern may have: repetitions count as often as they repeat.
	maxPattern = 500
	// maxMatching bounds text × pattern of one match: 400,000 steps are about 4 ms.
	maxMatching = 400_000
	// maxExpressions is how many characters all guards and values of a template may have together: compiling them is the
	// longest part of opening a template.
	maxExpressions = 200_000
)

// affordable refuses calls whose work no meter sees.
func (e *environment) affordable(c *clause, at string, found *findings) bool {
	native, ok := c.ast.NativeRep(), true
	refuse := func(format string, args ...any) {
		found.add("type_error", at, c.guard.At, format, args...)
		ok = false
	}
	ast.PreOrderVisit(native.Expr(), ast.NewExprVisitor(func(x ast.Expr) {
		if x.Kind() != ast.CallKind {
			return
		}
		call := x.AsCall()
		switch call.FunctionName() {
		case operators.Equals, operators.NotEquals, operators.In:
			if !comparable(native, call.Args()[0], call.Args()[1]) {
				refuse("only texts, numbers, booleans and moments are compared with ==, != and in: ask the members of a list with all() or exists(), and how many there are with size()")
			}
		case callMatches:
			args := call.Args()
			pattern, literal := textOf(args[len(args)-1])
			if !literal {
				refuse("the pattern of matches is written in the guard itself, in quotes")
			} else if problem := e.pattern(pattern); problem != "" {
				refuse("%s", problem)
			}
		}
	}))
	return ok
}

// comparable tells whether two operands are plain values, or one is and the other is a list of them.
func comparable(native *ast.AST, a, b ast.Expr) bool {
	x, y := native.GetType(a.ID()), native.GetType(b.ID())
	if x.Kind() == types.NullTypeKind || y.Kind() == types.NullTypeKind {
		return true // is it there: nothing is walked
	}
	return plainType(x) && plainType(y)
}

func plainType(t *types.Type) bool {
	switch t.Kind() {
	case types.BoolKind, types.IntKind, types.UintKind, types.DoubleKind, types.StringKind, types.BytesKind, types.TimestampKind, types.DurationKind, types.TypeKind:
		return true
	case types.ListKind, types.MapKind:
		for _, inner := range t.Parameters() {
			if inner.Kind() == types.ListKind || inner.Kind() == types.MapKind || !plainType(inner) {
				return false
			}
		}
		return true
	}
	return false
}

func textOf(x ast.Expr) (string, bool) {
	if x.Kind() != ast.LiteralKind {
		return "", false
	}
	s, ok := x.AsLiteral().(types.String)
	return string(s), ok
}

// pattern compiles a pattern once for all guards that use it.
func (e *environment) pattern(source string) (problem string) {
	if _, known := e.patterns[source]; known {
		return ""
	}
	tree, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		return "the pattern of matches cannot be read: " + err.Error()
	}
	if patternSteps(tree) > maxPattern {
		return "the pattern of matches is too large: repetitions count as often as they repeat"
	}
	compiled, err := regexp.Compile(source)
	if err != nil {
		return "the pattern of matches cannot be read: " + err.Error()
	}
	e.patterns[source] = pattern{compiled, patternSteps(tree)}
	return ""
}

// pattern is a compiled one and how many steps it takes for each character at most.
type pattern struct {
	*regexp.Regexp
	steps int
}

func patternSteps(x *syntax.Regexp) int {
	n := 1
	if x.Op == syntax.OpLiteral {
		n = len(x.Rune)
	}
	for _, sub := range x.Sub {
		n += patternSteps(sub)
	}
	if x.Op == syntax.OpRepeat {
		n *= max(x.Max, x.Min+1)
	}
	return min(n, maxPattern+1)
}

// matches is the library's function over patterns that are compiled already, within a bound.
func (e *environment) matches() cel.EnvOption {
	binding := cel.BinaryBinding(func(text, source ref.Val) ref.Val {
		s := string(text.(types.String))
		p, known := e.patterns[string(source.(types.String))]
		switch {
		case !known:
			return types.NewErr("the pattern of matches is not written in the guard")
		case len(s)*p.steps > maxMatching:
			return types.NewErr("the text is too long for this pattern")
		}
		return types.Bool(p.MatchString(s))
	})
	texts := []*cel.Type{cel.StringType, cel.StringType}
	return cel.Function(callMatches, cel.Overload("matches_pattern", texts, cel.BoolType, binding), cel.MemberOverload("text_matches_pattern", texts, cel.BoolType, binding))
}

package workflow

import (
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
)

// Leaning is which way a parameter moves to make the clauses that read it stricter: true nowhere where they were false. It is
// read off plain comparisons, `fact <= params.x` and its like, alone or under && and ||; in any other form nothing is known.
type Leaning int8

// The leanings.
const (
	Unread  Leaning = iota // no clause reads it: any value will do
	Down                   // lower is stricter
	Up                     // higher is stricter
	Unknown                // it is read both ways, or in another form
)

// Stricter tells whether no clause is true at the new value where it was false at the old; order is their difference: new less
// than old (negative), equal (0) or more (positive).
func (l Leaning) Stricter(order int) bool {
	return l == Unread || order == 0 || l == Down && order < 0 || l == Up && order > 0
}

// And is the leaning of a parameter that is read in two ways.
func (l Leaning) And(other Leaning) Leaning {
	switch {
	case l == Unread || l == other:
		return other
	case other == Unread:
		return l
	}
	return Unknown
}

// Leanings gives the leaning of each parameter that a template reads, by name. The template is plain data (see Plain) and need
// not be sound.
func Leanings(template any) map[string]Leaning {
	out := leanings{}
	root, _ := template.(map[string]any)
	for _, t := range list(root["transitions"]) {
		out.clauses(t["guards"])
		for _, a := range list(t["actions"]) {
			out.value(a["value"])
			with, _ := a["with"].(map[string]any)
			for _, v := range with {
				out.value(v)
			}
		}
	}
	out.clauses(root["invariants"])
	return out
}

type leanings map[string]Leaning

func (l leanings) clauses(section any) {
	for _, g := range list(section) {
		l.read(g["expr"], true)
	}
}

// value is an expression whose result is stored or sent: whatever reads a parameter there is not a clause.
func (l leanings) value(v any) { l.read(v, false) }

func (l leanings) read(v any, clause bool) {
	source, _ := v.(string)
	if !strings.Contains(source, "params") {
		return
	}
	env, err := cel.NewCustomEnv(cel.Macros(cel.StandardMacros...), cel.ParserExpressionSizeLimit(4000), cel.ParserRecursionLimit(60))
	if err != nil {
		panic(err) // for options that contradict each other only
	}
	if parsed, issues := env.Parse(source); issues.Err() == nil { // what does not parse has a finding of its own
		l.walk(parsed.NativeRep().Expr(), clause)
	}
}

// walk goes down as far as the answer can only grow with each part's.
func (l leanings) walk(x ast.Expr, grows bool) {
	if grows && x.Kind() == ast.CallKind {
		call := x.AsCall()
		name, args := call.FunctionName(), call.Args()
		switch name {
		case operators.LogicalAnd, operators.LogicalOr:
			l.walk(args[0], true)
			l.walk(args[1], true)
			return
		case operators.LessEquals, operators.Less:
			l.side(args[0], Up)
			l.side(args[1], Down)
			return
		case operators.GreaterEquals, operators.Greater:
			l.side(args[0], Down)
			l.side(args[1], Up)
			return
		}
	}
	ast.PreOrderVisit(x, ast.NewExprVisitor(func(part ast.Expr) {
		if name := paramOf(part); name != "" {
			l[name] = Unknown
		}
	}))
}

// side is one side of a comparison: the parameter itself, or something that may contain one.
func (l leanings) side(x ast.Expr, leaning Leaning) {
	if name := paramOf(x); name != "" {
		l[name] = l[name].And(leaning)
		return
	}
	l.walk(x, false)
}

// paramOf is the name in params.name, "" for anything else.
func paramOf(x ast.Expr) string {
	if x.Kind() != ast.SelectKind {
		return ""
	}
	s := x.AsSelect()
	if of := s.Operand(); of.Kind() == ast.IdentKind && of.AsIdent() == "params" {
		return s.FieldName()
	}
	return ""
}

// list reads the mappings of a list.
func list(v any) (out []map[string]any) {
	items, _ := v.([]any)
	for _, x := range items {
		if m, ok := x.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

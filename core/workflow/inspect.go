package workflow

import (
	"sort"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// inspect collects the facts a clause mentions and refuses what the types alone do not.
func (e *environment) inspect(c *clause, at string, found *findings) bool {
	native, ok := c.ast.NativeRep(), true
	seen := map[string]bool{}
	ast.PreOrderVisit(native.Expr(), ast.NewExprVisitor(func(x ast.Expr) {
		if r, has := native.ReferenceMap()[x.ID()]; has && r.Name != "" && e.facts[r.Name] != nil {
			seen[r.Name] = true
		}
		switch x.Kind() {
		case ast.ComprehensionKind:
			over := x.AsComprehension().IterRange()
			if t := native.GetType(over.ID()); t != nil && t.Kind() == types.MapKind {
				found.add("type_error", at, c.guard.At, "a guard may not walk over a map, whose order is random: use a list")
				ok = false
			}
		case ast.CallKind:
			ok = e.inspectCall(c, x.AsCall(), at, found) && ok
		}
	}))
	for n := range seen {
		c.facts = append(c.facts, n)
	}
	sort.Strings(c.facts)
	return ok
}

func (e *environment) inspectCall(c *clause, call ast.CallExpr, at string, found *findings) bool {
	if name := call.FunctionName(); name == callComplete {
		c.calls = append(c.calls, atomChecklist)
	} else if literal, isText := textArgument(call, 1); isText && name == callDocument {
		if _, known := documentKinds[literal]; !known {
			found.add("unknown_name", at, c.guard.At, "%s is not a document kind%s", literal, hint(literal, kindNames()))
			return false
		}
		c.calls = append(c.calls, atomDocument+literal)
	} else if isText && name == callStateIn && !e.states[literal] {
		found.add("unknown_name", at, c.guard.At, "%s is not a state%s", literal, hint(literal, keys(e.states)))
		return false
	}
	return true
}

func textArgument(call ast.CallExpr, i int) (string, bool) {
	if len(call.Args()) <= i || call.Args()[i].Kind() != ast.LiteralKind {
		return "", false
	}
	s, ok := call.Args()[i].AsLiteral().(types.String)
	return string(s), ok
}

// missingMembers names members of objects that were absent, beside the facts that are.
func missingMembers(v ref.Val) []string {
	u, ok := v.(*types.Unknown)
	if !ok {
		return nil
	}
	var out []string
	for _, id := range u.IDs() {
		trails, _ := u.GetAttributeTrails(id)
		for _, t := range trails {
			out = append(out, t.Variable())
		}
	}
	return out
}

package workflow

import (
	"slices"
	"sort"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// maxCells bounds the enumeration for one guard or one transition's guards together.
const maxCells = 20_000

// deadTransitions finds guards that no facts can satisfy, and transitions whose guards exclude each other.
//
// Each number is cut at the constants it is compared with; between two cuts a guard
// answers alike, so trying the cuts and their neighbours in the real evaluator tries
// everything. What the cells cannot decide is taken as possible.
func (b *builder) deadTransitions() map[string]string {
	out := map[string]string{}
	if b.env == nil {
		return out
	}
	for _, t := range b.t.Transitions {
		var all []*clause
		for _, byEvent := range b.m.edges {
			for _, e := range byEvent[t.On] {
				if e.Transition == t {
					all = e.clauses
				}
			}
		}
		for _, c := range all {
			if b.satisfiable([]*clause{c}) {
				continue
			}
			b.found.add("dead_guard", "guard:"+c.guard.ID, c.guard.At, "%s is never true", c.guard.Expr)
			out[t.ID] = c.guard.ID
		}
		if out[t.ID] == "" && len(all) > 1 && !b.satisfiable(all) {
			var ids []string
			for _, c := range all {
				ids = append(ids, c.guard.ID)
			}
			out[t.ID] = "guards that exclude each other: " + strings.Join(ids, ", ")
		}
	}
	return out
}

// satisfiable is false only when every cell was tried and none makes all clauses true.
func (b *builder) satisfiable(clauses []*clause) bool {
	cells := &cellSet{b: b, values: map[string][]any{}, cuts: map[string][]any{}}
	for _, c := range clauses {
		if !cells.collect(c) {
			return true
		}
	}
	names, size := cells.finish()
	if size > maxCells || size == 0 {
		return true
	}
	index := make([]int, len(names))
	for {
		e := &evaluation{m: b.m, facts: Facts{}}
		for i, n := range names {
			e.facts[n] = cells.values[n][index[i]]
		}
		if !slices.ContainsFunc(clauses, func(c *clause) bool { v, _ := c.eval(e); return v != True }) {
			return true
		}
		i := 0
		for ; i < len(index); i++ {
			if index[i]++; index[i] < len(cells.values[names[i]]) {
				break
			}
			index[i] = 0
		}
		if i == len(index) {
			return false
		}
	}
}

// cellSet gathers the values worth trying for each fact.
type cellSet struct {
	b      *builder
	values map[string][]any
	cuts   map[string][]any // constants each fact is compared with
}

var logic = []string{operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot}
var comparisons = []string{operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals, operators.Equals, operators.NotEquals}

// collect is false when the clause leaves the fragment that cells decide.
func (s *cellSet) collect(c *clause) bool {
	return s.visit(c, c.ast.NativeRep().Expr())
}

func (s *cellSet) visit(c *clause, x ast.Expr) bool {
	if name := s.fact(c, x); name != "" {
		if f := s.b.m.facts[name]; f.Schema.Type != "boolean" {
			return false
		}
		s.values[name] = []any{true, false}
		return true
	}
	switch x.Kind() {
	case ast.LiteralKind:
		return true
	case ast.CallKind:
	default:
		return false
	}
	call := x.AsCall()
	switch fn := call.FunctionName(); {
	case slices.Contains(logic, fn):
		return !slices.ContainsFunc(call.Args(), func(a ast.Expr) bool { return !s.visit(c, a) })
	case slices.Contains(comparisons, fn):
		return s.compare(c, call.Args()[0], call.Args()[1])
	}
	return false
}

// compare accepts fact op constant in either order, over whole numbers and texts.
func (s *cellSet) compare(c *clause, left, right ast.Expr) bool {
	name, other := s.fact(c, left), right
	if name == "" {
		name, other = s.fact(c, right), left
	}
	constant, ok := s.constant(c, other)
	if name == "" || !ok {
		return false
	}
	f := s.b.m.facts[name]
	switch v := constant.(type) {
	case int64:
		s.cuts[name] = append(s.cuts[name], v-1, v, v+1)
	case string:
		if f.Schema.Format != "" {
			return false
		}
		s.cuts[name] = append(s.cuts[name], v)
	case bool:
		s.cuts[name] = append(s.cuts[name], true, false)
	}
	return true
}

func (s *cellSet) fact(c *clause, x ast.Expr) string {
	if r := c.ast.NativeRep().ReferenceMap()[x.ID()]; r != nil && s.b.m.facts[r.Name] != nil {
		return r.Name
	}
	return ""
}

func (s *cellSet) constant(c *clause, x ast.Expr) (any, bool) {
	if r := c.ast.NativeRep().ReferenceMap()[x.ID()]; r != nil {
		v, ok := s.b.m.params[r.Name]
		return v, ok
	}
	if x.Kind() == ast.CallKind && x.AsCall().FunctionName() == operators.Negate {
		v, ok := s.constant(c, x.AsCall().Args()[0])
		n, whole := v.(int64)
		return -n, ok && whole
	}
	if x.Kind() != ast.LiteralKind {
		return nil, false
	}
	switch v := x.AsLiteral().(type) {
	case types.Int:
		return int64(v), true
	case types.String:
		return string(v), true
	case types.Bool:
		return bool(v), true
	}
	return nil, false
}

// finish adds what lies beyond the constants, keeps what the schemas allow, and counts the cells.
func (s *cellSet) finish() ([]string, int) {
	for name, cuts := range s.cuts {
		schema := s.b.m.facts[name].Schema
		if schema.Type == "string" {
			if cuts = append(cuts, "\x00another"); len(schema.Enum) > 0 {
				cuts = nil
				for _, v := range schema.Enum {
					cuts = append(cuts, v)
				}
			}
		}
		seen := map[any]bool{}
		for _, v := range cuts {
			if n, isInt := v.(int64); isInt && (schema.Minimum != nil && n < *schema.Minimum || schema.Maximum != nil && n > *schema.Maximum) {
				continue
			}
			if !seen[v] {
				seen[v] = true
				s.values[name] = append(s.values[name], v)
			}
		}
	}
	size := 1
	names := make([]string, 0, len(s.values))
	for n, values := range s.values {
		names = append(names, n)
		if size *= len(values); size > maxCells {
			return nil, size
		}
	}
	sort.Strings(names)
	return names, size
}

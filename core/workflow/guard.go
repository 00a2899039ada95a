package workflow

import (
	"math"
	"regexp"
	"slices"
	"sort"
	"strings"

	"cel.dev/cel-go/cel"
)

// Verdict is the answer of a clause.
type Verdict string

const (
	True    Verdict = "true"
	False   Verdict = "false"
	Missing Verdict = "missing"
	Error   Verdict = "error"
)

// Cost of evaluation, in CEL's units (about one per step).
const (
	// freeCost is what a guard may cost at most, by proof from the declared sizes, and run without a meter.
	freeCost = 5_000
	// PublishCost is what a guard may cost at most to be published, by proof from the declared sizes.
	PublishCost = 25_000
	// costLimit ends every other guard's evaluation, as an error: four times what may be published. A unit is at worst 70 ns, so
	// that is under 10 ms (BenchmarkHostile).
	costLimit = 4 * PublishCost
	// stepLimit is when the guards of one macrostep that are metered have cost enough together: under 100 ms.
	stepLimit = 10 * costLimit
	// testLimit is when the tests of a template have: about five seconds.
	testLimit = 100_000_000
)

// clause is a compiled CEL expression.
type clause struct {
	guard   *Guard
	program cel.Program
	facts   []string // declared facts the text mentions, sorted
	calls   []string // atoms the text mentions with a literal kind
	ast     *cel.Ast
	clock   *clockwork
	each    *elements // when it asks something of every element of a list
	cost    uint64    // at most, from the declared sizes; math.MaxUint64 when nothing bounds it
	metered bool      // its cost is not bounded by proof
}

// compile checks one expression; its findings stand at `at`. want is nil when any type may stand.
func (e *environment) compile(g *Guard, event, at string, want *cel.Type, found *findings) *clause {
	if e.read += len(g.Expr); e.read > maxExpressions {
		found.add("schema", "/", Position{1, 1}, "the expressions of a template have at most %d characters together; this one should be split", maxExpressions)
		return nil
	}
	env, err := e.forEvent(event)
	if err != nil {
		found.add("type_error", at, g.At, "%s", err)
		return nil
	}
	parsed, issues := env.Parse(g.Expr)
	if issues.Err() != nil {
		for _, x := range issues.Errors() {
			found.add("syntax", at, inside(g.At, x.Location.Line(), x.Location.Column()), "not a CEL expression: %s", firstLine(x.Message))
		}
		return nil
	}
	checked, issues := env.Check(parsed)
	if issues.Err() != nil {
		for _, x := range issues.Errors() {
			e.explain(x.Message, at, inside(g.At, x.Location.Line(), x.Location.Column()), event, found)
		}
		return nil
	}
	if want != nil && !checked.OutputType().IsExactType(want) {
		found.add("type_error", at, g.At, "the expression gives %s where %s is needed", checked.OutputType(), want)
		return nil
	}
	c := &clause{guard: g, ast: checked}
	if !e.inspect(c, at, found) || !e.affordable(c, at, found) {
		return nil
	}
	var options []cel.ProgramOption
	if estimate, err := env.EstimateCost(checked, e.sizes); err != nil {
		c.cost = math.MaxUint64
	} else {
		c.cost = estimate.Max
	}
	if c.metered = c.cost > freeCost; c.metered {
		options = append(options, cel.CostTracking(meter{e.patterns}), cel.CostLimit(costLimit))
	}
	if c.program, err = env.Program(checked, options...); err != nil {
		found.add("type_error", at, g.At, "%s", err)
		return nil
	}
	c.wind()
	c.each = e.elements(env, c)
	return c
}

var (
	undeclared = regexp.MustCompile(`undeclared reference to '([^']+)'`)
	undefined  = regexp.MustCompile(`undefined field '([^']+)'`)
)

func (e *environment) explain(message, at string, pos Position, event string, found *findings) {
	names := e.names
	if decl := e.events[event]; decl != nil && decl.Payload != nil {
		for _, f := range decl.Payload.Properties {
			names = append(slices.Clone(names), "event.payload."+f.Name)
		}
	}
	if m := undeclared.FindStringSubmatch(message); m != nil {
		found.add("unknown_name", at, pos, "%s is not declared%s", m[1], hint(m[1], names))
		return
	}
	if m := undefined.FindStringSubmatch(message); m != nil {
		var members []string
		for _, object := range e.types.objects {
			for _, f := range object {
				members = append(members, f.Name)
			}
		}
		found.add("unknown_name", at, pos, "there is no member %s%s", m[1], hint(m[1], members))
		return
	}
	found.add("type_error", at, pos, "%s", firstLine(message))
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// inside moves a place within a one-line expression to its place in the file.
func inside(start Position, line, column int) Position {
	if line > 1 {
		return Position{start.Line + line - 1, column + 1}
	}
	return Position{start.Line, start.Column + column}
}

func keys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

func walkStates(states []*State, visit func(*State)) {
	for _, s := range states {
		visit(s)
		walkStates(s.Children, visit)
	}
}

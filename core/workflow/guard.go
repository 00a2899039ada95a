package workflow

import (
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"
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
	// costLimit ends every other guard's evaluation, as an error.
	costLimit = 200_000
)

// clause is a compiled CEL expression.
type clause struct {
	guard   *Guard
	program cel.Program
	facts   []string // declared facts the text mentions, sorted
	calls   []string // atoms the text mentions with a literal kind
	ast     *cel.Ast
}

// evaluation is the world one macrostep sees: frozen facts, one moment, one event.
type evaluation struct {
	m      *Machine
	facts  Facts
	set    Facts // fact.set of this macrostep, over facts
	actor  Actor
	event  Event
	now    time.Time
	active []string // active states with their parents
	domain Domain

	read    map[string]any // what clauses looked at
	atoms   map[string]bool
	failed  []Failure
	pretend bool // domain functions answer true, so that every failing one is asked
}

var _ interpreter.Activation = (*evaluation)(nil)

func (e *evaluation) Parent() interpreter.Activation { return nil }

// ResolveName gives a variable its value; what has none is unknown, which is how "missing" travels through CEL.
func (e *evaluation) ResolveName(name string) (any, bool) {
	switch name {
	case scopeName:
		return scopeValue{e}, true
	case "now":
		return types.Timestamp{Time: e.now}, true
	case "actor.id":
		return types.String(e.actor.ID), true
	case "actor.roles":
		return e.actor.Roles, true
	case "event.name":
		return types.String(e.event.Name), true
	case "event.reason":
		return types.String(e.event.Reason), true
	}
	if v := e.value(name); v != nil {
		return v, true
	}
	if v, ok := e.m.params[name]; ok {
		return v, true
	}
	if member, ok := strings.CutPrefix(name, "event.payload."); ok {
		if v := e.event.Payload[member]; v != nil {
			return v, true
		}
		return types.NewUnknown(0, types.NewAttributeTrail(name)), true
	}
	if e.m.facts[name] != nil {
		return types.NewUnknown(0, types.NewAttributeTrail(name)), true
	}
	return nil, false
}

// value is the fact as this macrostep sees it; nil when missing.
func (e *evaluation) value(name string) any {
	if v, ok := e.set[name]; ok {
		return v
	}
	return e.facts[name]
}

// atom asks a domain function, or the fact of its name where there is no domain; unset means true.
func (e *evaluation) atom(name string, at time.Time, ask func(Domain) []Failure) bool {
	dated := name + "@" + at.UTC().Format(time.RFC3339)
	if e.domain != nil {
		failures := ask(e.domain)
		e.failed = append(e.failed, failures...)
		e.saw(name, dated, len(failures) == 0)
		return e.pretend || len(failures) == 0
	}
	answer, given := e.facts[dated].(bool)
	if !given {
		if answer, given = e.facts[name].(bool); !given {
			answer = true
		}
	}
	if !answer {
		e.failed = append(e.failed, offlineFailure(name))
	}
	e.saw(name, dated, answer)
	return e.pretend || answer
}

func offlineFailure(atom string) Failure {
	kind, _ := strings.CutPrefix(atom, atomDocument)
	if kind == atom {
		kind = ""
	}
	return Failure{Kind: kind, Reason: "missing"}
}

// saw records an atom's answer among the facts read; a second moment with another answer gets a name of its own.
func (e *evaluation) saw(name, dated string, answer bool) {
	if before, seen := e.atoms[name]; seen && before != answer {
		name = dated
	}
	if e.atoms == nil {
		e.atoms = map[string]bool{}
	}
	e.atoms[name] = answer
	e.note(name, answer)
}

func (e *evaluation) note(name string, v any) {
	if e.read == nil {
		e.read = map[string]any{}
	}
	e.read[name] = v
}

// eval runs a clause and notes what it mentions among the facts read.
func (c *clause) eval(e *evaluation) (Verdict, string) {
	for _, f := range c.facts {
		if _, own := e.set[f]; !own {
			e.note(f, e.facts[f])
		}
	}
	out, _, err := c.program.Eval(e)
	switch {
	case err != nil:
		return Error, err.Error()
	case types.IsUnknown(out):
		return Missing, ""
	case out == types.True:
		return True, ""
	case out == types.False:
		return False, ""
	}
	return Error, "the guard did not answer true or false"
}

// compute runs a clause for its value (fact.set, with).
func (c *clause) compute(e *evaluation) (any, Verdict, string) {
	for _, f := range c.facts {
		if _, own := e.set[f]; !own {
			e.note(f, e.facts[f])
		}
	}
	out, _, err := c.program.Eval(e)
	if err != nil {
		return nil, Error, err.Error()
	}
	if types.IsUnknown(out) {
		return nil, Missing, ""
	}
	v, ok := plainOf(out)
	if !ok {
		return nil, Error, fmt.Sprintf("a value of type %s cannot be stored", out.Type())
	}
	return v, True, ""
}

// compile checks one expression; its findings stand at `at`. want is nil when any type may stand.
func (e *environment) compile(g *Guard, event, at string, want *cel.Type, found *findings) *clause {
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
	if !e.inspect(c, at, found) {
		return nil
	}
	var options []cel.ProgramOption
	if cost, err := env.EstimateCost(checked, e.sizes); err != nil || cost.Max > freeCost {
		options = append(options, cel.CostLimit(costLimit))
	}
	if c.program, err = env.Program(checked, options...); err != nil {
		found.add("type_error", at, g.At, "%s", err)
		return nil
	}
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

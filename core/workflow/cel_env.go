package workflow

import (
	"errors"
	"fmt"
	"reflect"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

type reflectType = reflect.Type

var errNoConversion = errors.New("no conversion")

// Hidden names: "@" cannot be written in a guard, so nothing an author writes can meet them.
const (
	scopeName    = "@scope"
	callDocument = "@docs_valid"
	callComplete = "@checklist_complete"
	callStateIn  = "@state_in"
)

// environment compiles the guards of one template; one CEL environment per event, because payloads differ.
type environment struct {
	base    *cel.Env
	types   *provider
	byEvent map[string]*cel.Env
	events  map[string]*EventDecl
	names   []string        // what a guard may say, for the nearest name
	states  map[string]bool // for state_in
	facts   map[string]*Fact
	sizes   sizes

	patterns map[string]pattern // of matches, by their text; written while compiling only
	read     int                // characters of all expressions compiled so far
}

func newEnvironment(t *Template, facts map[string]*Fact) (*environment, error) {
	p, err := newProvider()
	if err != nil {
		return nil, err
	}
	e := &environment{types: p, byEvent: map[string]*cel.Env{}, events: map[string]*EventDecl{}, states: map[string]bool{}, facts: facts, patterns: map[string]pattern{}}
	e.sizes = sizes{text: defaultText, list: 50, patterns: e.patterns}
	options := []cel.EnvOption{
		cel.StdLib(cel.StdLibSubset(&env.LibrarySubset{ExcludeFunctions: []*env.Function{{Name: callMatches}}})),
		e.matches(),
		cel.CustomTypeProvider(p), cel.CustomTypeAdapter(p),
		cel.DefaultUTCTimeZone(true),
		cel.ParserExpressionSizeLimit(4000),
		cel.ParserRecursionLimit(60),
		cel.Macros(cel.StandardMacros...),
		cel.Macros(
			cel.ReceiverMacro("valid", 2, scopeMacro("docs", callDocument)),
			cel.ReceiverMacro("complete", 1, scopeMacro("checklist", callComplete)),
			cel.GlobalMacro("state_in", 1, scopeMacro("", callStateIn)),
		),
		cel.Variable(scopeName, scopeType),
		cel.Function(callDocument, cel.Overload("docs_valid", []*cel.Type{scopeType, cel.StringType, cel.TimestampType}, cel.BoolType, cel.FunctionBinding(docsValid))),
		cel.Function(callComplete, cel.Overload("checklist_complete", []*cel.Type{scopeType, cel.TimestampType}, cel.BoolType, cel.BinaryBinding(checklistComplete))),
		cel.Function(callStateIn, cel.Overload("state_in", []*cel.Type{scopeType, cel.StringType}, cel.BoolType, cel.BinaryBinding(stateIn))),
		cel.Function("known", cel.Overload("known_dyn", []*cel.Type{cel.DynType}, cel.BoolType, cel.OverloadIsNonStrict(), cel.UnaryBinding(known))),
		e.variable("now", cel.TimestampType), e.variable("actor.id", cel.StringType), e.variable("actor.roles", cel.ListType(cel.StringType)),
		e.variable("event.name", cel.StringType), e.variable("event.reason", cel.StringType),
	}
	for n, f := range facts {
		e.sizes.grow(f.Schema)
		options = append(options, e.variable(n, p.typeOf(f.Schema, n)))
	}
	for _, x := range t.Params {
		options = append(options, e.variable("params."+x.Name, p.typeOf(x.Schema, "params."+x.Name)))
	}
	for _, x := range t.Events {
		e.events[x.Name] = x
		if x.Payload != nil {
			e.sizes.grow(x.Payload)
		}
	}
	walkStates(t.States, func(s *State) { e.states[s.Name] = true })
	e.names = append(e.names, "docs.valid", "checklist.complete", "state_in", "known", "has", "size", "timestamp", "duration")
	if e.base, err = cel.NewCustomEnv(options...); err != nil {
		return nil, fmt.Errorf("guard environment: %w", err)
	}
	return e, nil
}

func (e *environment) variable(name string, t *cel.Type) cel.EnvOption {
	e.names = append(e.names, name)
	return cel.Variable(name, t)
}

// forEvent adds the members of the event's payload to what a guard may say.
func (e *environment) forEvent(event string) (*cel.Env, error) {
	decl := e.events[event]
	if decl == nil || decl.Payload == nil || len(decl.Payload.Properties) == 0 {
		return e.base, nil
	}
	if env := e.byEvent[event]; env != nil {
		return env, nil
	}
	var options []cel.EnvOption
	for _, f := range decl.Payload.Properties {
		n := "event.payload." + f.Name
		options = append(options, cel.Variable(n, e.types.typeOf(f.Schema, event+".payload."+f.Name)))
	}
	env, err := e.base.Extend(options...)
	if err != nil {
		return nil, fmt.Errorf("guard environment of %s: %w", event, err)
	}
	e.byEvent[event] = env
	return env, nil
}

// scopeMacro rewrites docs.valid(k, t) into @docs_valid(@scope, k, t). A macro and not a late binding,
// because the function must see the evaluation it belongs to and stay a plain, cheap call.
func scopeMacro(receiver, call string) cel.MacroFactory {
	return func(f cel.MacroExprFactory, target ast.Expr, args []ast.Expr) (ast.Expr, *common.Error) {
		if receiver != "" && (target.Kind() != ast.IdentKind || target.AsIdent() != receiver) {
			return nil, nil
		}
		return f.NewCall(call, append([]ast.Expr{f.NewIdent(scopeName)}, args...)...), nil
	}
}

func docsValid(args ...ref.Val) ref.Val {
	scope, kind, at := args[0].(scopeValue), string(args[1].(types.String)), args[2].(types.Timestamp).Time
	if _, ok := documentKinds[kind]; !ok {
		return types.NewErr("%q is not a document kind", kind)
	}
	return types.Bool(scope.atom(atomDocument+kind, at, func(d Domain) []Failure { return d.DocsValid(kind, at) }))
}

func checklistComplete(scope, at ref.Val) ref.Val {
	when := at.(types.Timestamp).Time
	return types.Bool(scope.(scopeValue).atom(atomChecklist, when, func(d Domain) []Failure { return d.ChecklistComplete(when) }))
}

func stateIn(scope, name ref.Val) ref.Val {
	e := scope.(scopeValue)
	s := e.m.states[string(name.(types.String))]
	return types.Bool(s != nil && e.at.active(s))
}

func known(v ref.Val) ref.Val { return types.Bool(!types.IsUnknown(v)) }

// Domain answers what only the features know; none of its answers may depend on anything but the facts and the moment.
type Domain interface {
	DocsValid(kind string, at time.Time) []Failure
	ChecklistComplete(at time.Time) []Failure
	Moments() []time.Time // instants at which an answer changes by time alone
}

// Failure is one document that is not there, was rejected, or will have expired.
type Failure struct {
	Kind    string     // document kind
	Subject string     // id of the person or property; "" is the file
	Reason  string     // missing | rejected | expires
	Expires *time.Time // when it ends, for reason expires
	Text    Text       // optional; else the kind's words and the reason's
	Owner   string     // role that clears it; broker when empty
	given   bool       // the answer itself was given as a fact, false
}

package workflow

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"
)

// evaluation is the world one macrostep sees: frozen facts, one moment, one event.
type evaluation struct {
	m     *Machine
	facts Facts
	set   Facts // fact.set of this macrostep, over facts
	actor Actor
	event Event
	now   time.Time
	at    configuration

	reader  []string // roles of who reads the blockers, when that is not the actor
	local   string   // the variable of a clause taken apart, and its value
	element any
	domain  Domain

	read    map[string]any // what clauses looked at
	atoms   map[string]bool
	failed  []Failure
	spent   uint64 // units of the metered clauses so far
	pretend bool   // domain functions answer true, so that every failing one is asked
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
	if e.local != "" && name == e.local {
		return e.element, true
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
	return Failure{Kind: kind, Reason: "missing", given: true}
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
	out, err := c.run(e)
	switch {
	case err != nil:
		return Error, briefly(err)
	case types.IsUnknown(out):
		return Missing, ""
	case out == types.True:
		return True, ""
	case out == types.False:
		return False, ""
	}
	return Error, "the guard did not answer true or false"
}

// run evaluates, within what a macrostep may cost.
func (c *clause) run(e *evaluation) (ref.Val, error) {
	if c.metered && e.spent > stepLimit {
		return nil, errStepLimit
	}
	out, details, err := c.program.Eval(e)
	if c.metered && details != nil {
		if cost := details.ActualCost(); cost != nil {
			e.spent += *cost
		}
	}
	return out, err
}

var errStepLimit = errors.New("the guards of this step cost too much together")

// maxProblem is how much of an error's words are shown, in bytes: they may quote the value that caused it.
const maxProblem = 200

func briefly(err error) string {
	words := err.Error()
	if len(words) <= maxProblem {
		return words
	}
	return strings.ToValidUTF8(words[:maxProblem], "") + "…"
}

// compute runs a clause for its value (fact.set, with).
func (c *clause) compute(e *evaluation) (any, Verdict, string) {
	for _, f := range c.facts {
		if _, own := e.set[f]; !own {
			e.note(f, e.facts[f])
		}
	}
	out, err := c.run(e)
	if err != nil {
		return nil, Error, briefly(err)
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

package migrate

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pratica-crm/pratica/core/workflow"
)

// Move is a plan that fits both templates. It is immutable and safe for concurrent use.
type Move struct {
	Plan     Plan
	Digest   string // of the plan
	Old, New *workflow.Machine

	fills []fill
}

type fill struct {
	fact  *workflow.Fact
	value *workflow.Value
}

// Compile checks a plan against the templates it names. All that is wrong is said at once: the error joins one Problem for each.
func Compile(p Plan, from, to *workflow.Machine) (*Move, error) {
	m := &Move{Plan: p, Digest: p.Digest(), Old: from, New: to}
	var problems []error
	say := func(format string, args ...any) {
		problems = append(problems, &Problem{0, fmt.Sprintf(format, args...)})
	}
	if from.Template.Subject != to.Template.Subject {
		say("the templates are about different things: %s and %s", from.Template.Subject, to.Template.Subject)
	}
	for _, old := range slices.Sorted(maps.Keys(p.States)) {
		if from.State(old) == nil {
			say("%s is not a state of the old template%s", old, workflow.Hint(old, from.StateNames()))
		}
		for _, target := range p.States[old] {
			s := to.State(target)
			switch {
			case s == nil:
				say("%s is mapped to %s, which is not a state of the new template%s", old, target, workflow.Hint(target, to.StateNames()))
			case s.Outcome != "":
				say("%s is mapped to %s, which ends the instance: a plan moves files in flight, it does not decide them", old, target)
			}
		}
	}
	seen := map[string]bool{}
	for _, f := range p.Facts {
		decl := to.Fact(f.Fact)
		switch {
		case decl == nil:
			say("%s is not a fact of the new template%s", f.Fact, workflow.Hint(f.Fact, to.FactNames()))
			continue
		case !to.Own(f.Fact):
			say("%s is computed and cannot be back-filled", f.Fact)
			continue
		case seen[f.Fact]:
			say("%s is back-filled twice", f.Fact)
			continue
		}
		seen[f.Fact] = true
		value, err := from.CompileValue(f.Value, decl)
		if err != nil {
			say("the value of %s: %s", f.Fact, err)
			continue
		}
		m.fills = append(m.fills, fill{decl, value})
	}
	for _, was := range from.OwnFacts() {
		if is := to.Fact(was.Name); is != nil && !seen[was.Name] && !sameType(was.Schema, is.Schema) {
			say("the fact %s changes its type from %s to %s, so its values cannot be taken along: back-fill it under facts", was.Name, typeOf(was.Schema), typeOf(is.Schema))
		}
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return m, nil
}

// sameType tells whether a value of one schema is of the other's type. Bounds may differ: they are looked at when a value is set.
func sameType(was, is *workflow.Schema) bool {
	if typeOf(was) != typeOf(is) || was.Items != nil && is.Items != nil && !sameType(was.Items, is.Items) {
		return false
	}
	return !slices.ContainsFunc(was.Properties, func(w *workflow.Fact) bool {
		return slices.ContainsFunc(is.Properties, func(i *workflow.Fact) bool { return w.Name == i.Name && !sameType(w.Schema, i.Schema) })
	})
}

// typeOf names a schema's type as a message does: "string", "date".
func typeOf(s *workflow.Schema) string { return cmp.Or(s.Format, s.Type) }

// Route says where an instance in these states would stand. The error names the state the plan misses, or why the states
// it leads to cannot be active together.
func (m *Move) Route(states []string) ([]string, error) {
	var to []string
	for _, s := range states {
		targets, mapped := m.Plan.States[s]
		if !mapped {
			return nil, &Problem{0, fmt.Sprintf("the plan says nothing of the state %s, in which instances stand: add %s: <state of the new template> under states", s, s)}
		}
		to = append(to, targets...)
	}
	slices.Sort(to)
	to = slices.Compact(to)
	if _, err := m.New.Standing(to); err != nil {
		return nil, &Problem{0, fmt.Sprintf("%s leads to %s, where no instance can stand: %s", strings.Join(states, ", "), strings.Join(to, ", "), err)}
	}
	return to, nil
}

// Covers checks that the plan has a way for every configuration that is occupied; what is wrong with any is said, once each.
func (m *Move) Covers(occupied [][]string) error {
	said := map[string]bool{}
	var problems []error
	for _, states := range occupied {
		if _, err := m.Route(states); err != nil && !said[err.Error()] {
			said[err.Error()] = true
			problems = append(problems, err)
		}
	}
	return errors.Join(problems...)
}

// heirs are the states of the new template that stand for one of the old: what the plan says, else the state of the same name.
func (m *Move) heirs(old string) Targets {
	if targets, mapped := m.Plan.States[old]; mapped {
		return targets
	}
	if m.New.State(old) != nil {
		return Targets{old}
	}
	return nil
}

package workflow

import (
	"slices"
	"time"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
)

// What time alone changes. A clause turns at an instant it can name: one of the facts it mentions, a literal, or a moment of the
// domain (a document that expires), shifted by a duration the clause mentions. Each such instant is tried in the real
// evaluator, so an answer is never wrong; a turn that depends on a sum of durations may be found late.

// maxMoments bounds the instants tried for one clause.
const maxMoments = 500

// durations and instants that a clause writes out.
func (c *clause) literals() (shifts []time.Duration, instants []time.Time) {
	native := c.ast.NativeRep()
	ast.PreOrderVisit(native.Expr(), ast.NewExprVisitor(func(x ast.Expr) {
		if x.Kind() != ast.CallKind {
			return
		}
		text, isText := textArgument(x.AsCall(), 0)
		if !isText {
			return
		}
		switch x.AsCall().FunctionName() {
		case "duration":
			if d, err := time.ParseDuration(text); err == nil {
				shifts = append(shifts, d, -d)
			}
		case "timestamp":
			if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
				instants = append(instants, t)
			}
		}
	}))
	return shifts, instants
}

// clockwork is what the instants of a clause are made of, found once when it is compiled; nil when it does not look at the clock.
type clockwork struct {
	shifts   []time.Duration
	instants []time.Time
	domain   bool
}

func (c *clause) wind() {
	shifts, instants := c.literals()
	now := false
	for _, id := range c.ast.NativeRep().ReferenceMap() {
		now = now || id.Name == "now"
	}
	if now {
		c.clock = &clockwork{append([]time.Duration{0}, shifts...), instants, len(c.calls) > 0}
	}
}

// turns is the earliest instant after now at which time alone makes the clause's answer want; nil when none is known.
func (c *clause) turns(e *evaluation, want func(Verdict) bool) *time.Time {
	if c.clock == nil {
		return nil
	}
	bases := slices.Clone(c.clock.instants)
	for _, name := range c.facts {
		bases = instantsIn(e.value(name), bases)
	}
	if c.clock.domain && e.domain != nil {
		bases = append(bases, e.domain.Moments()...)
	}
	var tries []time.Time
	for _, b := range bases {
		for _, shift := range c.clock.shifts {
			for _, t := range []time.Time{b.Add(shift), b.Add(shift + time.Microsecond)} { // at the instant, and just past it
				if t.After(e.now) {
					tries = append(tries, t.UTC())
				}
			}
		}
	}
	slices.SortFunc(tries, time.Time.Compare)
	tries = slices.CompactFunc(tries, time.Time.Equal)
	for _, t := range tries[:min(len(tries), maxMoments)] {
		later := evaluation{m: e.m, facts: e.facts, set: e.set, actor: e.actor, event: e.event, now: t, at: e.at, domain: e.domain}
		if v, _ := c.eval(&later); want(v) {
			return &t
		}
	}
	return nil
}

func instantsIn(v any, into []time.Time) []time.Time {
	switch x := v.(type) {
	case time.Time:
		return append(into, x)
	case types.Timestamp:
		return append(into, x.Time)
	case []any:
		for _, item := range x {
			into = instantsIn(item, into)
		}
	case map[string]any:
		for _, item := range x {
			into = instantsIn(item, into)
		}
	}
	return into
}

// NextBreach is the earliest instant after now at which time alone breaks an invariant that holds now and is not waived;
// nil when none is known. The caller looks again then (FactsChanged, Breaches).
func (m *Machine) NextBreach(inst Instance, w World) *time.Time {
	if inst.Ended != "" {
		return nil
	}
	s := m.begin(inst, Event{Actor: System()}, w)
	var next *time.Time
	for _, i := range m.invariants {
		if i.clause.clock == nil || !s.at.anyActive(i.states) || s.waived(i.ID) {
			continue
		}
		if v, _ := i.clause.eval(&s.evaluation); v != True {
			continue
		}
		if t := i.clause.turns(&s.evaluation, func(v Verdict) bool { return v != True }); t != nil && (next == nil || t.Before(*next)) {
			next = t
		}
	}
	return next
}

// NextMoment is the earliest instant after now at which time alone brings something about: an invariant breaks, or a clause of a
// transition without an event comes true. Nil when none is known. The caller looks again then; that it finds nothing yet (another clause
// of the transition is not true) is no harm.
func (m *Machine) NextMoment(inst Instance, w World) *time.Time {
	next := m.NextBreach(inst, w)
	if inst.Ended != "" || m.Template.Priority == "document" {
		return next
	}
	s := m.begin(inst, Event{Actor: System()}, w)
	for _, leaf := range s.at {
		for level := leaf; level != nil; level = level.Parent {
			for _, e := range m.edges[level][""] {
				for _, c := range e.clauses {
					if v, _ := c.eval(&s.evaluation); v == True {
						continue
					}
					if t := c.turns(&s.evaluation, func(v Verdict) bool { return v == True }); t != nil && (next == nil || t.Before(*next)) {
						next = t
					}
				}
			}
		}
	}
	return next
}

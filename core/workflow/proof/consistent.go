package proof

import (
	"maps"
	"slices"
	"time"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/proof/fragment"
	"github.com/pratica-crm/pratica/core/workflow/proof/logic"
	"github.com/pratica-crm/pratica/core/workflow/proof/paths"
)

// The budget of looking for witnesses is one of its own: what it cannot find makes one finding undecided, not the whole proof.
const (
	witnessBudget = 300_000
	maxConsistent = 40 // steps of a path whose conditions are solved together
)

// live gives the story of a path that good accepts: best one in which no fact changes on the way, so that who knows the events and
// the facts knows all; else one in which time, at least, does not go back; nil when there is none.
func (x *examination) live(path []*paths.Step, good func(*story) bool) *story {
	own := x.tell(path)
	livable := !own.untold && good(own)
	if livable && !own.changed {
		return own
	}
	if s := x.together(path, true, good); s != nil {
		return s
	}
	if livable {
		return own
	}
	return x.together(path, false, good)
}

// together solves the conditions of all steps at once. Each step has a moment, an actor and a payload of its own; facts are the
// same in all of them where constant, except as the steps set them.
func (x *examination) together(path []*paths.Step, constant bool, good func(*story) bool) (found *story) {
	if len(path) > maxConsistent {
		return nil
	}
	var terms []*logic.Term
	var before *logic.Var // the last moment that matters
	names := make([]map[*logic.Var]*logic.Var, len(path))
	facts := map[*logic.Var]*logic.Var{}
	for i, s := range path {
		names[i] = map[*logic.Var]*logic.Var{}
		for _, t := range x.condition(s) {
			for _, v := range t.Vars() {
				switch {
				case names[i][v] != nil || x.reader.IsVersion(v):
				case x.reader.IsFact(v) && !x.reader.IsOpaque(v) && constant:
					names[i][v] = v
					if set := facts[v]; set != nil {
						names[i][v] = set
					}
				default:
					names[i][v] = v.Twin()
				}
			}
			terms = append(terms, logic.Rename(t, names[i]))
		}
		if now := names[i][x.reader.Now()]; now != nil {
			if before != nil {
				terms = append(terms, logic.Compare(logic.Operand{Var: before}, logic.AtMost, logic.Operand{Var: now}))
			}
			before = now
		}
		maps.Copy(facts, s.Names)
	}
	x.teller.Solve(terms, nil, func(m logic.Model) bool {
		found = x.replay(path, names, m, good)
		return found != nil
	})
	return found
}

// condition is a step's, with what stands: the frozen facts, and the name of its event.
func (x *examination) condition(s *paths.Step) []*logic.Term {
	out := append(slices.Clone(s.Terms), logic.Compare(logic.Operand{Var: x.reader.EventName()}, logic.Equal, x.reader.Operand(s.Event)))
	if s.From != nil {
		for _, v := range slices.SortedFunc(maps.Keys(s.From.Held), func(a, b *logic.Var) int { return compareNames(a.Name, b.Name) }) {
			out = append(out, paths.Holds(v, s.From.Held[v]))
		}
	}
	return out
}

func compareNames(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// replay lives a path with the values of a model; where nobody understands an expression, with samples for the facts it reads.
func (x *examination) replay(path []*paths.Step, names []map[*logic.Var]*logic.Var, m logic.Model, good func(*story) bool) *story {
	cases := make([]fragment.Case, len(path))
	opaque := logic.Model{}
	for i, s := range path {
		own := logic.Model{}
		for v, twin := range names[i] {
			value, set := m[twin]
			if set && !x.reader.IsVersion(twin) {
				own[v] = value
			}
			if x.reader.IsOpaque(v) {
				opaque[v] = 1
			}
		}
		var by []string
		if decl := x.m.Event(s.Event); decl != nil {
			by = decl.By
		}
		cases[i] = x.reader.Case(own, by)
	}
	x.inTime(cases)
	for _, sample := range x.reader.Samples(opaque) {
		lived := make([]*paths.Step, len(path))
		for i, s := range path {
			step := *s
			step.Case = cases[i]
			step.Case.Facts = maps.Clone(cases[i].Facts)
			maps.Copy(step.Case.Facts, sample)
			lived[i] = &step
		}
		if s := x.tell(lived); !s.untold && good(s) {
			return s
		}
	}
	return nil
}

// inTime lets steps that any moment suits happen before the next one that some moment suits.
func (x *examination) inTime(cases []fragment.Case) {
	var next time.Time
	for i := len(cases) - 1; i >= 0; i-- {
		switch {
		case !cases[i].Now.IsZero():
			next = cases[i].Now
		case !next.IsZero() && next.Unix() < workflow.Clock():
			cases[i].Now = next
		}
	}
}

package proof

import (
	"slices"
	"strings"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/proof/paths"
)

// seen says what the walk came across.
func (x *examination) seen() {
	for _, u := range x.graph.Uncompared() {
		severity := workflow.SeverityUndecided
		if !u.Otherwise {
			severity = workflow.SeverityError
		}
		why := "the budget of the analysis is used up"
		if u.Shown {
			why = "enough of them overlap or could not be told apart"
		}
		x.add("undecided", severity, "transition:"+u.Last.ID, u.Last.At, nil, "%d more pairs of transitions of %s in state %s were not compared, because %s: correct those listed first, or compare fewer facts in each guard",
			u.Pairs, eventName(u.Last.On), u.Last.Source.Name, why)
	}
	for _, s := range x.graph.Sights {
		w := x.witness(s)
		switch {
		case w != nil:
			x.proven(s, w)
		case s.Kind == paths.Circle && x.t.Priority != "document":
			x.circle(s, nil)
		case s.Kind != paths.Circle:
			x.undecided(s)
		}
	}
}

// witness is the path to a sight and the event that shows it, if the machine confirms both.
func (x *examination) witness(s *paths.Sight) *workflow.Witness {
	if !s.Proven {
		return nil
	}
	last := &paths.Step{From: s.At, To: s.At, Event: s.Sent, Terms: s.Terms, Case: s.Case, Sight: true}
	told := x.live(append(s.At.Path(), last), func(told *story) bool { return s.Confirms(told.last) })
	if told == nil {
		return nil
	}
	return told.witness()
}

func (x *examination) proven(s *paths.Sight, w *workflow.Witness) {
	last := s.Edges[len(s.Edges)-1]
	at := "transition:" + last.ID
	switch s.Kind {
	case paths.Overlap:
		x.add("overlap", workflow.SeverityError, at, last.At, w,
			"%s and %s can both be enabled for %s in state %s, and then the event is refused: add to one what the other excludes, or make one otherwise",
			s.Edges[0].ID, last.ID, eventName(s.Event), s.State.Name)
	case paths.Gap:
		x.add("gap", workflow.SeverityWarning, place(s.State), last.At, w,
			"no transition of %s in state %s is enabled for these facts (%s): widen a guard, or write a transition with otherwise: true",
			eventName(s.Event), s.State.Name, ids(s.Edges))
	case paths.Clash:
		if s.Fact != "" {
			x.add("region_conflict", workflow.SeverityError, at, last.At, w,
				"%s and %s are in different regions, fire at the same event and both set %s: let one of them set it", s.Edges[0].ID, last.ID, s.Fact)
			return
		}
		x.add("region_conflict", workflow.SeverityError, at, last.At, w,
			"%s and %s are in different regions and take the same event, but one leaves where the other acts: give one another event, or a guard that excludes the other", s.Edges[0].ID, last.ID)
	case paths.Circle:
		x.circle(s, w)
	}
}

func (x *examination) circle(s *paths.Sight, w *workflow.Witness) {
	last, what := s.Edges[len(s.Edges)-1], "transitions without an event run in a circle"
	if s.Straight {
		x.add("eventless_cycle", workflow.SeverityError, "transition:"+last.ID, last.At, w,
			"more than 16 steps by themselves after one event: %s; wait for an event in between", ids(s.Edges))
		return
	}
	if w == nil {
		what = "nothing proves that the transitions without an event come to an end"
	}
	x.add("eventless_cycle", workflow.SeverityError, "transition:"+last.ID, last.At, w,
		"%s: %s; break it by an event, or by guards that exclude each other for the same facts", what, ids(s.Edges))
}

func ids(edges []workflow.Edge) string {
	var out []string
	for _, e := range edges {
		out = append(out, e.ID)
	}
	return strings.Join(out, ", ")
}

func eventName(event string) string {
	if event == "" {
		return "no event"
	}
	return event
}

// undecided reports what could be neither shown nor excluded. Where nothing says what happens otherwise, that is an error.
func (x *examination) undecided(s *paths.Sight) {
	last := s.Edges[len(s.Edges)-1]
	at, pos, why := "transition:"+last.ID, last.At, "there are too many cases"
	if s.Found {
		why = "its witness cannot be made concrete offline"
	}
	if len(s.Guards) > 0 {
		at, pos, why = "guard:"+s.Guards[0].ID, s.Guards[0].At, s.Guards[0].Expr+" is not a comparison of single facts"
	}
	what := map[paths.Kind]string{
		paths.Overlap: "whether " + ids(s.Edges) + " can be enabled together",
		paths.Gap:     "whether some facts enable none of " + ids(s.Edges),
		paths.Clash:   "whether " + ids(s.Edges) + " can disturb each other",
	}[s.Kind]
	severity, remedy := workflow.SeverityUndecided, "say it with facts that are compared one by one, or show it with tests"
	if s.Kind != paths.Clash && !slices.ContainsFunc(x.m.EdgesFrom(s.State, s.Event), func(e workflow.Edge) bool { return e.Otherwise }) {
		severity, remedy = workflow.SeverityError, "write otherwise: true on one transition of this state and event, or say it with facts that are compared one by one"
	}
	x.add("undecided", severity, at, pos, nil, "%s for %s in state %s could not be decided: %s; %s", what, eventName(s.Event), s.State.Name, why, remedy)
}

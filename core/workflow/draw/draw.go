// Package draw writes a template down in the languages of other tools: Mermaid
// and DOT for the eye, SCXML and XState for other engines, BPMN for process
// modellers. Each file holds one language; what a language cannot say stands
// beside it as a comment, a note or metadata, never as something it does not mean.
//
// The same template gives the same text, in the template's order.
package draw

import (
	"fmt"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/workflow"
)

// Formats are the languages a template can be drawn in, by their names on the command line.
var Formats = map[string]func(*workflow.Machine) string{
	"mermaid": Mermaid,
	"scxml":   SCXML,
	"xstate":  XState,
	"bpmn":    BPMN,
	"dot":     DOT,
}

// arrow is a transition seen from one of its source states.
type arrow struct {
	*workflow.Transition
	from *workflow.State
	to   []*workflow.State // none: it stays
}

// chart is a machine with what every language asks of it.
type chart struct {
	*workflow.Machine
	arrows []arrow // in the template's order
	ids    map[*workflow.State]string
	taken  taken
}

// taken are the ids in use: no two elements of a drawing have the same.
type taken map[string]bool

func chartOf(m *workflow.Machine) *chart {
	c := &chart{Machine: m, ids: map[*workflow.State]string{}, taken: taken{}}
	for _, t := range m.Template.Transitions {
		for _, from := range t.From {
			a := arrow{Transition: t, from: m.State(from)}
			for _, to := range t.To {
				a.to = append(a.to, m.State(to))
			}
			c.arrows = append(c.arrows, a)
		}
	}
	c.each(m.Template.States, func(s *workflow.State) {
		if s.Kind != "region" {
			c.ids[s], c.taken[s.Name] = s.Name, true
		}
	})
	c.each(m.Template.States, func(s *workflow.State) {
		if s.Kind == "region" {
			c.ids[s] = c.taken.free(s.Name, c.ids[s.Parent]+"."+s.Name)
		}
	})
	return c
}

func (c *chart) each(states []*workflow.State, do func(*workflow.State)) {
	for _, s := range states {
		do(s)
		c.each(s.Children, do)
	}
}

// free takes the first of the wished ids that is not in use yet, or makes one of the last.
func (t taken) free(wished ...string) string {
	for _, id := range wished {
		if !t[id] {
			t[id] = true
			return id
		}
	}
	return t.free(wished[len(wished)-1] + "_")
}

// id of a state; a region has one, too.
func (c *chart) id(s *workflow.State) string { return c.ids[s] }

func (c *chart) idsOf(states []*workflow.State) []string {
	out := make([]string, len(states))
	for i, s := range states {
		out[i] = c.id(s)
	}
	return out
}

// initial lists where entering a compound state or a region leads, or what a history means before there is a past.
func (c *chart) initial(s *workflow.State) []*workflow.State {
	names := s.Initial
	if s.Kind == "history" && len(names) == 0 {
		if regions := s.Parent.Regions(); regions != nil {
			return regions
		}
		names = s.Parent.Initial
	}
	out := make([]*workflow.State, len(names))
	for i, n := range names {
		out[i] = c.State(n)
	}
	return out
}

// leaving lists the arrows from a state, an otherwise behind its siblings: languages that try in order say the same then.
func (c *chart) leaving(s *workflow.State) []arrow {
	var first, last []arrow
	for _, a := range c.arrows {
		switch {
		case a.from != s:
		case a.Otherwise:
			last = append(last, a)
		default:
			first = append(first, a)
		}
	}
	return append(first, last...)
}

// byEvent groups arrows by their event, in the order in which the events come.
func byEvent(arrows []arrow) (events []string, groups map[string][]arrow) {
	groups = map[string][]arrow{}
	for _, a := range arrows {
		if groups[a.On] == nil {
			events = append(events, a.On)
		}
		groups[a.On] = append(groups[a.On], a)
	}
	return events, groups
}

// label names what an arrow waits for: its event, its guards, approvals.
func (a arrow) label() string {
	var parts []string
	if a.On != "" {
		parts = append(parts, a.On)
	}
	var guards []string
	for _, g := range a.Guards {
		guards = append(guards, g.ID)
	}
	if len(guards) > 0 {
		parts = append(parts, "["+strings.Join(guards, ", ")+"]")
	}
	if a.Otherwise {
		parts = append(parts, "[otherwise]")
	}
	if a.Approvals != nil {
		parts = append(parts, fmt.Sprintf("(%d approvals)", a.Approvals.Count))
	}
	if len(a.to) == 0 {
		parts = append(parts, "(stays)")
	}
	return strings.Join(parts, " ")
}

// historyMark is how statecharts write a history.
func historyMark(s *workflow.State) string {
	if s.Shallow {
		return "H"
	}
	return "H*"
}

// isoDuration writes a duration as the template does: P3D, PT4H, P1DT30M.
func isoDuration(d workflow.Duration) string {
	out := "P"
	if d.Days > 0 || d.Clock == 0 {
		out += fmt.Sprintf("%dD", d.Days)
	}
	if d.Clock > 0 {
		out += "T" + strings.ToUpper(shortClock(d.Clock))
	}
	return out
}

func shortClock(d time.Duration) string {
	var out string
	for _, unit := range []struct {
		letter string
		length time.Duration
	}{{"H", time.Hour}, {"M", time.Minute}, {"S", time.Second}} {
		if n := d / unit.length; n > 0 {
			out += fmt.Sprintf("%d%s", n, unit.letter)
		}
		d %= unit.length
	}
	return out
}

// plainDeadline tells whether a deadline is an amount of time like any other: neither working days nor pauses.
func plainDeadline(s *workflow.SLA) bool { return !s.Business && len(s.PauseIn) == 0 }

// length of a plain deadline; a day has 24 hours.
func length(d workflow.Duration) time.Duration { return time.Duration(d.Days)*24*time.Hour + d.Clock }

// deadline says in words what a language has no form for.
func deadline(s *workflow.SLA) string {
	out := "deadline " + isoDuration(s.Within)
	if s.Business {
		out += " in working days"
	}
	if len(s.PauseIn) > 0 {
		out += ", paused in " + strings.Join(s.PauseIn, ", ")
	}
	return out + ", sends " + s.Emits
}

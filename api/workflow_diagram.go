package api

import (
	"slices"

	"github.com/pratica-crm/pratica/core/workflow"
)

// Diagram is what a picture of a template shows. It is drawn from the source as far as that can be read, so that a template with
// findings has a picture to show them on: an edge may lead to a state that is not there.
type Diagram struct {
	States      []DiagramState      `json:"states" doc:"Outer before inner, in the template's order"`
	Transitions []DiagramTransition `json:"transitions"`
}

// DiagramState is a node; what others lie in is a group.
type DiagramState struct {
	ID      string        `json:"id" doc:"The state's name; a region's is its parallel state's and its own, with a slash between"`
	Kind    string        `json:"kind" enum:"atomic,compound,parallel,region,final,history"`
	Title   workflow.Text `json:"title"`
	Parent  *string       `json:"parent"`
	Initial bool          `json:"initial" doc:"Entering its parent, or the instance, leads here"`
	Outcome *string       `json:"outcome" doc:"won or lost, of a final state that ends the instance"`
	Line    int           `json:"line" doc:"Where it stands in the source"`
}

// DiagramTransition is an edge. One transition from several states is one edge for each, all with its id.
type DiagramTransition struct {
	ID        string        `json:"id"`
	From      string        `json:"from"`
	To        []string      `json:"to" doc:"Empty: it stays where it is"`
	On        string        `json:"on" doc:"An event, done, or empty: of itself"`
	Title     workflow.Text `json:"title" doc:"The event's"`
	By        []string      `json:"by" doc:"Roles that send the event"`
	Guards    []string      `json:"guards"`
	Otherwise bool          `json:"otherwise"`
	Approvals int           `json:"approvals"`
	Line      int           `json:"line"`
}

// diagramOf draws a template; nil when it is no YAML mapping. line gives the line of the source for one of the template.
func diagramOf(source string, line func(int) int) *Diagram {
	t := workflow.Sketch([]byte(source))
	if t == nil {
		return nil
	}
	d := &Diagram{States: []DiagramState{}, Transitions: []DiagramTransition{}}
	d.states(t.States, nil, t.Initial)
	events := map[string]*workflow.EventDecl{}
	for _, e := range t.Events {
		events[e.Name] = e
	}
	for _, tr := range t.Transitions {
		d.transition(tr, events[tr.On])
	}
	for i := range d.States {
		d.States[i].Line = line(d.States[i].Line)
	}
	for i := range d.Transitions {
		d.Transitions[i].Line = line(d.Transitions[i].Line)
	}
	return d
}

func (d *Diagram) states(states []*workflow.State, parent *string, initial []string) {
	for _, s := range states {
		id := s.Name
		if s.Kind == "region" && parent != nil {
			id = *parent + "/" + s.Name
		}
		shown := DiagramState{ID: id, Kind: s.Kind, Title: s.Words(), Parent: parent, Line: s.At.Line, Initial: s.First() || slices.Contains(initial, s.Name)}
		if s.Outcome != "" && parent == nil {
			shown.Outcome = &s.Outcome
		}
		d.States = append(d.States, shown)
		d.states(s.Children, &id, s.Initial)
	}
}

func (d *Diagram) transition(t *workflow.Transition, event *workflow.EventDecl) {
	edge := DiagramTransition{ID: t.ID, To: append([]string{}, t.To...), On: t.On, By: []string{}, Guards: []string{}, Otherwise: t.Otherwise, Line: t.At.Line, Title: workflow.Text{EN: t.On, IT: t.On}}
	if event != nil {
		edge.Title, edge.By = event.Words(), event.Roles()
	}
	for _, g := range t.Guards {
		edge.Guards = append(edge.Guards, g.ID)
	}
	if t.Approvals != nil {
		edge.Approvals = t.Approvals.Count
	}
	for _, from := range t.From {
		edge.From = from
		d.Transitions = append(d.Transitions, edge)
	}
}

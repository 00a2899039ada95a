package draw

import (
	"fmt"
	"strings"

	"github.com/pratica-crm/pratica/core/workflow"
)

// SCXML writes the template as an SCXML 1.0 document: a region is a state, guards are the text of a condition in CEL, an end
// is done.state.ID. SCXML takes the first enabled transition where a template wants exactly one; approvals, actions and
// deadlines in working days are comments.
func SCXML(m *workflow.Machine) string {
	c := chartOf(m)
	data := "null"
	for _, a := range c.arrows {
		if c.condition(a) != "" {
			data = "cel"
		}
	}
	root := elem("scxml", "xmlns", "http://www.w3.org/2005/07/scxml", "version", "1.0", "datamodel", data,
		"name", m.Template.Key, "initial", strings.Join(c.idsOf(m.Initial()), " "))
	for _, s := range m.Template.States {
		root.add(c.scxmlState(s))
	}
	return root.document()
}

func (c *chart) scxmlState(s *workflow.State) *element {
	tag := s.Kind
	switch s.Kind {
	case "atomic", "compound", "region":
		tag = "state"
	case "history":
		return c.scxmlHistory(s)
	}
	e := elem(tag, "id", c.id(s))
	if s.Kind == "compound" || s.Kind == "region" {
		e.attrs = append(e.attrs, "initial", strings.Join(c.idsOf(c.initial(s)), " "))
	}
	if s.SLA != nil {
		e.add(c.scxmlDeadline(s)...)
	}
	for _, a := range c.leaving(s) {
		e.add(c.scxmlTransition(a)...)
	}
	for _, child := range s.Children {
		e.add(c.scxmlState(c.unwrapped(child)))
	}
	return e
}

// unwrapped is the state in a region that is there only for it: under priority: document such a region means nothing of its own.
func (c *chart) unwrapped(s *workflow.State) *workflow.State {
	if c.Template.Priority == "document" && s.Kind == "region" && len(s.Children) == 1 && s.Children[0].Kind != "final" {
		return s.Children[0]
	}
	return s
}

func (c *chart) scxmlHistory(s *workflow.State) *element {
	depth := "deep"
	if s.Shallow {
		depth = "shallow"
	}
	var targets []*workflow.State
	for _, t := range c.initial(s) {
		targets = append(targets, c.unwrapped(t))
	}
	return elem("history", "id", c.id(s), "type", depth).add(elem("transition", "target", strings.Join(c.idsOf(targets), " ")))
}

// scxmlDeadline sends the deadline's event later, and no more once the state is left.
func (c *chart) scxmlDeadline(s *workflow.State) []*element {
	if !plainDeadline(s.SLA) {
		return []*element{comment(deadline(s.SLA))}
	}
	id := c.taken.free("deadline." + c.id(s))
	delay := fmt.Sprintf("%ds", int(length(s.SLA.Within).Seconds()))
	return []*element{
		elem("onentry").add(elem("send", "id", id, "event", s.SLA.Emits, "delay", delay)),
		elem("onexit").add(elem("cancel", "sendid", id)),
	}
}

func (c *chart) scxmlTransition(a arrow) []*element {
	var out []*element
	if a.Approvals != nil {
		out = append(out, comment(fmt.Sprintf("%s needs %d approvals: %s", a.ID, a.Approvals.Count, strings.Join(a.Approvals.Roles, ", "))))
	}
	for _, x := range a.Actions {
		out = append(out, comment(a.ID+" does "+actionWords(x)))
	}
	event := a.On
	if event == "done" && c.Template.Priority != "document" {
		event = "done.state." + c.id(a.from)
	}
	e := elem("transition", "event", event, "cond", c.condition(a), "target", strings.Join(c.idsOf(a.to), " "))
	if a.Inside {
		e.attrs = append(e.attrs, "type", "internal")
	}
	return append(out, e)
}

// condition joins an arrow's guards. SCXML matches an event by its first tokens: where the template declares another event
// that begins so, the name is asked for.
func (c *chart) condition(a arrow) string {
	var parts []string
	for _, other := range c.Template.Events {
		if c.Template.Priority != "document" && a.On != "" && a.On != "done" && strings.HasPrefix(other.Name, a.On+".") {
			parts = append(parts, fmt.Sprintf("event.name == %q", a.On))
			break
		}
	}
	for _, g := range a.Guards {
		parts = append(parts, g.Expr)
	}
	if len(parts) == 1 {
		return parts[0]
	}
	for i, p := range parts {
		parts[i] = "(" + p + ")"
	}
	return strings.Join(parts, " && ")
}

// actionWords are an action's name and what it is about.
func actionWords(x *workflow.ActionDecl) string {
	out := []string{x.Do}
	for _, p := range actionKeys(x) {
		out = append(out, p.key+"="+fmt.Sprint(p.value))
	}
	return strings.Join(out, " ")
}

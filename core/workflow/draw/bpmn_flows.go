package draw

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pratica-crm/pratica/core/workflow"
)

// holds gives the shape in this scope that is a state, or holds it.
func (in *scope) holds(s *workflow.State) *shape {
	for ; s != nil; s = s.Parent {
		if x := in.states[s]; x != nil {
			return x
		}
	}
	return nil
}

// leave draws all that leads away from a state.
func (b *bpmn) leave(in *scope, s *workflow.State, x *shape) {
	events, groups := byEvent(b.leaving(s))
	if s.SLA != nil {
		b.timer(in, s, x)
		if by := b.Event(s.SLA.Emits).By; len(by) == 1 && by[0] == "system" {
			events = slices.DeleteFunc(events, func(e string) bool { return e == s.SLA.Emits })
		}
	}
	if x.inside == nil {
		b.choose(in, x, events, groups)
		return
	}
	for _, event := range events {
		if event == "done" || event == "done.state."+s.Name {
			b.decide(in, x, x, event, groups[event])
			continue
		}
		b.border(in, x, b.waitsFor(event), event, groups[event])
	}
}

// choose draws what may happen in a task: a gateway for the event when there are several, then one for its transitions.
func (b *bpmn) choose(in *scope, x *shape, events []string, groups map[string][]arrow) {
	if len(events) == 1 {
		b.decide(in, x, x, events[0], groups[events[0]])
		return
	}
	if len(events) == 0 {
		return
	}
	which := b.shape(in, "exclusiveGateway", "")
	b.flow(in, x, which, "", "")
	for _, event := range events {
		list, condition := groups[event], fmt.Sprintf("event.name == %q", event)
		if len(list) == 1 {
			b.lead(in, which, x, list[0], condition)
			continue
		}
		gate := b.shape(in, "exclusiveGateway", event)
		b.flow(in, which, gate, event, condition)
		b.each(in, gate, x, list)
	}
}

// decide draws one event's transitions from x, through a gateway when there are several; those that stay lead to stays.
func (b *bpmn) decide(in *scope, x, stays *shape, event string, list []arrow) {
	if len(list) == 1 {
		b.lead(in, x, stays, list[0], "")
		return
	}
	gate := b.shape(in, "exclusiveGateway", event)
	b.flow(in, x, gate, event, "")
	b.each(in, gate, stays, list)
}

func (b *bpmn) each(in *scope, gate, stays *shape, list []arrow) {
	for _, a := range list {
		f := b.lead(in, gate, stays, a, b.condition(a))
		if a.Otherwise {
			f.condition = ""
			gate.attrs = []string{"default", f.id}
		}
	}
}

// lead draws one arrow to where it leads: within this scope, or out of it through an escalation on its border.
func (b *bpmn) lead(in *scope, from, stays *shape, a arrow, condition string) *flow {
	if len(a.to) == 0 {
		return b.flow(in, from, stays, a.label(), condition)
	}
	target := a.to[0]
	if to := in.holds(target); to != nil {
		return b.flow(in, from, to, deeper(a.label(), target, in), condition)
	}
	end := b.shape(in, "endEvent", a.label())
	end.definition = elem("bpmn:escalationEventDefinition", "id", b.next("Definition"), "escalationRef", b.escalation(a.ID))
	f := b.flow(in, from, end, a.label(), condition)
	if key := in.owner.id + " " + a.ID; !b.caught[key] {
		b.caught[key] = true
		caught := b.boundary(in.outer, in.owner, a.label(), true)
		caught.definition = elem("bpmn:escalationEventDefinition", "id", b.next("Definition"), "escalationRef", b.escalation(a.ID))
		b.lead(in.outer, caught, nil, a, "")
	}
	return f
}

// deeper adds to a flow's name the state it means inside the sub-process it leads to.
func deeper(name string, target *workflow.State, in *scope) string {
	if in.states[target] != nil {
		return name
	}
	return strings.TrimSpace(name + " (to " + target.Words().EN + ")")
}

func (b *bpmn) boundary(in *scope, host *shape, name string, interrupts bool) *shape {
	x := b.shape(in, "boundaryEvent", name)
	x.host = host
	x.attrs = []string{"cancelActivity", fmt.Sprint(interrupts)}
	return x
}

// border draws what an event on a border leads to: one event for the arrows that leave, one for those that stay.
func (b *bpmn) border(in *scope, x *shape, definition func() *element, name string, list []arrow) {
	var leave, stay []arrow
	for _, a := range list {
		if len(a.to) == 0 {
			stay = append(stay, a)
		} else {
			leave = append(leave, a)
		}
	}
	if len(leave) > 0 {
		e := b.boundary(in, x, name, true)
		e.definition = definition()
		b.decide(in, e, nil, name, leave)
	}
	if len(stay) > 0 {
		e := b.boundary(in, x, name, false)
		e.definition = definition()
		b.decide(in, e, b.shape(in, "endEvent", ""), name, stay)
	}
}

// timer draws a deadline: it leads where the event it sends leads, from the innermost state that takes it.
func (b *bpmn) timer(in *scope, s *workflow.State, x *shape) {
	for level := s; level != nil; level = level.Parent {
		_, groups := byEvent(b.leaving(level))
		if list := groups[s.SLA.Emits]; len(list) > 0 {
			b.border(in, x, func() *element {
				duration := elem("bpmn:timeDuration", "xsi:type", "bpmn:tFormalExpression")
				duration.text = isoDuration(s.SLA.Within)
				return elem("bpmn:timerEventDefinition", "id", b.next("Definition")).add(duration)
			}, s.SLA.Emits, list)
			return
		}
	}
}

// waitsFor is a message with the event's name; what nobody sends is a condition.
func (b *bpmn) waitsFor(event string) func() *element {
	return func() *element {
		if event == "" {
			condition := elem("bpmn:condition", "xsi:type", "bpmn:tFormalExpression")
			condition.text = "true"
			return elem("bpmn:conditionalEventDefinition", "id", b.next("Definition")).add(condition)
		}
		if b.messages[event] == nil {
			b.messages[event] = elem("bpmn:message", "id", b.next("Message"), "name", event)
			b.shared = append(b.shared, b.messages[event])
		}
		return elem("bpmn:messageEventDefinition", "id", b.next("Definition"), "messageRef", b.messages[event].attrs[1])
	}
}

func (b *bpmn) escalation(code string) string {
	if b.escalations[code] == nil {
		b.escalations[code] = elem("bpmn:escalation", "id", b.next("Escalation"), "name", code, "escalationCode", code)
		b.shared = append(b.shared, b.escalations[code])
	}
	return b.escalations[code].attrs[1]
}

package draw

import (
	"fmt"
	"strings"

	"github.com/pratica-crm/pratica/core/workflow"
)

// BPMN writes the template as a BPMN 2.0 process with its drawing. A state that waits is a user task, what holds states a
// sub-process, a region a sub-process between a fork and a join, a deadline a boundary timer. Where the BPMN ways differ:
//
//   - no flow crosses the border of a sub-process: what leaves one from inside ends there in an escalation, which an event on
//     the border catches;
//   - a flow to a state deep inside a sub-process, or to its history, leads to the sub-process and says so by its name.
func BPMN(m *workflow.Machine) string {
	b := &bpmn{chart: chartOf(m), shapes: map[*workflow.State]*shape{}, escalations: map[string]*element{}, messages: map[string]*element{}, caught: map[string]bool{}}
	top := newScope(nil, nil)
	b.place(top, m.Template.States)
	b.connect(top, m.Template.States, m.Initial())
	process := elem("bpmn:process", "id", "Process_"+m.Template.Key, "name", m.Template.Title.EN, "isExecutable", "false")
	top.write(process)
	plane := elem("bpmndi:BPMNPlane", "id", "Plane", "bpmnElement", "Process_"+m.Template.Key)
	top.arrange()
	top.draw(plane, margin, margin)
	root := elem("bpmn:definitions",
		"xmlns:bpmn", "http://www.omg.org/spec/BPMN/20100524/MODEL",
		"xmlns:bpmndi", "http://www.omg.org/spec/BPMN/20100524/DI",
		"xmlns:dc", "http://www.omg.org/spec/DD/20100524/DC",
		"xmlns:di", "http://www.omg.org/spec/DD/20100524/DI",
		"xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance",
		"id", "Definitions", "targetNamespace", "urn:pratica:workflow", "expressionLanguage", "urn:cel")
	return root.add(b.shared...).add(process, elem("bpmndi:BPMNDiagram", "id", "Diagram").add(plane)).document()
}

type bpmn struct {
	*chart
	shapes                map[*workflow.State]*shape
	shared                []*element // messages and escalations, in the order of their use
	messages, escalations map[string]*element
	caught                map[string]bool // host and escalation of the boundary events that are there
	count                 int
}

// scope is the process or a sub-process: what is inside, and where it stands itself.
type scope struct {
	shapes []*shape
	flows  []*flow
	states map[*workflow.State]*shape // those that an arrow may lead to from here
	owner  *shape                     // nil: the process
	outer  *scope
	width  int
	height int
}

func newScope(owner *shape, outer *scope) *scope {
	return &scope{states: map[*workflow.State]*shape{}, owner: owner, outer: outer}
}

// shape is a task, an event, a gateway or a sub-process.
type shape struct {
	id, tag, name string
	notes         []string
	attrs         []string
	definition    *element // of an event: what it waits for or raises
	inside        *scope   // of a sub-process
	host          *shape   // of a boundary event
	incoming      []string
	outgoing      []string
	x, y, w, h    int // within its scope
	borders       int // boundary events on it
}

type flow struct {
	id, name, condition string
	from, to            *shape
}

func (b *bpmn) next(prefix string) string {
	b.count++
	return fmt.Sprintf("%s_%d", prefix, b.count)
}

func (b *bpmn) shape(in *scope, tag, name string) *shape {
	s := &shape{id: b.next(strings.ToUpper(tag[:1]) + tag[1:]), tag: tag, name: name}
	in.shapes = append(in.shapes, s)
	return s
}

func (b *bpmn) flow(in *scope, from, to *shape, name, condition string) *flow {
	f := &flow{id: b.next("Flow"), name: name, condition: condition, from: from, to: to}
	in.flows = append(in.flows, f)
	from.outgoing, to.incoming = append(from.outgoing, f.id), append(to.incoming, f.id)
	return f
}

// place puts a shape for each state into a scope, those inside a state into a scope of its own.
func (b *bpmn) place(in *scope, states []*workflow.State) {
	for _, s := range states {
		if s.Kind == "history" {
			if in.owner != nil {
				in.owner.notes = append(in.owner.notes, fmt.Sprintf("%s (%s) restores where it was", s.Name, historyMark(s)))
			}
			continue
		}
		tag := map[string]string{"final": "endEvent", "compound": "subProcess", "region": "subProcess", "parallel": "subProcess"}[s.Kind]
		if tag == "" {
			tag = b.task(s)
		}
		x := &shape{id: "State_" + b.id(s), tag: tag, name: s.Words().EN}
		if s.SLA != nil && !plainDeadline(s.SLA) {
			x.notes = append(x.notes, deadline(s.SLA))
		}
		in.shapes, b.shapes[s] = append(in.shapes, x), x
		if s.Kind != "region" { // what leads to another region leaves all of them, and enters the parallel state anew
			in.states[s] = x
		}
		if tag == "subProcess" {
			x.inside = newScope(x, in)
			b.place(x.inside, s.Children)
		}
	}
}

// connect draws what leads from one state of a scope to another, and out of it.
func (b *bpmn) connect(in *scope, states, initial []*workflow.State) {
	first := initial[0]
	for first.Kind == "history" {
		first = b.initial(first)[0]
	}
	b.flow(in, b.shape(in, "startEvent", ""), in.holds(first), deeper("", first, in), "")
	for _, s := range states {
		x := b.shapes[s]
		if x == nil {
			continue
		}
		b.leave(in, s, x)
		switch s.Kind {
		case "compound":
			b.connect(x.inside, s.Children, b.initial(s))
		case "parallel":
			b.fork(x.inside, s)
		}
	}
}

// task is a user's where somebody has to send something.
func (b *bpmn) task(s *workflow.State) string {
	events, _ := byEvent(b.leaving(s))
	if len(events) == 1 && events[0] == "" {
		return "task"
	}
	return "userTask"
}

// fork is the inside of a parallel state: all regions begin, and when all are done it is.
func (b *bpmn) fork(in *scope, s *workflow.State) {
	start, split, join, end := b.shape(in, "startEvent", ""), b.shape(in, "parallelGateway", ""), b.shape(in, "parallelGateway", ""), b.shape(in, "endEvent", "")
	b.flow(in, start, split, "", "")
	for _, r := range s.Regions() {
		x := b.shapes[r]
		b.flow(in, split, x, "", "")
		b.flow(in, x, join, "", "")
		b.connect(x.inside, r.Children, b.initial(r))
	}
	b.flow(in, join, end, "", "")
}

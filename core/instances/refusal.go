package instances

import (
	"slices"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/workflow"
)

// refusal makes the error of an event that was refused, by the order of refusal of the engine.
func refusal(m *workflow.Machine, ev workflow.Event, r workflow.Result) error {
	known := slices.ContainsFunc(m.Template.Events, func(d *workflow.EventDecl) bool { return d.Name == ev.Name })
	code := ""
	if len(r.Blockers) > 0 {
		code = r.Blockers[0].Code
	}
	switch {
	case !known && ev.Name != "":
		return fault.Input("event.unknown", "/event", "The workflow knows no such event. GET …/events lists what can happen.")
	case code == workflow.WrongRole:
		return &fault.Error{Kind: fault.Forbidden, Code: "event.role", Message: "Your roles may not send this event.", Blockers: r.Blockers}
	case code == workflow.Ambiguous:
		return &fault.Error{Kind: fault.Refused, Code: "workflow.ambiguous",
			Message: "A defect of the workflow template: two transitions are possible at once. An agency admin has to mend it.", Blockers: r.Blockers}
	case code == workflow.WrongState:
		return &fault.Error{Kind: fault.Refused, Code: "event.wrong_state", Message: "This is not possible in the present state.", Blockers: r.Blockers}
	}
	return &fault.Error{Kind: fault.Refused, Code: "event.refused", Message: "Something still stands in the way; see blockers.", Blockers: r.Blockers}
}

// Blocked is what holds an instance at its next step: how many blockers, and the first in words.
type Blocked struct {
	Count int           `json:"count"`
	First workflow.Text `json:"first"`
}

// blocked looks at the way forward with the eyes of somebody who has every role: the first event, in the template's
// order, that a person sends and that does not lose the file. Nil when it is open.
func (r *Running) blocked(w workflow.World) *Blocked {
	if w.Now.IsZero() || r.Instance.Ended != "" {
		return nil
	}
	if len(r.Breaches) > 0 { // it holds whatever could be next
		return &Blocked{Count: len(r.Breaches), First: r.Breaches[0].Text}
	}
	for _, o := range r.Machine.Explain(r.Instance, everybody(r.Machine), w) {
		if o.System || r.loses(o.To) {
			continue
		}
		if o.Enabled || len(o.Blockers) == 0 {
			return nil
		}
		return &Blocked{Count: len(o.Blockers), First: o.Blockers[0].Text}
	}
	return nil
}

func (r *Running) loses(to []string) bool {
	return slices.ContainsFunc(r.Machine.Template.States, func(s *workflow.State) bool { return s.Outcome == "lost" && slices.Contains(to, s.Name) })
}

func everybody(m *workflow.Machine) workflow.Actor {
	a := workflow.Actor{ID: "anybody"}
	for _, e := range m.Template.Events {
		a.Roles = append(a.Roles, e.By...)
	}
	return a
}

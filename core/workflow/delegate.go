package workflow

import "slices"

// people are those who stand behind what an actor does: the actor, and whom they act for. The rule of distinct people counts both.
func (a Actor) people() []string { return append([]string{a.ID}, absent(a.For)...) }

// people are those who stand behind an approval.
func (a Approval) people() []string { return append([]string{a.Actor}, absent(a.For)...) }

func absent(id string) []string {
	if id == "" {
		return nil
	}
	return []string{id}
}

// is tells whether the actor, or whom they act for, is the person a fact names.
func (a Actor) is(person any) bool {
	id, ok := person.(string)
	return ok && slices.Contains(a.people(), id)
}

// gave tells whether the actor, or whom they act for, stands behind an approval already.
func (a Actor) gave(before Approval) bool { return intersects(a.people(), before.people()) }

// Approves tells whether a step was an approval: one recorded, or the last that a transition needed.
func (m *Machine) Approves(r Result) bool {
	if r.Outcome == Recorded {
		return true
	}
	return r.Outcome == Fired && slices.ContainsFunc(m.Template.Transitions, func(t *Transition) bool {
		return t.Approvals != nil && slices.Contains(r.Transitions, t.ID)
	})
}

// Approvable tells whether an event has a transition that needs approvals.
func (m *Machine) Approvable(event string) bool {
	return slices.ContainsFunc(m.Template.Transitions, func(t *Transition) bool { return t.On == event && t.Approvals != nil })
}

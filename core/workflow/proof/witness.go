package proof

import (
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/proof/fragment"
	"github.com/pratica-crm/pratica/core/workflow/proof/paths"
)

// story writes a path down while the machine lives it, so that somebody can replay it.
type story struct {
	m     *workflow.Machine
	w     workflow.Witness
	inst  workflow.Instance
	facts workflow.Facts
	now   time.Time
	last  workflow.Result
	// untold: it could not be lived. A fact does not fit or is frozen, or time would go back.
	untold bool
	// changed: a fact has another value than before.
	changed bool
}

// tell lives a path from the start.
func (x *examination) tell(path []*paths.Step) *story {
	s := &story{m: x.m, w: workflow.Witness{Events: []string{}}, facts: workflow.Facts{}}
	if len(path) > 0 {
		s.begin(path[0].Case)
		for _, step := range path[1:] {
			if step.Waits() {
				s.wait(step.Case)
				continue
			}
			s.step(step)
		}
	}
	return s
}

// wait lets time pass.
func (s *story) wait(c fragment.Case) {
	s.now = c.At(s.now)
	s.w.Steps = append(s.w.Steps, workflow.WitnessStep{At: s.now, Actor: workflow.System()})
	s.take(s.m.FactsChanged(s.inst, s.world()))
}

func (s *story) begin(c fragment.Case) {
	if changes := s.merge(c); len(changes) > 0 {
		s.w.Steps = append(s.w.Steps, workflow.WitnessStep{At: s.now, Actor: workflow.System(), Facts: changes})
	}
	s.take(s.m.Start(s.world()))
}

// step lives a macrostep: its approvals first, each by another person.
func (s *story) step(step *paths.Step) {
	count := 1
	for _, e := range step.Edges {
		if e.Approvals != nil && e.On == step.Event {
			count = max(count, e.Approvals.Count)
		}
	}
	for i := 1; i < count; i++ {
		c := step.Case
		c.Actor.ID = paths.Approver(i)
		s.line(step.Event, c)
	}
	s.line(step.Event, step.Case)
}

// line is what one person sends, with the facts that change before.
func (s *story) line(event string, c fragment.Case) {
	changes := s.merge(c)
	x := workflow.WitnessStep{Event: event, At: s.now, Actor: c.Actor, Reason: c.Reason, Facts: changes}
	for _, invariant := range c.Waived {
		waive := workflow.WitnessStep{Waive: invariant, At: s.now, Actor: s.waiver(invariant), Reason: "accepted", Facts: x.Facts}
		s.w.Steps, x.Facts = append(s.w.Steps, waive), nil
		s.take(s.m.Waive(s.inst, invariant, waive.Reason, waive.Actor, s.world()))
	}
	if event == "" {
		s.w.Events = append(s.w.Events, "(facts)")
		s.w.Steps = append(s.w.Steps, x)
		s.take(s.m.FactsChanged(s.inst, s.world()))
		return
	}
	x.Payload = s.m.Event(event).Sample(c.Payload)
	s.w.Events = append(s.w.Events, event)
	s.w.Steps = append(s.w.Steps, x)
	s.take(s.m.Step(s.inst, workflow.Event{Name: event, Actor: x.Actor, Payload: x.Payload, Reason: x.Reason}, s.world()))
}

func (s *story) world() workflow.World { return workflow.World{Facts: s.facts, Now: s.now} }

func (s *story) take(r workflow.Result) {
	s.inst, s.last = r.Instance, r
	for _, c := range r.FactChanges {
		s.facts[c.Name] = c.Value
	}
}

// merge gives the facts that differ from what they are, as a log would carry them.
func (s *story) merge(c fragment.Case) map[string]any {
	normal, err := s.m.Normalize(c.Facts)
	at := c.At(s.now)
	s.untold = s.untold || err != nil || at.Before(s.now)
	s.now = at
	out := map[string]any{}
	for name, v := range c.Facts {
		old, known := s.facts[name]
		frozen := slices.Contains(s.inst.Frozen, name)
		if (known || frozen) && reflect.DeepEqual(old, normal[name]) {
			continue
		}
		s.untold, s.changed = s.untold || frozen, s.changed || known
		out[name] = v
	}
	maps.Copy(s.facts, normal)
	return out
}

func (s *story) waiver(invariant string) workflow.Actor {
	a := workflow.Actor{ID: "waiver"}
	for _, i := range s.m.Template.Invariants {
		if i.ID == invariant {
			a.Roles = i.Waive
		}
	}
	return a
}

// witness is the story with the facts as they stand at its end.
func (s *story) witness() *workflow.Witness {
	s.w.Facts = make(map[string]any, len(s.facts))
	for name, v := range s.facts {
		if t, isTime := v.(time.Time); isTime {
			v = t.Format(time.RFC3339)
		}
		s.w.Facts[name] = v
	}
	return &s.w
}

// shown gives the witness of a path if the machine ends where the path does, else nil.
func (x *examination) shown(path []*paths.Step) *workflow.Witness {
	if len(path) == 0 {
		return nil
	}
	s := x.live(path, func(s *story) bool { return slices.Equal(s.inst.States, path[len(path)-1].To.Inst.States) })
	if s == nil {
		return nil
	}
	return s.witness()
}

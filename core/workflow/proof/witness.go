package proof

import (
	"maps"
	"reflect"
	"slices"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/proof/fragment"
	"github.com/pratica-crm/pratica/core/workflow/proof/paths"
)

// story writes a path down so that somebody can replay it.
type story struct {
	m *workflow.Machine
	w workflow.Witness
}

func (x *examination) story(path []*paths.Step) *story {
	s := &story{m: x.m, w: workflow.Witness{Events: []string{}, Facts: map[string]any{}}}
	for _, step := range path {
		s.step(step)
	}
	return s
}

// step adds a macrostep: its approvals first, each by another person.
func (s *story) step(step *paths.Step) {
	if step.From == nil {
		s.begin(step.Case)
		return
	}
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

func (s *story) begin(c fragment.Case) {
	if len(c.Facts) > 0 {
		s.w.Steps = append(s.w.Steps, workflow.WitnessStep{At: c.Now, Actor: workflow.System(), Facts: s.changed(c.Facts)})
	}
}

// line adds what one person sends, with the facts that change before.
func (s *story) line(event string, c fragment.Case) {
	x := workflow.WitnessStep{Event: event, At: c.Now, Actor: c.Actor, Reason: c.Reason, Facts: s.changed(c.Facts)}
	for _, i := range c.Waived {
		s.w.Steps = append(s.w.Steps, workflow.WitnessStep{Waive: i, At: c.Now, Actor: s.waiver(i), Reason: "accepted", Facts: x.Facts})
		x.Facts = nil
	}
	if event == "" {
		s.w.Events = append(s.w.Events, "(facts)")
	} else {
		x.Payload = s.m.Event(event).Sample(c.Payload)
		s.w.Events = append(s.w.Events, event)
	}
	s.w.Steps = append(s.w.Steps, x)
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

func (s *story) changed(facts map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range facts {
		if old, known := s.w.Facts[k]; !known || !reflect.DeepEqual(old, v) {
			out[k] = v
		}
	}
	maps.Copy(s.w.Facts, facts)
	return out
}

// end is what the machine made of a story.
type end struct {
	inst workflow.Instance
	last workflow.Result
}

// replay has the machine do a witness from the start; ok is false where the story cannot be told: facts that do not fit, or time
// that goes back.
func replay(m *workflow.Machine, w workflow.Witness) (e end, ok bool) {
	facts := workflow.Facts{}
	steps := w.Steps
	now := moment(workflow.Clock())
	if len(steps) > 0 {
		now = steps[0].At
	}
	merge := func(s workflow.WitnessStep) bool {
		normal, err := m.Normalize(s.Facts)
		maps.Copy(facts, normal)
		frozen := slices.ContainsFunc(e.inst.Frozen, func(f string) bool { _, changed := s.Facts[f]; return changed })
		early := s.At.Before(now)
		now = s.At
		return err == nil && !frozen && !early
	}
	if len(steps) > 0 && steps[0].Event == "" && steps[0].Waive == "" && len(steps) > len(w.Events) {
		if !merge(steps[0]) {
			return e, false
		}
		steps = steps[1:]
	}
	take := func(r workflow.Result) {
		e.inst, e.last = r.Instance, r
		for _, c := range r.FactChanges {
			facts[c.Name] = c.Value
		}
	}
	take(m.Start(workflow.World{Facts: facts, Now: now}))
	for _, s := range steps {
		if !merge(s) {
			return e, false
		}
		world := workflow.World{Facts: facts, Now: now}
		switch {
		case s.Waive != "":
			take(m.Waive(e.inst, s.Waive, s.Reason, s.Actor, world))
		case s.Event == "":
			take(m.FactsChanged(e.inst, world))
		default:
			take(m.Step(e.inst, workflow.Event{Name: s.Event, Actor: s.Actor, Payload: s.Payload, Reason: s.Reason}, world))
		}
	}
	return e, true
}

// shown gives the witness of a path if the machine ends it where the path does, else nil.
func (x *examination) shown(path []*paths.Step) *workflow.Witness {
	s := x.story(path)
	var want []string
	if len(path) > 0 {
		want = path[len(path)-1].To.Inst.States
	} else {
		want = x.m.Entered().States
	}
	if e, ok := replay(x.m, s.w); !ok || !slices.Equal(e.inst.States, want) {
		return nil
	}
	return &s.w
}

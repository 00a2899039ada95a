package proof

import (
	"maps"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/workflow"
)

// told is a witness followed line by line with nothing but the machine.
type told struct {
	m     *workflow.Machine
	inst  workflow.Instance
	facts workflow.Facts
	last  workflow.Result
	fired []string
	been  map[string]bool // every leaf an instance stood in between two macrosteps
	now   workflow.WitnessStep
}

func follow(t *testing.T, m *workflow.Machine, w *workflow.Witness) *told {
	t.Helper()
	x := &told{m: m, facts: workflow.Facts{}, been: map[string]bool{}}
	steps := w.Steps
	if len(steps) > 0 {
		x.now = steps[0]
	}
	if len(steps) > 0 && steps[0].Event == "" && len(w.Events) > 0 && w.Events[0] != "(facts)" {
		x.merge(t, steps[0].Facts)
		steps = steps[1:]
	}
	x.take(m.Start(x.world()))
	for _, s := range steps {
		if s.At.Before(x.now.At) {
			t.Fatalf("time goes back to %s", s.At)
		}
		for name := range s.Facts {
			if slices.Contains(x.inst.Frozen, name) {
				t.Fatalf("the frozen fact %s changes", name)
			}
		}
		x.now = s
		x.merge(t, s.Facts)
		switch {
		case s.Waive != "":
			x.take(m.Waive(x.inst, s.Waive, s.Reason, s.Actor, x.world()))
		case s.Event == "":
			x.take(m.FactsChanged(x.inst, x.world()))
		default:
			x.take(m.Step(x.inst, workflow.Event{Name: s.Event, Actor: s.Actor, Payload: s.Payload, Reason: s.Reason}, x.world()))
			x.ended(s.Event, s.At)
		}
	}
	return x
}

// ended takes away the deadline that sent an event.
func (x *told) ended(event string, at time.Time) {
	x.inst.Timers = slices.DeleteFunc(slices.Clone(x.inst.Timers), func(t workflow.Timer) bool { return t.Event == event && at.Before(t.Due) })
}

// mayCome tells whether somebody can send an event: that of a deadline only while it runs.
func (x *told) mayCome(e *workflow.EventDecl, emitted map[string]bool) bool {
	return !emitted[e.Name] || !slices.Equal(e.By, []string{"system"}) ||
		slices.ContainsFunc(x.inst.Timers, func(t workflow.Timer) bool { return t.Event == e.Name && t.Paused.IsZero() })
}

func (x *told) world() workflow.World { return workflow.World{Facts: x.facts, Now: x.now.At} }

func (x *told) merge(t *testing.T, raw map[string]any) {
	t.Helper()
	normal, err := x.m.Normalize(raw)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(x.facts, normal)
}

func (x *told) take(r workflow.Result) {
	x.inst, x.last = r.Instance, r
	x.fired = append(x.fired, r.Transitions...)
	for _, c := range r.FactChanges {
		x.facts[c.Name] = c.Value
	}
	for _, s := range r.Instance.States {
		x.been[s] = true
	}
}

// Each witness of each golden file shows what its finding says.
func TestWitnesses(t *testing.T) {
	shown := map[string]int{}
	for _, g := range goldens(t) {
		t.Run(g.name, func(t *testing.T) {
			m := workflow.Read([]byte(g.template)).Machine
			for _, f := range g.findings {
				if f.Witness == nil || f.Code == "test_failed" {
					continue
				}
				shown[f.Code]++
				x := follow(t, m, f.Witness)
				if wrong := x.denies(f); wrong != "" {
					t.Errorf("%s at %s: %s: %+v", f.Code, f.At, wrong, x.last)
				}
			}
		})
	}
	for _, code := range []string{"overlap", "gap", "dead_end", "unattended", "eventless_cycle", "region_conflict", "bypass"} {
		if shown[code] == 0 {
			t.Errorf("no witness of %s was followed", code)
		}
	}
}

// denies says why what happened does not show a finding; "" when it does.
func (x *told) denies(f workflow.Finding) string {
	_, name, _ := strings.Cut(f.At, ":")
	ambiguous := len(x.last.Blockers) > 0 && x.last.Blockers[0].Code == workflow.Ambiguous
	switch f.Code {
	case "overlap":
		if !ambiguous || !strings.Contains(x.last.Blockers[0].Text.EN, name) {
			return "the machine is not at a loss"
		}
	case "eventless_cycle":
		if !ambiguous || !strings.Contains(x.last.Blockers[0].Text.EN, "do not come to an end") {
			return "the run ends"
		}
	case "region_conflict":
		if !ambiguous && !strings.Contains(f.Message, "both set") {
			return "nothing conflicts"
		}
		if !ambiguous && len(x.last.FactChanges) < 2 {
			return "the fact is set once"
		}
	case "gap":
		for _, b := range x.last.Blockers {
			if b.Code != workflow.GuardFalse {
				return "something else is in the way"
			}
		}
		if x.last.Outcome != workflow.Refused {
			return "something is enabled"
		}
	case "bypass":
		if x.inst.Ended != "won" || x.been[name] || slices.Contains(x.fired, name) {
			return "it does not end well without the mandatory step"
		}
	case "dead_end":
		if x.wander(400, func(r workflow.Result) bool { return r.Finished() }) {
			return "it ends"
		}
	case "unattended":
		here := x.inst.States
		if x.wander(1, func(r workflow.Result) bool { return !slices.Equal(r.Instance.States, here) }) {
			return "a person leaves"
		}
	}
	return ""
}

// wander sends events with random facts from here, forty times as many steps as asked, and tells whether something came about.
// One step is any one event of a person.
func (x *told) wander(steps int, came func(workflow.Result) bool) bool {
	random := rand.New(rand.NewSource(1))
	emitted := emittedBy(x.m.Template.States)
	for range 40 {
		y := *x
		y.facts = maps.Clone(x.facts)
		for range steps {
			for _, e := range x.m.Template.Events {
				if steps == 1 && slices.Equal(e.By, []string{"system"}) || !y.mayCome(e, emitted) {
					continue
				}
				maps.Copy(y.facts, chance(random, x.m, y.inst.Frozen))
				r := x.m.Step(y.inst, workflow.Event{Name: e.Name, Actor: workflow.Actor{ID: "somebody", Roles: e.By}, Payload: e.Sample(nil)}, y.world())
				if came(r) {
					return true
				}
				if steps > 1 {
					y.take(r)
					y.ended(e.Name, y.now.At)
				}
			}
		}
	}
	return false
}

func emittedBy(states []*workflow.State) map[string]bool {
	out := map[string]bool{}
	for _, s := range states {
		if s.SLA != nil {
			out[s.SLA.Emits] = true
		}
		maps.Copy(out, emittedBy(s.Children))
	}
	return out
}

// chance gives a random value, or none, to each fact of the template that may change.
func chance(random *rand.Rand, m *workflow.Machine, frozen []string) workflow.Facts {
	out := workflow.Facts{}
	for _, f := range m.OwnFacts() {
		if slices.Contains(frozen, f.Name) {
			continue
		}
		switch {
		case random.Intn(6) == 0:
			out[f.Name] = nil
		case f.Schema.Type == "boolean":
			out[f.Name] = random.Intn(2) == 0
		case f.Schema.Type == "integer":
			low, high := int64(0), int64(20)
			if f.Schema.Minimum != nil {
				low = *f.Schema.Minimum
			}
			if f.Schema.Maximum != nil {
				high = *f.Schema.Maximum
			}
			out[f.Name] = low + random.Int63n(high-low+1)
		case len(f.Schema.Enum) > 0:
			out[f.Name] = f.Schema.Enum[random.Intn(len(f.Schema.Enum))]
		}
	}
	return out
}

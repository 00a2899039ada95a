package workflow

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"time"
)

// testClock is the moment the tests of a template begin, unless a step says otherwise: a working Thursday in Rome.
var testClock = time.Date(2026, time.January, 15, 9, 0, 0, 0, time.UTC)

// TestResult is the outcome of one test shipped with a template.
type TestResult struct {
	Name    string   `json:"name"`
	Passed  bool     `json:"passed"`
	Message string   `json:"message"` // what differs
	Steps   []string `json:"steps"`   // events sent, deadlines included
}

// Coverage tells, per clause, which answers the tests have seen.
type Coverage struct {
	Guard      string    `json:"guard"`
	Transition string    `json:"transition"` // "" for an invariant
	Seen       []Verdict `json:"seen"`       // true first, error last
}

// BothWays tells whether the tests have seen the clause true, and also not true: a clause seen one way only could be left out,
// or never hold, and no test would notice.
func (c Coverage) BothWays() bool { return slices.Contains(c.Seen, True) && len(c.Seen) > 1 }

func (m *Machine) checkTests(found *findings) {
	results, _ := m.RunTests()
	for i, r := range results {
		if !r.Passed {
			found.add("test_failed", "test:"+r.Name, m.Template.Tests[i].At, "%s", r.Message).Witness = &Witness{Events: r.Steps, Facts: plainFacts(m.Template.Tests[i].Facts)}
		}
	}
}

func plainFacts(f map[string]any) map[string]any {
	if f == nil {
		return map[string]any{}
	}
	return f
}

// RunTests runs the template's tests and says which clause answers they saw.
func (m *Machine) RunTests() ([]TestResult, []Coverage) {
	out := []TestResult{}
	seen := map[[2]string]map[Verdict]bool{}
	left := &testBudget{m.dear(), testLimit}
	for _, t := range m.Template.Tests {
		run := &testRun{m: m, test: t, now: testClock, facts: Facts{}, seen: seen, left: left}
		message := run.run()
		out = append(out, TestResult{Name: t.Name, Passed: message == "", Message: message, Steps: texts(run.steps)})
	}
	return out, m.coverage(seen)
}

func (m *Machine) coverage(seen map[[2]string]map[Verdict]bool) []Coverage {
	out := []Coverage{}
	add := func(transition, guard string) {
		verdicts := []Verdict{}
		for v := range seen[[2]string{transition, guard}] {
			verdicts = append(verdicts, v)
		}
		sort.Slice(verdicts, func(i, j int) bool { return verdicts[i].rank() < verdicts[j].rank() })
		out = append(out, Coverage{Guard: guard, Transition: transition, Seen: verdicts})
	}
	for _, t := range m.Template.Transitions {
		for _, g := range t.Guards {
			add(t.ID, g.ID)
		}
	}
	for _, i := range m.Template.Invariants {
		add("", i.ID)
	}
	return out
}

type testRun struct {
	m     *Machine
	test  *Test
	inst  Instance
	now   time.Time
	facts Facts
	steps []string
	fresh int
	seen  map[[2]string]map[Verdict]bool
	left  *testBudget
}

// testBudget ends the tests of a template that would take long: every answer of a metered clause counts as its limit.
type testBudget struct {
	dear  map[[2]string]bool // transition and guard
	units int
}

const overBudget = "the tests of this template cost too much together: use shorter lists or fewer steps"

// dear are the clauses whose cost is not bounded by proof.
func (m *Machine) dear() map[[2]string]bool {
	out := map[[2]string]bool{}
	for _, edges := range m.sources {
		for _, e := range edges {
			for _, c := range e.clauses {
				if c.metered {
					out[[2]string{e.ID, c.guard.ID}] = true
				}
			}
		}
	}
	for _, i := range m.invariants {
		if i.clause.metered {
			out[[2]string{"", i.ID}] = true
		}
	}
	return out
}

func (r *testRun) run() string {
	if message := r.merge(r.test.Facts); message != "" {
		return message
	}
	if len(r.test.Steps) > 0 && r.test.Steps[0].When != nil {
		r.now = *r.test.Steps[0].When
	}
	start := r.m.Start(r.world())
	r.cover(start)
	r.take(start)
	for _, step := range r.test.Steps {
		if r.left.units < 0 {
			return overBudget
		}
		if message := r.step(step); message != "" {
			return message
		}
	}
	// A name is enough for a state around others, or for one region of several.
	at := r.m.configuration(r.inst.States)
	for _, name := range r.test.Expect {
		if s := r.m.states[name]; s == nil || !at.active(s) {
			return fmt.Sprintf("expected to end in %s, ended in %s", strings.Join(r.test.Expect, ", "), strings.Join(r.inst.States, ", "))
		}
	}
	return ""
}

func (r *testRun) world() World { return World{Facts: r.facts, Now: r.now} }

func (r *testRun) merge(facts map[string]any) string {
	normal, err := r.m.Normalize(facts)
	if err != nil {
		return "the facts do not fit: " + err.Error()
	}
	maps.Copy(r.facts, normal)
	return ""
}

func (r *testRun) take(result Result) {
	r.inst = result.Instance
	for _, c := range result.FactChanges {
		r.facts[c.Name] = c.Value
	}
}

func (r *testRun) cover(result Result) {
	for _, c := range result.Clauses {
		key := [2]string{c.Transition, c.Guard}
		if r.left.dear[key] {
			r.left.units -= costLimit
		}
		if r.seen[key] == nil {
			r.seen[key] = map[Verdict]bool{}
		}
		r.seen[key][c.Outcome] = true
	}
}

func (r *testRun) step(s TestStep) string {
	if s.When != nil {
		if s.When.Before(r.now) {
			return fmt.Sprintf("the step at %s goes back in time", s.When.Format(time.RFC3339))
		}
		for t := r.inst.DueBy(*s.When); t != nil; t = r.inst.DueBy(*s.When) {
			r.now = t.Due
			r.steps = append(r.steps, t.Event)
			result := r.m.Fire(r.inst, *t, r.world())
			r.cover(result)
			r.take(result)
		}
		r.now = *s.When
	}
	if s.Facts != nil {
		if message := r.merge(s.Facts); message != "" {
			return message
		}
		if s.Event == "" || r.m.MovesByItself() {
			result := r.m.FactsChanged(r.inst, r.world())
			r.cover(result)
			r.take(result)
		}
	}
	if s.Event == "" {
		return ""
	}
	r.steps = append(r.steps, s.Event)
	result := r.m.Step(r.inst, Event{Name: s.Event, Actor: r.actor(s), Payload: s.Payload}, r.world())
	r.cover(result)
	r.take(result)
	return r.judge(s, result)
}

// actor is a fresh one with the first role of by, unless the step names another.
func (r *testRun) actor(s TestStep) Actor {
	r.fresh++
	a := Actor{ID: s.Actor, Roles: s.Roles}
	if a.ID == "" {
		a.ID = fmt.Sprintf("test-actor-%d", r.fresh)
	}
	if decl := r.m.events[s.Event]; !s.rolesGiven && decl != nil && len(decl.By) > 0 {
		a.Roles = decl.By[:1]
	}
	return a
}

// judge compares a step with what it expects; one that says nothing is judged by where the test ends.
func (r *testRun) judge(s TestStep, result Result) string {
	if s.Expect == "" {
		return ""
	}
	if result.Outcome != s.Expect {
		return fmt.Sprintf("step %d (%s): expected %s, was %s%s", len(r.steps), s.Event, s.Expect, result.Outcome, because(result.Blockers))
	}
	if !s.expectRefused {
		return ""
	}
	got := []string{}
	for _, b := range result.Blockers {
		if b.Guard != nil && !slices.Contains(got, *b.Guard) {
			got = append(got, *b.Guard)
		}
	}
	want := slices.Clone(s.Refused)
	sort.Strings(got)
	sort.Strings(want)
	if want = slices.Compact(want); !slices.Equal(got, want) {
		return fmt.Sprintf("step %d (%s): expected the guards %v to refuse, %v did", len(r.steps), s.Event, want, got)
	}
	return ""
}

func because(blockers []Blocker) string {
	if len(blockers) == 0 {
		return ""
	}
	return ": " + blockers[0].Text.EN
}

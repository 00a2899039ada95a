package divergence_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/divergence"
)

const loan = `apiVersion: pratica/v1
kind: Workflow
metadata: {key: loan}
subject: case
facts: {type: object, properties: {score: {type: integer, minimum: 0, maximum: 1000}, income: {type: integer, minimum: 0, maximum: 9000}, band: {type: integer, minimum: 0, maximum: 10}}}
states:
  intake:  {kind: atomic, initial: true}
  waiting: {kind: atomic, sla: {within: P3D, emits: late}}
  checked: {kind: atomic}
  granted: {kind: final, outcome: won}
  lost:    {kind: final, outcome: lost}
events: {submit: {by: [broker]}, late: {by: [system]}, check: {by: [broker]}, grant: {by: [office]}, decline: {by: [broker]}}
transitions:
  - {id: t_submit, from: intake, on: submit, to: waiting}
  - {id: t_late, from: waiting, on: late, to: lost}
  - {id: t_check, from: waiting, on: check, to: checked, guards: [{id: g_score, expr: score >= 500}], actions: [{do: fact.set, fact: band, value: score / 100}]}
  - {id: t_grant, from: checked, on: grant, to: granted, approvals: {count: 2, roles: [office]}, guards: [{id: g_band, expr: band >= 5}]}
  - {id: t_decline, from: [intake, waiting, checked], on: decline, to: lost}
`

func compile(t testing.TB, source string) *workflow.Machine {
	t.Helper()
	m, findings := workflow.Compile([]byte(source))
	if m == nil {
		t.Fatal(findings)
	}
	return m
}

// recorder keeps what a server would keep.
type recorder struct {
	t        testing.TB
	m        *workflow.Machine
	inst     workflow.Instance
	facts    workflow.Facts
	recorded workflow.Facts
	at       time.Time
	h        divergence.History
}

// record plays a story under the template: "submit", "fact score=700", "nine days" (pass), "+3d late" (a deadline fires three days on), "late" (it fires now), "grant by u2".
func record(t testing.TB, m *workflow.Machine, story ...string) divergence.History {
	t.Helper()
	r := &recorder{t: t, m: m, facts: workflow.Facts{}, recorded: workflow.Facts{}, at: time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)}
	r.keep(m.Start(r.world()), workflow.Event{Actor: workflow.System()})
	for _, line := range story {
		r.play(line)
	}
	raw, err := json.Marshal(r.h) // as a database gives it back
	if err != nil {
		t.Fatal(err)
	}
	var out divergence.History
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func (r *recorder) play(line string) {
	r.at = r.at.Add(time.Hour)
	if rest, ok := strings.CutPrefix(line, "fact "); ok {
		var name string
		var v int64
		name, number, _ := strings.Cut(rest, "=")
		_, _ = fmt.Sscan(number, &v)
		r.facts[name], r.recorded[name] = v, v
		r.h.Changes = append(r.h.Changes, workflow.FactChange{Sequence: r.inst.Sequence + 1, Name: name, Value: v, Source: "form", Actor: "u1", At: r.at})
		r.keep(r.m.FactsChanged(r.inst, r.world()), workflow.Event{Actor: workflow.System()})
		return
	}
	if line == "nine days" {
		r.at = r.at.AddDate(0, 0, 9)
		return
	}
	if line == "+3d late refused" {
		r.at = r.at.AddDate(0, 0, 3)
		result := r.m.Fire(r.inst, *r.inst.DueBy(r.at), r.world())
		if result.Outcome != workflow.Refused {
			r.t.Fatalf("%+v", result)
		}
		r.inst = result.Instance
		return
	}
	if rest, later := strings.CutPrefix(line, "+3d "); later || line == "late" {
		if later {
			r.at = r.at.AddDate(0, 0, 3)
		}
		for _, timer := range r.inst.Timers {
			if timer.Event == rest {
				r.keep(r.m.Fire(r.inst, timer, r.world()), workflow.Event{Name: rest, Actor: workflow.System()})
				return
			}
		}
		r.t.Fatalf("no deadline %s", rest)
	}
	event, by, _ := strings.Cut(line, " by ")
	if by == "" {
		by = "u1"
	}
	ev := workflow.Event{Name: event, Actor: workflow.Actor{ID: by, Roles: []string{"broker", "office"}}}
	r.keep(r.m.Step(r.inst, ev, r.world()), ev)
}

func (r *recorder) world() workflow.World { return workflow.World{Facts: r.facts, Now: r.at} }

func (r *recorder) keep(result workflow.Result, ev workflow.Event) {
	r.t.Helper()
	entry, read, ok := r.m.Entry(&result, ev, r.at, r.recorded)
	if !ok {
		r.t.Fatalf("%s refused: %v", ev.Name, result.Blockers)
	}
	r.h.Entries = append(r.h.Entries, entry)
	for _, c := range append(read, result.FactChanges...) {
		r.h.Changes = append(r.h.Changes, c)
		r.recorded[c.Name], r.facts[c.Name] = c.Value, c.Value
	}
	r.inst = result.Instance
}

var won = []string{"fact score=700", "submit", "check", "grant by u2", "grant by u3"}

// TestSameTemplateNeverDiverges: whatever happened, deadlines that fired late, approvals and facts set by transitions included.
func TestSameTemplateNeverDiverges(t *testing.T) {
	m := compile(t, loan)
	for _, story := range [][]string{{}, won, {"submit", "+3d late"}, {"fact score=600", "submit", "fact score=900", "check", "decline"}, {"submit", "fact score=100", "decline"}} {
		if v := divergence.Run(m, record(t, m, story...), nil); v.First != nil || v.EndsDifferently || v.Steps != len(story)+1 {
			t.Errorf("%v: %+v %+v", story, v, v.First)
		}
	}
}

// TestDivergence: a change of the template, a story, and where the ways part.
func TestDivergence(t *testing.T) {
	for _, c := range []struct {
		name, old, new string
		story          []string
		want           string
	}{
		{"a higher limit refuses what was allowed", "score >= 500", "score >= 800", won,
			"4 check: fired [checked] / refused [waiting] guard_false []; ends granted won / waiting "},
		{"a value between the limits goes another way, one above both does not", "score >= 500", "score >= 600", won, "the same"},
		{"one approval less ends earlier, and what follows finds it ended", "count: 2", "count: 1", won,
			"5 grant: recorded [checked] / fired [granted] ; ends granted won / granted won"},
		{"a longer deadline lets time pass", "within: P3D", "within: P9D", []string{"submit", "+3d late"},
			"3 late: fired [lost] / refused [waiting] ; ends lost lost / waiting "},
		{"a shorter deadline ends what was still waiting", "within: P3D", "within: PT1H", []string{"submit", "fact score=700", "fact score=800", "check"},
			"4 : recorded [waiting] / recorded [lost] ; ends checked  / lost lost"},
		{"a fact nobody recorded says nothing certain", "score >= 500", "score >= 500 && income >= 1000", won,
			"4 check: fired [checked] / refused [waiting] fact_missing [income]; ends granted won / waiting "},
		{"what the candidate sets itself counts", "value: score / 100", "value: score / 200", won,
			"5 grant: recorded [checked] / refused [checked] guard_false []; ends granted won / checked "},
		{"an event that is gone", "check: {by: [broker]}", "look: {by: [broker]}", won,
			"4 check: fired [checked] / refused [waiting] wrong_state []; ends granted won / waiting "},
	} {
		t.Run(c.name, func(t *testing.T) {
			source := strings.Replace(loan, c.old, c.new, 1)
			if strings.Contains(c.new, "look:") {
				source = strings.Replace(source, "on: check", "on: look", 1)
			}
			v := divergence.Run(compile(t, source), record(t, compile(t, loan), c.story...), nil)
			if got := words(v); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func words(v divergence.Verdict) string {
	if v.First == nil {
		return "the same"
	}
	blocked := ""
	if len(v.First.Blockers) > 0 {
		blocked = fmt.Sprintf("%s %v", v.First.Blockers[0].Code, v.First.Unrecorded)
	}
	return fmt.Sprintf("%d %s: %s %v / %s %v %s; ends %s %s / %s %s", v.First.Sequence, v.First.Event, v.First.Stored.Outcome, v.First.Stored.States, v.First.Candidate.Outcome,
		v.First.Candidate.States, blocked, strings.Join(v.Stored.States, ","), v.Stored.Outcome, strings.Join(v.Candidate.States, ","), v.Candidate.Outcome)
}

const holdable = `apiVersion: pratica/v1
kind: Workflow
metadata: {key: loan}
subject: case
facts: {type: object, properties: {score: {type: integer, minimum: 0, maximum: 1000}}}
states:
  open:
    kind: parallel
    initial: true
    regions:
      work: {initial: waiting, states: {waiting: {kind: atomic, sla: {within: P3D, pause_in: held, emits: late}}, done: {kind: final}}}
      hold: {initial: running, states: {running: {kind: atomic}, held: {kind: atomic}}}
  lost: {kind: final, outcome: lost}
events: {late: {by: [system]}, hold: {by: [broker]}, resume: {by: [broker]}, finish: {by: [broker]}, decline: {by: [broker]}}
transitions:
  - {id: t_late, from: waiting, on: late, to: lost}
  - {id: t_finish, from: waiting, on: finish, to: done}
  - {id: t_hold, from: running, on: hold, to: held}
  - {id: t_resume, from: held, on: resume, to: running}
  - {id: t_decline, from: open, on: decline, to: lost}
`

// TestOnHoldNothingIsOverdue: a deadline that stands still passes no row.
func TestOnHoldNothingIsOverdue(t *testing.T) {
	m := compile(t, holdable)
	if v := divergence.Run(m, record(t, m, "hold", "nine days", "fact score=1", "resume", "+3d late"), nil); v.First != nil || v.EndsDifferently {
		t.Errorf("%+v %+v", v, v.First)
	}
}

// TestADeadlineThatWaited: one that a breach kept back fires for the candidate when it did for the file.
func TestADeadlineThatWaited(t *testing.T) {
	m := compile(t, strings.Replace(loan, "on: late, to: lost", "on: late, to: checked", 1)+"invariants: [{id: inv_s, in: [waiting], expr: score < 900}]\n")
	h := record(t, m, "fact score=700", "submit", "fact score=950", "+3d late refused", "fact score=800", "late")
	if v := divergence.Run(m, h, nil); v.First != nil || v.EndsDifferently || v.Stored.States[0] != "checked" {
		t.Errorf("%+v %+v", v, v.First)
	}
}

// TestMovesArePassedOver: a migration in the history is nothing that happened to the instance.
func TestMovesArePassedOver(t *testing.T) {
	m := compile(t, loan)
	h := record(t, m, "fact score=700", "submit")
	last := h.Entries[len(h.Entries)-1]
	last.Sequence, last.Event, last.Migration = last.Sequence+1, "", &workflow.Crossing{From: "x", Plan: "y"}
	h.Entries = append(h.Entries, last)
	if v := divergence.Run(m, h, nil); v.First != nil || v.EndsDifferently || v.Steps != 3 {
		t.Errorf("%+v", v)
	}
}

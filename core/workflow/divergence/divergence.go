// Package divergence runs recorded histories under another template: which instances would have ended differently, and at
// which step they would have taken another way.
//
// What happened is given: the events with their actors, payloads and instants, and the facts as they were recorded. What the
// candidate does with them is its own: its transitions, its deadlines, the facts it sets. After the first diverging step the
// rest of what happened goes on under the candidate, so that the end can be compared as well.
//
// What a history cannot tell:
//
//   - An event that was refused left no row, so a candidate that would have allowed it is not seen.
//   - A computed fact is known as of the last step that read it. One that no step ever found a value of has none here either: the
//     diverging step names it under Unrecorded, because it may have been missing, or nobody may have asked.
//   - A move between versions is nothing that happened to the instance, so it is passed over. States are compared by name: a
//     candidate that renames one diverges where it is first entered.
package divergence

import (
	"slices"
	"time"

	"github.com/pratica-crm/pratica/core/workflow"
)

// History is what is recorded of one instance: rows in their order, fact changes in the order they were written.
type History struct {
	Entries []workflow.Entry
	Changes []workflow.FactChange
}

// Verdict is how an instance would have fared.
type Verdict struct {
	Steps           int    `json:"steps"` // recorded rows that were run
	EndsDifferently bool   `json:"ends_differently"`
	Stored          End    `json:"stored"`
	Candidate       End    `json:"candidate"`
	First           *Step  `json:"first"` // first diverging step; null when there is none
	Problem         string `json:"problem,omitempty"`
}

// End is where an instance stands after its last recorded row.
type End struct {
	States  []string `json:"states"`
	Outcome string   `json:"outcome"` // won, lost, or "" in flight
}

// Step is where the two ways part.
type Step struct {
	Sequence   int64              `json:"sequence"`
	At         time.Time          `json:"at"`
	Event      string             `json:"event"` // "" for the start and for a change of facts
	Stored     Came               `json:"stored"`
	Candidate  Came               `json:"candidate"`
	Blockers   []workflow.Blocker `json:"blockers"`   // the candidate's
	Unrecorded []string           `json:"unrecorded"` // what the candidate asks for and of which no value was ever recorded
}

// Came is what a step came to.
type Came struct {
	Outcome string   `json:"outcome"`
	States  []string `json:"states"`
}

// Run takes one history through the candidate. holidays are those of the agency; nil is Italy.
func Run(candidate *workflow.Machine, h History, holidays workflow.Holidays) Verdict {
	r := &run{m: candidate, facts: workflow.Facts{}, recorded: map[string]bool{}, changes: ordered(h.Changes), awaited: awaited(h.Entries), holidays: holidays}
	for _, e := range h.Entries {
		r.row(e)
	}
	v := r.verdict
	if n := len(h.Entries); n > 0 {
		v.Stored = End{h.Entries[n-1].To, h.Entries[n-1].Ended}
	}
	v.Candidate = End{r.inst.States, r.inst.Ended}
	v.EndsDifferently = v.Stored.Outcome != v.Candidate.Outcome || !slices.Equal(v.Stored.States, v.Candidate.States)
	return v
}

type run struct {
	m        *workflow.Machine
	inst     workflow.Instance
	facts    workflow.Facts
	recorded map[string]bool // names of which a value was recorded
	changes  []workflow.FactChange
	awaited  []workflow.Timer // deadlines whose row is still to come
	holidays workflow.Holidays
	verdict  Verdict
}

// ordered are the changes that come from outside, by sequence. What a transition or a move has set, the candidate sets itself.
func ordered(changes []workflow.FactChange) []workflow.FactChange {
	out := make([]workflow.FactChange, 0, len(changes))
	for _, c := range changes {
		if !c.Own() {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b workflow.FactChange) int { return int(a.Sequence - b.Sequence) })
	return out
}

func awaited(entries []workflow.Entry) (out []workflow.Timer) {
	for _, e := range entries {
		if e.Timer != nil {
			out = append(out, *e.Timer)
		}
	}
	return out
}

func (r *run) row(e workflow.Entry) {
	if e.Migration == nil {
		r.overdue(e.At) // with what was known before this row
	}
	r.learn(e.Sequence)
	if e.Migration != nil {
		return
	}
	r.verdict.Steps++
	result := r.again(e)
	r.take(result)
	if r.verdict.First != nil || slices.Equal(result.To, e.To) && result.Instance.Ended == e.Ended && result.Outcome == e.Outcome {
		return
	}
	r.verdict.First = &Step{Sequence: e.Sequence, At: e.At, Event: e.Event, Stored: Came{e.Outcome, e.To}, Candidate: Came{result.Outcome, result.To},
		Blockers: append([]workflow.Blocker{}, result.Blockers...), Unrecorded: r.unrecorded(result)}
}

// learn applies what was recorded up to a sequence.
func (r *run) learn(sequence int64) {
	n := 0
	for ; n < len(r.changes) && r.changes[n].Sequence <= sequence; n++ {
		c := r.changes[n]
		r.recorded[c.Name] = true
		r.facts[c.Name] = nil
		if c.Value == nil {
			continue
		}
		if one, err := r.m.Normalize(map[string]any{c.Name: c.Value}); err == nil {
			r.facts[c.Name] = one[c.Name]
		} else if r.verdict.Problem == "" {
			r.verdict.Problem = "a recorded value does not fit the candidate: " + err.Error()
		}
	}
	r.changes = r.changes[n:]
}

func (r *run) world(now time.Time) workflow.World {
	return workflow.World{Facts: r.facts, Now: now, Holidays: r.holidays}
}

// overdue fires the candidate's own deadlines that passed before a row, except those whose row is still to come: the server
// fires a moment late, and that moment is nothing the template decides.
func (r *run) overdue(by time.Time) {
	for {
		var first *workflow.Timer
		for _, t := range r.inst.Timers {
			awaited := slices.ContainsFunc(r.awaited, func(x workflow.Timer) bool { return same(x, t) })
			if t.Runs() && t.Due.Before(by) && !awaited && (first == nil || t.Due.Before(first.Due)) {
				first = &t
			}
		}
		if first == nil {
			return
		}
		r.take(r.m.Fire(r.inst, *first, r.world(first.Due)))
	}
}

// same tells whether two deadlines are one: what armed it may have another number under the candidate.
func same(a, b workflow.Timer) bool {
	return a.State == b.State && a.Event == b.Event && a.Due.Equal(b.Due)
}

// again runs what a row records.
func (r *run) again(e workflow.Entry) workflow.Result {
	w := r.world(e.At)
	switch {
	case len(r.inst.States) == 0:
		return r.m.Start(w)
	case e.Invariant != "":
		return r.m.Waive(r.inst, e.Invariant, e.Reason, e.Actor, w)
	case e.Timer != nil:
		return r.fire(*e.Timer, w)
	case e.Event == "":
		return r.m.FactsChanged(r.inst, w)
	}
	return r.m.Step(r.inst, workflow.Event{Name: e.Event, Actor: e.Actor, Payload: e.Payload, Reason: e.Reason}, w)
}

// fire lets the candidate's own deadline of that name fire, if it has one.
func (r *run) fire(recorded workflow.Timer, w workflow.World) workflow.Result {
	r.awaited = slices.DeleteFunc(slices.Clone(r.awaited), func(x workflow.Timer) bool { return same(x, recorded) })
	for _, t := range r.inst.Timers {
		if same(t, recorded) {
			return r.m.Fire(r.inst, t, w)
		}
	}
	return workflow.Result{Outcome: workflow.Refused, Stale: true, From: r.inst.States, To: r.inst.States, Instance: r.inst}
}

func (r *run) take(result workflow.Result) {
	r.inst = result.Instance
	for _, c := range result.FactChanges {
		r.recorded[c.Name] = true
		r.facts[c.Name] = c.Value
	}
}

// unrecorded are the facts a step looked at that nobody ever recorded of this instance.
func (r *run) unrecorded(result workflow.Result) []string {
	out := []string{}
	for name := range result.FactsRead {
		if !r.recorded[name] {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

package instances

import (
	"slices"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Breach is an invariant that stands broken: since when, why, and whose roles may let it stand.
type Breach struct {
	Invariant string             `json:"invariant"`
	Text      workflow.Text      `json:"text"`
	Since     time.Time          `json:"since"`
	Waive     []string           `json:"waive" doc:"Roles that may waive it, with a reason"`
	Blockers  []workflow.Blocker `json:"blockers" doc:"What of it is not as it must be, with the values"`
}

// Waive records that the actor lets a broken invariant stand, with a reason. Errors: waiver.reason (422), waiver.role (403),
// waiver.wrong_state and waiver.not_broken (409).
func (e *Engine) Waive(tx *tenancy.Tx, r *Running, invariant, reason string, actor workflow.Actor, w workflow.World) (workflow.Result, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return workflow.Result{}, fault.Input("waiver.reason", "/reason", "A waiver needs a reason. Write down why the file may go on all the same.")
	}
	result := r.Machine.Waive(r.Instance, invariant, reason, actor, w)
	switch {
	case result.Outcome == workflow.Refused && result.Blockers[0].Code == workflow.WrongRole:
		return result, &fault.Error{Kind: fault.Forbidden, Code: "waiver.role",
			Message: "Your roles may not waive this. The file's page names those that may.", Blockers: result.Blockers}
	case result.Outcome == workflow.Refused:
		return result, &fault.Error{Kind: fault.Refused, Code: "waiver.wrong_state", Message: "This condition is not asked for in the present state.", Blockers: result.Blockers}
	case !slices.ContainsFunc(r.breaches(w), func(b Breach) bool { return b.Invariant == invariant }):
		return result, fault.New(fault.Conflict, "waiver.not_broken", "This condition holds, or is waived already: there is nothing to waive.")
	}
	return result, e.write(tx, r, result, workflow.Event{Name: "waive", Actor: actor, Reason: reason}, w, nil)
}

// breaches groups what stands broken by invariant; one that was broken before keeps the moment since when.
func (r *Running) breaches(w workflow.World) []Breach {
	out := []Breach{}
	if w.Now.IsZero() { // nobody has computed the facts yet
		return out
	}
	w.Reader = []string{} // they are stored as nobody in particular sees them
	for _, b := range r.Machine.Breaches(r.Instance, w) {
		if n := len(out); n > 0 && out[n-1].Invariant == *b.Guard {
			out[n-1].Blockers = append(out[n-1].Blockers, b)
			continue
		}
		declared := r.Machine.Invariant(*b.Guard)
		breach := Breach{Invariant: declared.ID, Text: declared.Words(), Since: w.Now, Waive: append([]string{}, declared.Waive...), Blockers: []workflow.Blocker{b}}
		if i := slices.IndexFunc(r.Breaches, breach.same); i >= 0 {
			breach.Since = r.Breaches[i].Since
		}
		out = append(out, breach)
	}
	return out
}

// Reveal gives breaches as they were stored, masked for everybody, with the values that a reader with these roles may see. recorded
// are the facts stored with them.
func Reveal(m *workflow.Machine, breaches []Breach, recorded map[string]any, roles []string) []Breach {
	out := append([]Breach{}, breaches...)
	for i := range out {
		out[i].Blockers = m.Reveal(out[i].Blockers, recorded, roles)
	}
	return out
}

// BreachesFor are what stands broken, for a reader with these roles.
func (r *Running) BreachesFor(roles []string) []Breach {
	return Reveal(r.Machine, r.Breaches, r.Recorded, roles)
}

func (b Breach) same(other Breach) bool { return b.Invariant == other.Invariant }

// judge looks at the invariants after a step: what stands broken now, what of it is new, what is no longer, and when time
// alone will break the next one.
func (e *Engine) judge(tx *tenancy.Tx, r *Running, w workflow.World) {
	before := r.Breaches
	r.Breaches = r.breaches(w)
	r.Broke = without(r.Breaches, before)
	r.Mended = without(before, r.Breaches)
	if !w.Now.IsZero() {
		watch(tx, r, r.Machine.NextMoment(r.Instance, w))
	}
}

func without(list, others []Breach) []Breach {
	return slices.DeleteFunc(slices.Clone(list), func(b Breach) bool { return slices.ContainsFunc(others, b.same) })
}

// watched rounds a moment up to what a database keeps: looking before it breaks would find nothing, again and again.
func watched(next *time.Time) *time.Time {
	if next == nil {
		return nil
	}
	at := next.UTC().Add(time.Microsecond - 1).Truncate(time.Microsecond)
	return &at
}

// watch keeps the one timer without event that looks again when time alone changes something: an invariant breaks, a transition without an event may go.
func watch(tx *tenancy.Tx, r *Running, next *time.Time) {
	next = watched(next)
	if sameTime(next, r.breachAt) {
		return
	}
	if r.breachAt != nil {
		settle(tx, r, workflow.Timer{}, "cancelled")
	}
	if r.breachAt = next; next != nil {
		arm(tx, r, workflow.Timer{Due: *next})
	}
}

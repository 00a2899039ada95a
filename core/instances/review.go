package instances

import (
	"encoding/json"
	"time"

	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Review is Settle where something comes of it: a transition without an event goes on, a condition breaks or holds again, with other
// values, or at another time. Otherwise nothing is written, and stepped is false. A waiver asks for it, for what the breach held
// back, and a change elsewhere that the instance may not even look at.
func (e *Engine) Review(tx *tenancy.Tx, r *Running, w workflow.World) (result workflow.Result, stepped bool, err error) {
	if r.Instance.Ended != "" {
		return result, false, nil
	}
	result = r.Machine.FactsChanged(r.Instance, w)
	same, err := sameBreaches(r.breaches(w), r.Breaches)
	if err != nil || len(result.Transitions) == 0 && same && sameTime(watched(r.Machine.NextMoment(r.Instance, w)), r.breachAt) {
		return result, false, err
	}
	return result, true, e.write(tx, r, result, workflow.Event{Actor: workflow.System()}, w, nil)
}

// sameBreaches compares what was found with what was kept, which has been JSON.
func sameBreaches(found, kept []Breach) (bool, error) {
	a, err := json.Marshal(found)
	if err != nil {
		return false, err
	}
	b, err := json.Marshal(append([]Breach{}, kept...))
	return string(a) == string(b), err
}

func sameTime(a, b *time.Time) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Equal(*b)
}

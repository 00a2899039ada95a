package runlog

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/pratica-crm/pratica/core/workflow"
)

// LogCase is where a case stands after the log.
type LogCase struct {
	Name     string
	Last     time.Time // of its last line
	Instance workflow.Instance
	Facts    workflow.Facts
}

// InFlight gives the cases that have not ended when a run is over, in the order in which they began.
func (r *Runner) InFlight() []LogCase {
	type begun struct {
		order int
		LogCase
	}
	var open []begun
	for _, c := range r.cases {
		if r.wake(c); r.awake.inst.Ended == "" {
			open = append(open, begun{r.awake.order, LogCase{c.name, c.last(), r.awake.inst, maps.Clone(r.awake.facts)}})
		}
	}
	slices.SortFunc(open, func(a, b begun) int { return cmp.Compare(a.order, b.order) })
	out := make([]LogCase, len(open))
	for i, c := range open {
		out[i] = c.LogCase
	}
	return out
}

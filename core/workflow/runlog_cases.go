package workflow

import (
	"slices"
	"time"
)

// LogCase is where a case stands after the log.
type LogCase struct {
	Name     string
	Last     time.Time // of its last line
	Instance Instance
	Facts    Facts
}

// InFlight gives the cases that have not ended when a run is over, in the order in which they began.
func (r *Runner) InFlight() []LogCase {
	var open []*logCase
	for _, c := range r.cases {
		if c.inst.Ended == "" {
			open = append(open, c)
		}
	}
	slices.SortFunc(open, func(a, b *logCase) int { return a.order - b.order })
	out := make([]LogCase, len(open))
	for i, c := range open {
		out[i] = LogCase{c.name, c.last, c.inst, c.facts}
	}
	return out
}

package workflow

import (
	"slices"
	"strings"
	"time"
)

// NextBreach is the earliest instant after w.Now at which time alone breaks an invariant that holds now; nil when none is known.
// It tries the moments that stand in the facts (a day something expires, a planned day): an invariant turns where now passes one.
func (m *Machine) NextBreach(inst Instance, w World) *time.Time {
	timed := slices.ContainsFunc(m.invariants, func(i *compiledInvariant) bool { return strings.Contains(i.Guard.Expr, "now") })
	if inst.Ended != "" || !timed {
		return nil
	}
	broken := brokenOnes(m.Breaches(inst, w))
	var moments []time.Time
	for _, v := range w.Facts {
		moments = momentsIn(v, moments)
	}
	slices.SortFunc(moments, time.Time.Compare)
	for _, at := range slices.Compact(moments) {
		later := w
		if later.Now = at; at.After(w.Now) && slices.ContainsFunc(brokenOnes(m.Breaches(inst, later)), func(id string) bool { return !slices.Contains(broken, id) }) {
			return &at
		}
	}
	return nil
}

func brokenOnes(blockers []Blocker) (ids []string) {
	for _, b := range blockers {
		if b.Guard != nil {
			ids = append(ids, *b.Guard)
		}
	}
	return ids
}

// momentsIn collects the moments of a fact: each itself and right after it, and the same for the end of its day.
func momentsIn(v any, out []time.Time) []time.Time {
	switch x := v.(type) {
	case time.Time:
		for _, d := range []time.Duration{0, time.Microsecond, 24 * time.Hour, 24*time.Hour + time.Microsecond} {
			out = append(out, x.Add(d))
		}
	case []any:
		for _, item := range x {
			out = momentsIn(item, out)
		}
	case map[string]any:
		for _, item := range x {
			out = momentsIn(item, out)
		}
	}
	return out
}

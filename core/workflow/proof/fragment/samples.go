package fragment

import (
	"maps"
	"slices"
	"time"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/proof/logic"
)

// maxSamples bounds what is tried for one model.
const maxSamples = 256

// Samples gives values to try for the facts that the opaque variables of a model read: a few numbers, lists that are empty or have
// one element made of the texts the expressions name. Without opaque variables it is one sample of nothing.
// They prove something by working, and nothing by failing.
func (r *Reader) Samples(model logic.Model) []map[string]any {
	var names, words []string
	for v := range model {
		if m := r.meanings[v]; m.role == opaque {
			names, words = append(names, m.facts...), append(words, m.words...)
		}
	}
	slices.Sort(names)
	slices.Sort(words)
	out := []map[string]any{{}}
	for _, n := range slices.Compact(names) {
		var next []map[string]any
		for _, v := range samplesOf(r.m.Fact(n).Schema, slices.Compact(words)) {
			for _, before := range out {
				x := maps.Clone(before)
				x[n] = v
				next = append(next, x)
			}
		}
		out = next[:min(len(next), maxSamples)]
	}
	return out
}

// samplesOf begins with an ordinary value.
func samplesOf(s *workflow.Schema, words []string) (out []any) {
	switch s.Type {
	case "boolean":
		return []any{true, false}
	case "integer":
		for _, n := range []int64{0, 1, 1000, 100_000, 10_000_000} {
			if (s.Minimum == nil || n >= *s.Minimum) && (s.Maximum == nil || n <= *s.Maximum) {
				out = append(out, n)
			}
		}
		return out
	case "array":
		out = []any{[]any{}}
		for _, e := range samplesOf(s.Items, words) {
			out = append(out, []any{e})
		}
		return out
	case "object":
		return sampleObjects(s, words)
	}
	switch {
	case s.Format != "":
		for _, days := range []int{0, 400, -400} {
			out = append(out, time.Unix(workflow.Clock(), 0).UTC().AddDate(0, 0, days).Format(time.RFC3339))
		}
	case len(s.Enum) > 0:
		for _, w := range s.Enum {
			out = append(out, w)
		}
	default:
		out = append(out, "x")
		for _, w := range words {
			out = append(out, w)
		}
	}
	return out
}

// sampleObjects varies one member at a time around an object of ordinary members.
func sampleObjects(s *workflow.Schema, words []string) (out []any) {
	base := map[string]any{}
	for _, f := range s.Properties {
		if v := samplesOf(f.Schema, words); len(v) > 0 {
			base[f.Name] = v[0]
		}
	}
	out = append(out, base)
	for _, f := range s.Properties {
		for _, v := range samplesOf(f.Schema, words) {
			x := maps.Clone(base)
			x[f.Name] = v
			out = append(out, x)
		}
	}
	return out
}

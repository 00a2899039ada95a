package paths

import (
	"slices"
	"strings"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/proof/logic"
)

// move is edges that fire together under a condition.
type move struct {
	edges []workflow.Edge
	when  []*logic.Term
}

// option is what one region does: an edge, or nothing where edge is nil.
type option struct {
	edge *workflow.Edge
	when *logic.Term
}

// automatic stands for what happens without an event: done, then eventless.
const automatic = "\x00"

// levels lists the groups of an event from a leaf outward.
func (g *Graph) levels(inst workflow.Instance, leaf *workflow.State, event string) (out []*group) {
	for _, s := range leaf.Path() {
		if event == "done" && !g.Machine.IsComplete(inst, s) {
			continue
		}
		if x := g.group(s, event); x != nil {
			out = append(out, x)
		}
	}
	return out
}

// moves lists the ways the regions of an instance can move together at an event, the last one being that none moves.
func (g *Graph) moves(inst workflow.Instance, before *workflow.Instance, event string) (out []move, still []*logic.Term) {
	var regions [][]option
	seen := map[string]bool{}
	for _, leaf := range g.Machine.ActiveIn(inst) {
		options, key := g.region(inst, before, leaf, event)
		if len(options) < 2 || seen[key] {
			continue
		}
		seen[key] = true
		regions = append(regions, options)
		still = append(still, options[len(options)-1].when)
	}
	combined := []move{{}}
	for _, options := range regions {
		var next []move
		for _, m := range combined {
			for _, o := range options {
				next = append(next, m.with(o))
			}
		}
		if combined = next; len(combined) > maxCombinations {
			g.Whole = false
			combined = combined[:maxCombinations]
		}
	}
	for _, m := range combined {
		if len(m.edges) > 0 {
			out = append(out, m)
		}
	}
	return out, still
}

func (m move) with(o option) move {
	out := move{slices.Clone(m.edges), append(slices.Clone(m.when), o.when)}
	if o.edge != nil && !slices.ContainsFunc(out.edges, func(e workflow.Edge) bool { return same(e, *o.edge) }) {
		out.edges = append(out.edges, *o.edge)
	}
	return out
}

func same(a, b workflow.Edge) bool { return a.Transition == b.Transition && a.Source == b.Source }

// region lists what the region of a leaf can do, nothing last; key tells regions apart that search different levels.
func (g *Graph) region(inst workflow.Instance, before *workflow.Instance, leaf *workflow.State, event string) (out []option, key string) {
	if event != automatic {
		return g.search(g.levels(inst, leaf, event))
	}
	first, second := g.levels(inst, leaf, "done"), g.levels(inst, leaf, "")
	if g.document() {
		first, second = second, g.completions(inst, before, leaf)
	}
	out, key = g.search(first)
	then, more := g.search(second)
	nothing := out[len(out)-1].when
	out = out[:len(out)-1]
	for _, o := range then {
		out = append(out, option{o.edge, logic.And(nothing, o.when)})
	}
	return out, key + "/" + more
}

func (g *Graph) document() bool { return g.Machine.Template.Priority == "document" }

// completions are the levels that take the end of a state which this macrostep completed.
func (g *Graph) completions(inst workflow.Instance, before *workflow.Instance, leaf *workflow.State) (out []*group) {
	for _, x := range g.Machine.ActiveIn(inst) {
		for _, s := range x.Path() {
			if s.Kind != "region" && g.Machine.IsComplete(inst, s) && (before == nil || !g.Machine.IsComplete(*before, s)) {
				out = append(out, g.levels(inst, leaf, "done.state."+s.Name)...)
			}
		}
	}
	return out
}

// search goes outward: exactly one candidate at the first level that decides, or the first in the order of the document.
func (g *Graph) search(levels []*group) (out []option, key string) {
	var passed, nothing []*logic.Term
	names := make([]string, len(levels))
	for i, x := range levels {
		names[i] = x.state.Name + ":" + x.event
		for j := range x.edges {
			when := append(slices.Clone(passed), x.ready[j])
			for k, r := range x.ready {
				if k < j || k != j && !g.document() {
					when = append(when, logic.Not(r))
				}
			}
			out = append(out, option{&x.edges[j], logic.And(when...)})
		}
		if g.document() {
			passed = append(passed, logic.Not(logic.Or(x.ready...)))
			continue
		}
		nothing = append(nothing, logic.And(append(slices.Clone(passed), x.stuck)...))
		passed = append(passed, x.pass)
	}
	nothing = append(nothing, logic.And(passed...))
	return append(out, option{nil, logic.Or(nothing...)}), strings.Join(names, " ")
}

// preempt drops edges that others preempt, where the order of the document decides: of two that leave the same states the inner
// one stays, else the first.
func (g *Graph) preempt(inst workflow.Instance, edges []workflow.Edge) (kept []workflow.Edge) {
	for _, e := range edges {
		beside := func(k workflow.Edge) bool { return g.Machine.Preempts(e, k, inst) }
		if slices.ContainsFunc(kept, func(k workflow.Edge) bool { return beside(k) && (e.Source == k.Source || !e.Source.Lies(k.Source)) }) {
			continue
		}
		kept = append(slices.DeleteFunc(kept, beside), e)
	}
	return kept
}

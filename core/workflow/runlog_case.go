package workflow

import (
	"slices"
	"strings"
	"time"
)

// logCase is what is remembered of a case. A log may hold a million of them, most of them over: those keep no more than this.
type logCase struct {
	last  time.Time // UTC
	seq   int64
	where *spot
	live  *liveCase // nil once it has ended
}

// spot is where cases stand, shared by all that stand there.
type spot struct {
	states []string
	ended  string
}

type liveCase struct {
	name  string
	order int // of its first line among the cases
	inst  Instance
	facts []namedValue
}

// namedValue is a fact of a case: a list of the few there are takes a third of a map's memory.
type namedValue struct {
	name  string
	value any
}

func (c *logCase) instance() Instance {
	if c.live == nil {
		return Instance{States: c.where.states, Ended: c.where.ended}
	}
	return c.live.inst
}

// next is the earliest deadline due by a moment.
func (c *logCase) next(by time.Time) *Timer {
	if c.live == nil {
		return nil
	}
	return nextTimer(c.live.inst, by)
}

// set changes a fact; nil is missing, as if it had never been given.
func (l *liveCase) set(name string, v any) {
	i := slices.IndexFunc(l.facts, func(f namedValue) bool { return f.name == name })
	switch {
	case i >= 0 && v == nil:
		l.facts = slices.Delete(l.facts, i, i+1)
	case i >= 0:
		l.facts[i].value = v
	case v != nil:
		if len(l.facts) == cap(l.facts) { // grow by what is needed, not by half
			l.facts = append(make([]namedValue, 0, len(l.facts)+2), l.facts...)
		}
		l.facts = append(l.facts, namedValue{name, v})
	}
}

// world spreads a case's facts in the one map of the run, which lives until the next call.
func (r *Runner) world(c *logCase, now time.Time) World {
	clear(r.facts)
	if c.live != nil {
		for _, f := range c.live.facts {
			r.facts[f.name] = f.value
		}
	}
	return World{Facts: r.facts, Now: now}
}

// open begins a case with the facts of its first line.
func (r *Runner) open(name string, facts Facts, at time.Time) *logCase {
	c := &logCase{last: at, live: &liveCase{name: name, order: len(r.cases)}}
	c.live.facts = make([]namedValue, 0, len(facts))
	for n, v := range facts {
		c.live.set(n, v)
	}
	r.cases[name] = c
	r.total.Cases++
	r.take(c, r.Machine.Start(r.world(c, at)))
	return c
}

// merge takes the facts of a line, except those that may no longer change.
func (c *logCase) merge(facts Facts) {
	if c.live == nil {
		return
	}
	for name, v := range facts {
		if !slices.Contains(c.live.inst.Frozen, name) {
			c.live.set(name, v)
		}
	}
}

// take keeps what a step did; a case that has ended needs its facts no more.
func (r *Runner) take(c *logCase, result Result) {
	if c.live == nil {
		return
	}
	c.where = r.spot(result.Instance)
	if c.where.ended != "" {
		r.total.Finished++
		c.live = nil
		return
	}
	c.live.inst = result.Instance
	c.live.inst.States = c.where.states
	for _, change := range result.FactChanges {
		c.live.set(change.Name, change.Value)
	}
}

func (r *Runner) spot(i Instance) *spot {
	r.key = append(append(r.key[:0], i.Ended...), ' ')
	for _, s := range i.States {
		r.key = append(append(r.key, ' '), s...)
	}
	p := r.spots[string(r.key)]
	if p == nil {
		p = &spot{states: i.States, ended: i.Ended}
		r.spots[strings.Clone(string(r.key))] = p
	}
	return p
}

// normal gives the facts of a line the engine's types, in a map that lives until the next line.
func (r *Runner) normal(raw map[string]any) (Facts, error) {
	clear(r.given)
	for n, v := range raw {
		x, known, err := r.Machine.normalFact(n, v)
		if err != nil {
			_, all := r.Machine.Normalize(raw) // the first by name, whatever the order here
			return nil, all
		}
		if known {
			r.given[n] = x
		}
	}
	return r.given, nil
}

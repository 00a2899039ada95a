package runlog

import (
	"slices"
	"time"

	"github.com/pratica-crm/pratica/core/workflow"
)

// logCase is what is remembered of a case between its lines: a log may hold a million of them.
type logCase struct {
	name   string
	sec    int64 // of its last line
	nsec   int32
	seq    uint32
	where  *spot
	record string // packed order, instance and facts; "" once it has ended
}

// spot is where cases stand, shared by all that stand there.
type spot struct {
	states []string
	ended  string
}

// awake is the case whose line is being read.
type awake struct {
	order int // of its first line among the cases
	inst  workflow.Instance
	facts workflow.Facts
}

func (c *logCase) last() time.Time { return time.Unix(c.sec, int64(c.nsec)).UTC() }

func (c *logCase) seen(at time.Time) { c.sec, c.nsec = at.Unix(), int32(at.Nanosecond()) }

// open begins a case with the facts of its first line, and leaves it awake.
func (r *Runner) open(name string, facts workflow.Facts, at time.Time) *logCase {
	c := &logCase{name: name}
	r.awake.order, r.awake.inst = len(r.cases), workflow.Instance{}
	clear(r.awake.facts)
	r.merge(facts)
	r.cases[name] = c
	r.total.Cases++
	r.take(c, r.Machine.Start(r.world(at)))
	return c
}

func (r *Runner) wake(c *logCase) {
	clear(r.awake.facts)
	if c.where.ended != "" {
		r.awake.inst = workflow.Instance{States: c.where.states, Ended: c.where.ended}
		return
	}
	r.packer.unpack(c.record, &r.awake)
	r.awake.inst.States = c.where.states
}

func (r *Runner) sleep(c *logCase) {
	c.record = ""
	if c.where.ended == "" {
		c.record = r.packer.pack(&r.awake)
	}
}

func (r *Runner) world(now time.Time) workflow.World {
	return workflow.World{Facts: r.awake.facts, Now: now}
}

// merge takes the facts of a line, except those that may no longer change.
func (r *Runner) merge(facts workflow.Facts) {
	for name, v := range facts {
		if !slices.Contains(r.awake.inst.Frozen, name) {
			r.awake.facts[name] = v
		}
	}
}

// take keeps what a step of the case awake did.
func (r *Runner) take(c *logCase, result workflow.Result) {
	if r.awake.inst.Ended == "" && result.Instance.Ended != "" {
		r.total.Finished++
	}
	r.awake.inst = result.Instance
	c.where = r.spot(result.Instance)
	for _, change := range result.FactChanges {
		r.awake.facts[change.Name] = change.Value
	}
}

func (r *Runner) spot(i workflow.Instance) *spot {
	r.key = append(append(r.key[:0], i.Ended...), ' ')
	for _, s := range i.States {
		r.key = append(append(r.key, ' '), s...)
	}
	p := r.spots[string(r.key)]
	if p == nil {
		p = &spot{states: i.States, ended: i.Ended}
		r.spots[string(r.key)] = p
	}
	return p
}

// normal gives the facts of a line the engine's types, in a map that lives until the next line.
func (r *Runner) normal(raw map[string]any) (workflow.Facts, error) {
	clear(r.given)
	for n, v := range raw {
		x, known, err := r.Machine.NormalFact(n, v)
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

package workflow

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

// Verdicts of a replay, per sequence.
const (
	ReplayOK       = "ok"
	ReplayAltered  = "altered"  // the row does not fit its hash or its predecessor
	ReplayFacts    = "facts"    // the recorded facts do not give the digest the step saw
	ReplayErased   = "erased"   // a value was erased by law; the rest fits
	ReplayDiffers  = "differs"  // running it again gives another answer
	ReplayTemplate = "template" // made under another template
)

// Verdict about one row of a history.
type ReplayVerdict struct {
	Sequence int64  `json:"sequence"`
	Verdict  string `json:"verdict"`
	Detail   string `json:"detail"`
}

// Replayed is the answer of Replay: the first row that is not as it was, and the state the rest leads to.
type Replayed struct {
	OK       bool            `json:"ok"`
	Bad      int64           `json:"bad,omitempty"` // first bad sequence
	Verdicts []ReplayVerdict `json:"verdicts"`
	Instance Instance        `json:"instance"`
}

// Replay rebuilds the facts at each sequence, checks every row's hash and facts digest, runs it again, and compares.
// It goes on after a bad row as far as the rows allow, so that one altered row does not hide the others.
func (m *Machine) Replay(entries []Entry, changes []FactChange, holidays Holidays) Replayed {
	r := m.Replayer(changes, holidays)
	entries = slices.Clone(entries)
	sort.SliceStable(entries, func(i, j int) bool { return entries[i].Sequence < entries[j].Sequence })
	for _, e := range entries {
		r.Row(e)
	}
	return r.Replayed()
}

// Replayer is Replay for a history too long to be held at once: its rows come one by one, in their order.
type Replayer struct {
	out      Replayed
	m        *Machine
	inst     Instance
	head     string
	facts    Facts
	erased   map[string]bool
	changes  []FactChange // not yet applied, in the order in which they will be
	holidays Holidays
	across   Across
}

// Across moves an instance to another template again: the machine it goes to, and what the move comes to there. The machine is nil
// when the template or the plan is not to be had.
type Across func(c Crossing, to string, inst Instance, w World) (*Machine, Result)

// Follow lets the replay go on where an instance moved to another template. Without it such a row has the verdict ReplayTemplate.
func (r *Replayer) Follow(across Across) { r.across = across }

// Replayer starts a replay. changes are the instance's recorded facts, each sequence's in the order they were written.
func (m *Machine) Replayer(changes []FactChange, holidays Holidays) *Replayer {
	changes = slices.Clone(changes)
	sort.SliceStable(changes, func(i, j int) bool {
		a, b := changes[i], changes[j]
		if a.Sequence != b.Sequence {
			return a.Sequence < b.Sequence
		}
		return !a.Own() && b.Own()
	})
	return &Replayer{out: Replayed{OK: true, Verdicts: []ReplayVerdict{}}, m: m, facts: Facts{}, erased: map[string]bool{}, changes: changes, holidays: holidays}
}

// Row judges the next row of the history.
func (r *Replayer) Row(e Entry) {
	v := r.row(e)
	if v.Verdict != ReplayOK && v.Verdict != ReplayErased && r.out.OK {
		r.out.OK, r.out.Bad = false, e.Sequence
	}
	r.out.Verdicts = append(r.out.Verdicts, v)
}

// Replayed is what the rows so far come to.
func (r *Replayer) Replayed() Replayed {
	out := r.out
	out.Instance = r.inst
	return out
}

func (r *Replayer) row(e Entry) ReplayVerdict {
	verdict := func(v, format string, args ...any) ReplayVerdict {
		r.head = e.Hash
		return ReplayVerdict{Sequence: e.Sequence, Verdict: v, Detail: fmt.Sprintf(format, args...)}
	}
	if e.digest() != e.Hash {
		r.adopt(e)
		return verdict(ReplayAltered, "the row's content does not fit its hash")
	}
	if e.Previous != r.head {
		r.adopt(e)
		return verdict(ReplayAltered, "the row does not follow the one before it: a row is missing, added or altered")
	}
	r.until(e.Sequence)
	next, moved := r.cross(e)
	if e.Template != next.Digest {
		r.adopt(e)
		return verdict(ReplayTemplate, "made under template %.12s, replayed under %.12s", e.Template, r.m.Digest)
	}
	erased := false
	result := moved
	if e.Migration == nil {
		result = r.again(e)
	}
	r.m = next
	for name := range result.FactsRead {
		erased = erased || r.erased[name]
	}
	r.own(e.Sequence)
	switch {
	case erased:
		r.adopt(e)
		return verdict(ReplayErased, "values it read were erased; its hash fits")
	case DigestFacts(result.FactsRead) != e.FactsDigest:
		r.adopt(e)
		return verdict(ReplayFacts, "the recorded facts are not those it read")
	case result.Outcome != e.Outcome || !slices.Equal(result.To, e.To) || result.Instance.Ended != e.Ended:
		r.adopt(e)
		return verdict(ReplayDiffers, "stored %s to %v, replayed %s to %v", e.Outcome, e.To, result.Outcome, result.To)
	case !slices.Equal(result.Clauses, e.Clauses):
		r.adopt(e)
		return verdict(ReplayDiffers, "a clause answers otherwise than it did")
	case len(e.Armed) > 0 && !slices.EqualFunc(result.TimersArmed, e.Armed, Timer.Same):
		r.adopt(e)
		return verdict(ReplayDiffers, "it arms other deadlines than it did")
	}
	r.inst = result.Instance
	r.inst.Head = e.Hash
	r.keepEnds(e.Armed)
	return verdict(ReplayOK, "")
}

// until applies the changes up to a sequence, except those its own transition made.
func (r *Replayer) until(sequence int64) {
	r.applyWhile(func(c FactChange) bool { return c.Sequence < sequence || c.Sequence == sequence && !c.Own() })
}

func (r *Replayer) own(sequence int64) {
	r.applyWhile(func(c FactChange) bool { return c.Sequence <= sequence })
}

func (r *Replayer) applyWhile(due func(FactChange) bool) {
	for len(r.changes) > 0 && due(r.changes[0]) {
		r.apply(r.changes[0])
		r.changes = r.changes[1:]
	}
}

func (r *Replayer) apply(c FactChange) {
	r.erased[c.Name] = c.Erased
	if r.facts[c.Name] = nil; c.Value == nil {
		return
	}
	one, err := r.m.Normalize(map[string]any{c.Name: c.Value})
	if err == nil {
		r.facts[c.Name] = one[c.Name]
	}
}

// Own tells what a row itself wrote from what it saw.
func (c FactChange) Own() bool {
	return strings.HasPrefix(c.Source, "transition:") || strings.HasPrefix(c.Source, SourceMigration)
}

// SourceMigration begins the source of facts that a move to another template writes; the plan's digest follows.
const SourceMigration = "migration:"

// cross follows a move to another template: the machine that is there from this row on.
func (r *Replayer) cross(e Entry) (*Machine, Result) {
	if e.Migration == nil || e.Migration.From != r.m.Digest || r.across == nil {
		return r.m, Result{}
	}
	next, moved := r.across(*e.Migration, e.Template, r.inst, World{Facts: r.facts, Now: e.At, Holidays: r.holidays})
	if next == nil {
		return r.m, Result{}
	}
	return next, moved
}

// again runs a row's step on the rebuilt world.
func (r *Replayer) again(e Entry) Result {
	w := World{Facts: r.facts, Now: e.At, Holidays: r.holidays}
	switch {
	case len(r.inst.States) == 0:
		return r.m.Start(w)
	case e.Invariant != "":
		return r.m.Waive(r.inst, e.Invariant, e.Reason, e.Actor, w)
	case e.Timer != nil:
		return r.m.Fire(r.inst, *e.Timer, w)
	case e.Event == "":
		return r.m.FactsChanged(r.inst, w)
	}
	return r.m.Step(r.inst, Event{Name: e.Event, Actor: e.Actor, Payload: e.Payload, Reason: e.Reason}, w)
}

// keepEnds gives the deadlines a row armed the ends they had then: the agency's calendar may have changed since.
func (r *Replayer) keepEnds(armed []Timer) {
	for _, t := range armed {
		if i := slices.IndexFunc(r.inst.Timers, t.Same); i >= 0 {
			r.inst.Timers[i].Due = t.Due
		}
	}
}

// adopt takes a row at its word, so that the rows after it can still be judged.
func (r *Replayer) adopt(e Entry) {
	r.inst.States, r.inst.Ended, r.inst.Sequence, r.inst.Head = slices.Clone(e.To), e.Ended, e.Sequence, e.Hash
}

package workflow

import (
	"slices"
	"sort"
)

// maxChain bounds the eventless and done transitions after one event.
const maxChain = 16

// macrostep is one run to completion over a copy of the instance.
type macrostep struct {
	evaluation
	inst     Instance
	before   Instance
	world    World
	outcomes []ClauseOutcome
	result   Result
	asking   bool // an explanation: the payload is not there yet
}

func (m *Machine) begin(inst Instance, ev Event, w World) *macrostep {
	s := &macrostep{before: inst, inst: inst.clone(), world: w}
	s.evaluation = evaluation{m: m, facts: w.Facts, actor: ev.Actor, event: ev, now: w.Now.UTC(), domain: w.Domain}
	s.look()
	return s
}

// leaf is the one active atomic or final state.
func (s *macrostep) leaf() *State {
	if len(s.inst.States) == 0 {
		return nil
	}
	return s.m.states[s.inst.States[0]]
}

// look refreshes what state_in sees.
func (s *macrostep) look() {
	s.active = s.active[:0:0]
	for _, x := range s.leaf().path() {
		s.active = append(s.active, x.Name)
	}
}

// Start puts a new instance into its initial state: the first macrostep, without an event. It is never refused.
func (m *Machine) Start(w World) Result {
	s := m.begin(Instance{States: []string{}}, Event{Actor: System()}, w)
	s.inst.Sequence++
	s.enter(nil, m.initial)
	entered := s.inst.clone()
	armed := slices.Clone(s.result.TimersArmed)
	if blockers := s.complete(); blockers != nil { // it starts all the same, and waits where it began
		s.inst, s.set = entered, nil
		s.result = Result{Blockers: blockers, TimersArmed: armed}
	}
	return s.finish(Fired)
}

// Step offers one event to the instance: role, approvals, guards, actions, run to completion, invariants.
func (m *Machine) Step(inst Instance, ev Event, w World) Result {
	return m.begin(inst, ev, w).run()
}

func (s *macrostep) run() Result {
	chosen, blockers := s.admit()
	if blockers != nil {
		return s.refuse(blockers)
	}
	s.inst.Sequence++
	if a := chosen.Approvals; a != nil && chosen.have < a.Count {
		s.inst.Approvals = append(s.inst.Approvals, Approval{Transition: chosen.ID, State: chosen.source.Name, Actor: s.actor.ID, At: s.now})
		have, need := chosen.have, a.Count
		b := plainBlocker(NotApproved, "", approvalCount(have, need))
		b.Have, b.Need = &have, &need
		s.result.Blockers = []Blocker{b}
		return s.finish(Recorded)
	}
	if blockers := s.fire(chosen.edge); blockers != nil {
		return s.refuse(blockers)
	}
	if blockers := s.complete(); blockers != nil {
		return s.refuse(blockers)
	}
	return s.finish(Fired)
}

// admit goes through the reasons to refuse in their order and gives the one transition to fire.
func (s *macrostep) admit() (*candidate, []Blocker) {
	name := s.event.Name
	if s.inst.Ended != "" {
		return nil, []Blocker{endedAlready(s.inst.Ended)}
	}
	decl := s.m.events[name]
	if decl == nil {
		return nil, []Blocker{unknownEvent(name)}
	}
	if !s.listens(name) {
		return nil, []Blocker{wrongState(name, s.inst.States)}
	}
	if len(decl.By) > 0 && !intersects(decl.By, s.actor.Roles) {
		return nil, []Blocker{wrongRole(decl.By)}
	}
	payload, err := decl.normal(s.event.Payload)
	if err != nil && !s.asking {
		return nil, []Blocker{plainBlocker(GuardError, "", Text{EN: "payload: " + err.Error(), IT: "payload: " + err.Error()})}
	}
	if err == nil {
		s.event.Payload = payload
	}
	choice := s.choose(name, s.leaf())
	if choice.candidate == nil {
		return nil, choice.blockers
	}
	if blockers := s.standing(choice.candidate.edge); blockers != nil {
		return nil, blockers
	}
	return choice.candidate, nil
}

func (s *macrostep) listens(event string) bool {
	for _, level := range s.leaf().path() {
		if len(s.m.edges[level][event]) > 0 {
			return true
		}
	}
	return false
}

// FactsChanged is a macrostep without an event: facts moved, so eventless transitions and done are looked at.
func (m *Machine) FactsChanged(inst Instance, w World) Result {
	s := m.begin(inst, Event{Actor: System()}, w)
	if inst.Ended != "" {
		return s.finish(Recorded)
	}
	s.inst.Sequence++
	if blockers := s.complete(); blockers != nil {
		s.inst, s.set, s.result = s.before.clone(), nil, Result{Blockers: blockers}
		s.inst.Sequence++
		return s.finish(Recorded)
	}
	if len(s.result.Transitions) == 0 {
		return s.finish(Recorded)
	}
	return s.finish(Fired)
}

// Fire lets a due timer send its event. A timer of an earlier entry, or of a state already left, does nothing.
// The timer is consumed even when its event is refused.
func (m *Machine) Fire(inst Instance, t Timer, w World) Result {
	i := slices.IndexFunc(inst.Timers, func(x Timer) bool {
		return x.State == t.State && x.Event == t.Event && x.Entry == t.Entry
	})
	if i < 0 {
		return Result{Outcome: Refused, Stale: true, From: inst.States, To: inst.States, Instance: inst, Blockers: []Blocker{}}
	}
	inst = inst.clone()
	inst.Timers = slices.Delete(inst.Timers, i, i+1)
	r := m.Step(inst, Event{Name: t.Event, Actor: System()}, w)
	r.timer = &t
	return r
}

// fire leaves, acts and enters. An internal transition changes no state and no timer.
func (s *macrostep) fire(e *edge) []Blocker {
	if blockers := s.act(e); blockers != nil {
		return blockers
	}
	s.result.Transitions = append(s.result.Transitions, e.ID)
	if e.target == nil {
		s.inst.Approvals = slices.DeleteFunc(s.inst.Approvals, func(a Approval) bool { return a.Transition == e.ID && a.State == e.source.Name })
		return nil
	}
	common := commonAncestor(e.source, e.target)
	s.leave(common)
	s.enter(common, e.target)
	return nil
}

// commonAncestor is the innermost compound state that properly holds both; nil is the root.
func commonAncestor(a, b *State) *State {
	around := b.Parent.path()
	for x := a.Parent; x != nil; x = x.Parent {
		if slices.Contains(around, x) {
			return x
		}
	}
	return nil
}

func (s *macrostep) leave(until *State) {
	left := map[string]bool{}
	for _, x := range s.leaf().path() {
		if x == until {
			break
		}
		left[x.Name] = true
	}
	s.inst.Approvals = slices.DeleteFunc(s.inst.Approvals, func(a Approval) bool { return left[a.State] })
	s.inst.Timers = slices.DeleteFunc(s.inst.Timers, func(t Timer) bool {
		if left[t.State] {
			s.cancelled(t)
		}
		return left[t.State]
	})
}

// cancelled notes a timer of an earlier macrostep; one armed and left within this step never existed outside.
func (s *macrostep) cancelled(t Timer) {
	if i := slices.Index(s.result.TimersArmed, t); i >= 0 {
		s.result.TimersArmed = slices.Delete(s.result.TimersArmed, i, i+1)
		return
	}
	s.result.TimersCancelled = append(s.result.TimersCancelled, t)
}

func (s *macrostep) enter(from, target *State) {
	leaf := target.Leaf()
	var entered []*State
	for _, x := range leaf.path() {
		if x == from {
			break
		}
		entered = append(entered, x)
	}
	slices.Reverse(entered)
	for _, x := range entered {
		if x.SLA != nil {
			t := Timer{State: x.Name, Event: x.SLA.Emits, Entry: s.inst.Sequence, Due: x.SLA.due(s.now, s.world.Holidays)}
			s.inst.Timers = append(s.inst.Timers, t)
			s.result.TimersArmed = append(s.result.TimersArmed, t)
		}
		s.freeze(x.Name)
	}
	s.inst.States = []string{leaf.Name}
	if leaf.Kind == "final" && leaf.Parent == nil {
		s.inst.Ended = leaf.Outcome
	}
	s.look()
}

func (s *macrostep) freeze(state string) {
	for _, f := range s.m.Template.Facts {
		if f.FrozenAfter == state && !slices.Contains(s.inst.Frozen, f.Name) {
			s.inst.Frozen = append(s.inst.Frozen, f.Name)
			sort.Strings(s.inst.Frozen)
		}
	}
}

// complete runs done and eventless transitions until none is enabled, then looks at the invariants.
func (s *macrostep) complete() []Blocker {
	for range maxChain + 1 {
		e, blockers := s.next()
		if blockers != nil {
			return blockers
		}
		if e == nil {
			s.dropWaivers()
			if len(s.result.Transitions) == 0 {
				return nil // nothing entered: a breach that stands is shown, not refused
			}
			return s.violations()
		}
		if len(s.result.Transitions) == 0 && s.standing(e) != nil {
			return nil // a breach holds what would move by itself, too
		}
		if blockers := s.fire(e); blockers != nil {
			return blockers
		}
	}
	return []Blocker{plainBlocker(Ambiguous, "", Text{
		EN: "a defect of the template: its transitions without an event do not come to an end",
		IT: "un difetto del modello: le transizioni senza evento non terminano",
	})}
}

// next finds the enabled transition without an event; one that is false, missing or in error just does not move.
func (s *macrostep) next() (*edge, []Blocker) {
	leaf := s.leaf()
	if s.inst.Ended != "" {
		return nil, nil
	}
	if leaf.Kind == "final" && leaf.Parent != nil {
		if e, blockers := s.automatic("done", leaf.Parent, leaf.Parent.Parent); e != nil || blockers != nil {
			return e, blockers
		}
	}
	return s.automatic("", leaf, nil)
}

// automatic looks from a state outward until stop for an enabled transition nobody has to send.
func (s *macrostep) automatic(event string, from, stop *State) (*edge, []Blocker) {
	for level := from; level != stop; level = level.Parent {
		if len(s.m.edges[level][event]) == 0 {
			continue
		}
		candidates := s.judge(s.m.edges[level][event])
		chosen := readyOnes(candidates)
		waits := slices.ContainsFunc(candidates, func(c *candidate) bool { return c.status == missing || c.status == inError })
		switch {
		case len(chosen) > 1:
			return nil, []Blocker{ambiguous(event, chosen)}
		case len(chosen) == 1:
			return chosen[0].edge, nil
		case waits:
			return nil, nil
		}
	}
	return nil, nil
}

func (s *macrostep) refuse(blockers []Blocker) Result {
	if blockers == nil {
		blockers = []Blocker{}
	}
	return Result{Outcome: Refused, From: s.before.States, To: s.before.States, Instance: s.before, Blockers: blockers, Clauses: s.outcomes, FactsRead: s.read}
}

func (s *macrostep) finish(outcome string) Result {
	r := s.result
	r.Outcome, r.From, r.To, r.Instance = outcome, s.before.States, slices.Clone(s.inst.States), s.inst
	r.Clauses, r.FactsRead = s.outcomes, s.read
	if r.Instance.Ended != "" {
		for _, t := range r.Instance.Timers {
			r.TimersCancelled = append(r.TimersCancelled, t)
		}
		r.Instance.Timers = nil
	}
	if r.Blockers == nil {
		r.Blockers = []Blocker{}
	}
	return r
}

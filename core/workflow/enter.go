package workflow

import (
	"slices"
	"sort"
)

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

package workflow

import (
	"slices"
	"sort"
)

// fire acts, leaves and enters, for one edge of each region that moves. An internal transition changes no state and no timer.
func (s *macrostep) fire(edges []*edge) []Blocker {
	for _, e := range edges {
		if blockers := s.act(e); blockers != nil {
			return blockers
		}
		s.result.Transitions = append(s.result.Transitions, e.ID)
		if len(e.targets) == 0 {
			s.inst.Approvals = slices.DeleteFunc(s.inst.Approvals, func(a Approval) bool { return a.Transition == e.ID && a.State == e.source.Name })
		}
	}
	entered := entry{m: s.m, past: s.inst.History}
	before, stays := s.at, configuration{}
	for _, leaf := range before {
		if !slices.ContainsFunc(edges, func(e *edge) bool { return s.m.leaves(e, leaf, s.inst.History) }) {
			stays = append(stays, leaf)
		}
	}
	if len(stays) == len(before) {
		return nil
	}
	left := s.left(edges)
	memory := s.remember(left)
	for _, e := range edges {
		if len(e.targets) > 0 {
			s.enterTargets(&entered, e, memory)
		}
	}
	s.leave(left)
	s.inst.History = memory
	s.at = stays
	s.take(entered.set)
	return nil
}

// enterTargets adds what an edge enters. The past that counts includes what this very microstep leaves.
func (s *macrostep) enterTargets(into *entry, e *edge, memory past) {
	domain := s.m.domain(e, s.inst.History)
	into.past = memory
	for _, t := range e.targets {
		into.descend(t)
	}
	for _, t := range s.m.effective(e.targets, memory) {
		into.climb(t, domain)
	}
}

// left lists the active states that edges leave.
func (s *macrostep) left(edges []*edge) (out []*State) {
	for _, leaf := range s.at {
		for x := leaf; x != nil; x = x.Parent {
			if !slices.Contains(out, x) && slices.ContainsFunc(edges, func(e *edge) bool { return s.m.leaves(e, x, s.inst.History) }) {
				out = append(out, x)
			}
		}
	}
	return out
}

// remember is the past with what history states see of the states that are left.
func (s *macrostep) remember(left []*State) past {
	out := s.inst.History
	for _, x := range left {
		for _, h := range x.Children {
			if h.Kind != "history" {
				continue
			}
			var names []string
			for _, leaf := range s.at {
				for y := leaf; y != nil && leaf.inside(x); y = y.Parent {
					if h.Shallow && y.Parent == x || !h.Shallow && y == leaf {
						names = append(names, y.Name)
						break
					}
				}
			}
			if x.Kind == "parallel" && h.Shallow {
				continue // its regions all begin anew
			}
			next := past{h.Name: names}
			for k, v := range out {
				if k != h.Name {
					next[k] = v
				}
			}
			out = next
		}
	}
	return out
}

func (s *macrostep) leave(left []*State) {
	gone := map[string]bool{}
	for _, x := range left {
		if x.Kind != "region" {
			gone[x.Name] = true
		}
	}
	s.inst.Approvals = slices.DeleteFunc(s.inst.Approvals, func(a Approval) bool { return gone[a.State] })
	s.inst.Timers = slices.DeleteFunc(s.inst.Timers, func(t Timer) bool {
		if gone[t.State] {
			s.cancelled(t)
		}
		return gone[t.State]
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

// enter is the first entry of an instance.
func (s *macrostep) enter(around *State, targets []*State) {
	e := entry{m: s.m}
	e.into(targets, around)
	s.at = nil
	s.take(e.set)
}

// take makes entered states active, outer before inner: their deadlines begin, the facts they freeze stay.
func (s *macrostep) take(entered []*State) {
	slices.SortFunc(entered, func(a, b *State) int { return a.order - b.order })
	entered = slices.DeleteFunc(entered, s.at.active) // around a past that lies deeper than what was left
	for _, x := range entered {
		if x.leaf() {
			s.at = append(s.at, x)
		}
		if x.SLA != nil {
			t := Timer{State: x.Name, Event: x.SLA.Emits, Entry: s.inst.Sequence, Due: x.SLA.due(s.now, s.world.Holidays)}
			s.inst.Timers = append(s.inst.Timers, t)
			s.result.TimersArmed = append(s.result.TimersArmed, t)
		}
		if x.Kind != "region" {
			s.freeze(x.Name)
		}
		if x.Kind == "final" && x.Parent == nil {
			s.inst.Ended = x.Outcome
		}
		if x.Kind == "final" && s.m.Template.Priority == "document" {
			s.completed(x)
		}
	}
	s.at.sort()
	s.inst.States = s.at.names()
}

func (s *macrostep) freeze(state string) {
	for _, f := range s.m.Template.Facts {
		if f.FrozenAfter == state && !slices.Contains(s.inst.Frozen, f.Name) {
			s.inst.Frozen = append(s.inst.Frozen, f.Name)
			sort.Strings(s.inst.Frozen)
		}
	}
}

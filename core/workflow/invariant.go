package workflow

import (
	"fmt"
	"slices"
	"strings"
)

// violations says which invariants the configuration breaks, except those waived. Missing and error are breaches too:
// an invariant holds only when it is true.
func (s *macrostep) violations() []Blocker {
	var out []Blocker
	for _, i := range s.m.invariants {
		if !s.at.anyActive(i.states) || s.waived(i.ID) {
			continue
		}
		v, problem := i.clause.eval(&s.evaluation)
		s.outcomes = append(s.outcomes, ClauseOutcome{Guard: i.ID, Outcome: v})
		if v == True {
			s.failed = nil
			continue
		}
		for _, b := range s.blockers(i.clause, v, problem) {
			b.Code = Broken
			out = append(out, b)
		}
	}
	return out
}

// standing refuses every transition out of a configuration that is broken now, except to a lost final.
func (s *macrostep) standing(chosen []*candidate) []Blocker {
	lost := func(t *State) bool { return t.Outcome == "lost" }
	if slices.ContainsFunc(chosen, func(c *candidate) bool { return slices.ContainsFunc(c.targets, lost) }) {
		return nil
	}
	return s.violations()
}

func (s *macrostep) waived(id string) bool {
	return slices.ContainsFunc(s.inst.Waivers, func(w Waiver) bool { return w.Invariant == id })
}

// dropWaivers ends waivers of invariants whose states were left.
func (s *macrostep) dropWaivers() {
	s.inst.Waivers = slices.DeleteFunc(s.inst.Waivers, func(w Waiver) bool {
		i := slices.IndexFunc(s.m.invariants, func(i *compiledInvariant) bool { return i.ID == w.Invariant })
		return i < 0 || !s.at.anyActive(s.m.invariants[i].states)
	})
}

// Breaches lists the invariants broken now: what a card shows before anybody presses anything.
func (m *Machine) Breaches(inst Instance, w World) []Blocker {
	if inst.Ended != "" || len(m.invariants) == 0 {
		return nil
	}
	return m.begin(inst, Event{Actor: System()}, w).violations()
}

// Waive records that a named role lets a broken invariant stand, with a reason, while the instance stays in its states.
func (m *Machine) Waive(inst Instance, invariant, reason string, actor Actor, w World) Result {
	s := m.begin(inst, Event{Name: "waive", Actor: actor, Reason: reason}, w)
	i := slices.IndexFunc(m.invariants, func(i *compiledInvariant) bool { return i.ID == invariant })
	switch {
	case inst.Ended != "":
		return s.refuse([]Blocker{endedAlready(inst.Ended)})
	case i < 0 || !s.at.anyActive(m.invariants[i].states):
		return s.refuse([]Blocker{plainBlocker(WrongState, invariant, Text{
			EN: fmt.Sprintf("no invariant %.60s holds here", invariant), IT: fmt.Sprintf("qui non vale alcun vincolo %.60s", invariant)})})
	case !intersects(m.invariants[i].Waive, actor.Roles):
		return s.refuse([]Blocker{wrongRole(m.invariants[i].Waive)})
	case strings.TrimSpace(reason) == "":
		return s.refuse([]Blocker{plainBlocker(Broken, invariant, Text{EN: "a waiver needs a reason", IT: "la deroga richiede una motivazione"})})
	}
	s.inst.Sequence++
	if !s.waived(invariant) {
		s.inst.Waivers = append(s.inst.Waivers, Waiver{Invariant: invariant, Actor: actor.ID, Reason: reason, At: s.now})
	}
	r := s.finish(Recorded)
	r.waived = invariant
	return r
}

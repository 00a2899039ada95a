package workflow

import (
	"slices"
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
	held     bool     // refused because of a breach that stood before
	asking   bool     // an explanation: the payload is not there yet
	ended    []*State // complete since the last look: the done events of priority: document
}

func (m *Machine) begin(inst Instance, ev Event, w World) *macrostep {
	s := &macrostep{before: inst, inst: inst.clone(), world: w}
	s.evaluation = evaluation{m: m, facts: w.Facts, actor: ev.Actor, event: ev, now: w.Now.UTC(), domain: w.Domain, reader: w.Reader, at: m.configuration(inst.States)}
	return s
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
		s.at = s.m.configuration(s.inst.States)
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
	var fires []*edge
	for _, c := range chosen {
		if a := c.Approvals; a != nil && c.have < a.Count {
			s.record(c)
			continue
		}
		fires = append(fires, c.edge)
	}
	if len(fires) == 0 {
		return s.finish(Recorded)
	}
	if blockers := s.fire(fires); blockers != nil {
		return s.refuse(blockers)
	}
	if blockers := s.complete(); blockers != nil {
		return s.refuse(blockers)
	}
	return s.finish(Fired)
}

// record keeps the actor's consent until enough people have given theirs.
func (s *macrostep) record(c *candidate) {
	s.inst.Approvals = append(s.inst.Approvals, Approval{Transition: c.ID, State: c.source.Name, Actor: s.actor.ID, For: s.actor.For, At: s.now})
	have, need := c.have, c.Approvals.Count
	b := plainBlocker(NotApproved, "", approvalCount(have, need))
	b.Have, b.Need = &have, &need
	s.result.Blockers = append(s.result.Blockers, b)
}

// admit goes through the reasons to refuse in their order and gives the transitions to fire, one for each region that moves.
func (s *macrostep) admit() ([]*candidate, []Blocker) {
	name := s.event.Name
	if s.inst.Ended != "" {
		return nil, []Blocker{endedAlready(s.inst.Ended)}
	}
	decl := s.m.events[name]
	if decl == nil && !s.m.wildcard() {
		return nil, []Blocker{unknownEvent(name)}
	}
	if decl == nil {
		decl = &EventDecl{Name: name}
	}
	if !s.listens(name) {
		return nil, []Blocker{wrongState(decl, s.at)}
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
	chosen, blockers := s.choose(name)
	if len(chosen) == 0 {
		return nil, blockers
	}
	if blockers := s.standing(chosen); blockers != nil {
		s.held = true
		return nil, blockers
	}
	return chosen, nil
}

func (s *macrostep) choose(event string) ([]*candidate, []Blocker) {
	if s.m.Template.Priority == "document" {
		return s.firstInDocument(event), nil
	}
	return s.oneInEachRegion(event)
}

// listens tells whether a transition of the event starts from where the instance stands.
func (s *macrostep) listens(event string) bool {
	for _, leaf := range s.at {
		for level := leaf; level != nil; level = level.Parent {
			if len(s.m.candidates(level, event)) > 0 {
				return true
			}
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
		s.at = s.m.configuration(s.inst.States)
		s.inst.Sequence++
		return s.finish(Recorded)
	}
	if len(s.result.Transitions) == 0 {
		return s.finish(Recorded)
	}
	return s.finish(Fired)
}

// Fire lets a due timer send its event. A timer of an earlier entry, or of a state already left, does nothing.
// The timer is consumed even when its event is refused, unless a standing breach refuses it: then it waits until none stands.
func (m *Machine) Fire(inst Instance, t Timer, w World) Result {
	i := slices.IndexFunc(inst.Timers, func(x Timer) bool { return x.Same(t) && x.Runs() })
	if i < 0 {
		return Result{Outcome: Refused, Stale: true, From: inst.States, To: inst.States, Instance: inst, Blockers: []Blocker{}}
	}
	inst = inst.clone()
	inst.Timers = slices.Delete(inst.Timers, i, i+1)
	s := m.begin(inst, Event{Name: t.Event, Actor: System()}, w)
	r := s.run()
	r.timer = &t
	if s.held {
		t.Waits = true
		r.Instance.Timers = slices.Insert(r.Instance.Timers, i, t)
	}
	return r
}

func (s *macrostep) refuse(blockers []Blocker) Result {
	if blockers == nil {
		blockers = []Blocker{}
	}
	return Result{Outcome: Refused, From: s.before.States, To: s.before.States, Instance: s.before, Blockers: blockers, Clauses: s.outcomes, FactsRead: s.read}
}

func (s *macrostep) finish(outcome string) Result {
	s.deadlines()
	r := s.result
	r.Outcome, r.From, r.To, r.Instance = outcome, texts(s.before.States), slices.Clone(s.inst.States), s.inst
	r.Clauses, r.FactsRead = s.outcomes, s.read
	if r.Instance.Ended != "" {
		r.TimersCancelled = append(r.TimersCancelled, r.Instance.Timers...)
		r.Instance.Timers = nil
	}
	if r.Blockers == nil {
		r.Blockers = []Blocker{}
	}
	return r
}

package workflow

import (
	"errors"
	"slices"
)

// act computes the transition's actions in order. fact.set is applied at once, so that what follows sees it;
// everything else is handed to the caller for the outbox.
func (s *macrostep) act(e *edge) []Blocker {
	for _, a := range e.actions {
		if a.Do == "fact.set" {
			if blockers := s.assign(e, a); blockers != nil {
				return blockers
			}
			continue
		}
		with, blockers := s.arguments(a)
		if blockers != nil {
			return blockers
		}
		out := Action{Transition: e.ID, Do: a.Do, Ref: a.Ref, With: with, Role: a.Role, Party: a.Party, Due: a.Due, Kind: a.Kind,
			From: a.From, Template: a.Template, Subject: a.Subject, To: a.To, Event: a.Event}
		if a.Title != (Text{}) {
			title := a.Title
			out.Title = &title
		}
		s.result.Actions = append(s.result.Actions, out)
	}
	return nil
}

func (s *macrostep) assign(e *edge, a *compiledAction) []Blocker {
	v, verdict, problem := a.value.compute(&s.evaluation)
	if verdict != True {
		return s.evaluation.blockers(a.value, verdict, problem)
	}
	v, err := s.m.facts[a.Fact].Schema.normal(v)
	if err == nil && slices.Contains(s.inst.Frozen, a.Fact) {
		err = errors.New("may no longer change")
	}
	if err != nil {
		return []Blocker{plainBlocker(GuardError, e.ID, Text{EN: a.Fact + " " + err.Error(), IT: a.Fact + ": " + err.Error()})}
	}
	if s.set == nil {
		s.set = Facts{}
	}
	s.set[a.Fact] = v
	s.result.FactChanges = append(s.result.FactChanges, FactChange{Sequence: s.inst.Sequence, Name: a.Fact, Value: v, Source: "transition:" + e.ID, Actor: s.actor.ID, At: s.now})
	return nil
}

// arguments leaves out what is missing: a connector sees an absent key, never an invented value.
func (s *macrostep) arguments(a *compiledAction) (map[string]any, []Blocker) {
	if len(a.with) == 0 {
		return nil, nil
	}
	out := make(map[string]any, len(a.with))
	for _, w := range a.With {
		v, verdict, problem := a.with[w.Name].compute(&s.evaluation)
		switch verdict {
		case True:
			out[w.Name] = v
		case Error:
			return nil, s.evaluation.blockers(a.with[w.Name], verdict, problem)
		}
	}
	return out, nil
}

// normal checks an event's payload against its schema.
func (e *EventDecl) normal(payload map[string]any) (map[string]any, error) {
	if e.Payload == nil {
		return payload, nil
	}
	if payload == nil {
		payload = map[string]any{}
	}
	v, err := e.Payload.normal(payload)
	if err != nil {
		return nil, err
	}
	return v.(map[string]any), nil
}

// CheckPayload says what is wrong with an event's payload, before the event is sent.
func (m *Machine) CheckPayload(event string, payload map[string]any) error {
	decl := m.events[event]
	if decl == nil {
		return errors.New("unknown event")
	}
	_, err := decl.normal(payload)
	return err
}

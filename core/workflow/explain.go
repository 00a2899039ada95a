package workflow

import "slices"

// Option is one event that has a transition from where the instance stands, for one actor, now.
type Option struct {
	Event    string    `json:"event"`
	Title    Text      `json:"title"`
	Enabled  bool      `json:"enabled"`
	Outcome  string    `json:"outcome"` // what Step would answer: fired | recorded | refused
	To       []string  `json:"to"`      // where it would lead; when refused, where it could
	By       []string  `json:"by"`
	System   bool      `json:"system"` // sent by timers and connectors only: no button
	Payload  any       `json:"payload_schema"`
	Blockers []Blocker `json:"blockers"`
}

// Explain answers what can happen now: every event with a transition from here, in the template's order.
// Each answer is what Step would give, so that a button never promises what the server refuses.
func (m *Machine) Explain(inst Instance, actor Actor, w World) []Option {
	out := []Option{}
	if inst.Ended != "" {
		return out
	}
	probe := m.begin(inst, Event{Actor: actor}, w)
	for _, decl := range m.Template.Events {
		if !probe.listens(decl.Name) {
			continue
		}
		out = append(out, m.option(inst, decl, actor, w, probe))
	}
	return out
}

func (m *Machine) option(inst Instance, decl *EventDecl, actor Actor, w World, probe *macrostep) Option {
	o := Option{Event: decl.Name, Title: decl.Words(), By: decl.By, Payload: decl.source, System: onlySystem(decl.By)}
	s := m.begin(inst, Event{Name: decl.Name, Actor: actor}, w)
	s.asking = true
	r := s.run()
	o.Outcome, o.Blockers, o.Enabled = r.Outcome, r.Blockers, r.Outcome != Refused
	if o.To = r.To; !o.Enabled {
		o.To = probe.targets(decl.Name)
	}
	return o
}

// targets lists where an event could lead, in order, once each.
func (s *macrostep) targets(event string) []string {
	out := []string{}
	add := func(names ...string) {
		for _, n := range names {
			if !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	for _, leaf := range s.at {
		for level := leaf; level != nil; level = level.Parent {
			for _, e := range s.m.candidates(level, event) {
				if len(e.targets) == 0 {
					add(leaf.Name)
					continue
				}
				entered := entry{m: s.m, past: s.inst.History}
				entered.into(e.targets, s.m.domain(e, s.inst.History))
				for _, x := range entered.set {
					if x.leaf() {
						add(x.Name)
					}
				}
			}
		}
	}
	return out
}

// Roles may send the event; none means anybody.
func (e *EventDecl) Roles() []string { return append([]string{}, e.By...) }

// System tells an event that only timers, connectors and other machines send.
func (e *EventDecl) System() bool { return onlySystem(e.By) }

func onlySystem(by []string) bool { return len(by) == 1 && by[0] == "system" }

// Words is the event's title, or its name in both languages.
func (e *EventDecl) Words() Text { return e.Title.Or(Text{e.Name, e.Name}) }

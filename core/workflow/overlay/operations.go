package overlay

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/pratica-crm/pratica/core/workflow"
)

// operations is the closed list; each checks first and changes afterwards, so that a refusal leaves no trace.
var operations = map[string]func(*work, operation) *refusal{
	"set_param":      (*work).setParam,
	"add_guard":      (*work).addGuard,
	"add_state":      (*work).addState,
	"add_transition": (*work).addTransition,
	"add_action":     (*work).addAction,
	"set_text":       (*work).setText,
	"shorten_sla":    (*work).shortenSLA,
	"disable":        (*work).disable,
}

// target finds the element an operation names under key and asks its seal.
func (w *work) target(op operation, n noun, key string) (element, *refusal) {
	at := op.get(key)
	e, r := w.find(n, at)
	if r == nil {
		r = op.allowed(e, at)
	}
	return e, r
}

func (w *work) setParam(op operation) *refusal {
	p, r := w.target(op, nounParam, "param")
	if r != nil {
		return r
	}
	value := op.get("value")
	if r := checkParam(p, value); r != nil {
		return r
	}
	if r := w.checkStrict(p, value); r != nil {
		return r
	}
	w.open(p.path)
	put(p.node, "default", w.own(value, op))
	return nil
}

func (w *work) addGuard(op operation) *refusal {
	t, r := w.target(op, nounTransition, "transition")
	if r != nil {
		return r
	}
	guard := op.get("guard")
	id := get(guard, "id")
	if truth(get(t.node, "otherwise")) {
		return refuseOtherwise(op.get("transition"), t)
	}
	for _, g := range content(get(t.node, "guards")) {
		if scalar(get(g, "id")) == id.Value {
			return refuseTaken(nounGuard, id)
		}
	}
	w.insert(op, t, "guards", guard)
	return nil
}

func (w *work) addAction(op operation) *refusal {
	t, r := w.target(op, nounTransition, "transition")
	if r != nil {
		return r
	}
	w.insert(op, t, "actions", op.get("action"))
	return nil
}

// insert appends to a list of an element.
func (w *work) insert(op operation, e element, key string, item *yaml.Node) {
	list := child(e.node, key, yaml.SequenceNode)
	w.open(append(e.path, list))
	list.Content = append(list.Content, w.own(item, op))
}

func (w *work) addState(op operation) *refusal {
	slot, r := w.target(op, nounSlot, "slot")
	if r != nil {
		return r
	}
	name, body := op.get("state").Content[0], op.get("state").Content[1]
	if w.has(nounState, name.Value) {
		return refuseTaken(nounState, name)
	}
	if scalar(get(body, "outcome")) == "won" {
		return refuseWin(name)
	}
	key, state := w.own(name, op), w.own(body, op)
	if inside(slot) {
		dict := child(slot.node, "states", yaml.MappingNode)
		w.open(append(slot.path, dict))
		dict.Content = append(dict.Content, key, state)
		return nil
	}
	w.open(slot.path[:len(slot.path)-1])
	i := slices.Index(slot.within.Content, slot.node) + 1
	i += 2 * len(w.beside[slot.name])
	slot.within.Content = slices.Insert(slot.within.Content, i, key, state)
	w.beside[slot.name] = append(w.beside[slot.name], state)
	return nil
}

// inside tells whether a slot holds states; else they stand beside its state.
func inside(slot element) bool {
	return slot.within == nil || scalar(get(slot.node, "kind")) == "compound"
}

func (w *work) shortenSLA(op operation) *refusal {
	s, r := w.target(op, nounState, "state")
	if r != nil {
		return r
	}
	sla := get(s.node, "sla")
	written, ok := workflow.ParseDuration(scalar(get(sla, "within")))
	if !ok {
		return refuseNoDeadline(s, op.get("state"))
	}
	wanted, _ := workflow.ParseDuration(op.text("within")) // the form was checked
	if !noLonger(wanted, written, scalar(get(sla, "calendar")) == "business") {
		return refuseLonger(s, scalar(get(sla, "within")), op.get("within"))
	}
	w.open(append(s.path, sla))
	put(sla, "within", w.own(op.get("within"), op))
	return nil
}

// disable takes a transition out; a step that must not be avoided stays whatever its seal.
func (w *work) disable(op operation) *refusal {
	t, r := w.target(op, nounTransition, "transition")
	if r != nil {
		return r
	}
	if truth(get(t.node, "mandatory")) {
		return refuseMandatory(t, op.get("transition"))
	}
	list := get(w.root, "transitions")
	list.Content = slices.DeleteFunc(list.Content, func(n *yaml.Node) bool { return n == t.node })
	return nil
}

// textPaths are the places that carry words, * for a name.
var textPaths = map[string]noun{
	"states/*/title": nounState, "events/*/title": nounEvent, "facts/*/title": nounFact, "params/*/title": nounParam,
	"transitions/*/title": nounTransition, "transitions/*/guards/*/text": nounGuard, "invariants/*/text": nounInvariant,
}

func (w *work) setText(op operation) *refusal {
	at := op.get("path")
	e, key, r := w.carrier(at)
	if r == nil {
		r = op.allowed(e, at)
	}
	if r != nil {
		return r
	}
	text := child(e.node, key, yaml.MappingNode)
	w.open(append(e.path, text))
	pairs(op.get("text"), func(language string, words *yaml.Node) { put(text, language, w.own(words, op)) })
	return nil
}

// carrier finds what carries the text at a path, and under which key.
func (w *work) carrier(at *yaml.Node) (element, string, *refusal) {
	parts := strings.Split(strings.TrimPrefix(at.Value, "/"), "/")
	pattern, key := slices.Clone(parts), parts[len(parts)-1]
	for i := 1; i < len(pattern)-1; i += 2 {
		pattern[i] = "*"
	}
	kind, known := textPaths[strings.Join(pattern, "/")]
	if !known {
		return element{}, "", refusePath(at)
	}
	if kind != nounGuard {
		e, r := pick(kind, w.all(kind), at, parts[1])
		return e, key, r
	}
	t, r := pick(nounTransition, w.all(nounTransition), at, parts[1])
	if r != nil {
		return t, "", r
	}
	e, r := pick(nounGuard, w.named(nounGuard, t.path, get(t.node, "guards")), at, parts[3])
	return e, key, r
}

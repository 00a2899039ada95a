package diff

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sort"

	"github.com/pratica-crm/pratica/core/workflow"
)

// thing is something in a template that has a name there: a state, a guard of a transition, the roles of an event.
type thing struct {
	id    string // unique among its siblings
	at    string // where the change is reported
	noun  string // key of nouns, or a key of the format
	words string // its own name within at; "" for a field or the whole of at
	whole bool   // it is the whole of at
	value any    // as plain JSON
	parts []thing

	leaning workflow.Leaning // of the value of a parameter
}

func (t thing) part(id string) *thing {
	i := slices.IndexFunc(t.parts, func(p thing) bool { return p.id == id })
	if i < 0 {
		return nil
	}
	return &t.parts[i]
}

// what names the thing within at, in the words of the format.
func (t thing) what() string {
	switch {
	case t.whole:
		return ""
	case t.words == "":
		return t.noun
	}
	return t.noun + " " + t.words
}

// called names the thing for people: "guard g_ltv (transition t_x)".
func (t thing) called(italian bool) string {
	name := func(key string) string {
		n, known := nouns[key]
		switch {
		case !known:
			return key
		case italian:
			return n.it
		}
		return n.en
	}
	place := t.at
	if kind, id, ok := cut(t.at); ok {
		place = name(kind) + " " + id
	} else {
		place = name(place)
	}
	if t.whole {
		return place
	}
	own := name(t.noun)
	if t.words != "" {
		own += " " + t.words
	}
	return own + " (" + place + ")"
}

func cut(at string) (kind, id string, ok bool) {
	for i, c := range at {
		if c == ':' {
			return at[:i], at[i+1:], true
		}
	}
	return at, "", false
}

// read turns a source into a tree of things.
func read(source []byte) (thing, error) {
	plain, found := workflow.Plain(source)
	if len(found) > 0 {
		return thing{}, fmt.Errorf("line %d: %s", found[0].Line, found[0].Message)
	}
	root, ok := plain.(map[string]any)
	if !ok {
		return thing{}, errors.New("not a template: the file is not a mapping")
	}
	t := thing{}
	metadata, _ := root["metadata"].(map[string]any)
	for _, key := range sorted(metadata) {
		t.parts = append(t.parts, thing{id: "metadata/" + key, at: "template", noun: key, value: metadata[key]})
	}
	facts, _ := root["facts"].(map[string]any)
	t.parts = append(t.parts, states(root["states"], "")...)
	for _, s := range []struct {
		noun    string
		section any
		key     string
	}{{"event", root["events"], ""}, {"fact", facts["properties"], ""}, {"param", root["params"], ""},
		{"transition", root["transitions"], "id"}, {"invariant", root["invariants"], "id"}, {"test", root["tests"], "name"}} {
		for _, m := range members(s.section, s.key) {
			t.parts = append(t.parts, element(s.noun, m.name, m.body))
		}
	}
	lean(t.parts, workflow.Leanings(root))
	for _, key := range sorted(root) {
		if !slices.Contains([]string{"metadata", "facts", "states", "events", "params", "transitions", "invariants", "tests"}, key) {
			t.parts = append(t.parts, thing{id: "/" + key, at: "template", noun: key, value: root[key]})
		}
	}
	return t, nil
}

type member struct {
	name string
	body map[string]any
}

// members lists a section: a mapping by its keys, a list by the key that names its items. A name that stands twice is counted.
func members(section any, key string) (out []member) {
	switch s := section.(type) {
	case map[string]any:
		for _, name := range sorted(s) {
			body, _ := s[name].(map[string]any)
			out = append(out, member{name, body})
		}
	case []any:
		times := map[string]int{}
		for _, x := range s {
			body, _ := x.(map[string]any)
			name, _ := body[key].(string)
			if times[name]++; times[name] > 1 {
				name = fmt.Sprintf("%s#%d", name, times[name])
			}
			out = append(out, member{name, body})
		}
	}
	return out
}

// states lists every state and region of the tree flat, each with the place it stands in: one that moved is not a new one.
func states(section any, parent string) (out []thing) {
	for _, m := range members(section, "") {
		own := map[string]any{}
		for k, v := range m.body {
			if k != "states" && k != "regions" {
				own[k] = v
			}
		}
		if parent != "" {
			own["parent"] = parent
		}
		out = append(out, element("state", m.name, own))
		out = append(out, states(m.body["states"], m.name)...)
		for _, r := range members(m.body["regions"], "") {
			region := m.name + "/" + r.name
			body := map[string]any{}
			for k, v := range r.body {
				if k != "states" {
					body[k] = v
				}
			}
			out = append(out, element("region", region, body))
			out = append(out, states(r.body["states"], region)...)
		}
	}
	return out
}

// element is a named member of a section with its fields.
func element(noun, name string, body map[string]any) thing {
	at := noun + ":" + name
	t := thing{id: at, at: at, noun: noun, whole: true, value: normal(body)}
	for _, key := range sorted(body) {
		switch v := body[key]; {
		case noun == "transition" && key == "guards":
			t.parts = append(t.parts, guards(at, v)...)
		case noun == "transition" && key == "actions":
			t.parts = append(t.parts, actions(at, v)...)
		case key == "sla" || key == "approvals":
			t.parts = append(t.parts, group(at, key, v))
		case v == nil || key == "id" || noun == "test" && key == "name":
		default:
			t.parts = append(t.parts, thing{id: key, at: at, noun: key, value: field(key, v)})
		}
	}
	return t
}

// group is a field with fields of its own.
func group(at, key string, v any) thing {
	t := thing{id: key, at: at, noun: key, value: normal(v)}
	body, _ := v.(map[string]any)
	for _, k := range sorted(body) {
		x := thing{id: k, at: at, noun: key + " " + k, value: field(k, body[k])}
		switch {
		case k == "within" && body["calendar"] == "business":
			x.value = fmt.Sprint(x.value, " business") // three days of one calendar are not three of another
		case k == "calendar":
			continue
		}
		t.parts = append(t.parts, x)
	}
	return t
}

func guards(at string, v any) (out []thing) {
	for _, m := range members(v, "id") {
		t := thing{id: "guard " + m.name, at: at, noun: "guard", words: m.name, value: normal(m.body)}
		for _, k := range sorted(m.body) {
			if k != "id" {
				t.parts = append(t.parts, thing{id: k, at: at, noun: "guard " + k, words: m.name, value: m.body[k]})
			}
		}
		out = append(out, t)
	}
	return out
}

// actions have no id: one is the same when all but its title is. The second of two equal ones is counted.
func actions(at string, v any) (out []thing) {
	list, _ := v.([]any)
	times := map[string]int{}
	for _, x := range list {
		body, _ := x.(map[string]any)
		same := map[string]any{}
		for k, v := range body {
			if k != "title" {
				same[k] = v
			}
		}
		raw, _ := json.Marshal(same) // maps, lists, texts and numbers of YAML always marshal
		times[string(raw)]++
		t := thing{id: fmt.Sprintf("action %s#%d", raw, times[string(raw)]), at: at, noun: "action", words: actionWords(body), value: normal(body)}
		t.parts = append(t.parts, thing{id: "body", at: at, noun: "action", words: t.words, value: string(raw)})
		if title, ok := body["title"]; ok {
			t.parts = append(t.parts, thing{id: "title", at: at, noun: "action title", words: t.words, value: title})
		}
		out = append(out, t)
	}
	return out
}

// actionWords is what an action does and to what: "fact.set prepared_by".
func actionWords(body map[string]any) string {
	words := fmt.Sprint(body["do"])
	for _, key := range []string{"ref", "kind", "template", "fact", "event", "role"} {
		if s, ok := body[key].(string); ok {
			return words + " " + s
		}
	}
	return words
}

// sets are lists whose order says nothing, and may be one name.
var sets = []string{"from", "by", "roles", "distinct_from", "in", "waive", "enum", "required"}

func field(key string, v any) any {
	if name, one := v.(string); one && slices.Contains(sets, key) {
		return []any{name}
	}
	list, ok := v.([]any)
	if !ok || !slices.Contains(sets, key) {
		return normal(v)
	}
	list = slices.Clone(list)
	sort.SliceStable(list, func(i, j int) bool { return fmt.Sprint(list[i]) < fmt.Sprint(list[j]) })
	return list
}

// normal brings what may be written in several ways into one, all the way down.
func normal(v any) any {
	switch x := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, v := range x {
			out[k] = field(k, v)
		}
		return out
	case []any:
		out := make([]any, 0, len(x))
		for _, v := range x {
			out = append(out, normal(v))
		}
		return out
	}
	return v
}

func sorted(m map[string]any) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

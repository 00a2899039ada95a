package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/pratica-crm/pratica/api"
)

// TestHostileInput goes through every input of the interface by its own description: each number at its extremes, each text with
// what breaks careless programs. It is refused as bad input, or kept and given back as it was; it is never an error of ours.
func TestHostileInput(t *testing.T) {
	s := newSite(t)
	document := described(t)
	posts := s.posts(t)
	h := &hostile{t: t, site: s, document: document, ids: s.things(t)}
	inputs, sent := 0, 0
	admin, network := s.as(t, s.A, "agency_admin"), &caller{t: t, site: s, cookie: s.NetworkToken(t)} // one session each: of more than a hundred the first would end
	paths := document["paths"].(map[string]any)
	for _, path := range slices.Sorted(maps.Keys(paths)) { // in one order: what is published changes what files after it can do
		methods := paths[path].(map[string]any)
		for _, method := range slices.Sorted(maps.Keys(methods)) {
			op := methods[method].(map[string]any)
			route := strings.ToUpper(method) + " " + strings.TrimPrefix(path, "/api/v1")
			r := hostileRequest{by: admin, method: strings.ToUpper(method), path: h.fill(strings.TrimPrefix(path, "/api/v1")), body: map[string]any{}}
			if strings.Contains(path, "/networks") {
				r.by = network
			}
			if make := posts[route]; make != nil {
				p := make()
				r.by, r.path, r.headers = p.by, p.path, p.headers
				r.body, _ = copyOf(p.body).(map[string]any)
			}
			for _, p := range list(op["parameters"]) {
				if p := p.(map[string]any); p["in"] == "query" {
					inputs++
					sent += h.query(route, r, p["name"].(string))
				}
			}
			schema := h.schemaOfBody(op)
			if schema == nil || route == "POST /auth/logout" {
				continue
			}
			for _, l := range h.leaves(schema, nil, 0) {
				inputs++
				sent += h.field(route, r, l)
			}
			sent += h.body(route, r)
		}
	}
	if inputs < 150 || h.kept < 15 || h.refused < 300 {
		t.Errorf("only %d inputs, %d kept, %d refused: the walk has lost its way", inputs, h.kept, h.refused)
	}
	t.Logf("%d inputs, %d requests: %d refused, %d texts kept as they were", inputs, sent, h.refused, h.kept)
}

type hostile struct {
	t             *testing.T
	site          *site
	document      map[string]any
	ids           map[string]string
	kept, refused int
}

type hostileRequest struct {
	by           *caller
	method, path string
	body         map[string]any
	headers      []string
}

// leaf is a number or a text somewhere in a body.
type leaf struct {
	path []string
	kind string
}

var (
	numbers = []json.Number{"-1", "9223372036854775807", "99999999999999999999"}
	texts   = []string{"\u202eoiggam\u202c \u200f\U0001F469\u200D\U0001F4BB e\u0301", "-9999-99-99'; --", strings.Repeat("x", 20_000)}
)

// field puts every extreme into one field.
func (h *hostile) field(route string, r hostileRequest, l leaf) (sent int) {
	values := []any{}
	for _, n := range numbers {
		if l.kind != "string" {
			values = append(values, n)
		}
	}
	for _, text := range texts {
		if l.kind == "string" {
			values = append(values, text)
		}
	}
	for _, v := range values {
		body := copyOf(r.body).(map[string]any)
		put(body, l.path, v)
		a := h.send(route+" "+strings.Join(l.path, "."), r, body)
		if v == any(numbers[0]) && a.Status < 300 && strings.HasSuffix(l.path[len(l.path)-1], "_cents") {
			h.t.Errorf("%s %s takes a negative amount", route, strings.Join(l.path, "."))
		}
		if text, is := v.(string); is && a.Status < 300 && len(l.path) == 1 {
			if got, there := a.body[l.path[0]].(string); there && got != text && !strings.EqualFold(strings.TrimSpace(got), strings.TrimSpace(text)) {
				h.t.Errorf("%s: %.60q came back as %.60q", route, text, got)
			} else if there {
				h.kept++
			}
		}
	}
	return len(values)
}

// body sends what no field can be blamed for.
func (h *hostile) body(route string, r hostileRequest) int {
	for what, raw := range map[string]string{"a NUL": `{"x":"\u0000"}`, "null": `null`, "a list": `[]`} {
		if a := h.send(route+" "+what, r, raw); a.Status < 400 && what == "a NUL" {
			h.t.Errorf("%s: %s was taken: %d", route, what, a.Status)
		}
	}
	return 3
}

func (h *hostile) query(route string, r hostileRequest, name string) int {
	values := append([]string{"-1", "9223372036854775808", "NaN", "\x00", "\xff", "2026-99-99", "*:*&|!()%"}, texts[:1]...)
	for _, v := range values {
		q := r
		q.path += "?" + url.Values{name: {v}}.Encode()
		h.send(route+" ?"+name, q, nil)
	}
	return len(values)
}

func (h *hostile) send(what string, r hostileRequest, body any) answer {
	keys++
	headers := append(slices.Clone(r.headers), fmt.Sprintf("Idempotency-Key: hostile-%d", keys))
	if r.method != http.MethodPost && r.method != http.MethodGet {
		tag := r.by.do("GET", r.path, nil).Header.Get("ETag")
		if tag == "" {
			tag = `"1"`
		}
		headers = append(headers, "If-Match: "+tag)
	}
	a := r.by.do(r.method, r.path, body, headers...)
	if a.Status >= 500 {
		h.t.Errorf("%s: %d for %.200v: %.300s", what, a.Status, body, a.raw)
	}
	if a.Status >= 400 {
		h.refused++
	}
	return a
}

// fill puts things that are there into the places of a path.
func (h *hostile) fill(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if strings.HasPrefix(p, "{") {
			parts[i] = h.ids[parts[i-1]]
			if parts[i] == "" {
				parts[i] = "1"
			}
		}
	}
	return strings.Join(parts, "/")
}

// things makes one of each noun.
func (s *site) things(t *testing.T) map[string]string {
	admin, broker := s.as(t, s.A, "agency_admin"), s.as(t, s.A, "broker")
	made := func(path string, body any) string { return broker.do("POST", path, body).want(201).str("id") }
	app := made("/applications", asked)
	return map[string]string{
		"applications": app, "subjects": made("/subjects", person("Ostile", 2_600_00)), "properties": made("/properties", flat("Via Ostile 1", 200_000_00)),
		"documents": made("/applications/"+app+"/documents", map[string]any{"kind": "mandate"}), "tasks": made("/applications/"+app+"/tasks", map[string]any{"title": "x"}),
		"members": admin.do("GET", "/members", nil).want(200).items()[0]["id"].(string), "networks": s.Network.String(), "agencies": s.B.ID.String(), "workflows": "application",
	}
}

// described is the OpenAPI document.
func described(t *testing.T) map[string]any {
	t.Helper()
	raw, err := api.OpenAPI(api.Deps{})
	must(t, err)
	var document map[string]any
	must(t, yaml.Unmarshal(raw, &document))
	return document
}

func (h *hostile) schemaOfBody(op map[string]any) map[string]any {
	for _, key := range []string{"requestBody", "content", "application/json", "schema"} {
		next, is := op[key].(map[string]any)
		if !is {
			return nil
		}
		op = next
	}
	return op
}

// leaves are the numbers and texts of a schema, three levels down.
func (h *hostile) leaves(schema map[string]any, at []string, depth int) (out []leaf) {
	if ref, is := schema["$ref"].(string); is {
		schema = h.document["components"].(map[string]any)["schemas"].(map[string]any)[ref[strings.LastIndex(ref, "/")+1:]].(map[string]any)
	}
	if depth > 3 {
		return nil
	}
	kinds := append(list(schema["type"]), schema["type"])
	switch {
	case slices.Contains(kinds, any("object")):
		properties, _ := schema["properties"].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(properties)) {
			out = append(out, h.leaves(properties[name].(map[string]any), append(slices.Clone(at), name), depth+1)...)
		}
	case len(at) == 0 || schema["enum"] != nil:
	case slices.Contains(kinds, any("integer")), slices.Contains(kinds, any("number")):
		out = append(out, leaf{at, "number"})
	case slices.Contains(kinds, any("string")):
		out = append(out, leaf{at, "string"})
	}
	return out
}

func list(v any) []any { all, _ := v.([]any); return all }

func put(body map[string]any, path []string, v any) {
	for _, name := range path[:len(path)-1] {
		next, is := body[name].(map[string]any)
		if !is {
			next = map[string]any{}
			body[name] = next
		}
		body = next
	}
	body[path[len(path)-1]] = v
}

func copyOf(v any) any {
	raw, err := json.Marshal(v)
	if err != nil || v == nil {
		return map[string]any{}
	}
	var out any
	if json.Unmarshal(raw, &out) != nil || out == nil {
		return map[string]any{}
	}
	return out
}

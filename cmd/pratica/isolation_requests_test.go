package main

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/pratica-crm/pratica/api"
)

// document is what of the OpenAPI document a request is made from.
type document struct {
	Paths      map[string]map[string]operation
	Components struct{ Schemas map[string]shape }
}

type operation struct {
	Parameters []struct {
		Name, In string
		Required bool
		Schema   shape
	}
	RequestBody struct {
		Content map[string]struct{ Schema shape }
	}
}

type shape struct {
	Ref                  string `json:"$ref"`
	Type                 any
	Format               string
	Enum                 []any
	Required             []string
	Properties           map[string]shape
	Items                *shape
	MinLength, MinItems  int
	Minimum              *float64
	AdditionalProperties any
}

var place = regexp.MustCompile(`\{(\w+)\}`)

// fill puts an agency's ids into a route's path; ok is false when nothing is known to stand there.
func (s *isolated) fill(path string, one *side) (string, bool) {
	path = strings.TrimPrefix(path, "/api/v1")
	if link := one.links[path]; link != "" || strings.HasSuffix(path, "{token}") {
		return link, link != ""
	}
	path = strings.NewReplacer("/roles/{key}", "/roles/"+one.noun, "/workflows/{key}", "/workflows/"+one.noun, "{version}", "1").Replace(path)
	for {
		at := place.FindStringIndex(path)
		if at == nil {
			return path, true
		}
		collection := numberless(strings.TrimSuffix(path[:at[0]], "/"))
		id := one.made[collection]
		if id == "" { // of a noun that is made elsewhere: "/documents/{id}" under "/applications/{id}/documents"
			for _, known := range slices.Sorted(maps.Keys(one.made)) {
				if strings.HasSuffix(known, collection) {
					id = one.made[known]
				}
			}
		}
		if id == "" {
			return path, false
		}
		path = path[:at[0]] + id + path[at[1]:]
	}
}

// asks adds the query a route cannot do without.
func (s *isolated) asks(r api.RouteInfo, path string, one *side) string {
	query := url.Values{}
	for _, p := range s.operation(r).Parameters {
		if p.In == "query" && p.Required {
			query.Set(p.Name, fmt.Sprint(s.value(p.Name, p.Schema, one, false)))
		}
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// body is a body the route's shape takes, with an agency's ids in it; all: also the ids it could do without.
func (s *isolated) body(r api.RouteInfo, one *side, all bool) any {
	if strings.HasSuffix(r.Path, "/content") {
		return paper
	}
	if whole := bodies[r.Method+" "+strings.TrimPrefix(r.Path, "/api/v1")]; whole != nil {
		return whole
	}
	for _, c := range s.operation(r).RequestBody.Content {
		return s.value("", c.Schema, one, all)
	}
	return nil
}

func (s *isolated) value(name string, of shape, one *side, all bool) any {
	if of.Ref != "" {
		return s.value(name, s.api.Components.Schemas[of.Ref[strings.LastIndex(of.Ref, "/")+1:]], one, all)
	}
	if len(of.Enum) > 0 {
		return of.Enum[0]
	}
	kind, _ := of.Type.(string)
	if list, ok := of.Type.([]any); ok && len(list) > 0 {
		kind, _ = list[0].(string)
	}
	switch kind {
	case "object":
		out := object{}
		for _, n := range slices.Sorted(maps.Keys(of.Properties)) {
			if slices.Contains(of.Required, n) || all && strings.HasSuffix(n, "_id") {
				out[n] = s.value(n, of.Properties[n], one, all)
			}
		}
		return out
	case "array":
		out := []any{}
		for range of.MinItems {
			out = append(out, s.value(name, *of.Items, one, all))
		}
		return out
	case "integer", "number":
		if of.Minimum != nil {
			return int(*of.Minimum)
		}
		return 1
	case "boolean":
		return false
	}
	return s.word(name, of, one)
}

// bodies are those that a shape does not tell enough of.
var bodies = map[string]object{
	"POST /subjects/{id}/consents":     {"purpose": "marketing", "state": "given", "channel": "paper"},
	"POST /workflows/{key}/publish":    {"version": 1},
	"POST /workflows/{key}/divergence": {"version": 1, "since": day(-3)},
	"POST /workflows/{key}/migrate":    {"from_version": 1, "to_version": 1, "plan": object{}, "dry_run": true},
}

// said are texts that must be words of the trade.
var said = map[string]string{"event": "withdraw", "to": "withdrawn", "kind": "mandate", "valid_until": day(90)}

// word is a text of the name and format.
func (s *isolated) word(name string, of shape, one *side) string {
	noun, isID := strings.CutSuffix(name, "_id")
	switch {
	case isID && one.fields[name] != "":
		return one.fields[name]
	case isID:
		for _, known := range slices.Sorted(maps.Keys(one.made)) {
			if strings.HasSuffix(known, "/"+noun+"s") {
				return one.made[known]
			}
		}
		return stray("app_")
	case of.Format == "date":
		return day(3)
	case of.Format == "date-time":
		return day(3) + "T10:00:00Z"
	case of.Format == "email" || strings.Contains(name, "email"):
		return "somebody@isolation.test"
	case said[name] != "":
		return said[name]
	}
	return strings.Repeat("x", max(2, of.MinLength))
}

package connectors

import (
	"encoding/json"
	"slices"
)

// property is what the platform reads of a setting in a connector's schema.
type property struct {
	Secret bool   `json:"x-secret"`
	Reveal bool   `json:"x-reveal"`
	Format string `json:"format"`
}

// properties are a schema's settings. Those of another form, such as a bare true, have no marks.
func properties(schema json.RawMessage) map[string]property {
	var s struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	out := map[string]property{}
	if json.Unmarshal(schema, &s) != nil {
		return out
	}
	for name, raw := range s.Properties {
		var p property
		_ = json.Unmarshal(raw, &p) // a schema of another form marks nothing
		out[name] = p
	}
	return out
}

// marked are the names of the settings for which is holds, sorted.
func marked(schema json.RawMessage, is func(property) bool) []string {
	names := []string{}
	for name, p := range properties(schema) {
		if is(p) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

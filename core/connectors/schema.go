package connectors

import (
	"encoding/json"
	"slices"
)

// property is what the platform reads of a setting in a connector's schema.
type property struct {
	Secret      bool   `json:"x-secret"`
	Certificate string `json:"x-certificate"`
	Reveal      bool   `json:"x-reveal"`
	Format      string `json:"format"`
}

// secret: its value is never read back. Of one that is hidden a connector sees a handle.
func (p property) secret() bool { return p.Secret || p.Certificate != "" }
func (p property) hidden() bool { return p.secret() && !p.Reveal }

// Hidden are the settings that a connector uses without seeing them; true for certificates. It is the one reading of a schema's marks: what
// an operator approves, what a connector gets and what an agency reads back follow from it.
func Hidden(schema json.RawMessage) map[string]bool {
	out := map[string]bool{}
	for name, p := range properties(schema) {
		if p.hidden() {
			out[name] = p.Certificate != ""
		}
	}
	return out
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

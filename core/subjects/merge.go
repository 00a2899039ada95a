package subjects

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/pratica-crm/pratica/core/fault"
)

// merge applies a JSON merge patch (RFC 7396, one level: lists and objects are replaced as a whole).
// Unknown members are refused.
func merge(d Data, patch map[string]json.RawMessage) (Data, error) {
	raw, err := json.Marshal(d)
	if err != nil {
		return d, err
	}
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &members); err != nil {
		return d, err
	}
	for name, value := range patch {
		if string(value) == "null" {
			delete(members, name)
			continue
		}
		members[name] = value
	}
	if raw, err = json.Marshal(members); err != nil {
		return d, err
	}
	var out Data
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&out); err != nil {
		return d, fault.Wrap(err, fault.Invalid, "input.invalid", "A field is unknown or of the wrong type. GET the subject to see its fields.")
	}
	return out, nil
}

func lower(s string) string { return strings.ToLower(s) }

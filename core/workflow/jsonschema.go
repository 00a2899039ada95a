package workflow

import "encoding/json"

// FormatSchema is the JSON Schema (2020-12) of the template format, for editors.
func FormatSchema() []byte {
	defs := map[string]any{}
	document := templateShape().jsonSchema("template", defs)
	document["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	document["title"] = "Pratica workflow template"
	document["$defs"] = defs
	out, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return nil // a tree of strings, numbers and maps always marshals
	}
	return append(out, '\n')
}

// jsonSchema writes a record that contains itself (states) once, as a definition.
func (s *shape) jsonSchema(hint string, defs map[string]any) map[string]any {
	if s.orElse != nil {
		first := *s
		first.orElse = nil
		return map[string]any{"anyOf": []any{first.jsonSchema(hint, defs), s.orElse.jsonSchema(hint, defs)}}
	}
	switch s.kind {
	case "map":
		if hint == "states" {
			if _, known := defs["state"]; !known {
				defs["state"] = nil
				defs["state"] = s.properties(defs)
			}
			return map[string]any{"$ref": "#/$defs/state"}
		}
		return s.properties(defs)
	case "dict":
		out := map[string]any{"type": []string{"object", "null"}, "additionalProperties": s.elem.jsonSchema(hint, defs), "maxProperties": s.max}
		if s.pattern != nil {
			out["propertyNames"] = map[string]any{"pattern": s.pattern.String()}
		}
		return out
	case "list":
		return map[string]any{"type": "array", "items": s.elem.jsonSchema("", defs), "maxItems": s.max}
	case "int":
		return map[string]any{"type": "integer"}
	case "bool":
		return map[string]any{"type": "boolean"}
	case "schema":
		return map[string]any{"type": "object", "description": "a closed subset of JSON Schema: type, enum, minimum, maximum, maxLength, maxItems, items, properties, required, format, x-owner, x-fix, x-key, x-frozen-after, x-pii"}
	case "string":
		out := map[string]any{"type": "string"}
		if s.max > 0 {
			out["maxLength"] = s.max
		}
		if len(s.enum) > 0 {
			out["enum"] = s.enum
		}
		if s.pattern != nil {
			out["pattern"] = s.pattern.String()
		}
		return out
	}
	return map[string]any{}
}

func (s *shape) properties(defs map[string]any) map[string]any {
	fields := map[string]any{}
	for key, f := range s.fields {
		fields[key] = f.jsonSchema(key, defs)
	}
	out := map[string]any{"type": "object", "properties": fields, "additionalProperties": false}
	if len(s.required) > 0 {
		out["required"] = s.required
	} else {
		out["type"] = []string{"object", "null"}
	}
	return out
}

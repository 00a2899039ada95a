package workflow

import (
	"slices"
	"strings"
)

var (
	schemaKeys   = []string{"type", "enum", "minimum", "maximum", "maxLength", "maxItems", "items", "properties", "required", "format", "title", "description", "x-key"}
	factKeys     = append([]string{"x-owner", "x-fix", "x-frozen-after", "x-pii"}, schemaKeys...)
	schemaTypes  = []string{"integer", "string", "boolean", "array", "object"}
	textFormats  = []string{"date", "date-time"}
	reservedName = []string{"params", "actor", "event", "now", "docs", "checklist", "state_in", "known", "application", "true", "false", "null", "in", "has", "size"}
)

func decodeFacts(v *value, found *findings) []*Fact {
	if v == nil || v.kind != 'm' {
		return nil
	}
	if t := str(v.get("type")); t != "object" {
		found.add("schema", "/facts", v.at, "facts are an object: write type: object")
	}
	for _, f := range v.fields {
		if f.key != "type" && f.key != "properties" {
			found.add("schema", "/facts/"+f.key, f.at, "unknown key %s; known keys: type, properties", f.key)
		}
	}
	return decodeProperties(v.get("properties"), "fact", found)
}

// decodeProperties reads the members of an object; place is "fact" at the top, else a pointer.
func decodeProperties(v *value, where string, found *findings) []*Fact {
	var out []*Fact
	for _, f := range entries(v) {
		at := where + "/" + f.key
		if where == "fact" {
			at = "fact:" + f.key
		}
		if !identifier.MatchString(f.key) {
			found.add("schema", at, f.at, "%.60q is not a name: use letters, digits and _", f.key)
			continue
		}
		if where == "fact" && slices.Contains(reservedName, f.key) {
			found.add("schema", at, f.at, "%s is reserved; choose another name", f.key)
			continue
		}
		if f.val.kind != 'm' {
			found.add("schema", at, f.at, "expected a mapping with a type, found %s", f.val.noun())
			continue
		}
		fact := &Fact{Name: f.key, Title: bilingual(f.val.get("title")), Owner: str(f.val.get("x-owner")), Fix: str(f.val.get("x-fix")),
			FrozenAfter: str(f.val.get("x-frozen-after")), At: f.at, Settable: true}
		fact.PII, _ = scalar(f.val.get("x-pii")).(bool)
		fact.Schema = decodeSchemaKeys(f.val, at, factKeys, found)
		out = append(out, fact)
	}
	return out
}

func decodeParams(v *value, found *findings) []*Param {
	var out []*Param
	for _, f := range entries(v) {
		at := "param:" + f.key
		if f.val.kind != 'm' {
			continue
		}
		p := &Param{Name: f.key, At: f.at, Title: bilingual(f.val.get("title"))}
		p.Schema = decodeSchemaKeys(f.val, at, append([]string{"default", "seal"}, schemaKeys...), found)
		if !slices.Contains([]string{"integer", "string", "boolean"}, p.Schema.Type) {
			found.add("schema", at, f.at, "a parameter is an integer, a string or a boolean")
			continue
		}
		given := f.val.get("default")
		if given == nil {
			found.add("schema", at, f.at, "the key default is missing")
			continue
		}
		normal, err := p.Schema.normal(given.plain())
		if err != nil {
			found.add("schema", at, given.at, "the default %s", err)
			continue
		}
		p.Default = normal
		out = append(out, p)
	}
	return out
}

func decodeSchema(v *value, at string, found *findings) *Schema {
	return decodeSchemaKeys(v, at, schemaKeys, found)
}

// decodeSchemaKeys reads one schema; everything that has a size must say how large it may be.
func decodeSchemaKeys(v *value, at string, keys []string, found *findings) *Schema {
	s := &Schema{Type: str(v.get("type")), Format: str(v.get("format")), Enum: strs(v.get("enum")), Required: strs(v.get("required")), Key: str(v.get("x-key"))}
	for _, f := range v.fields {
		if !slices.Contains(keys, f.key) {
			found.add("schema", at, f.at, "unknown key %s%s", f.key, strings.Replace(hint(f.key, keys), "name", "key", 1))
		}
	}
	s.Minimum, s.Maximum = whole(v, "minimum", at, found), whole(v, "maximum", at, found)
	s.MaxLength, s.MaxItems = size(v, "maxLength", maxLength, at, found), size(v, "maxItems", maxItems, at, found)
	switch s.Type {
	case "integer", "boolean":
	case "string":
		if s.Format != "" && !slices.Contains(textFormats, s.Format) {
			found.add("schema", at, v.get("format").at, "the format %s is not one of %v", s.Format, textFormats)
		}
		if s.Format == "" && s.MaxLength == nil && len(s.Enum) == 0 {
			found.add("schema", at, v.at, "a string must be bounded: give it maxLength, an enum or a date format")
		}
	case "array":
		decodeItems(s, v, at, found)
	case "object":
		s.Properties = decodeProperties(v.get("properties"), at, found)
	case "number":
		found.add("type_error", at, v.get("type").at, "numbers are whole: money in cents, ratios in basis points; write type: integer")
	case "":
		found.add("schema", at, v.at, "the key type is missing; known types: %v", schemaTypes)
	default:
		found.add("schema", at, v.get("type").at, "%.40s is not one of %v%s", s.Type, schemaTypes, hint(s.Type, schemaTypes))
	}
	return s
}

func decodeItems(s *Schema, v *value, at string, found *findings) {
	if s.MaxItems == nil {
		found.add("schema", at, v.at, "a list must be bounded: give it maxItems")
	}
	item := v.get("items")
	if item == nil || item.kind != 'm' {
		found.add("schema", at, v.at, "a list must say what it holds: give it items")
		s.Items = &Schema{Type: "boolean"}
		return
	}
	s.Items = decodeSchema(item, at+"/items", found)
}

func whole(v *value, key, at string, found *findings) *int64 {
	x := v.get(key)
	if x == nil {
		return nil
	}
	n, ok := x.scalar.(int64)
	if !ok {
		found.add("schema", at, x.at, "%s is a whole number", key)
		return nil
	}
	return &n
}

// size is a bound that is itself bounded.
func size(v *value, key string, most int64, at string, found *findings) *int64 {
	n := whole(v, key, at, found)
	if n != nil && (*n < 0 || *n > most) {
		found.add("schema", at, v.get(key).at, "%s is between 0 and %d", key, most)
	}
	return n
}

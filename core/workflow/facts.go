package workflow

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"time"
	"unicode/utf8"
)

// Facts are values by name: int64, string, bool, time.Time, []any, map[string]any.
// A name that is absent, or nil, is missing. Money is cents, ratios basis points.
// The domain functions' answers may stand here too, as "checklist.complete" and
// "docs.valid.<kind>"; they are used where no Domain is given.
type Facts map[string]any

// defaultText is the longest string a built-in fact may hold.
const defaultText = 2000

// Normalize gives the facts the engine's types (from JSON or database values), or says per name what is wrong.
// Names the template does not know are dropped: they cannot influence it.
func (m *Machine) Normalize(raw map[string]any) (Facts, error) {
	out := make(Facts, len(raw))
	var wrong []error
	names := make([]string, 0, len(raw))
	for n := range raw {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		x, known, err := m.NormalFact(n, raw[n])
		if err != nil {
			wrong = append(wrong, err)
		} else if known {
			out[n] = x
		}
	}
	return out, errors.Join(wrong...)
}

// UnknownFact says that a name can influence nothing, with the nearest one that can; "" for one that can.
func (m *Machine) UnknownFact(name string) string {
	if kind, isDocument := strings.CutPrefix(name, atomDocument); isDocument {
		if _, known := documentKinds[kind]; !known {
			return fmt.Sprintf("%.60q is not a document kind%s", kind, hint(kind, kindNames()))
		}
		return ""
	}
	if m.facts[name] != nil || isAtom(name) {
		return ""
	}
	return fmt.Sprintf("%.60q is not a fact of this template%s", name, hint(name, append(m.FactNames(), atomChecklist)))
}

// NormalFact gives one value its type; errors say what would fit and never quote the value, which may be a person's; known is false for a name that cannot influence the template.
func (m *Machine) NormalFact(name string, v any) (x any, known bool, err error) {
	if v == nil {
		return nil, true, nil
	}
	if isAtom(name) {
		b, ok := v.(bool)
		if !ok {
			return nil, false, fmt.Errorf("%s: is not true or false", name)
		}
		return b, true, nil
	}
	fact := m.facts[name]
	if fact == nil {
		return nil, false, nil
	}
	if x, err = fact.Schema.normal(v); err != nil {
		return nil, false, fmt.Errorf("%s: %w", name, err)
	}
	return x, true, nil
}

// normal converts one value to the engine's type, or says in what it breaks the schema.
func (s *Schema) normal(v any) (any, error) {
	switch s.Type {
	case "integer":
		return s.normalInt(v)
	case "boolean":
		if b, ok := v.(bool); ok {
			return b, nil
		}
		return nil, errors.New("is not true or false")
	case "string":
		if s.Format != "" {
			return s.normalTime(v)
		}
		return s.normalString(v)
	case "array":
		return s.normalList(v)
	case "object":
		return s.normalObject(v)
	}
	return nil, errors.New("has no known type")
}

func (s *Schema) normalInt(v any) (any, error) {
	var n int64
	switch x := v.(type) {
	case int64:
		n = x
	case int:
		n = int64(x)
	case int32:
		n = int64(x)
	case float64:
		if x != math.Trunc(x) || math.Abs(x) > 1<<53 {
			return nil, errors.New("is not a whole number")
		}
		n = int64(x)
	case json.Number:
		i, err := x.Int64()
		if err != nil {
			f, ferr := x.Float64()
			if ferr != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
				return nil, errors.New("is not a whole number")
			}
			i = int64(f)
		}
		n = i
	default:
		return nil, errors.New("is not a whole number")
	}
	if s.Minimum != nil && n < *s.Minimum {
		return nil, fmt.Errorf("is below the minimum %d", *s.Minimum)
	}
	if s.Maximum != nil && n > *s.Maximum {
		return nil, fmt.Errorf("is above the maximum %d", *s.Maximum)
	}
	return n, nil
}

func (s *Schema) normalString(v any) (any, error) {
	x, ok := v.(string)
	limit := int64(defaultText)
	if s.MaxLength != nil {
		limit = *s.MaxLength
	}
	switch {
	case !ok:
		return nil, errors.New("is not a text")
	case len(s.Enum) > 0 && !slices.Contains(s.Enum, x):
		return nil, fmt.Errorf("is not one of %v", s.Enum)
	case int64(utf8.RuneCountInString(x)) > limit:
		return nil, fmt.Errorf("is longer than %d characters", limit)
	}
	return x, nil
}

func (s *Schema) normalTime(v any) (any, error) {
	switch x := v.(type) {
	case time.Time:
		return x.UTC(), nil
	case string:
		t, err := parseTime(x)
		if err != nil {
			return nil, errors.New("is not a date (2026-10-01) or a time (2026-10-01T09:30:00+02:00)")
		}
		return t, nil
	}
	return nil, errors.New("is not a date")
}

func (s *Schema) normalList(v any) (any, error) {
	x, ok := v.([]any)
	if !ok {
		if texts, isTexts := v.([]string); isTexts {
			for _, t := range texts {
				x = append(x, t)
			}
		} else if maps, isMaps := v.([]map[string]any); isMaps {
			for _, t := range maps {
				x = append(x, t)
			}
		} else {
			return nil, errors.New("is not a list")
		}
	}
	if s.MaxItems != nil && int64(len(x)) > *s.MaxItems {
		return nil, fmt.Errorf("has more than %d items", *s.MaxItems)
	}
	out := make([]any, len(x))
	for i, item := range x {
		n, err := s.Items.normal(item)
		if err != nil {
			return nil, fmt.Errorf("item %d %w", i, err)
		}
		out[i] = n
	}
	return out, nil
}

func (s *Schema) normalObject(v any) (any, error) {
	x, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("is not an object")
	}
	out := make(map[string]any, len(x))
	for key, member := range x {
		i := slices.IndexFunc(s.Properties, func(f *Fact) bool { return f.Name == key })
		if i < 0 {
			return nil, errors.New("has an unknown member")
		}
		if member == nil {
			continue
		}
		n, err := s.Properties[i].Schema.normal(member)
		if err != nil {
			return nil, fmt.Errorf("%s %w", key, err)
		}
		out[key] = n
	}
	for _, key := range s.Required {
		if _, ok := out[key]; !ok {
			return nil, fmt.Errorf("has no %s", key)
		}
	}
	return out, nil
}

// parseTime reads RFC 3339, or a date as its midnight in UTC.
func parseTime(s string) (time.Time, error) {
	if len(s) == len(time.DateOnly) {
		return time.Parse(time.DateOnly, s)
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	return t.UTC(), err
}

package workflow

import (
	"fmt"
	"regexp"
	"slices"
	"sort"
)

// shape describes what may stand at one place of the format. The table in
// format.go is the only description: the check with its positions and the
// published JSON Schema are both read from it.
type shape struct {
	kind     string // map | dict | list | string | int | bool | any | schema | text
	fields   map[string]*shape
	required []string
	elem     *shape // of a dict or list
	enum     []string
	pattern  *regexp.Regexp
	max      int               // length of a string, items of a list, entries of a dict
	orElse   *shape            // the other form, when a value may have two
	later    map[string]string // keys or enum values of a coming version, with the sentence that refuses them
}

func text(max int) *shape                    { return &shape{kind: "string", max: max} }
func oneOf(values ...string) *shape          { return &shape{kind: "string", enum: values, max: 100} }
func listOf(elem *shape, max int) *shape     { return &shape{kind: "list", elem: elem, max: max} }
func dictOf(elem *shape, max int) *shape     { return &shape{kind: "dict", elem: elem, max: max} }
func match(p *regexp.Regexp, max int) *shape { return &shape{kind: "string", pattern: p, max: max} }
func either(a *shape, b *shape) *shape       { c := *a; c.orElse = b; return &c }
func record(required ...string) *shape {
	return &shape{kind: "map", required: required, fields: map[string]*shape{}}
}
func (s *shape) with(n string, f *shape) *shape { s.fields[n] = f; return s }

// check walks v against s; path is a JSON pointer used where a place has no id of its own.
func (s *shape) check(v *value, path string, found *findings) bool {
	if s.orElse != nil && !s.fits(v) && s.orElse.accepts(v) {
		return s.orElse.check(v, path, found)
	}
	if !s.fits(v) {
		found.add("schema", place(path), v.at, "expected %s, found %s", s.noun(), v.noun())
		return false
	}
	switch s.kind {
	case "map":
		return s.checkMap(v, path, found)
	case "dict":
		return s.checkDict(v, path, found)
	case "list":
		return s.checkList(v, path, found)
	case "string":
		return s.checkString(v, path, found)
	}
	return true
}

// accepts tells whether one of the forms a value may have fits.
func (s *shape) accepts(v *value) bool { return s.fits(v) || s.orElse != nil && s.orElse.accepts(v) }

func (s *shape) fits(v *value) bool {
	switch s.kind {
	case "map", "dict":
		return v.kind == 'm' || v.kind == 's' && v.scalar == nil && len(s.required) == 0
	case "list":
		return v.kind == 'l'
	case "string":
		_, ok := v.scalar.(string)
		return ok
	case "int":
		_, ok := v.scalar.(int64)
		return ok
	case "bool":
		_, ok := v.scalar.(bool)
		return ok
	}
	return true
}

func (s *shape) checkMap(v *value, path string, found *findings) bool {
	ok := true
	for _, f := range v.fields {
		elem := s.fields[f.key]
		if sentence := s.later[f.key]; sentence != "" {
			found.add("schema", place(path+"/"+f.key), f.at, "%s", sentence)
			ok = false
			continue
		}
		if elem == nil {
			found.add("schema", place(path+"/"+f.key), f.at, "unknown key %s%s", f.key, keyHint(f.key, s.fields))
			ok = false
			continue
		}
		ok = elem.check(f.val, path+"/"+f.key, found) && ok
	}
	for _, name := range s.required {
		if v.get(name) == nil {
			found.add("schema", place(path), v.at, "the key %s is missing", name)
			ok = false
		}
	}
	return ok
}

func keyHint(key string, fields map[string]*shape) string {
	names := make([]string, 0, len(fields))
	for n := range fields {
		names = append(names, n)
	}
	if n := nearest(key, names); n != "" {
		return "; nearest known key: " + n
	}
	sort.Strings(names)
	return fmt.Sprintf("; known keys: %v", names)
}

func (s *shape) checkDict(v *value, path string, found *findings) bool {
	ok := true
	if len(v.fields) > s.max {
		found.add("schema", place(path), v.at, "at most %d entries may stand here", s.max)
		return false
	}
	for _, f := range v.fields {
		if s.pattern != nil && !s.pattern.MatchString(f.key) {
			found.add("schema", place(path+"/"+f.key), f.at, "%.60q is not a name: use letters, digits and _", f.key)
			ok = false
			continue
		}
		ok = s.elem.check(f.val, path+"/"+f.key, found) && ok
	}
	return ok
}

func (s *shape) checkList(v *value, path string, found *findings) bool {
	ok := true
	if len(v.list) > s.max {
		found.add("schema", place(path), v.at, "at most %d items may stand here", s.max)
		return false
	}
	for i, x := range v.list {
		ok = s.elem.check(x, fmt.Sprintf("%s/%d", path, i), found) && ok
	}
	return ok
}

func (s *shape) checkString(v *value, path string, found *findings) bool {
	text := v.scalar.(string)
	sentence := s.later[text]
	switch {
	case sentence != "":
		found.add("schema", place(path), v.at, "%s", sentence)
	case len(s.enum) > 0 && !slices.Contains(s.enum, text):
		found.add("schema", place(path), v.at, "%.60q is not one of %v%s", text, s.enum, hint(text, s.enum))
	case s.pattern != nil && !s.pattern.MatchString(text):
		found.add("schema", place(path), v.at, "%.60q does not have the form %s", text, s.pattern)
	case s.max > 0 && len(text) > s.max:
		found.add("schema", place(path), v.at, "the text is longer than %d characters", s.max)
	default:
		return true
	}
	return false
}

func (s *shape) noun() string {
	switch s.kind {
	case "map", "dict":
		return "a mapping"
	case "list":
		return "a list"
	case "int":
		return "a whole number"
	case "bool":
		return "true or false"
	}
	return "a text"
}

func (v *value) noun() string {
	switch v.kind {
	case 'm':
		return "a mapping"
	case 'l':
		return "a list"
	}
	switch v.scalar.(type) {
	case nil:
		return "nothing"
	case string:
		return "a text"
	case bool:
		return "true or false"
	case float64:
		return "a number with a fraction"
	}
	return "a number"
}

func place(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

package api

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// placed says with an error of the decoder which member it is about, as "body.birth_date: not a day": days, ids and other types that read
// themselves do not know where they stand. fromHuma makes a pointer of it.
func placed(data []byte, into any, err error) error {
	t := reflect.TypeOf(into)
	if err == nil || t == nil || t.Kind() != reflect.Pointer {
		return err
	}
	at, cause := misplaced(data, t.Elem())
	if at == "" {
		return err
	}
	return fmt.Errorf("body%s: %w", at, cause)
}

// misplaced finds the first member of a JSON text that does not fit where a type has it, and why: ".parties[0].since".
func misplaced(data []byte, t reflect.Type) (at string, cause error) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return "", nil
	}
	switch t.Kind() {
	case reflect.Struct:
		var members map[string]json.RawMessage
		if json.Unmarshal(data, &members) != nil {
			return "", nil
		}
		for _, f := range reflect.VisibleFields(t) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if raw, there := members[name]; there && f.IsExported() && !f.Anonymous {
				if at, cause := unfit(raw, f.Type); cause != nil {
					return "." + name + at, cause
				}
			}
		}
	case reflect.Slice:
		var items []json.RawMessage
		if json.Unmarshal(data, &items) != nil {
			return "", nil
		}
		for i, raw := range items {
			if at, cause := unfit(raw, t.Elem()); cause != nil {
				return fmt.Sprintf("[%d]%s", i, at), cause
			}
		}
	}
	return "", nil
}

func unfit(data []byte, t reflect.Type) (at string, cause error) {
	err := json.Unmarshal(data, reflect.New(t).Interface())
	if err == nil {
		return "", nil
	}
	if at, cause = misplaced(data, t); cause == nil {
		cause = err
	}
	return at, cause
}

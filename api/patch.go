package api

import (
	"encoding/json"
	"reflect"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

// wrongIn is what of a JSON merge patch (RFC 7396) does not fit: what is absent stays, null takes away, and what it puts in place is held to what a T may
// hold when it is made. A change is no way in for what would be refused at first.
func wrongIn[T any](patch map[string]json.RawMessage) []error {
	raw, err := json.Marshal(patch)
	if err != nil {
		return []error{err}
	}
	var members map[string]any
	if err := json.Unmarshal(raw, &members); err != nil {
		return []error{err}
	}
	s := patched(reflect.TypeFor[T]())
	var found huma.ValidateResult
	huma.Validate(s.registry, s.schema, huma.NewPathBuffer([]byte("body"), 0), huma.ModeWriteToServer, members, &found)
	if len(found.Errors) == 0 {
		if at, cause := misplaced(raw, reflect.TypeFor[T]()); cause != nil {
			return []error{&huma.ErrorDetail{Location: "body" + at, Message: cause.Error()}}
		}
	}
	return found.Errors
}

// patchSchema is what a patch of a type is held to.
type patchSchema struct {
	registry huma.Registry
	schema   *huma.Schema
}

var patchSchemas sync.Map // by reflect.Type

func patched(t reflect.Type) patchSchema {
	if known, ok := patchSchemas.Load(t); ok {
		return known.(patchSchema)
	}
	r := huma.NewMapRegistry("#/components/schemas/", schemaName)
	s := partial(r, r.Schema(t, true, ""))
	for name, of := range s.Properties {
		if of.Ref != "" { // a member that is an object is merged like the whole
			s.Properties[name] = partial(r, of)
		}
	}
	s.PrecomputeMessages()
	known, _ := patchSchemas.LoadOrStore(t, patchSchema{r, s})
	return known.(patchSchema)
}

// partial is an object's schema of which nothing is required.
func partial(r huma.Registry, of *huma.Schema) *huma.Schema {
	for of.Ref != "" {
		of = r.SchemaFromRef(of.Ref)
	}
	some := *of
	some.Required = nil
	some.Properties = map[string]*huma.Schema{}
	for name, member := range of.Properties {
		some.Properties[name] = member
	}
	return &some
}

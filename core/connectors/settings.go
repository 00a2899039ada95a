package connectors

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/pratica-crm/pratica/core/fault"
)

// fits holds settings against the connector's own schema; the error names each field that does not fit, and no value.
func fits(schema, config json.RawMessage) error {
	if len(schema) == 0 {
		return nil
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		return fault.Wrap(err, fault.Internal, "connector.schema", "The connector's schema cannot be read.")
	}
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(jsonschema.SchemeURLLoader{}) // a connector's schema stands for itself: it opens none of our files
	if err := compiler.AddResource("config.json", document); err != nil {
		return fault.Wrap(err, fault.Internal, "connector.schema", "The connector's schema cannot be read.")
	}
	compiled, err := compiler.Compile("config.json")
	if err != nil {
		return fault.Wrap(err, fault.Internal, "connector.schema", "The connector's schema cannot be read.")
	}
	if len(config) == 0 {
		config = json.RawMessage("{}")
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(config))
	if err != nil {
		return fault.Input("connection.config", "/config", "The settings are not JSON.")
	}
	var wrong *jsonschema.ValidationError
	if errors.As(compiled.Validate(value), &wrong) {
		e := &fault.Error{Kind: fault.Invalid, Code: "connection.config", Message: "The settings do not fit what the connector asks for; see errors."}
		collect(wrong, &e.Fields)
		return e
	}
	return nil
}

var english = message.NewPrinter(language.English)

// collect lists the leaves of a validation error. The library's words name kinds and limits; a pattern or enum may repeat
// the value, so those are said in our own.
func collect(v *jsonschema.ValidationError, fields *[]fault.Field) {
	for _, cause := range v.Causes {
		collect(cause, fields)
	}
	if len(v.Causes) > 0 {
		return
	}
	words := "does not fit the connector's schema"
	switch keyword := strings.Join(v.ErrorKind.KeywordPath(), "/"); keyword {
	case "required", "type", "additionalProperties", "minLength", "maxLength":
		words = v.ErrorKind.LocalizedString(english)
	}
	*fields = append(*fields, fault.Field{Pointer: "/config/" + strings.Join(v.InstanceLocation, "/"), Message: words})
}

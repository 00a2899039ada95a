package workflow

import (
	"bytes"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// validateFormat holds a template against the published JSON Schema.
func validateFormat(t *testing.T, source []byte) error {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(FormatSchema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("template.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("template.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(parseTree(source, &findings{}).plain())
}

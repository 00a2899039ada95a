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

// What is not YAML is found at its line and column: the bracket that is not closed, the alias without an anchor, the tab.
func TestSyntaxIsFoundWhereItIs(t *testing.T) {
	for source, want := range map[string]Position{
		"a: 1\nkind: W\nmetadata: {key: a, title: {en: A, it: A}\nb: 2\n": {3, 11},
		"a: 1\nb: [1, 2\nc: 3\n":    {2, 4},
		"a: 1\nb: 2\nc: *x\n":       {3, 4},
		"a: 1\nb:\n\tc: 3\n":        {3, 1},
		"a: 1\nb:\n  c: 3\n d: 4\n": {4, 2},
		"a: 1\n  b: 2\n":            {2, 3},
	} {
		found := &findings{}
		if parseTree([]byte(source), found); len(found.list) != 1 || found.list[0].Code != "syntax" || (Position{found.list[0].Line, found.list[0].Column}) != want {
			t.Errorf("%q: %+v, want %v", source, found.list, want)
		}
	}
}

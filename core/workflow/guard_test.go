package workflow

import (
	"strings"
	"testing"
)

const small = `apiVersion: pratica/v1
kind: Workflow
metadata: {key: small}
subject: application
facts: {type: object, properties: {score: {type: integer, minimum: 0, maximum: 100}, note: {type: string, maxLength: 20}}}
params: {limit: {type: integer, default: 50}}
states:
  open: {kind: atomic, initial: true}
  won: {kind: final, outcome: won}
events: {go: {by: [broker]}, tick: {by: [system]}}
transitions:
  - {id: t_go, from: open, on: go, to: won, guards: [{id: g, expr: "score > 10"}]}
`

func TestFormatSchemaAndExampleAgree(t *testing.T) {
	for _, path := range []string{"testdata/mortgage-example.yaml", "../../tenants/templates/application.yaml", "../../tenants/templates/submission.yaml"} {
		if err := validateFormat(t, read(t, path)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	if err := validateFormat(t, []byte(strings.Replace(small, "from: open", "form: open", 1))); err == nil {
		t.Error("the published schema accepts an unknown key")
	}
}

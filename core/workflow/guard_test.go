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

func FuzzGuard(f *testing.F) {
	for _, expr := range []string{"score > 10", "parties.all(p, p.natural)", "known(score) || true", "'a' in actor.roles", "now > planned_submission", "score / 0 == 1", "checklist.complete(now)", "[1,2].map(x, x * 2) == [2]", "size(note) > 3"} {
		f.Add(expr, int64(5))
	}
	f.Fuzz(func(t *testing.T, expr string, score int64) {
		if len(expr) > 500 {
			return
		}
		quoted := "\"" + strings.NewReplacer("\\", "\\\\", "\"", "\\\"", "\n", " ").Replace(expr) + "\""
		m, _ := Compile([]byte(strings.Replace(small, `"score > 10"`, quoted, 1)))
		if m == nil {
			return
		}
		inst := m.Start(World{Now: testClock}).Instance
		r := m.Step(inst, Event{Name: "go", Actor: Actor{ID: "u", Roles: []string{"broker"}}}, World{Facts: Facts{"score": score}, Now: testClock})
		if r.Outcome == Refused && len(r.Blockers) == 0 {
			t.Errorf("%q is refused without a reason", expr)
		}
	})
}

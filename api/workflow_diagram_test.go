package api_test

import (
	"encoding/json"
	"testing"
)

// sketch is a template under work: a region, a final, a transition from two states, a guard that does not compile, a target that
// is not there.
const sketch = `apiVersion: pratica/v1
kind: Workflow
metadata: {key: sketch}
subject: application
states:
  open:
    kind: parallel
    initial: true
    regions:
      work: {initial: intake, states: {intake: {kind: atomic, title: {en: Intake, it: Presa in carico}}, review: {kind: atomic}}}
      hold: {initial: running, states: {running: {kind: atomic}}}
  granted: {kind: final, outcome: won}
events: {submit: {by: [broker], title: {en: Submit, it: Invia}}}
transitions:
  - {id: t_submit, from: [intake, review], on: submit, to: nowhere, guards: [{id: g_ltv, expr: "ltv_bsp < 8000"}], approvals: {count: 2, roles: [broker]}}
  - {id: t_stay, from: review, on: submit, otherwise: true}
`

// TestDiagram: the check draws a template that has errors, as far as it can be read.
func TestDiagram(t *testing.T) {
	s := newSite(t)
	admin := s.as(t, s.A, "agency_admin")
	answer := admin.do("POST", "/workflows/check", map[string]any{"source": sketch}).want(200)
	if answer.body["publishable"] != false {
		t.Errorf("%s", answer.raw)
	}
	got, _ := json.Marshal(answer.body["diagram"])
	want := `{"states":[` +
		`{"id":"open","initial":true,"kind":"parallel","line":6,"outcome":null,"parent":null,"title":{"en":"open","it":"open"}},` +
		`{"id":"open/work","initial":false,"kind":"region","line":10,"outcome":null,"parent":"open","title":{"en":"work","it":"work"}},` +
		`{"id":"intake","initial":true,"kind":"atomic","line":10,"outcome":null,"parent":"open/work","title":{"en":"Intake","it":"Presa in carico"}},` +
		`{"id":"review","initial":false,"kind":"atomic","line":10,"outcome":null,"parent":"open/work","title":{"en":"review","it":"review"}},` +
		`{"id":"open/hold","initial":false,"kind":"region","line":11,"outcome":null,"parent":"open","title":{"en":"hold","it":"hold"}},` +
		`{"id":"running","initial":true,"kind":"atomic","line":11,"outcome":null,"parent":"open/hold","title":{"en":"running","it":"running"}},` +
		`{"id":"granted","initial":false,"kind":"final","line":12,"outcome":"won","parent":null,"title":{"en":"granted","it":"granted"}}],` +
		`"transitions":[` +
		`{"approvals":2,"by":["broker"],"from":"intake","guards":["g_ltv"],"id":"t_submit","line":15,"on":"submit","otherwise":false,"title":{"en":"Submit","it":"Invia"},"to":["nowhere"]},` +
		`{"approvals":2,"by":["broker"],"from":"review","guards":["g_ltv"],"id":"t_submit","line":15,"on":"submit","otherwise":false,"title":{"en":"Submit","it":"Invia"},"to":["nowhere"]},` +
		`{"approvals":0,"by":["broker"],"from":"review","guards":[],"id":"t_stay","line":16,"on":"submit","otherwise":true,"title":{"en":"Submit","it":"Invia"},"to":[]}]}`
	if sorted := sortedKeys(t, want); string(got) != sorted {
		t.Errorf("drawn is\n%s\nnot\n%s", got, sorted)
	}
	if none := admin.do("POST", "/workflows/check", map[string]any{"source": "- a list"}).want(200); none.body["diagram"] != nil {
		t.Errorf("a list has no picture: %s", none.raw)
	}
}

// sortedKeys writes a JSON text as the encoder writes maps.
func sortedKeys(t *testing.T, text string) string {
	t.Helper()
	var v any
	must(t, json.Unmarshal([]byte(text), &v))
	out, err := json.Marshal(v)
	must(t, err)
	return string(out)
}

// TestDiff: two sources are compared by meaning; what cannot be read is said.
func TestDiff(t *testing.T) {
	s := newSite(t)
	admin := s.as(t, s.A, "agency_admin")
	body := map[string]any{"old": "states: {a: {kind: atomic}}", "new": "states: {a: {kind: final}}"}
	items := admin.do("POST", "/workflows/diff", body).want(200).body["items"].([]any)
	if len(items) != 1 || items[0].(map[string]any)["at"] != "state:a" {
		t.Errorf("%v", items)
	}
	admin.do("POST", "/workflows/diff", map[string]any{"old": "a: [", "new": "a: 1"}).code(422, "workflow.unreadable")
}

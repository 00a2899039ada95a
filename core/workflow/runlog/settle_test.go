package runlog

import (
	"bytes"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/core/workflow"
)

// Facts on the line of an event are a change of facts first: what moves by itself has moved before the event is offered.
func TestFactsSettleBeforeTheirEvent(t *testing.T) {
	m, findings := workflow.Compile([]byte(`
apiVersion: pratica/v1
kind: Workflow
metadata: {key: settle}
subject: case
facts: {type: object, properties: {n: {type: integer}}}
states: {s: {kind: atomic, initial: true}, w: {kind: atomic}, end: {kind: final, outcome: won}}
events: {go: {by: [broker]}}
transitions:
  - {id: t_itself, from: s, to: w, guards: [{id: g, expr: n > 5}]}
  - {id: t_go, from: w, on: go, to: end}
`))
	if m == nil {
		t.Fatal(findings)
	}
	var out bytes.Buffer
	runner := Runner{Machine: m}
	_, err := runner.Run(strings.NewReader(`{"case":"a","event":"go","at":"2026-10-01T08:00:00Z","actor":{"id":"1","roles":["broker"]},"facts":{"n":1}}
{"case":"a","event":"go","at":"2026-10-01T09:00:00Z","actor":{"id":"1","roles":["broker"]},"facts":{"n":9}}
`), &out)
	if err != nil || !strings.Contains(out.String(), `{"case":"a","seq":2,"event":"go","outcome":"fired","from":["w"],"to":["end"],"blockers":[]}`) {
		t.Errorf("%v\n%s", err, out.String())
	}
}

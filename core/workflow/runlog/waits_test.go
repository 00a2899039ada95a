package runlog

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/workflow"
)

const watched = `apiVersion: pratica/v1
kind: Workflow
metadata: {key: watched}
subject: case
facts: {type: object, properties: {n: {type: integer, minimum: 0, maximum: 100}}}
states:
  check: {kind: atomic, initial: true, sla: {within: P3D, emits: late}}
  alarm: {kind: atomic}
  end:   {kind: final, outcome: lost}
events: {late: {by: [system]}, close: {by: [broker]}}
transitions:
  - {id: t_late, from: check, on: late, to: alarm}
  - {id: t_close, from: [check, alarm], on: close, to: end}
invariants: [{id: inv_n, in: [check], expr: n < 10}]
`

// TestDeadlineInABreach: one line for its refusal, one when the breach is gone, and none for as long as it stands.
func TestDeadlineInABreach(t *testing.T) {
	m, findings := workflow.Compile([]byte(watched))
	if m == nil {
		t.Fatal(findings)
	}
	const log = `{"case":"a","at":"2026-10-01T08:00:00Z","facts":{"n":20}}
{"case":"b","at":"2026-10-01T08:00:00Z","facts":{"n":20}}
{"case":"a","at":"2026-10-06T08:00:00Z","facts":{"n":30}}
{"case":"a","at":"2026-10-07T08:00:00Z","facts":{"n":5}}
{"case":"a","at":"2026-10-07T08:00:00Z","facts":{"n":6}}
`
	r := Runner{Machine: m, Until: time.Date(2026, 10, 9, 0, 0, 0, 0, time.UTC), Text: true}
	var out bytes.Buffer
	s, err := r.Run(strings.NewReader(log), &out)
	if err != nil {
		t.Fatal(err)
	}
	if s.Timers != 3 || s.Fired != 1 || s.Refused != 2 || s.InFlight != 2 {
		t.Errorf("%+v\n%s", s, &out)
	}
}

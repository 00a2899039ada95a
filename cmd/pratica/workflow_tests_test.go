package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// The exit code of `workflow test`, and what it prints.
func TestWorkflowTestCommand(t *testing.T) {
	sound, err := os.ReadFile(soundTemplate)
	if err != nil {
		t.Fatal(err)
	}
	failing := file(t, "failing.yaml", strings.Replace(string(sound), "expect: declined}", "expect: approved}", 1))
	full := file(t, "full.yaml", `apiVersion: pratica/v1
kind: Workflow
metadata: {key: full}
subject: application
states: {open: {kind: atomic, initial: true}, end: {kind: final, outcome: won}}
events: {go: {by: [broker]}}
transitions: [{id: t_go, from: open, on: go, to: end, guards: [{id: g, expr: "ltv_bps < 8000"}]}]
invariants: [{id: inv, in: [end], expr: "dti_bps < 4000"}]
tests:
  - {name: low, facts: {ltv_bps: 7000, dti_bps: 3000}, steps: [go], expect: end}
  - {name: high, facts: {ltv_bps: 9000}, steps: [{event: go, expect: {refused: [g]}}], expect: open}
  - {name: poor, facts: {ltv_bps: 7000}, steps: [{event: go, expect: {refused: [inv]}}], expect: open}
`)
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"all pass":                   {[]string{soundTemplate}, 0, "4 tests; 2 of 6 clauses"},
		"coverage is not asked for":  {[]string{full, soundTemplate}, 0, "clause t_senior_yes/g_senior: seen []"},
		"coverage is asked for":      {[]string{"--require-coverage", full, soundTemplate}, 1, "clause inv_ltv: seen [true]"},
		"and full":                   {[]string{"--require-coverage", full}, 0, "3 tests; 2 of 2 clauses"},
		"one fails, the rest is run": {[]string{failing, full}, 1, "FAIL  " + failing + ": too high: expected to end in approved"},
		"one cannot be read":         {[]string{"no-such.yaml", full}, 2, "3 tests"},
		"one does not compile":       {[]string{file(t, "bad.yaml", "a: 1"), full}, 1, "3 tests"},
	} {
		if out, code := runWorkflow(t, append([]string{"test"}, c.args...)...); code != c.code || !strings.Contains(out, c.says) {
			t.Errorf("%s: exit %d, want %d\n%s", name, code, c.code, out)
		}
	}
	out, code := runWorkflow(t, "test", "--json", failing, full)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != 1 || len(lines) != 2 {
		t.Fatalf("exit %d, want 1 and a line per file:\n%s", code, out)
	}
	var got [2]testedFile
	for i, line := range lines {
		if err := json.Unmarshal([]byte(line), &got[i]); err != nil {
			t.Fatal(err)
		}
	}
	if got[0].Passed || got[0].Tests[3].Passed || got[0].Tests[3].Message == "" || !got[0].Tests[0].Passed {
		t.Errorf("%s", lines[0])
	}
	want := `,"coverage":[{"guard":"g","transition":"t_go","seen":["true","false"]},{"guard":"inv","transition":"","seen":["true","missing"]}]}`
	if !strings.HasPrefix(lines[1], `{"file":"`+full+`","passed":true,"covered":2,"tests":[{"name":"low","passed":true,"message":"","steps":["go"]},`) || !strings.HasSuffix(lines[1], want) {
		t.Errorf("%s", lines[1])
	}
}

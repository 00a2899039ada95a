package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// TestWorkflowMigrateCommand: the cases of a log that are in flight, each with what the plan would make of it.
func TestWorkflowMigrateCommand(t *testing.T) {
	source, err := os.ReadFile(soundTemplate)
	must(t, err)
	newer := file(t, "new.yaml", strings.Replace(string(source), "on: withdraw, to: declined}", "on: withdraw, to: declined, guards: [{id: g_scored, expr: bureau_score >= 1}]}", 1))
	log := file(t, "log.jsonl", strings.Join([]string{
		`{"case":"1","event":"submit","at":"2026-10-01T09:00:00+02:00","actor":{"id":"u1","roles":["broker"]},"facts":{"ltv_bps":7500,"dti_bps":3000,"pep":false}}`,
		`{"case":"2","at":"2026-10-01T09:00:00+02:00","facts":{"ltv_bps":6000}}`,
	}, "\n"))
	out, _ := runWorkflow(t, "run", soundTemplate, "--log", log, "--json")
	var first struct{ To []string }
	must(t, json.Unmarshal([]byte(strings.SplitN(out, "\n", 2)[0]), &first))
	at := first.To[0]
	whole := file(t, "plan.yaml", "states: {intake: intake, "+at+": "+at+"}")
	for name, c := range map[string]struct {
		plan, log string
		code      int
		want      string
	}{
		"whole":              {whole, log, 0, `{"summary":{"cases":2,"in_flight":2,"moved":2,`},
		"misses a state":     {file(t, "short.yaml", "states: {"+at+": "+at+"}"), log, 1, `"problem":"the plan says nothing of the state intake`},
		"does not fit":       {file(t, "wrong.yaml", "states: {intake: nowhere}"), log, 1, ""},
		"another template":   {file(t, "other.yaml", "from: "+strings.Repeat("a", 64)+"\nstates: {intake: intake}"), log, 1, ""},
		"not a plan":         {file(t, "bad.yaml", "states: ["), log, 2, ""},
		"unknown key":        {file(t, "key.yaml", "stats: {}"), log, 2, ""},
		"absent":             {"no-such.yaml", log, 2, ""},
		"a log that is none": {whole, file(t, "bad.jsonl", "{"), 2, ""},
		"no log":             {whole, "no-such.jsonl", 2, ""},
	} {
		out, code := runWorkflow(t, "migrate", "--from", soundTemplate, "--to", newer, "--plan", c.plan, "--log", c.log, "--json")
		if code != c.code || !strings.Contains(out, c.want) {
			t.Errorf("%s: exit %d, want %d with %q:\n%s", name, code, c.code, c.want, out)
		}
	}
	out, _ = runWorkflow(t, "migrate", "--from", soundTemplate, "--to", newer, "--plan", whole, "--log", log, "--json")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	var one map[string]any
	must(t, json.Unmarshal([]byte(lines[0]), &one))
	for _, key := range []string{"case", "from", "to", "newly_blocked", "problem"} {
		if _, there := one[key]; !there || len(one) != 5 {
			t.Errorf("%s: %s", key, lines[0])
		}
	}
	words, code := runWorkflow(t, "migrate", "--from", soundTemplate, "--to", newer, "--plan", whole, "--log", log)
	if code != 0 || !strings.Contains(words, "2 [intake] → [intake]") || !strings.Contains(words, "2 cases, 2 in flight: 2 would move") {
		t.Errorf("exit %d: %s", code, words)
	}
	if !strings.HasPrefix(lines[0], `{"case":"1","from":["underwriting"],"to":["underwriting"],"newly_blocked":[{"event":"withdraw","blockers":[{"code":"fact_missing","guard":"g_scored"`) ||
		!strings.Contains(lines[2], `"newly_blocked":2,"problems":0`) {
		t.Error(out)
	}
}

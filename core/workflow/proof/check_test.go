package proof

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/core/workflow"
)

func TestSoundExamplePasses(t *testing.T) {
	c := Check(read(t, "../testdata/mortgage-example.yaml"))
	if !c.Publishable || len(c.Findings) != 0 || c.Machine == nil {
		t.Fatalf("%+v", c.Report)
	}
	if again := Check(read(t, "../testdata/mortgage-example.yaml")); again.Digest != c.Digest || len(c.Digest) != 64 {
		t.Errorf("digests %s and %s", c.Digest, again.Digest)
	}
}

// Each line of the findings file is a code, a place and words; all must be found.
func TestFlawedExampleGetsItsFindings(t *testing.T) {
	c := Check(read(t, "../testdata/mortgage-flawed.yaml"))
	if c.Publishable {
		t.Error("publishable")
	}
	for _, line := range strings.Split(strings.TrimSpace(string(read(t, "../testdata/mortgage-flawed.findings"))), "\n") {
		want := strings.Fields(line)
		i := slices.IndexFunc(c.Findings, func(f workflow.Finding) bool { return f.Code == want[0] && f.At == want[1] })
		if i < 0 {
			t.Errorf("not found: %s", line)
			continue
		}
		if c.Findings[i].Line == 0 || c.Findings[i].Column == 0 {
			t.Errorf("no place: %s", line)
		}
	}
	for at, words := range map[string]string{"guard:g_docs": "bureau_score", "transition:t_approve": "g_dti"} {
		if !slices.ContainsFunc(c.Findings, func(f workflow.Finding) bool { return f.At == at && strings.Contains(f.Message, words) }) {
			t.Errorf("%s does not say %s", at, words)
		}
	}
}

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

func TestCheckFinds(t *testing.T) {
	cases := []struct {
		name, from, to string // a change of the small template
		code, at, says string
	}{
		{"nothing wrong", "", "", "", "", ""},
		{"not YAML", "states:", "states: [", "syntax", "/", "not YAML"},
		{"a key twice", "kind: Workflow", "kind: Workflow\nkind: Workflow", "syntax", "/kind", "stands twice"},
		{"unknown key", "from: open", "form: open", "schema", "/transitions/0/form", "nearest known key: from"},
		{"key missing", "{kind: atomic, initial: true}", "{initial: true}", "schema", "/states/open", "kind is missing"},
		{"wrong version", "pratica/v1", "pratica/v9", "schema", "/apiVersion", "pratica/v1"},
		{"unbounded string", "maxLength: 20", "x-owner: broker", "schema", "fact:note", "bounded"},
		{"fractions", "{type: integer, minimum: 0, maximum: 100}", "{type: number}", "type_error", "fact:score", "cents"},
		{"unbounded list", "{type: string, maxLength: 20}", "{type: array, items: {type: integer}}", "schema", "fact:note", "maxItems"},
		{"a built-in again", "score: {type", "ltv_bps: {type", "schema", "fact:ltv_bps", "built-in"},
		{"a reserved name", "note: {type", "now: {type", "schema", "fact:now", "reserved"},
		{"unknown state", "to: won", "to: wom", "unknown_name", "transition:t_go", "nearest known name: won"},
		{"unknown event", "on: go", "on: gone", "unknown_name", "transition:t_go", "nearest known name: go"},
		{"unknown fact", "score > 10", "scor > 10", "unknown_name", "guard:g", "nearest known name: score"},
		{"unknown param", "score > 10", "score > params.limits", "unknown_name", "guard:g", "params.limit"},
		{"unknown function", "score > 10", "sqrt(score) > 10", "unknown_name", "guard:g", "sqrt"},
		{"unknown document kind", "score > 10", "docs.valid('payslp', now)", "unknown_name", "guard:g", "payslip"},
		{"unknown state in a guard", "score > 10", "state_in('opn')", "unknown_name", "guard:g", "open"},
		{"unknown member", "score > 10", "parties.exists(p, p.rol_type == 'x')", "unknown_name", "guard:g", "role_type"},
		{"types that do not fit", "score > 10", "score > 'ten'", "type_error", "guard:g", "no matching overload"},
		{"not a condition", "score > 10", "score + 10", "type_error", "guard:g", "bool"},
		{"a double", "score > 10", "score > 10.5", "type_error", "guard:g", ""},
		{"a walk over a map", "score > 10", "{'a': 1}.all(k, k == 'a')", "type_error", "guard:g", "map"},
		{"not CEL", "score > 10", "score >", "syntax", "guard:g", "CEL"},
		{"never true", "score > 10", "score > 10 && score < 5", "dead_guard", "guard:g", "never true"},
		{"never true by its bounds", "score > 10", "score > 100", "dead_guard", "guard:g", "never true"},
		{"never true by its parameter", "score > 10", "score > params.limit && score < 40", "dead_guard", "guard:g", "never true"},
		{"guards that exclude each other", `[{id: g, expr: "score > 10"}]`, `[{id: g, expr: "score > 10"}, {id: g2, expr: "score < 5"}]`, "unreachable", "transition:t_go", "g, g2"},
		{"a state nobody reaches", "states:", "states:\n  lost: {kind: final, outcome: lost}", "unreachable", "state:lost", "no path"},
		{"only a connector leaves", "on: go,", "on: tick,", "unattended", "state:open", "neither"},
		{"no way out", "to: won", "to: open", "dead_end", "state:open", "no path"},
		{"done declared", "tick: {by", "done: {by", "schema", "event:done", "reserved"},
		{"final without outcome", "{kind: final, outcome: won}", "{kind: final}", "schema", "state:won", "outcome"},
		{"no initial", ", initial: true", "", "schema", "/states", "initial"},
		{"a deadline nobody hears", "initial: true}", "initial: true, sla: {within: P1D, emits: tick}}", "schema", "state:open", "no transition"},
		{"a deadline of hours in working days", "initial: true}", "initial: true, sla: {within: PT4H, calendar: business, emits: go}}", "schema", "state:open", "whole days"},
		{"otherwise with guards", "to: won, ", "to: won, otherwise: true, ", "schema", "transition:t_go", "otherwise"},
		{"set a computed fact", "to: won, ", "to: won, actions: [{do: fact.set, fact: ltv_bps, value: '1'}], ", "schema", "transition:t_go", "computed"},
		{"set another type", "to: won, ", "to: won, actions: [{do: fact.set, fact: note, value: '1'}], ", "type_error", "transition:t_go", "string"},
		{"an action without its keys", "to: won, ", "to: won, actions: [{do: task.create}], ", "schema", "transition:t_go", "role"},
		{"parallel without regions", "kind: atomic, initial: true", "kind: parallel, initial: true", "schema", "state:open", "needs regions"},
		{"history of nothing", "kind: atomic, initial: true", "kind: history, initial: true", "schema", "state:open", "whose past it restores"},
		{"an overlay", "kind: Workflow\n", "kind: WorkflowOverlay\n", "schema", "/kind", "resolve OVERLAY"},
		{"a seal of no kind", "to: won, ", "to: won, seal: seled, ", "schema", "/transitions/0/seal", "sealed"},
		{"regions in an atomic state", "initial: true}", "initial: true, regions: {a: {initial: x, states: {x: {kind: atomic}}}}}", "schema", "state:open", "only a parallel state"},
		{"a region that begins elsewhere", "kind: atomic, initial: true}", "kind: parallel, initial: true, regions: {a: {initial: won, states: {x: {kind: atomic}}}}}", "schema", "region:a", "not inside"},
		{"two targets in one region", "to: won, ", "to: [won, open], ", "schema", "transition:t_go", "entered together"},
		{"a history that leads back to itself", "states:", "states:\n  c: {kind: compound, initial: h, states: {h: {kind: history}, x: {kind: atomic}}}", "schema", "state:h", "leads back"},
		{"a pause in no state", "initial: true}", "initial: true, sla: {within: P1D, emits: go, pause_in: [holdd]}}", "unknown_name", "state:open", "holdd"},
		{"a circle", "transitions:", "transitions:\n  - {id: t_a, from: open, to: mid}\n  - {id: t_b, from: mid, to: open}", "unknown_name", "transition:t_a", "mid"},
		{"a test that fails", "transitions:", "tests: [{name: wrong, steps: [{event: go, expect: fired}], expect: won}]\ntransitions:", "test_failed", "test:wrong", "expected fired, was refused"},
		{"a test with a typo", "transitions:", "tests: [{name: wrong, facts: {scores: 1}, steps: [], expect: open}]\ntransitions:", "unknown_name", "test:wrong", "score"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(small, c.from) {
				t.Fatalf("the small template has no %q", c.from)
			}
			report := Check([]byte(strings.Replace(small, c.from, c.to, 1)))
			if c.code == "" {
				if len(report.Findings) > 0 {
					t.Error(report.Findings)
				}
				return
			}
			if report.Publishable {
				t.Error("publishable")
			}
			if !slices.ContainsFunc(report.Findings, func(f workflow.Finding) bool {
				return f.Code == c.code && f.At == c.at && strings.Contains(f.Message, c.says)
			}) {
				t.Errorf("wanted %s at %s saying %q, found %+v", c.code, c.at, c.says, report.Findings)
			}
		})
	}
}

func TestEventlessCircleIsFound(t *testing.T) {
	source := strings.Replace(small, "transitions:", "transitions:\n  - {id: t_a, from: open, to: mid}\n  - {id: t_b, from: mid, to: open}", 1)
	source = strings.Replace(source, "states:", "states:\n  mid: {kind: atomic}", 1)
	report := Check([]byte(source))
	if !slices.ContainsFunc(report.Findings, func(f workflow.Finding) bool { return f.Code == "eventless_cycle" }) {
		t.Error(report.Findings)
	}
}

// The witness of a finding is a path that can be walked.
func TestWitnessIsAPath(t *testing.T) {
	c := Check(read(t, "../testdata/mortgage-flawed.yaml"))
	for _, f := range c.Findings {
		if f.Code == "dead_end" && (f.Witness == nil || !slices.Equal(f.Witness.Events, []string{"submit", "decide"})) {
			t.Errorf("%+v", f)
		}
	}
}

func FuzzCheck(f *testing.F) {
	for _, path := range []string{"../testdata/mortgage-example.yaml", "../testdata/mortgage-flawed.yaml"} {
		f.Add(read(f, path))
	}
	f.Add([]byte(small))
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("states: {x: {kind: compound, states: {x: {kind: compound}}}}"))
	f.Add([]byte("\x00"))
	f.Fuzz(func(t *testing.T, source []byte) {
		if len(source) > 1<<16 {
			return
		}
		c := Check(source)
		if c.Publishable && c.Machine == nil {
			t.Error("publishable without a machine")
		}
	})
}

// The templates every agency starts from pass their own check, tests included, without a warning.
func TestDefaultTemplatesPass(t *testing.T) {
	for _, name := range []string{"application", "submission"} {
		t.Run(name, func(t *testing.T) {
			c := Check(read(t, "../../../tenants/templates/"+name+".yaml"))
			if !c.Publishable || len(c.Findings) > 0 {
				for _, f := range c.Findings {
					t.Errorf("%s %s %d:%d %s", f.Code, f.At, f.Line, f.Column, f.Message)
				}
			}
		})
	}
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

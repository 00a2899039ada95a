package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

const (
	soundTemplate  = "../../core/workflow/testdata/mortgage-example.yaml"
	flawedTemplate = "../../core/workflow/testdata/mortgage-flawed.yaml"
)

// runWorkflow runs the command line as a person types it and gives what it printed and its exit code.
func runWorkflow(t *testing.T, args ...string) (string, int) {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	stdout := os.Stdout
	os.Stdout = out
	defer func() { os.Stdout = stdout }()
	var c struct {
		Workflow WorkflowCmd `cmd:""`
	}
	parser, err := kong.New(&c)
	if err != nil {
		t.Fatal(err)
	}
	command, err := parser.Parse(append([]string{"workflow"}, args...))
	if err != nil {
		t.Fatal(err)
	}
	err = command.Run()
	printed, readErr := os.ReadFile(out.Name())
	if readErr != nil {
		t.Fatal(readErr)
	}
	var exit *ExitError
	switch {
	case err == nil:
		return string(printed), 0
	case errors.As(err, &exit):
		return string(printed), exit.Code
	}
	t.Fatal(err)
	return "", 0
}

func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWorkflowCheckCommand(t *testing.T) {
	out, code := runWorkflow(t, "check", "--json", soundTemplate, flawedTemplate)
	if code != 1 {
		t.Errorf("exit %d, want 1", code)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 2 {
		t.Fatalf("%d lines, want one per file:\n%s", len(lines), out)
	}
	for i, publishable := range []bool{true, false} {
		var got map[string]any
		if err := json.Unmarshal([]byte(lines[i]), &got); err != nil {
			t.Fatal(err)
		}
		if got["publishable"] != publishable || len(got["digest"].(string)) != 64 {
			t.Errorf("%s", lines[i])
		}
	}
	for name, c := range map[string]struct {
		path string
		code int
	}{
		"sound":     {soundTemplate, 0},
		"absent":    {"no-such.yaml", 2},
		"too large": {file(t, "large.yaml", strings.Repeat("# large\n", 150_000)), 2},
		"not YAML":  {file(t, "bad.yaml", "a: [1"), 1},
		"empty":     {file(t, "empty.yaml", ""), 1},
	} {
		if _, code := runWorkflow(t, "check", c.path); code != c.code {
			t.Errorf("%s: exit %d, want %d", name, code, c.code)
		}
	}
}

func TestWorkflowRunCommand(t *testing.T) {
	log := file(t, "log.jsonl", `{"case":"1","event":"submit","at":"2026-10-01T00:38:44+02:00","actor":{"id":"112","roles":["broker"]},"facts":{"ltv_bps":7500}}
{"case":"2","event":"submit","at":"2026-10-01T09:00:00+02:00","actor":{"id":"113","roles":["nobody"]}}
`)
	out, code := runWorkflow(t, "run", soundTemplate, "--log", log, "--until", "2026-10-31T00:00:00Z", "--json")
	want := []string{`"outcome":"fired","from":["intake"],"to":["underwriting"]`, `"code":"role"`, `"event":"sla_breached","outcome":"fired"`, `"summary":{"cases":2,"finished":0,"in_flight":2,"events":3,"fired":2,"refused":1,"recorded":0,"timers":1,`}
	for i, line := range strings.Split(strings.TrimSpace(out), "\n") {
		if !strings.Contains(line, want[i]) {
			t.Errorf("line %d: %s\nwants %s", i+1, line, want[i])
		}
	}
	if code != 0 {
		t.Errorf("exit %d", code)
	}
	for name, line := range map[string]string{
		"bad JSON":          `{"case":`,
		"no case":           `{"event":"submit","at":"2026-10-01T00:38:44Z"}`,
		"no time":           `{"case":"1","event":"submit"}`,
		"wrong type":        `{"case":"1","event":"submit","at":"2026-10-01T00:38:44Z","facts":{"ltv_bps":"high"}}`,
		"not whole":         `{"case":"1","event":"submit","at":"2026-10-01T00:38:44Z","facts":{"ltv_bps":75.5}}`,
		"case not a text":   `{"case":1,"event":"submit","at":"2026-10-01T00:38:44Z"}`,
		"time goes back":    "{\"case\":\"1\",\"at\":\"2026-10-02T00:38:44Z\"}\n{\"case\":\"1\",\"at\":\"2026-10-01T00:38:44Z\"}",
		"unreadable in 3rd": "{\"case\":\"1\",\"at\":\"2026-10-02T00:38:44Z\"}\n\nnonsense",
	} {
		if _, code := runWorkflow(t, "run", soundTemplate, "--log", file(t, "bad.jsonl", line), "--json"); code != 2 {
			t.Errorf("%s: exit %d, want 2", name, code)
		}
	}
	if _, code := runWorkflow(t, "run", flawedTemplate, "--log", log); code != 1 {
		t.Errorf("a template that does not compile: exit %d, want 1", code)
	}
}

func TestWorkflowExplainCommand(t *testing.T) {
	facts := file(t, "facts.json", `{"ltv_bps": 7500, "created_by": "u1"}`)
	out, code := runWorkflow(t, "explain", soundTemplate, "--state", "underwriting", "--event", "decide", "--facts", facts, "--at", "2026-10-01T09:00:00Z", "--json")
	if code != 1 || !strings.Contains(out, `"code":"fact_missing","guard":"g_dti"`) || !strings.Contains(out, `{"name":"dti_bps","value":null,"missing":true,"owner":"broker","fix":"form:ratios"}`) {
		t.Errorf("exit %d: %s", code, out)
	}
	facts = file(t, "facts.json", `{"ltv_bps": 7500, "dti_bps": 3000, "created_by": "u1"}`)
	if out, code = runWorkflow(t, "explain", soundTemplate, "--state", "underwriting", "--event", "decide", "--facts", facts); code != 0 || !strings.Contains(out, "then approved") {
		t.Errorf("exit %d: %s", code, out)
	}
	if _, code = runWorkflow(t, "explain", soundTemplate, "--state", "nowhere", "--event", "decide"); code != 2 {
		t.Errorf("an unknown state: exit %d, want 2", code)
	}
}

func TestWorkflowTestAndExportCommands(t *testing.T) {
	if out, code := runWorkflow(t, "test", soundTemplate); code != 0 || !strings.Contains(out, "4 tests") {
		t.Errorf("exit %d: %s", code, out)
	}
	if out, code := runWorkflow(t, "export", soundTemplate, "--format", "mermaid"); code != 0 || !strings.HasPrefix(out, "stateDiagram-v2\n") {
		t.Errorf("exit %d: %s", code, out)
	}
	if out, code := runWorkflow(t, "schema"); code != 0 || !json.Valid([]byte(out)) {
		t.Errorf("exit %d", code)
	}
}

func TestWorkflowExportAndImportCommands(t *testing.T) {
	for format, begins := range map[string]string{"mermaid": "stateDiagram-v2\n", "scxml": "<?xml", "xstate": "{\n", "bpmn": "<?xml", "dot": "digraph "} {
		if out, code := runWorkflow(t, "export", soundTemplate, "--format", format); code != 0 || !strings.HasPrefix(out, begins) {
			t.Errorf("%s: exit %d:\n%s", format, code, out)
		}
	}
	if _, code := runWorkflow(t, "export", flawedTemplate, "--format", "dot"); code != 1 {
		t.Errorf("a template that does not compile: exit %d, want 1", code)
	}
	chart := `<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0"><state id="a"><transition event="t" target="b"/></state><final id="b"/></scxml>`
	out, code := runWorkflow(t, "import", file(t, "chart.scxml", chart), "--format", "scxml")
	if code != 0 {
		t.Fatalf("exit %d", code)
	}
	log := file(t, "log.jsonl", `{"case":"1","event":"t.x","at":"2026-10-01T00:38:44Z"}`)
	if out, code := runWorkflow(t, "run", file(t, "imported.yaml", out), "--log", log, "--json"); code != 0 || !strings.Contains(out, `"outcome":"fired","from":["a"],"to":["b"]`) {
		t.Errorf("the imported template runs with exit %d:\n%s", code, out)
	}
	for name, c := range map[string]struct {
		path string
		code int
	}{
		"absent":          {"no-such.scxml", 2},
		"not XML":         {file(t, "bad.scxml", "<scxml"), 2},
		"too large":       {file(t, "large.scxml", strings.Repeat(" ", 1<<20)+chart), 2},
		"with conditions": {file(t, "cond.scxml", strings.Replace(chart, "event=", `cond="x" event=`, 1)), 1},
		"with actions":    {file(t, "script.scxml", strings.Replace(chart, "<final", "<script/><final", 1)), 1},
	} {
		if out, code := runWorkflow(t, "import", c.path); code != c.code || out != "" {
			t.Errorf("%s: exit %d, want %d; printed %q", name, code, c.code, out)
		}
	}
}

package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/core/workflow/diff"
)

const (
	baseTemplate    = "../../core/workflow/overlay/testdata/base.yaml"
	exampleOverlay  = "../../core/workflow/overlay/testdata/example/overlay.yaml"
	exampleResolved = "../../core/workflow/overlay/testdata/example/resolved.yaml"
)

// complaints runs the command line and gives what it wrote on standard error, or the error it ended with.
func complaints(t *testing.T, args ...string) (string, int) {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "err"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	stderr := os.Stderr
	os.Stderr = out
	defer func() { os.Stderr = stderr }()
	printed, code := runWorkflow(t, args...)
	if printed != "" {
		t.Errorf("a refusal printed %q on standard output", printed)
	}
	if _, err := out.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), code
}

func TestWorkflowResolveCommand(t *testing.T) {
	want, err := os.ReadFile(exampleResolved)
	if err != nil {
		t.Fatal(err)
	}
	if out, code := runWorkflow(t, "resolve", exampleOverlay, "--base", baseTemplate); code != 0 || out != string(want) {
		t.Errorf("exit %d:\n%s", code, out)
	}
	overlay := func(key, base, operations string) string {
		return "apiVersion: pratica/v1\nkind: WorkflowOverlay\nmetadata: {key: " + key + ", extends: {key: " + base + ", version: 1}}\noperations: [" + operations + "]\n"
	}
	region := file(t, "region.yaml", overlay("region", "network-mortgage", ""))
	agency := file(t, "agency.yaml", overlay("agency", "region", "{op: set_param, param: max_ltv_bps, value: 7000}"))
	if out, code := runWorkflow(t, "resolve", agency, "--base", region, "--base", baseTemplate); code != 0 || !strings.Contains(out, "default: 7000") || !strings.Contains(out, "key: agency") {
		t.Errorf("a chain: exit %d: %s", code, out)
	}
	weaker := file(t, "weaker.yaml", overlay("weaker", "network-mortgage", "{op: disable, transition: t_vote}"))
	if text, code := complaints(t, "resolve", weaker, "--base", baseTemplate); code != 1 || !strings.Contains(text, "weaker.yaml:4:40: error seal_broken at operation:1: transition t_vote") {
		t.Errorf("exit %d: %s", code, text)
	}
	circle := file(t, "circle.yaml", overlay("circle", "region", ""))
	back := file(t, "back.yaml", overlay("region", "circle", ""))
	for name, c := range map[string]struct {
		args []string
		code int
	}{
		"another base":     {[]string{exampleOverlay, "--base", soundTemplate}, 1},
		"a circle":         {[]string{circle, "--base", back}, 1},
		"no overlay":       {[]string{baseTemplate, "--base", baseTemplate}, 1},
		"not YAML":         {[]string{file(t, "bad.yaml", "a: [1"), "--base", baseTemplate}, 1},
		"absent":           {[]string{"no-such.yaml", "--base", baseTemplate}, 2},
		"base absent":      {[]string{exampleOverlay, "--base", "no-such.yaml"}, 2},
		"too large":        {[]string{file(t, "large.yaml", strings.Repeat("# large\n", 150_000)), "--base", baseTemplate}, 2},
		"base too large":   {[]string{exampleOverlay, "--base", file(t, "large.yaml", strings.Repeat("# large\n", 150_000))}, 2},
		"base not YAML":    {[]string{exampleOverlay, "--base", file(t, "bad.yaml", "metadata: {key: network-mortgage}\na: [1")}, 1},
		"base no template": {[]string{exampleOverlay, "--base", file(t, "bad.yaml", "metadata: {key: network-mortgage}")}, 1},
	} {
		if _, code := complaints(t, append([]string{"resolve"}, c.args...)...); code != c.code {
			t.Errorf("%s: exit %d, want %d", name, code, c.code)
		}
	}
}

func TestWorkflowDiffCommand(t *testing.T) {
	out, code := runWorkflow(t, "diff", baseTemplate, exampleResolved)
	if code != 0 || !strings.Contains(out, "tightens  Added: guard g_score (transition t_approve)\n") || !strings.HasSuffix(out, " changes\n") {
		t.Errorf("exit %d:\n%s", code, out)
	}
	out, code = runWorkflow(t, "diff", baseTemplate, exampleResolved, "--json")
	var changes []diff.Change
	if err := json.Unmarshal([]byte(out), &changes); code != 0 || err != nil || len(changes) < 9 {
		t.Errorf("exit %d, %v: %s", code, err, out)
	}
	if out, code = runWorkflow(t, "diff", baseTemplate, baseTemplate, "--json"); code != 0 || out != "[]\n" {
		t.Errorf("the same file: exit %d: %s", code, out)
	}
	if _, code = complaints(t, "diff", baseTemplate, "no-such.yaml"); code != 2 {
		t.Errorf("absent: exit %d, want 2", code)
	}
	if _, code = complaints(t, "diff", file(t, "large.yaml", strings.Repeat("# large\n", 150_000)), baseTemplate); code != 2 {
		t.Errorf("too large: exit %d, want 2", code)
	}
	if _, code = complaints(t, "diff", file(t, "bad.yaml", "a: [1"), baseTemplate); code != 1 {
		t.Errorf("not YAML: exit %d, want 1", code)
	}
}

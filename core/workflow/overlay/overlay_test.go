package overlay

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/diff"
)

var update = flag.Bool("update", false, "rewrite the golden outcomes")

// preamble comes before the operations of a case; places in outcomes count from the first operation.
const preamble = "apiVersion: pratica/v1\nkind: WorkflowOverlay\nmetadata: {key: agency, extends: {key: network-mortgage, version: 1}}\noperations:\n"

var preambleLines = strings.Count(preamble, "\n")

func file(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// cases runs each file of a folder: words, then its parts, then the outcome that play gives.
func cases(t *testing.T, folder string, least int, play func(t *testing.T, parts []string) string) {
	files, err := filepath.Glob(filepath.Join("testdata", folder, "*.txt"))
	if err != nil || len(files) < least {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			parts := strings.Split(string(file(t, path)), "---\n")
			last := len(parts) - 1
			got := play(t, parts[1:last])
			if got == parts[last] {
				return
			}
			if *update {
				parts[last] = got
				if err := os.WriteFile(path, []byte(strings.Join(parts, "---\n")), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			t.Errorf("the outcome is\n%s\nnot\n%s", got, parts[last])
		})
	}
}

// Every operation, what it does and what it is refused, is a file.
func TestOperations(t *testing.T) {
	base := file(t, "testdata/base.yaml")
	cases(t, "operations", 18, func(t *testing.T, parts []string) string {
		resolved, found, err := Resolve(base, []byte(preamble+parts[0]))
		if err != nil {
			t.Fatal(err)
		}
		if len(found) > 0 {
			return refused(t, found)
		}
		formIsSound(t, resolved)
		return changes(t, base, resolved.Source) + traces(resolved)
	})
}

func refused(t *testing.T, found []workflow.Finding) string {
	var out strings.Builder
	for _, f := range found {
		if f.Severity != workflow.SeverityError || f.Line <= preambleLines || f.Column == 0 {
			t.Errorf("a refusal without a place: %+v", f)
		}
		fmt.Fprintf(&out, "%s %d:%d %s\n    %s\n", f.At, f.Line-preambleLines, f.Column, f.Code, f.Message)
	}
	return out.String()
}

func changes(t *testing.T, before, after []byte) string {
	list, err := diff.Sources(before, after)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, c := range list {
		if c.At == "template" && c.What == "key" || strings.HasPrefix(c.At, "test:") {
			continue // every overlay has a key and tests of its own
		}
		fmt.Fprintf(&out, "%s (%s)\n", c.Text.EN, c.Weight)
	}
	return out.String()
}

// traces shows where the lines that are not the base's come from.
func traces(r Resolved) string {
	var out strings.Builder
	for i, line := range strings.Split(string(r.Source), "\n") {
		if o, ok := r.Origins[i+1]; ok && o.Operation > 0 {
			fmt.Fprintf(&out, "    operation:%d %d:%d → %s\n", o.Operation, o.Line-preambleLines, o.Column, strings.TrimSpace(line))
		}
	}
	return out.String()
}

// formIsSound holds a resolved template against the format; the graph is the business of whole templates.
func formIsSound(t *testing.T, r Resolved) {
	t.Helper()
	for _, f := range workflow.Check(withoutSeals(t, r.Source)).Findings {
		if slices.Contains([]string{"syntax", "schema", "unknown_name", "type_error"}, f.Code) {
			t.Errorf("%s at %s: %s", f.Code, f.At, f.Message)
		}
	}
}

// withoutSeals takes out what binds overlays and nothing else.
func withoutSeals(t *testing.T, source []byte) []byte {
	t.Helper()
	root, err := parse(source)
	if err != nil {
		t.Fatal(err)
	}
	var strip func(n *yaml.Node)
	strip = func(n *yaml.Node) {
		for _, key := range []string{"seal", "slot", "mandatory"} {
			drop(n, key)
		}
		for _, x := range n.Content {
			strip(x)
		}
	}
	strip(root)
	out, err := encode(root)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// The example uses every operation; it is sound before and after.
func TestExample(t *testing.T) {
	base := file(t, "testdata/base.yaml")
	resolved, found, err := Resolve(base, file(t, "testdata/example/overlay.yaml"))
	if err != nil || len(found) > 0 {
		t.Fatal(found, err)
	}
	if *update {
		if err := os.WriteFile("testdata/example/resolved.yaml", resolved.Source, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := file(t, "testdata/example/resolved.yaml"); string(want) != string(resolved.Source) {
		t.Errorf("resolved is\n%s", resolved.Source)
	}
	for name, source := range map[string][]byte{"base": base, "resolved": resolved.Source} {
		if c := workflow.Check(withoutSeals(t, source)); !c.Publishable {
			t.Errorf("%s: %+v", name, c.Findings)
		}
	}
	again, _, _ := Resolve(base, file(t, "testdata/example/overlay.yaml"))
	if string(again.Source) != string(resolved.Source) {
		t.Error("the same input gives another output")
	}
	for _, mark := range []string{"seal: sealed", "mandatory: true", "slot: checks"} {
		if !strings.Contains(string(resolved.Source), mark) {
			t.Errorf("%s is lost", mark)
		}
	}
}

package draw

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/core/workflow"
)

var update = flag.Bool("update", false, "rewrite the golden drawings")

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func compiled(t *testing.T, path string) *workflow.Machine {
	t.Helper()
	m, findings := workflow.Compile(read(t, path))
	if m == nil {
		t.Fatal(findings)
	}
	return m
}

const everything = "testdata/everything.yaml"

// Every language draws the template that has everything; Mermaid, which people read, three more.
func TestGoldens(t *testing.T) {
	extension := map[string]string{"mermaid": ".mmd", "scxml": ".scxml", "xstate": ".json", "bpmn": ".bpmn", "dot": ".dot"}
	templates := map[string][]string{everything: {"mermaid", "scxml", "xstate", "bpmn", "dot"}}
	for _, path := range []string{"../testdata/mortgage-example.yaml", "../../../tenants/templates/application.yaml", "../testdata/compound.yaml"} {
		templates[path] = []string{"mermaid"}
	}
	for path, formats := range templates {
		for _, format := range formats {
			base := strings.TrimSuffix(filepath.Base(path), ".yaml")
			t.Run(base+"/"+format, func(t *testing.T) {
				golden := "testdata/" + base + extension[format]
				got := Formats[format](compiled(t, path))
				if *update {
					if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				if want := string(read(t, golden)); got != want {
					t.Errorf("%s in %s:\n%s", path, format, got)
				}
			})
		}
	}
}

package workflow

import (
	"os"
	"testing"
)

func TestMermaid(t *testing.T) {
	for template, golden := range map[string]string{
		"testdata/mortgage-example.yaml":           "testdata/mortgage-example.mmd",
		"../../tenants/templates/application.yaml": "testdata/application.mmd",
		"testdata/compound.yaml":                   "testdata/compound.mmd",
	} {
		m, findings := Compile(read(t, template))
		if m == nil {
			t.Fatal(findings)
		}
		got := m.Mermaid()
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want := string(read(t, golden)); got != want {
			t.Errorf("%s:\n%s", template, got)
		}
	}
}

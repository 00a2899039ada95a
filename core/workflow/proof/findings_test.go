package proof

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/core/workflow"
)

var update = flag.Bool("update", false, "rewrite the golden findings")

const preamble = "apiVersion: pratica/v1\nkind: Workflow\nmetadata: {key: finding}\nsubject: case\n"

// golden is a file of testdata/findings: words, a template, and what is to be said about it, one finding per line.
type golden struct {
	name, words, template string
	findings              []workflow.Finding
	raw                   string
}

func goldens(t *testing.T) (out []golden) {
	t.Helper()
	files, err := filepath.Glob("testdata/findings/*.txt")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, path := range files {
		parts := strings.Split(string(read(t, path)), "\n---\n")
		if len(parts) != 3 {
			t.Fatalf("%s has %d parts; words, a template and findings are wanted", path, len(parts))
		}
		g := golden{name: strings.TrimSuffix(filepath.Base(path), ".txt"), words: parts[0], template: preamble + parts[1], raw: parts[2]}
		for _, line := range strings.Split(strings.TrimSpace(parts[2]), "\n") {
			var f workflow.Finding
			if line == "" {
				continue
			}
			if err := json.Unmarshal([]byte(line), &f); err != nil && !*update {
				t.Fatalf("%s: %v", path, err)
			}
			g.findings = append(g.findings, f)
		}
		out = append(out, g)
	}
	return out
}

// Every code of the certificate has a file that says what it means, shows it, and shows what it does not mean.
func TestFindings(t *testing.T) {
	for _, g := range goldens(t) {
		t.Run(g.name, func(t *testing.T) {
			got := lines(t, Check([]byte(g.template)).Findings)
			if again := lines(t, Check([]byte(g.template)).Findings); again != got {
				t.Errorf("the second run says\n%s\nafter\n%s", again, got)
			}
			if got == g.raw {
				return
			}
			if *update {
				body := strings.TrimPrefix(g.template, preamble)
				if err := os.WriteFile("testdata/findings/"+g.name+".txt", []byte(g.words+"\n---\n"+body+"\n---\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			t.Errorf("found\n%s\nnot\n%s", got, g.raw)
		})
	}
}

func lines(t *testing.T, findings []workflow.Finding) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	for _, f := range findings {
		if err := encoder.Encode(f); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

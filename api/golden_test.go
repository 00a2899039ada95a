package api_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/api"
)

var update = flag.Bool("update", false, "write golden files anew")

// TestInterfaceIsAsCommitted: the description others build against changes only on purpose.
func TestInterfaceIsAsCommitted(t *testing.T) {
	document, err := api.OpenAPI(api.Deps{})
	must(t, err)
	golden(t, "openapi.yaml", document)
	var table strings.Builder
	for _, r := range api.Table(api.Deps{}) {
		line := fmt.Sprintf("%-6s %-52s %s", r.Method, r.Path, r.Action)
		if why := r.Keyless() + r.Unmatched(); why != "" {
			line = fmt.Sprintf("%-84s %s", line, why)
		}
		table.WriteString(line + "\n")
	}
	golden(t, "testdata/routes", []byte(table.String()))
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		must(t, os.WriteFile(path, got, 0o644))
		return
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the code says; run go test ./api -update and read the difference", path)
	}
}

// TestLimitsAreDescribed: every operation says that it may be refused for its rate and the size of its headers, and whatever takes a body
// for that one's; the answers are described once.
func TestLimitsAreDescribed(t *testing.T) {
	document := described(t)
	kept := document["components"].(map[string]any)["responses"].(map[string]any)
	operations := 0
	for path, methods := range document["paths"].(map[string]any) {
		for method, op := range methods.(map[string]any) {
			operations++
			for status, name := range map[string]string{"429": "TooManyRequests", "431": "RequestHeaderFieldsTooLarge", "413": "ContentTooLarge"} {
				said, _ := op.(map[string]any)["responses"].(map[string]any)[status].(map[string]any)
				if wants := status != "413" || method == "post" || method == "put" || method == "patch"; wants != (said["$ref"] == "#/components/responses/"+name) || kept[name] == nil {
					t.Errorf("%s %s: %s is %v", method, path, status, said)
				}
			}
		}
	}
	if operations < 100 {
		t.Errorf("only %d operations", operations)
	}
}

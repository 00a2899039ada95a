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

package conformance

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestOwnConform: the platform's own connectors pass everything that applies, as their conformance.yaml has them connected.
func TestOwnConform(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", dir+"/", "../connectors/...").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, least := range map[string]int{"bankportal": 21, "berlingroup": 19, "bureau": 21, "cashflow": 14, "identity": 18} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := ReadSpec(filepath.Join("../connectors", name, SpecName))
			if err != nil {
				t.Fatal(err)
			}
			s.MemoryMiB = 100
			r, err := Run(t.Context(), Options{stage: stage, Binary: filepath.Join(dir, name), Spec: s, Patience: 150 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			if !r.Conformant || r.Passed < least {
				var text bytes.Buffer
				r.Text(&text)
				t.Errorf("%s", text.String())
			}
		})
	}
}

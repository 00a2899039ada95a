package audit_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/pratica-crm/pratica/core/audit"
)

// FuzzVerify: whatever a file says, it is no export or it is judged; and a key that has signed nothing vouches for nothing.
func FuzzVerify(f *testing.F) {
	key, err := audit.OpenKey(filepath.Join(f.TempDir(), "audit.key"), true)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"format":1}` + "\n" + `{"seq":1}` + "\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		report, err := audit.VerifyFile(bytes.NewReader(file), &key.Public)
		if err == nil && (report.SealedTo != 0 || len(report.Findings) == 0) {
			t.Fatalf("%d entries vouched for, up to %d", report.Entries, report.SealedTo)
		}
		_, _ = audit.VerifyFile(bytes.NewReader(file), nil) // the file's own key: judged, whatever it is
	})
}

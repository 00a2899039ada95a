package documents

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/pratica-crm/pratica/core/crypto"
)

// BenchmarkContent takes up 25 MiB, encrypted, and reads them back, as a pipe without storage: memory does not grow with the content.
func BenchmarkContent(b *testing.B) {
	root, err := crypto.OpenRoot(filepath.Join(b.TempDir(), "root.key"), true)
	if err != nil {
		b.Fatal(err)
	}
	wrapped, err := root.NewTenantKey("agn", 1, nil)
	if err != nil {
		b.Fatal(err)
	}
	tenant, err := root.TenantKey("agn", []crypto.Wrapped{wrapped})
	if err != nil {
		b.Fatal(err)
	}
	content := append(append([]byte("%PDF-1.4\n"), bytes.Repeat([]byte("page "), (MaxBytes-64)/5)...), "\n%%EOF\n"...)
	b.SetBytes(int64(len(content)))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for b.Loop() {
		_, key, err := tenant.NewContentKey("doc")
		if err != nil {
			b.Fatal(err)
		}
		r, w := io.Pipe()
		took := make(chan error, 1)
		go func() {
			err := (&intake{sum: sha256.New()}).take(b.Context(), w, key.Encrypt, bytes.NewReader(content))
			took <- errors.Join(err, w.CloseWithError(err))
		}()
		plain, err := key.Decrypt(r)
		if err != nil {
			b.Fatal(err)
		}
		n, err := io.Copy(io.Discard, plain)
		if err = errors.Join(err, <-took); err != nil || n != int64(len(content)) {
			b.Fatalf("%d bytes came through, %v", n, err)
		}
	}
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.Sys)/(1<<20), "MiB_held")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(b.N)/(1<<20), "MiB_allocated/op")
}

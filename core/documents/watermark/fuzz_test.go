package watermark

import (
	"bytes"
	"testing"
)

// FuzzStamp: whatever a PDF is, its process ends with a whole stamped copy that can be stamped again, or with nothing at all.
func FuzzStamp(f *testing.F) {
	f.Add(document(1), "Ada Riva\n2026-11-02 09:00:00 UTC")
	p := process("stamp")
	f.Fuzz(func(t *testing.T, pdf []byte, mark string) {
		if len(pdf) > 1<<16 || len(mark) > 300 {
			return
		}
		var out, again bytes.Buffer
		if err := p.Mark(t.Context(), &out, bytes.NewReader(pdf), mark); err != nil {
			if out.Len() > 0 {
				t.Fatalf("%v, after %d bytes", err, out.Len())
			}
			return
		}
		if !bytes.HasPrefix(out.Bytes(), []byte("%PDF-")) || !bytes.Contains(out.Bytes(), []byte("%%EOF")) {
			t.Fatalf("came out: %.60q", out.Bytes())
		}
		if err := p.Mark(t.Context(), &again, bytes.NewReader(out.Bytes()), mark); err != nil {
			t.Fatalf("the copy is none: %v", err)
		}
	})
}

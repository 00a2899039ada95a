package blob

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	f, err := OpenFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	put := func(key, text string, fail error) error {
		return f.Put(t.Context(), key, func(w io.Writer) error {
			_, _ = io.WriteString(w, text)
			return fail
		})
	}
	if err := put("agn_a/doc_1", "hello", nil); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("upload broke off")
	if err := put("agn_a/doc_2", "half", broken); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if _, err := f.Open(t.Context(), "agn_a/doc_2"); !errors.Is(err, ErrMissing) {
		t.Errorf("half a content is there: %v", err)
	}
	r, err := f.Open(t.Context(), "agn_a/doc_1")
	if err != nil {
		t.Fatal(err)
	}
	got, _ := io.ReadAll(r)
	_ = r.Close()
	if string(got) != "hello" {
		t.Errorf("got %q", got)
	}
	for _, key := range []string{"../x", "a/../../x", "/etc/passwd", "a", "a/b/c", "a/.put", ""} {
		if put(key, "x", nil) == nil {
			t.Errorf("key %q was accepted", key)
		}
	}
	if err := f.Delete(t.Context(), "agn_a/doc_1"); err != nil {
		t.Error(err)
	}
	left, _ := filepath.Glob(filepath.Join(dir, "*", "*"))
	hidden, _ := filepath.Glob(filepath.Join(dir, "*", ".*"))
	if len(left)+len(hidden) > 0 {
		t.Errorf("left behind: %v %v", left, hidden)
	}
	if _, err := os.Stat(filepath.Join(dir, "..", "x")); err == nil {
		t.Error("a key left the folder")
	}
}

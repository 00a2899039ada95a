package crypto

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestKeysOpenOnlyWhereTheyBelong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "root.key")
	if _, err := OpenRoot(path, false); err == nil {
		t.Error("a missing root key was accepted")
	}
	root, err := OpenRoot(path, true)
	must(t, err)
	again, err := OpenRoot(path, false)
	must(t, err)
	wrapped, err := root.NewTenantKey("agn_a")
	must(t, err)
	if _, err := again.TenantKey("agn_b", wrapped); err == nil {
		t.Error("A's key opened as B's")
	}
	a, err := again.TenantKey("agn_a", wrapped)
	must(t, err)
	sealed, key, err := a.NewContentKey("doc_1")
	must(t, err)
	if _, err := a.ContentKey("doc_2", sealed); err == nil {
		t.Error("the key of one document opened as another's")
	}

	plain := bytes.Repeat([]byte("secret payslip "), 200_000) // three segments
	var stored bytes.Buffer
	w, err := key.Encrypt(&stored)
	must(t, err)
	_, err = w.Write(plain)
	must(t, err)
	must(t, w.Close())
	if bytes.Contains(stored.Bytes(), []byte("payslip")) {
		t.Error("the content is stored in clear")
	}
	reopened, err := a.ContentKey("doc_1", sealed)
	must(t, err)
	got, err := read(reopened, stored.Bytes())
	if err != nil || !bytes.Equal(got, plain) {
		t.Errorf("read back %d bytes: %v", len(got), err)
	}
	damaged := bytes.Clone(stored.Bytes())
	damaged[len(damaged)/2] ^= 1
	if got, err := read(reopened, damaged); err == nil || len(got) > len(plain)/2 {
		t.Errorf("a flipped bit gave %d bytes and %v", len(got), err)
	}
	if _, err := read(reopened, stored.Bytes()[:stored.Len()-10]); err == nil {
		t.Error("a truncated content opened")
	}

	must(t, os.Chmod(path, 0o644))
	if _, err := OpenRoot(path, false); err == nil {
		t.Error("a root key that others may read was accepted")
	}
}

func read(k *ContentKey, stored []byte) ([]byte, error) {
	r, err := k.Decrypt(bytes.NewReader(stored))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

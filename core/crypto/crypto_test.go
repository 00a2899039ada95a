package crypto

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// agency makes the keys of an agency with so many rotations behind it.
func agency(t *testing.T, root *Root, name string, rotations int) (*TenantKey, []Wrapped) {
	t.Helper()
	var keys *TenantKey
	var all []Wrapped
	for n := range rotations + 1 {
		w, err := root.NewTenantKey(name, n+1, keys)
		must(t, err)
		all = append(all, w)
		keys, err = root.TenantKey(name, all)
		must(t, err)
	}
	return keys, all
}

func TestRootKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "root.key")
	if _, err := OpenRoot(path, false); err == nil {
		t.Error("a missing root key was accepted")
	}
	root, err := OpenRoot(path, true)
	must(t, err)
	_, wrapped := agency(t, root, "agn_a", 0)
	again, err := OpenRootURI("file://" + path)
	must(t, err)
	if _, err := again.TenantKey("agn_b", wrapped); !errors.Is(err, ErrRoot) {
		t.Error("A's key opened as B's")
	}
	if _, err := again.TenantKey("agn_a", wrapped); err != nil {
		t.Error(err)
	}
	fresh, err := OpenRoot(filepath.Join(t.TempDir(), "root.key"), true)
	must(t, err)
	if _, err := fresh.TenantKey("agn_a", wrapped); !errors.Is(err, ErrRoot) {
		t.Errorf("another root key opened it: %v", err)
	}
	if wrapped[0].Key, err = fresh.After(again).Rewrap("agn_a", wrapped[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := fresh.TenantKey("agn_a", wrapped); err != nil {
		t.Errorf("wrapped anew: %v", err)
	}
	must(t, os.Chmod(path, 0o644))
	if _, err := OpenRoot(path, false); err == nil {
		t.Error("a root key that others may read was accepted")
	}
	for _, uri := range []string{"", "root.key", "gcp-kms://x", "aws-kms://alias/x", "hcvault://"} {
		if _, err := OpenRootURI(uri); err == nil {
			t.Errorf("%q was accepted", uri)
		}
	}
}

// TestSealedOpensOnlyInItsPlace: not in another agency, table, row or column, nor after a bit has changed.
func TestSealedOpensOnlyInItsPlace(t *testing.T) {
	root, err := OpenRoot(filepath.Join(t.TempDir(), "root.key"), true)
	must(t, err)
	a, _ := agency(t, root, "agn_a", 0)
	b, _ := agency(t, root, "agn_b", 0)
	here := Place{"subjects", "sub_1", "incomes"}
	wrappedData, data, err := a.NewDataKey(Place{"subjects", "sub_1", "data_key"})
	must(t, err)
	type box interface {
		Seal(Place, []byte) ([]byte, error)
		Open(Place, []byte) ([]byte, error)
	}
	for name, k := range map[string]box{"agency's key": a, "data key": data} {
		sealed, err := k.Seal(here, []byte("3141"))
		must(t, err)
		if plain, err := k.Open(here, sealed); err != nil || string(plain) != "3141" {
			t.Errorf("%s: %q %v", name, plain, err)
		}
		for _, p := range []Place{{"members", "sub_1", "incomes"}, {"subjects", "sub_2", "incomes"}, {"subjects", "sub_1", "legal"}, {"subjectss", "ub_1", "incomes"}} {
			if _, err := k.Open(p, sealed); !errors.Is(err, ErrSealed) {
				t.Errorf("%s: moved to %v it opens: %v", name, p, err)
			}
		}
		if _, err := b.Open(here, sealed); !errors.Is(err, ErrSealed) {
			t.Errorf("%s: it opens in B: %v", name, err)
		}
		sealed[len(sealed)-1] ^= 1
		if _, err := k.Open(here, sealed); !errors.Is(err, ErrSealed) {
			t.Errorf("%s: damaged it opens: %v", name, err)
		}
	}
	for name, p := range map[string]Place{"another subject": {"subjects", "sub_2", "data_key"}, "another table": {"instances", "sub_1", "data_key"}} {
		if _, err := a.DataKey(p, wrappedData); !errors.Is(err, ErrSealed) {
			t.Errorf("the key opened as %s's: %v", name, err)
		}
	}
	if _, err := b.DataKey(Place{"subjects", "sub_1", "data_key"}, wrappedData); !errors.Is(err, ErrSealed) {
		t.Errorf("the key opened in B: %v", err)
	}
	var none *TenantKey
	if _, err := none.Open(here, nil); !errors.Is(err, ErrNoKey) {
		t.Error(err)
	}
}

// TestRotatedKeys: the newest seals, the older open; what is found by an index is found on; a destroyed key opens nothing.
func TestRotatedKeys(t *testing.T) {
	root, err := OpenRoot(filepath.Join(t.TempDir(), "root.key"), true)
	must(t, err)
	first, all := agency(t, root, "agn_a", 0)
	here := Place{"connections", "cnx_1", "config"}
	old, err := first.Seal(here, []byte("token"))
	must(t, err)
	w, err := root.NewTenantKey("agn_a", 2, first)
	must(t, err)
	second, err := root.TenantKey("agn_a", append(all, w))
	must(t, err)
	if plain, err := second.Open(here, old); err != nil || string(plain) != "token" {
		t.Errorf("%q %v", plain, err)
	}
	renewed, err := second.Rewrap(here, old)
	must(t, err)
	if !bytes.HasPrefix(renewed, second.Header()) || bytes.HasPrefix(old, second.Header()) || second.Newest() != 2 {
		t.Error("the header does not tell what is under the newest key")
	}
	if _, err := first.Open(here, renewed); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("who does not know the new key is to be told so: %v", err)
	}
	index := func(k *TenantKey, column, value string) string {
		raw, err := k.Index(column, value)
		must(t, err)
		return string(raw)
	}
	other, _ := agency(t, root, "agn_b", 0)
	if index(first, "email", "a@b.it") != index(second, "email", "a@b.it") || index(first, "email", "x") == index(first, "phone", "x") ||
		index(first, "email", "x") == index(other, "email", "x") || len(index(first, "email", "x")) != 32 || index(first, "email", "") != "" {
		t.Error("blind indexes: the same across a rotation, another one per column and agency")
	}
	all[0].Destroyed = true
	gone, err := root.TenantKey("agn_a", all)
	must(t, err)
	if _, err := gone.Open(here, old); !errors.Is(err, ErrDestroyed) {
		t.Error(err)
	}
	if _, err := gone.Seal(here, nil); !errors.Is(err, ErrDestroyed) {
		t.Error(err)
	}
}

func TestContentKeys(t *testing.T) {
	root, err := OpenRoot(filepath.Join(t.TempDir(), "root.key"), true)
	must(t, err)
	a, _ := agency(t, root, "agn_a", 0)
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

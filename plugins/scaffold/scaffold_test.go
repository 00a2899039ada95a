package scaffold

import (
	"archive/zip"
	"bytes"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write sdk.zip anew")

// TestSDKIsCurrent: what authors are given is the SDK as it is here. Mend it with: go test ./plugins/scaffold -run TestSDKIsCurrent -update
func TestSDKIsCurrent(t *testing.T) {
	want := map[string][]byte{}
	err := each(os.DirFS("../sdk"), ".", func(name string, text []byte) {
		if !strings.HasSuffix(name, "_test.go") && !strings.Contains(name, "testdata/") {
			want[name] = text
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		var out bytes.Buffer
		z := zip.NewWriter(&out)
		for _, name := range slices.Sorted(maps.Keys(want)) {
			w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(want[name]); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("sdk.zip", out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := sdkFiles()
	if err != nil {
		t.Fatal(err)
	}
	if !maps.EqualFunc(want, got, bytes.Equal) {
		t.Error("sdk.zip is not the SDK as it is: go test ./plugins/scaffold -run TestSDKIsCurrent -update")
	}
}

// TestNew: every skeleton has what its README promises, under its own name, and nothing of ours.
func TestNew(t *testing.T) {
	for capability := range folders {
		for lang, wanted := range map[string][]string{
			"go":   {"connector.go", "connector_test.go", "main.go", "go.mod", "go.sum", "README.md", "conformance.yaml", ".gitignore", ".pratica-sdk/connector.go", ".pratica-sdk/connector.proto", ".pratica-sdk/go.mod"},
			"node": {"connector.js", "connector.test.js", "main.js", "package.json", "README.md", "conformance.yaml", ".gitignore", ".pratica-sdk/index.js", ".pratica-sdk/connector.proto"},
		} {
			dir := t.TempDir()
			if err := New(dir, Options{Name: "zeta-bank", Capability: capability, Lang: lang}); err != nil {
				t.Fatal(err)
			}
			for _, name := range wanted {
				if text, err := os.ReadFile(filepath.Join(dir, "zeta-bank", name)); err != nil || len(text) == 0 {
					t.Errorf("%s %s: %v", lang, capability, err)
				}
			}
			err := each(os.DirFS(filepath.Join(dir, "zeta-bank")), ".", func(name string, text []byte) {
				if !strings.HasPrefix(name, SDKDir) && bytes.Contains(bytes.ToLower(text), []byte("acme")) {
					t.Errorf("%s %s: %s speaks of acme", lang, capability, name)
				}
				if strings.HasSuffix(name, ".go") && !strings.Contains(name, "/") && !bytes.Contains(text, []byte("package main\n")) {
					t.Errorf("%s %s: %s is no program's", lang, capability, name)
				}
			})
			if err != nil {
				t.Error(err)
			}
		}
	}
}

// TestNewRefuses: what is there stays, and words say what to do.
func TestNewRefuses(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "there"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "there", "mine"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		o    Options
		says string
	}{
		{Options{Name: "there", Capability: "bureau", Lang: "go"}, "left as it is"},
		{Options{Name: "../up", Capability: "bureau", Lang: "go"}, "no name"},
		{Options{Name: "x", Capability: "casino", Lang: "go"}, "openbanking"},
		{Options{Name: "x", Capability: "bureau", Lang: "cobol"}, "connector.proto"},
		{Options{Name: "x", Capability: "bureau", Lang: "go", SDK: dir}, "--sdk"},
		{Options{Name: "x", Capability: "bureau", Lang: "node", SDK: dir}, "--sdk"},
	} {
		if err := New(dir, c.o); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v", c.o, err)
		}
	}
	left, err := fs.ReadDir(os.DirFS(dir), ".")
	if err != nil || len(left) != 1 {
		t.Errorf("%v is left, %v", left, err)
	}
}

// TestNewWithAnotherSDK: --sdk is used, and nothing is copied for Go.
func TestNewWithAnotherSDK(t *testing.T) {
	dir := t.TempDir()
	if err := New(dir, Options{Name: "x", Capability: "bureau", Lang: "go", SDK: "../sdk"}); err != nil {
		t.Fatal(err)
	}
	there, _ := filepath.Abs("../sdk")
	module, err := os.ReadFile(filepath.Join(dir, "x", "go.mod"))
	if err != nil || !bytes.Contains(module, []byte("=> "+there)) {
		t.Errorf("%s %v", module, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "x", SDKDir)); err == nil {
		t.Error("the SDK of this program was written, too")
	}
}

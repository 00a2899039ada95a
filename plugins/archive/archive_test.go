package archive

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/ed25519"
	"encoding/json"
	"io"
	"strings"
	"testing"
)

func acme() Manifest {
	return Manifest{ID: "acme", Version: "1.0.0", Title: "Acme", ConfigSchema: json.RawMessage(`{}`)}
}

func written(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	if _, err := Write(&out, acme(), map[string][]byte{"linux/amd64": []byte("ELF"), Any: []byte("#!/bin/sh")}, map[string][]byte{"sbom.json": []byte("{}"), "cassettes/a.json": []byte("[]")}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestPackageIsReproducibleAndWhole(t *testing.T) {
	first, again := written(t), written(t)
	if !bytes.Equal(first, again) {
		t.Error("the same content gives other bytes")
	}
	p, err := Read(bytes.NewReader(first))
	if err != nil || p.SHA256 != Sum(first) || len(p.Content) != 4 {
		t.Fatalf("%v %+v", err, p)
	}
	if got, ok := p.Manifest.Program("linux/amd64"); !ok || string(p.Content[got.Path]) != "ELF" || got.SHA256 != Sum([]byte("ELF")) {
		t.Errorf("%+v", got)
	}
	if got, ok := p.Manifest.Program("plan9/386"); !ok || got.Platform != Any {
		t.Errorf("%+v", got)
	}
}

// TestPackageThatIsNotWhole: each change to what was written is found.
func TestPackageThatIsNotWhole(t *testing.T) {
	for name, change := range map[string]func(*tar.Header, []byte) []byte{
		"a changed program":    func(h *tar.Header, c []byte) []byte { return swap(h.Name == "bin/any/acme", c, "#!/bin/no") },
		"a longer program":     func(h *tar.Header, c []byte) []byte { return swap(h.Name == "bin/any/acme", c, "#!/bin/sh and more") },
		"a path that leads up": func(h *tar.Header, c []byte) []byte { h.Name = rename(h.Name, "sbom.json", "../sbom.json"); return c },
		"a link":               func(h *tar.Header, c []byte) []byte { h.Typeflag = link(h); return c },
		"a file of no name":    func(h *tar.Header, c []byte) []byte { h.Name = rename(h.Name, "sbom.json", "other.json"); return c },
		"another format": func(h *tar.Header, c []byte) []byte {
			return bytes.Replace(c, []byte(`"format": 1`), []byte(`"format": 2`), 1)
		},
		"a manifest that lies": func(h *tar.Header, c []byte) []byte {
			return bytes.Replace(c, []byte(`"size": 3`), []byte(`"size": 4`), 1)
		},
		"a file left out": func(h *tar.Header, c []byte) []byte { return swap(h.Name == "sbom.json", c, "") },
	} {
		t.Run(name, func(t *testing.T) {
			if p, err := Read(bytes.NewReader(rewrite(t, written(t), change))); err == nil {
				t.Errorf("it passes: %+v", p.Manifest)
			}
		})
	}
	for _, cut := range []int{0, 10, 100, 300} {
		if _, err := Read(bytes.NewReader(written(t)[:cut])); err == nil {
			t.Errorf("the first %d bytes pass", cut)
		}
	}
	if _, err := Read(bytes.NewReader(rewrite(t, written(t), func(_ *tar.Header, c []byte) []byte { return c }))); err != nil {
		t.Errorf("unchanged it does not pass: %v", err)
	}
}

func swap(yes bool, was []byte, to string) []byte {
	if yes {
		return []byte(to)
	}
	return was
}

func rename(name, from, to string) string {
	if name == from {
		return to
	}
	return name
}

func link(h *tar.Header) byte {
	if h.Name == "sbom.json" {
		h.Linkname = "/etc/passwd"
		return tar.TypeSymlink
	}
	return h.Typeflag
}

func rewrite(t *testing.T, whole []byte, change func(*tar.Header, []byte) []byte) []byte {
	t.Helper()
	plain, err := gzip.NewReader(bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	squeezed := gzip.NewWriter(&out)
	in, to := tar.NewReader(plain), tar.NewWriter(squeezed)
	for {
		h, err := in.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		content = change(h, content)
		if h.Size = int64(len(content)); h.Typeflag != tar.TypeReg {
			h.Size, content = 0, nil
		}
		if err := to.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := to.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	if err := squeezed.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestSignature(t *testing.T) {
	_, key, _ := ed25519.GenerateKey(nil)
	_, other, _ := ed25519.GenerateKey(nil)
	sum := Sum([]byte("a package"))
	s := Sign("acme-1.0.0.tar.gz", sum, key)
	text, _ := json.Marshal(s)
	back, err := ParseSignature(text)
	if err != nil || back.Verify(sum) != nil {
		t.Fatalf("%v %v", err, back.Verify(sum))
	}
	for name, change := range map[string]func(*Signature){
		"another package":    func(s *Signature) { s.SHA256 = Sum([]byte("another")) },
		"another name":       func(s *Signature) { s.Package = "acme-2.0.0.tar.gz" },
		"another's key":      func(s *Signature) { s.Key = KeyOf(other.Public().(ed25519.PublicKey)) },
		"no key":             func(s *Signature) { s.Key = "ed25519:x" },
		"a broken signature": func(s *Signature) { s.Signature = s.Signature[1:] },
	} {
		forged := s
		if change(&forged); forged.Verify(forged.SHA256) == nil {
			t.Errorf("%s passes", name)
		}
	}
	if k, err := ParseKey(" " + string(s.Key) + "\n"); err != nil || k != s.Key {
		t.Errorf("%q %v", k, err)
	}
}

func TestIndex(t *testing.T) {
	_, key, _ := ed25519.GenerateKey(nil)
	sealed, err := SealIndex(Index{Packages: []Entry{{ID: "acme", Version: "1.0.0", File: "acme-1.0.0.tar.gz", SHA256: Sum(nil)}}}, key)
	if err != nil {
		t.Fatal(err)
	}
	i, by, err := OpenIndex(sealed)
	if err != nil || by != KeyOf(key.Public().(ed25519.PublicKey)) || len(i.Packages) != 1 {
		t.Fatalf("%v %v %v", i, by, err)
	}
	if _, _, err := OpenIndex(bytes.Replace(sealed, []byte("1.0.0"), []byte("6.6.6"), 1)); err == nil || !strings.Contains(err.Error(), "changed") {
		t.Errorf("a changed index: %v", err)
	}
	// A signature of a package is none of an index, and the other way round.
	var e envelope
	_ = json.Unmarshal(sealed, &e)
	e.Signature = Sign("x", Sum([]byte(e.Index)), key).Signature
	forged, _ := json.Marshal(e)
	if _, _, err := OpenIndex(forged); err == nil {
		t.Error("a package's signature passes")
	}
	up, _ := SealIndex(Index{Packages: []Entry{{ID: "acme", File: "../acme", SHA256: Sum(nil)}}}, key)
	if _, _, err := OpenIndex(up); err == nil {
		t.Error("a path that leads up passes")
	}
}

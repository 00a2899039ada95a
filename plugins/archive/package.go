package archive

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

const (
	manifestName   = "manifest.json"
	manifestAtMost = 4 << 20
	fileAtMost     = 256 << 20 // bytes, of one file
	allAtMost      = 1 << 30   // bytes, unpacked
	filesAtMost    = 1000
)

// Package is a package that was read and is whole.
type Package struct {
	Manifest Manifest
	SHA256   string            // of the archive's bytes, lower-case hex: what a signature is over
	Content  map[string][]byte // by path, all that the manifest names
}

// Write writes a package. programs are by platform, files by path. The manifest's Format, Programs and Files are filled in; it
// comes back as it was written. The same content gives the same bytes.
func Write(to io.Writer, m Manifest, programs, files map[string][]byte) (Manifest, error) {
	m.Format, m.Programs, m.Files = Format, []Program{}, []FileInfo{}
	content := map[string][]byte{}
	for _, platform := range sorted(programs) {
		p := Program{Platform: platform, FileInfo: info(ProgramPath(m.ID, platform), programs[platform])}
		m.Programs, content[p.Path] = append(m.Programs, p), programs[platform]
	}
	for _, name := range sorted(files) {
		m.Files, content[name] = append(m.Files, info(name, files[name])), files[name]
	}
	if err := m.check(); err != nil {
		return m, fmt.Errorf("this is no package: %w", err)
	}
	manifest, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return m, err
	}
	squeezed := gzip.NewWriter(to)
	out := tar.NewWriter(squeezed)
	err = put(out, manifestName, 0o644, append(manifest, '\n'))
	for _, name := range sorted(content) {
		mode := int64(0o644)
		if strings.HasPrefix(name, "bin/") {
			mode = 0o755
		}
		err = errors.Join(err, put(out, name, mode, content[name]))
	}
	return m, errors.Join(err, out.Close(), squeezed.Close())
}

func put(out *tar.Writer, name string, mode int64, content []byte) error {
	err := out.WriteHeader(&tar.Header{Name: name, Mode: mode, Size: int64(len(content)), ModTime: time.Unix(0, 0), Format: tar.FormatPAX})
	if err != nil {
		return err
	}
	_, err = out.Write(content)
	return err
}

func info(name string, content []byte) FileInfo {
	return FileInfo{Path: name, SHA256: Sum(content), Size: int64(len(content))}
}

// Sum is a SHA-256 in lower-case hex.
func Sum(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func sorted[V any](of map[string]V) []string {
	names := make([]string, 0, len(of))
	for name := range of {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Read reads a package and makes sure that it is whole: every file the manifest names is there with its checksum, and no other.
// Whose it is says its Signature, not this.
func Read(from io.Reader) (*Package, error) {
	hash := sha256.New()
	raw := io.TeeReader(from, hash)
	p, err := unpack(raw)
	if err != nil {
		return nil, fmt.Errorf("this package cannot be used: %w. Get it again from its author", err)
	}
	if _, err := io.Copy(io.Discard, raw); err != nil {
		return nil, err
	}
	p.SHA256 = hex.EncodeToString(hash.Sum(nil))
	return p, nil
}

func unpack(raw io.Reader) (*Package, error) {
	plain, err := gzip.NewReader(raw)
	if err != nil {
		return nil, errors.New("it is no .tar.gz")
	}
	in := tar.NewReader(io.LimitReader(plain, allAtMost))
	p := &Package{Content: map[string][]byte{}}
	manifest, err := next(in, manifestAtMost)
	if err != nil || manifest.name != manifestName {
		return nil, fmt.Errorf("it does not begin with %s", manifestName)
	}
	if err := json.Unmarshal(manifest.content, &p.Manifest); err != nil {
		return nil, fmt.Errorf("its %s cannot be read: %w", manifestName, err)
	}
	if err := p.Manifest.check(); err != nil {
		return nil, err
	}
	named := map[string]FileInfo{}
	for _, f := range p.Manifest.all() {
		named[f.Path] = f
	}
	for {
		file, err := next(in, fileAtMost)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		want, known := named[file.name]
		if _, twice := p.Content[file.name]; !known || twice || len(p.Content) >= filesAtMost {
			return nil, fmt.Errorf("it holds %q, which its manifest does not name, or holds it twice", file.name)
		}
		if info(file.name, file.content) != want {
			return nil, fmt.Errorf("its %q is not what its manifest says", file.name)
		}
		p.Content[file.name] = file.content
	}
	if len(p.Content) != len(named) {
		return nil, errors.New("files that its manifest names are missing")
	}
	return p, nil
}

type file struct {
	name    string
	content []byte
}

func next(in *tar.Reader, most int64) (file, error) {
	header, err := in.Next()
	if err == io.EOF {
		return file{}, io.EOF
	}
	switch {
	case err != nil:
		return file{}, fmt.Errorf("it breaks off or is no archive: %w", err)
	case header.Typeflag != tar.TypeReg || !fine(header.Name):
		return file{}, fmt.Errorf("it holds %q, which is no plain file below it", header.Name)
	case header.Size > most:
		return file{}, fmt.Errorf("its %q is over %d MiB", header.Name, most>>20)
	}
	var content bytes.Buffer
	if _, err := io.Copy(&content, in); err != nil {
		return file{}, fmt.Errorf("it breaks off: %w", err)
	}
	return file{header.Name, content.Bytes()}, nil
}

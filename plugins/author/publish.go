package author

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/pratica-crm/pratica/plugins/archive"
)

// KeyFile is where an author's key is, unless they say otherwise.
func KeyFile() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("there is no place for your key: %w; give --key FILE", err)
	}
	return filepath.Join(dir, "pratica", "publisher.key"), nil
}

// Key reads an author's key; the first time it makes one. It needs no account: what operators trust is the key.
func Key(path string) (key ed25519.PrivateKey, made bool, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		key, err = makeKey(path)
		return key, true, err
	}
	if err != nil {
		return nil, false, err
	}
	if at, err := os.Stat(path); err == nil && at.Mode().Perm()&0o077 != 0 {
		return nil, false, fmt.Errorf("your key %s can be read by others; type: chmod 600 %s. If it may have been copied, make a new one and tell your operators", path, path)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, false, fmt.Errorf("%s is no key in PEM; give --key FILE, or move it away and sign again to have one made", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	key, ok := parsed.(ed25519.PrivateKey)
	if err != nil || !ok {
		return nil, false, fmt.Errorf("%s is no Ed25519 key; give --key FILE, or move it away and sign again to have one made", path)
	}
	return key, false, nil
}

func makeKey(path string) (ed25519.PrivateKey, error) {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	err = pem.Encode(file, &pem.Block{Type: "PRIVATE KEY", Bytes: encoded})
	return key, errors.Join(err, file.Sync(), file.Close())
}

// Sign writes a package's signature beside it.
func Sign(path string, key ed25519.PrivateKey) (archive.Signature, error) {
	content, p, err := readPackage(path)
	if err != nil {
		return archive.Signature{}, err
	}
	s := archive.Sign(p.Manifest.FileName(), archive.Sum(content), key)
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return s, err
	}
	return s, replace(path+archive.SignatureSuffix, append(text, '\n'), 0o644)
}

func readPackage(path string) ([]byte, *archive.Package, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("%w; make it with: pratica plugin package", err)
	}
	p, err := archive.Read(bytes.NewReader(content))
	return content, p, err
}

// Publish puts signed packages into a folder that any web server can serve, with the index of all that is there. Packages come first, then
// the index in one stroke: who reads meanwhile sees the old one or the new one. A version that is published does not change.
func Publish(dir string, packages []string, key ed25519.PrivateKey) (archive.Index, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return archive.Index{}, err
	}
	index, err := published(dir, key)
	if err != nil {
		return index, err
	}
	type upload struct {
		name               string
		content, signature []byte
	}
	var uploads []upload
	for _, path := range packages {
		content, p, err := readPackage(path)
		if err != nil {
			return index, fmt.Errorf("%s: %w", path, err)
		}
		signature, err := os.ReadFile(path + archive.SignatureSuffix)
		if err != nil {
			return index, fmt.Errorf("%s is not signed; type: pratica plugin sign %s", path, path)
		}
		s, err := archive.ParseSignature(signature)
		if err == nil {
			err = s.Verify(p.SHA256)
		}
		if err == nil && s.Key != archive.KeyOf(key.Public().(ed25519.PublicKey)) {
			err = fmt.Errorf("it is signed by another key than the index will be; sign it again with yours")
		}
		if err != nil {
			return index, fmt.Errorf("%s: %w", path, err)
		}
		m := p.Manifest
		entry := archive.Entry{ID: m.ID, Version: m.Version, Title: m.Title, Capabilities: m.Capabilities, File: m.FileName(), SHA256: p.SHA256, Size: int64(len(content))}
		if i := slices.IndexFunc(index.Packages, func(e archive.Entry) bool { return e.ID == entry.ID && e.Version == entry.Version }); i < 0 {
			index.Packages = append(index.Packages, entry)
		} else if index.Packages[i].SHA256 != entry.SHA256 {
			return index, fmt.Errorf("%s %s is published already, and is another: a published version does not change. Raise its version. See %s#publishing", m.ID, m.Version, Docs)
		}
		uploads = append(uploads, upload{m.FileName(), content, signature})
	}
	for _, u := range uploads {
		if err := errors.Join(replace(filepath.Join(dir, u.name), u.content, 0o644), replace(filepath.Join(dir, u.name+archive.SignatureSuffix), u.signature, 0o644)); err != nil {
			return index, err
		}
	}
	sealed, err := archive.SealIndex(index, key)
	if err != nil {
		return index, err
	}
	return index, replace(filepath.Join(dir, archive.IndexName), sealed, 0o644)
}

// published is the index that is there, which must be the author's own.
func published(dir string, key ed25519.PrivateKey) (archive.Index, error) {
	text, err := os.ReadFile(filepath.Join(dir, archive.IndexName))
	if errors.Is(err, fs.ErrNotExist) {
		return archive.Index{Packages: []archive.Entry{}}, nil
	}
	if err != nil {
		return archive.Index{}, err
	}
	index, by, err := archive.OpenIndex(text)
	if err == nil && by != archive.KeyOf(key.Public().(ed25519.PublicKey)) {
		err = errors.New("it is another publisher's; take a folder of your own, or their key (--key)")
	}
	if err != nil {
		return index, fmt.Errorf("%s: %w", filepath.Join(dir, archive.IndexName), err)
	}
	return index, nil
}

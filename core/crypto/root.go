package crypto

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Root is the installation's key, which wraps the keys of agencies. One from a file never leaves the process; one in a
// key management service never enters it.
type Root struct {
	aead     tink.AEAD
	previous tink.AEAD // opens what was wrapped before the root key was changed; nil for none
	services bool      // asking it is a call over the network
}

// OpenRootURI opens the root key that a URI names: a file (`file:///path`), a key of AWS KMS or of a compatible server
// (`aws-kms://arn:aws:kms:…`), or a transit key of HashiCorp Vault (`hcvault://host:8200/transit/keys/name`); see remote.go.
func OpenRootURI(uri string) (*Root, error) {
	scheme, rest, found := strings.Cut(uri, "://")
	open, known := roots[scheme]
	if !found || !known {
		return nil, errors.New("root key: PRATICA_KEY_URI begins with file://, aws-kms:// or hcvault://")
	}
	return open(uri, rest)
}

var roots = map[string]func(uri, rest string) (*Root, error){
	"file":    func(_, path string) (*Root, error) { return OpenRoot(path, false) },
	"aws-kms": openKMS,
	"hcvault": openVault,
}

// After gives a root key the one it replaces, which still opens what it has wrapped.
func (r *Root) After(previous *Root) *Root {
	return &Root{r.aead, previous.aead, r.services || previous.services}
}

// OpenRoot reads the root key of a file that only its owner may read; with create, a missing file is made.
func OpenRoot(path string, create bool) (*Root, error) {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) && create {
		return makeRoot(path)
	}
	if err != nil {
		return nil, fmt.Errorf("root key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("root key: others may read %s; type: chmod 600 %s", path, path)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("root key: %w", err)
	}
	handle, err := handleOf(raw)
	if err != nil {
		return nil, errors.New("root key: the file is no key")
	}
	return newRoot(handle)
}

func makeRoot(path string) (*Root, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make root key: %w", err)
	}
	raw, err := clear(handle)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		return nil, fmt.Errorf("keep root key: %w", err)
	}
	return newRoot(handle)
}

func newRoot(handle *keyset.Handle) (*Root, error) {
	a, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("root key: %w", err)
	}
	return &Root{aead: a}, nil
}

// wrap encrypts an agency's key, bound to its place.
func (r *Root) wrap(plain, bound []byte) ([]byte, error) {
	out, err := r.aead.Encrypt(plain, bound)
	if err != nil {
		return nil, r.away(err)
	}
	return out, nil
}

func (r *Root) unwrap(wrapped, bound []byte) ([]byte, error) {
	plain, err := r.aead.Decrypt(wrapped, bound)
	if err != nil && r.previous != nil {
		plain, err = r.previous.Decrypt(wrapped, bound)
	}
	if err != nil {
		return nil, r.away(err)
	}
	return plain, nil
}

// Check wraps and unwraps a value by the root key.
func (r *Root) Check() error {
	here := []byte("check")
	wrapped, err := r.wrap(here, here)
	if err == nil {
		_, err = r.unwrap(wrapped, here)
	}
	return err
}

// ErrRoot is the error of a root key that is not to be had, or is not the one an agency's key was wrapped by.
var ErrRoot = errors.New("the root key does not open it")

// away leaves out what the service said, but keeps that it was a service: its text may tell names of keys.
func (r *Root) away(err error) error {
	if r.services {
		return fmt.Errorf("key management service: %w (%T)", ErrRoot, err)
	}
	return ErrRoot
}

// clear writes a keyset out; it is wrapped next.
func clear(handle *keyset.Handle) ([]byte, error) {
	var raw bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewBinaryWriter(&raw)); err != nil {
		return nil, fmt.Errorf("write key: %w", err)
	}
	return raw.Bytes(), nil
}

func readClear(r io.Reader) (*keyset.Handle, error) {
	return insecurecleartextkeyset.Read(keyset.NewBinaryReader(r))
}

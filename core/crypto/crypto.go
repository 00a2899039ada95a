// Package crypto is the one home of tink: the root key wraps each agency's key, an agency's key wraps
// each document's key, a document's key encrypts its content as a stream.
//
// Everything is bound to where it belongs by associated data, so that a ciphertext moved to another
// agency or document does not open.
package crypto

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/streamingaead"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Root is the installation's key. It never leaves the process.
type Root struct{ aead tink.AEAD }

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
	handle, err := insecurecleartextkeyset.Read(keyset.NewBinaryReader(bytes.NewReader(raw)))
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
	var raw bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewBinaryWriter(&raw)); err != nil {
		return nil, fmt.Errorf("make root key: %w", err)
	}
	if err := os.WriteFile(path, raw.Bytes(), 0o600); err != nil {
		return nil, fmt.Errorf("keep root key: %w", err)
	}
	return newRoot(handle)
}

func newRoot(handle *keyset.Handle) (*Root, error) {
	a, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("root key: %w", err)
	}
	return &Root{a}, nil
}

// NewTenantKey makes an agency's key, wrapped by the root key and bound to the agency's name.
func (r *Root) NewTenantKey(agency string) (wrapped []byte, err error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make agency key: %w", err)
	}
	return seal(handle, r.aead, agency)
}

// TenantKey opens an agency's key.
func (r *Root) TenantKey(agency string, wrapped []byte) (*TenantKey, error) {
	handle, err := open(wrapped, r.aead, agency)
	if err != nil {
		return nil, fmt.Errorf("open agency key: %w", err)
	}
	a, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("open agency key: %w", err)
	}
	return &TenantKey{a}, nil
}

// TenantKey wraps the keys of one agency's documents.
type TenantKey struct{ aead tink.AEAD }

// NewContentKey makes a document's key, wrapped and bound to the document's name.
func (k *TenantKey) NewContentKey(document string) (wrapped []byte, key *ContentKey, err error) {
	handle, err := keyset.NewHandle(streamingaead.AES256GCMHKDF1MBKeyTemplate())
	if err != nil {
		return nil, nil, fmt.Errorf("make document key: %w", err)
	}
	if wrapped, err = seal(handle, k.aead, document); err != nil {
		return nil, nil, err
	}
	key, err = newContentKey(handle, document)
	return wrapped, key, err
}

// ContentKey opens a document's key.
func (k *TenantKey) ContentKey(document string, wrapped []byte) (*ContentKey, error) {
	handle, err := open(wrapped, k.aead, document)
	if err != nil {
		return nil, fmt.Errorf("open document key: %w", err)
	}
	return newContentKey(handle, document)
}

// ContentKey encrypts one document's content in segments of 1 MiB: AES-256-GCM, each bound to its place.
type ContentKey struct {
	stream   tink.StreamingAEAD
	document []byte
}

func newContentKey(handle *keyset.Handle, document string) (*ContentKey, error) {
	s, err := streamingaead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("document key: %w", err)
	}
	return &ContentKey{s, []byte(document)}, nil
}

// Encrypt returns a writer whose input reaches w encrypted; closing it writes the end, without which nothing opens.
func (k *ContentKey) Encrypt(w io.Writer) (io.WriteCloser, error) {
	return k.stream.NewEncryptingWriter(w, k.document)
}

// Decrypt returns a reader of the plain content; a damaged segment is an error, and none of it is given out.
func (k *ContentKey) Decrypt(r io.Reader) (io.Reader, error) {
	return k.stream.NewDecryptingReader(r, k.document)
}

func seal(handle *keyset.Handle, by tink.AEAD, name string) ([]byte, error) {
	var out bytes.Buffer
	if err := handle.WriteWithAssociatedData(keyset.NewBinaryWriter(&out), by, []byte(name)); err != nil {
		return nil, fmt.Errorf("wrap key: %w", err)
	}
	return out.Bytes(), nil
}

func open(wrapped []byte, by tink.AEAD, name string) (*keyset.Handle, error) {
	return keyset.ReadWithAssociatedData(keyset.NewBinaryReader(bytes.NewReader(wrapped)), by, []byte(name))
}

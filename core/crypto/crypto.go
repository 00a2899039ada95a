// Package crypto is the one home of tink. The root key wraps each agency's keys; an agency's key wraps small keys (of a document,
// a subject, a file); those encrypt. So a rotation wraps small keys anew and rewrites no data, and destroying a small key erases
// what it encrypted, wherever copies of it lie.
//
// Everything is bound to where it belongs by associated data: what is moved to another agency, table, row or column does not open.
// Sealed bytes begin with a byte for their form and the number of the agency's key (four bytes, big endian), so that SQL can tell
// what an old key still holds.
package crypto

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/streamingaead"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// NewContentKey makes a document's key, wrapped and bound to the document's name.
func (k *TenantKey) NewContentKey(document string) (wrapped []byte, key *ContentKey, err error) {
	handle, err := keyset.NewHandle(streamingaead.AES256GCMHKDF1MBKeyTemplate())
	if err != nil {
		return nil, nil, fmt.Errorf("make document key: %w", err)
	}
	plain, err := clear(handle)
	if err != nil {
		return nil, nil, err
	}
	if wrapped, err = k.Seal(contentPlace(document), plain); err != nil {
		return nil, nil, err
	}
	key, err = newContentKey(handle, document)
	return wrapped, key, err
}

// ContentKey opens a document's key.
func (k *TenantKey) ContentKey(document string, wrapped []byte) (*ContentKey, error) {
	plain, err := k.Open(contentPlace(document), wrapped)
	if err != nil {
		return nil, fmt.Errorf("open document key: %w", err)
	}
	handle, err := handleOf(plain)
	if err != nil {
		return nil, errors.New("open document key: it is no key")
	}
	return newContentKey(handle, document)
}

// ContentPlace is where a document's wrapped key belongs, for who wraps it anew.
func ContentPlace(document string) Place { return contentPlace(document) }

func contentPlace(document string) Place { return Place{"documents", document, "data_key"} }

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

// handleOf reads a clear keyset.
func handleOf(raw []byte) (*keyset.Handle, error) {
	return readClear(bytes.NewReader(raw))
}

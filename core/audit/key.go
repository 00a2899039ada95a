package audit

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Checkpoint is a chain up to a number, signed: what was entered until then is as it was.
type Checkpoint struct {
	Trail     string    `json:"trail"` // audit, confidential_audit or network_audit
	Owner     uuid.UUID `json:"owner"` // the agency or network
	Seq       int64     `json:"seq"`
	Hash      Hex       `json:"hash"`
	At        time.Time `json:"at"` // to the microsecond
	Key       string    `json:"key_id"`
	Signature []byte    `json:"signature"` // Ed25519 over the SHA-256 of the other fields; core/audit/README.md has the form
}

// Key is the installation's key, which signs checkpoints. It is no key of an agency: whoever holds the database only cannot sign.
type Key struct {
	private ed25519.PrivateKey
	Public  PublicKey
}

// PublicKey verifies checkpoints.
type PublicKey struct{ key ed25519.PublicKey }

// ID is what checkpoints name the key by: the first bytes of its SHA-256.
func (p PublicKey) ID() string {
	sum := sha256.Sum256(p.key)
	return hex.EncodeToString(sum[:8])
}

const privateBlock, publicBlock = "PRIVATE KEY", "PUBLIC KEY"

// OpenKey reads the key of a file that only its owner may read; with create, a missing file is made.
func OpenKey(path string, create bool) (*Key, error) {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) && create {
		return makeKey(path)
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("audit key: %s is not there; `pratica audit key` makes it", path)
	}
	if err != nil {
		return nil, fmt.Errorf("audit key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("audit key: others may read %s; type: chmod 600 %s", path, path)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("audit key: %w", err)
	}
	block, _ := pem.Decode(raw)
	if block == nil || block.Type != privateBlock {
		return nil, errors.New("audit key: the file is no key")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	private, ok := parsed.(ed25519.PrivateKey)
	if err != nil || !ok {
		return nil, errors.New("audit key: the file is no Ed25519 key")
	}
	return newKey(private), nil
}

func makeKey(path string) (*Key, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make audit key: %w", err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("make audit key: %w", err)
	}
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: privateBlock, Bytes: raw}), 0o600); err != nil {
		return nil, fmt.Errorf("keep audit key: %w", err)
	}
	return newKey(private), nil
}

func newKey(private ed25519.PrivateKey) *Key {
	return &Key{private, PublicKey{private.Public().(ed25519.PublicKey)}}
}

// sign completes a checkpoint.
func (k *Key) sign(c *Checkpoint) {
	c.Key = k.Public.ID()
	c.Signature = ed25519.Sign(k.private, newHasher().checkpoint(c))
}

// verifies reports whether the key has signed this checkpoint.
func (p PublicKey) verifies(c *Checkpoint) bool {
	return len(p.key) == ed25519.PublicKeySize && c.Key == p.ID() && ed25519.Verify(p.key, newHasher().checkpoint(c), c.Signature)
}

// MarshalText writes the key as a PEM block.
func (p PublicKey) MarshalText() ([]byte, error) {
	raw, err := x509.MarshalPKIXPublicKey(p.key)
	if err != nil {
		return nil, fmt.Errorf("audit key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: publicBlock, Bytes: raw}), nil
}

// UnmarshalText reads a PEM block.
func (p *PublicKey) UnmarshalText(text []byte) error {
	block, rest := pem.Decode(text)
	if block == nil || block.Type != publicBlock || strings.TrimSpace(string(rest)) != "" {
		return errors.New("no PEM block of a public key")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	key, ok := parsed.(ed25519.PublicKey)
	if err != nil || !ok {
		return errors.New("no Ed25519 key")
	}
	p.key = key
	return nil
}

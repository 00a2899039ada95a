package archive

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

const (
	keyPrefix   = "ed25519:"
	ofPackage   = "pratica-package-v1\n" // what is signed begins with what it is, so that no signature passes for another's
	ofIndex     = "pratica-index-v1\n"
	indexAtMost = 16 << 20
)

// SignatureSuffix is what the name of a package's signature has more than the package's.
const SignatureSuffix = ".sig"

// Key is a publisher's public key as text: "ed25519:" and base64url.
type Key string

// KeyOf is the text of a public key.
func KeyOf(public ed25519.PublicKey) Key {
	return Key(keyPrefix + base64.RawURLEncoding.EncodeToString(public))
}

// ParseKey reads a key as an author gives it to an operator.
func ParseKey(text string) (Key, error) {
	k := Key(strings.TrimSpace(text))
	if _, err := k.public(); err != nil {
		return "", err
	}
	return k, nil
}

func (k Key) public() (ed25519.PublicKey, error) {
	encoded, ok := strings.CutPrefix(string(k), keyPrefix)
	raw, err := base64.RawURLEncoding.DecodeString(encoded)
	if !ok || err != nil || len(raw) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("%q is no publisher's key: it looks like %s and 43 characters; `pratica plugin sign` prints it", string(k), keyPrefix)
	}
	return raw, nil
}

// Signature is what stands beside a package, as JSON.
type Signature struct {
	Format    int    `json:"format"`
	Package   string `json:"package"` // the file's name
	SHA256    string `json:"sha256"`  // of the file
	Key       Key    `json:"key"`
	Signature []byte `json:"signature"`
}

// Sign signs a package: name is its file's, sum the SHA-256 of its bytes in lower-case hex.
func Sign(name, sum string, key ed25519.PrivateKey) Signature {
	return Signature{Format, name, sum, KeyOf(key.Public().(ed25519.PublicKey)), ed25519.Sign(key, message(ofPackage, name, sum))}
}

// ParseSignature reads a signature's file.
func ParseSignature(text []byte) (s Signature, err error) {
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("this is no signature of a package: %w", err)
	}
	if s.Format != Format {
		return s, fmt.Errorf("the signature's format is %d, and this program reads %d; use a pratica of the same age", s.Format, Format)
	}
	return s, nil
}

var errSignature = errors.New("the signature is not this package's: it was changed, or signed by another. Get both again from its author")

// Verify makes sure that the package of this SHA-256 is what the holder of s.Key has signed under s.Package. Whether that key is
// trusted is the caller's question.
func (s Signature) Verify(sum string) error {
	public, err := s.Key.public()
	if err != nil {
		return err
	}
	if sum != s.SHA256 || !ed25519.Verify(public, message(ofPackage, s.Package, sum), s.Signature) {
		return errSignature
	}
	return nil
}

func message(what string, parts ...string) []byte {
	return []byte(what + strings.Join(parts, "\n"))
}

// Index lists what a publisher offers.
type Index struct {
	Format   int     `json:"format"`
	Packages []Entry `json:"packages"` // by id, then as they were published
}

// Entry is a package of an index. Its file and its signature's stand beside the index.
type Entry struct {
	ID           string   `json:"id"`
	Version      string   `json:"version"`
	Title        string   `json:"title"`
	Capabilities []string `json:"capabilities"`
	File         string   `json:"file"`
	SHA256       string   `json:"sha256"`
	Size         int64    `json:"size"`
}

// IndexName is the index's file.
const IndexName = "index.json"

type envelope struct {
	Format    int    `json:"format"`
	Key       Key    `json:"key"`
	Index     string `json:"index"` // the JSON that is signed, byte for byte
	Signature []byte `json:"signature"`
}

// SealIndex is the file of an index, signed.
func SealIndex(i Index, key ed25519.PrivateKey) ([]byte, error) {
	i.Format = Format
	inner, err := json.Marshal(i)
	if err != nil {
		return nil, err
	}
	return json.MarshalIndent(envelope{Format, KeyOf(key.Public().(ed25519.PublicKey)), string(inner), ed25519.Sign(key, message(ofIndex, string(inner)))}, "", "  ")
}

// OpenIndex reads an index and says by whose key it is signed. Whether that key is trusted is the caller's question.
func OpenIndex(text []byte) (Index, Key, error) {
	var e envelope
	var out Index
	if len(text) > indexAtMost {
		return out, "", fmt.Errorf("the index is over %d MiB", indexAtMost>>20)
	}
	if err := json.Unmarshal(text, &e); err != nil || e.Format != Format {
		return out, "", errors.New("this is no index of packages, or one of another format")
	}
	public, err := e.Key.public()
	if err != nil {
		return out, "", err
	}
	if !ed25519.Verify(public, message(ofIndex, e.Index), e.Signature) {
		return out, "", errors.New("the index's signature is not its own: it was changed. Get it again from its publisher")
	}
	if err := json.Unmarshal([]byte(e.Index), &out); err != nil {
		return out, "", fmt.Errorf("the index cannot be read: %w", err)
	}
	for _, p := range out.Packages {
		if !fine(p.File) || strings.Contains(p.File, "/") || !sums.MatchString(p.SHA256) {
			return Index{}, "", fmt.Errorf("the index's entry for %s leads elsewhere or has no SHA-256", p.ID)
		}
	}
	return out, e.Key, nil
}

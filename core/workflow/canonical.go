package workflow

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/gowebpki/jcs"
)

// digestOf is the SHA-256, in hex, of the canonical JSON (RFC 8785) of v; "" when v is not JSON.
func digestOf(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	canonical, err := jcs.Transform(raw)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}

// DigestFacts is the digest of the facts a macrostep read; missing ones take part as null.
func DigestFacts(read map[string]any) string {
	if read == nil {
		read = map[string]any{}
	}
	return digestOf(read)
}

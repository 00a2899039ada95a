package accounts

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Parameters of argon2id: 19 MiB, two passes, one lane (OWASP's minimum profile).
const (
	memory  = 19 * 1024 // KiB
	passes  = 2
	lanes   = 1
	keySize = 32
)

// hasher bounds how many passwords are hashed at once.
type hasher chan struct{}

func newHasher(atOnce int) hasher { return make(hasher, atOnce) }

// hash encodes a password in PHC form.
func (h hasher) hash(password string) (string, error) {
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return "", err
	}
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, passes, lanes,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(h.key(password, salt, memory, passes, lanes))), nil
}

// matches compares in constant time; an unreadable encoding matches nothing but costs the same.
func (h hasher) matches(encoded, password string) bool {
	m, t, p, salt, want := decode(encoded)
	got := h.key(password, salt, m, t, p)
	return subtle.ConstantTimeCompare(got, want) == 1
}

func (h hasher) key(password string, salt []byte, m, t uint32, p uint8) []byte {
	h <- struct{}{}
	defer func() { <-h }()
	return argon2.IDKey([]byte(password), salt, t, m, p, keySize)
}

func decode(encoded string) (m, t uint32, p uint8, salt, want []byte) {
	m, t, p = memory, passes, lanes
	salt, want = make([]byte, 16), nil
	parts := strings.Split(encoded, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &m, &t, &p); err != nil {
		return memory, passes, lanes, salt, nil
	}
	s, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	w, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil {
		return memory, passes, lanes, salt, nil
	}
	return m, t, p, s, w
}

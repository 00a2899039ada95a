package accounts

import (
	"crypto/rand"
	"crypto/subtle"
	_ "embed" // common.txt
	"encoding/base64"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/crypto/argon2"

	"github.com/pratica-crm/pratica/core/fault"
)

// Parameters of argon2id: 19 MiB, two passes, one lane (OWASP's minimum profile).
const (
	memory  = 19 * 1024 // KiB
	passes  = 2
	lanes   = 1
	keySize = 32
)

// common are passwords everybody tries first, written down here from general knowledge.
//
//go:embed common.txt
var common string

var errShort = fault.Input("auth.password", "/password", "Choose a password of 10 to 200 characters.")
var errGuessable = fault.Input("auth.password_common", "/password", "This password is among the first that are guessed: a common word, or your own or your agency's name. Choose several words that do not belong together.")

// judge refuses a password that protects nobody: too short, a common one with a year or dots at its end, or one that is little more
// than what its person is known by here: own e-mail and names, those of their agencies, the program's.
func judge(password string, own ...string) error {
	if n := len([]rune(password)); n < 10 || len(password) > 200 {
		return errShort
	}
	plain := strings.ToLower(password)
	bare := strings.TrimFunc(plain, func(r rune) bool { return !unicode.IsLetter(r) })
	for word := range strings.Lines(common) {
		if word = strings.TrimSpace(word); word == plain || word == bare {
			return errGuessable
		}
	}
	left := plain
	for _, text := range own {
		for _, word := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			if len([]rune(word)) >= 3 {
				left = strings.ReplaceAll(left, word, "")
			}
		}
	}
	if left != plain && len([]rune(left)) < 8 {
		return errGuessable
	}
	return nil
}

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

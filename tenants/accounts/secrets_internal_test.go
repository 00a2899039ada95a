package accounts

import (
	"encoding/base64"
	"strings"
	"testing"
)

// TestSecrets: a token is 256 random bits; a password counts as it came, with every letter, blank and accent, and is kept by argon2id.
func TestSecrets(t *testing.T) {
	token, hash := NewToken()
	other, _ := NewToken()
	if raw, err := base64.RawURLEncoding.DecodeString(token); err != nil || len(raw) != 32 || token == other || string(hash) != string(Hash(token)) {
		t.Errorf("%d bytes, %v", len(raw), err)
	}
	const password = "  Perché  no? 😀 " + "una frase che va oltre i settantadue byte che qualcuno taglierebbe, FINE "
	h := newHasher(2)
	kept, err := h.hash(password)
	if err != nil || !strings.HasPrefix(kept, "$argon2id$v=19$m=19456,t=2,p=1$") || !h.matches(kept, password) {
		t.Errorf("kept as %s, %v", kept, err)
	}
	for _, near := range []string{strings.TrimSpace(password), strings.ToLower(password), strings.ReplaceAll(password, "é", "e\u0301"), strings.ReplaceAll(password, "  ", " "), password[:72]} {
		if h.matches(kept, near) {
			t.Errorf("%q is taken, too", near)
		}
	}
}

// Package ident holds the typed ids of the platform: a UUIDv7 inside, a prefixed
// text outside ("app_06d…"). An id of one noun cannot be passed where another is
// wanted: the compiler refuses it, and so does the parser of a request.
package ident

import (
	"database/sql/driver"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// Noun is what an id names; it gives the text prefix.
type Noun interface{ Prefix() string }

// ID is the id of one noun. The zero value is "no id".
type ID[N Noun] struct{ uuid.UUID }

// Text uses Crockford's alphabet in lower case: no padding, sorts like the bytes.
var encoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// New returns a fresh time-ordered id.
func New[N Noun]() ID[N] { return ID[N]{uuid.Must(uuid.NewV7())} }

// Parse reads the outside form and refuses another noun's prefix.
func Parse[N Noun](text string) (ID[N], error) {
	var id ID[N]
	err := id.UnmarshalText([]byte(text))
	return id, err
}

// IsZero reports whether there is no id.
func (id ID[N]) IsZero() bool { return id.UUID == uuid.Nil }

func (id ID[N]) String() string {
	if id.IsZero() {
		return ""
	}
	var n N
	return n.Prefix() + "_" + encoding.EncodeToString(id.UUID[:])
}

// MarshalText gives the outside form; the zero id is the empty text.
func (id ID[N]) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads the outside form.
func (id *ID[N]) UnmarshalText(text []byte) error {
	var n N
	prefix := n.Prefix() + "_"
	if len(text) == 0 {
		*id = ID[N]{}
		return nil
	}
	if len(text) != len(prefix)+26 || string(text[:len(prefix)]) != prefix {
		return fmt.Errorf("not an id of the form %s…", prefix)
	}
	raw, err := decode(string(text[len(prefix):]))
	if err != nil {
		return fmt.Errorf("not an id of the form %s…", prefix)
	}
	id.UUID = raw
	return nil
}

// Value stores the zero id as NULL.
func (id ID[N]) Value() (driver.Value, error) {
	if id.IsZero() {
		return nil, nil
	}
	return id.UUID.String(), nil
}

// Scan reads NULL as the zero id.
func (id *ID[N]) Scan(src any) error {
	if src == nil {
		*id = ID[N]{}
		return nil
	}
	return id.UUID.Scan(src)
}

// ParseAny reads the outside form of an id of any noun: its prefix and its bytes.
func ParseAny(text string) (prefix string, id uuid.UUID, ok bool) {
	prefix, rest, found := strings.Cut(text, "_")
	id, err := decode(rest)
	if !found || err != nil {
		return "", uuid.Nil, false
	}
	return prefix, id, true
}

// decode reads the part behind the prefix. Its last character has two bits to spare: an id has one text, not four.
func decode(text string) (id uuid.UUID, err error) {
	raw, err := encoding.DecodeString(text)
	if err != nil || len(raw) != len(id) || encoding.EncodeToString(raw) != text || uuid.UUID(raw) == uuid.Nil {
		return id, errors.New("not an id") // nor is one the zero spelled out: that is no id, and nobody may say so by accident
	}
	return uuid.UUID(raw), nil
}

package crypto

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Errors of sealed data. None of them says what was sealed.
var (
	ErrDestroyed  = errors.New("the key is destroyed: what it sealed can never be read again")
	ErrUnknownKey = errors.New("sealed under a key of the agency that is not known here")
	ErrSealed     = errors.New("the sealed value does not open here: it is damaged, or belongs to another agency, row or column")
	ErrNoKey      = errors.New("no agency's keys are at hand")
)

// Place is where a sealed value belongs, beside its agency.
type Place struct{ Table, Row, Column string }

// bound is the associated data: each part with its length, so that no two places read alike.
func (p Place) bound(agency string) []byte {
	var out []byte
	for _, part := range []string{agency, p.Table, p.Row, p.Column} {
		out = binary.AppendUvarint(out, uint64(len(part)))
		out = append(out, part...)
	}
	return out
}

// Wrapped is an agency's key as it is stored: the key itself, wrapped by the root, and the key of its blind indexes, sealed by that.
type Wrapped struct {
	Number    int
	Key       []byte // nil once it is destroyed
	Index     []byte
	Destroyed bool
}

// TenantKey holds the keys of one agency: the newest seals, all open. It is safe for use by several at once.
type TenantKey struct {
	agency    string
	newest    int
	opens     map[int]tink.AEAD
	index     []byte
	destroyed bool
}

// NewTenantKey makes an agency's next key. previous, nil for the first one, hands on the key of the blind indexes: what is
// found by them must go on being found while data is under both.
func (r *Root) NewTenantKey(agency string, number int, previous *TenantKey) (Wrapped, error) {
	w := Wrapped{Number: number}
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return w, fmt.Errorf("make agency key: %w", err)
	}
	plain, err := clear(handle)
	if err != nil {
		return w, err
	}
	if w.Key, err = r.wrap(plain, keyPlace(number).bound(agency)); err != nil {
		return w, err
	}
	index := random()
	if previous != nil {
		if err := previous.Usable(); err != nil {
			return w, err
		}
		index = previous.index
	}
	a, err := aead.New(handle)
	if err != nil {
		return w, fmt.Errorf("make agency key: %w", err)
	}
	w.Index, err = a.Encrypt(index, indexPlace(number).bound(agency))
	return w, err
}

// TenantKey opens an agency's keys, the newest of which comes last.
func (r *Root) TenantKey(agency string, all []Wrapped) (*TenantKey, error) {
	k := &TenantKey{agency: agency, opens: map[int]tink.AEAD{}}
	for _, w := range all {
		k.newest, k.destroyed = w.Number, w.Destroyed
		if w.Destroyed {
			continue
		}
		plain, err := r.unwrap(w.Key, keyPlace(w.Number).bound(agency))
		if err != nil {
			return nil, fmt.Errorf("open agency key: %w", err)
		}
		handle, err := handleOf(plain)
		if err != nil {
			return nil, fmt.Errorf("open agency key: %w", ErrRoot)
		}
		a, err := aead.New(handle)
		if err != nil {
			return nil, fmt.Errorf("open agency key: %w", err)
		}
		if k.index, err = a.Decrypt(w.Index, indexPlace(w.Number).bound(agency)); err != nil {
			return nil, fmt.Errorf("open index key: %w", ErrSealed)
		}
		k.opens[w.Number] = a
	}
	return k, nil
}

// Rewrap wraps an agency's key by the present root, whichever has wrapped it.
func (r *Root) Rewrap(agency string, w Wrapped) ([]byte, error) {
	plain, err := r.unwrap(w.Key, keyPlace(w.Number).bound(agency))
	if err != nil {
		return nil, err
	}
	return r.wrap(plain, keyPlace(w.Number).bound(agency))
}

func keyPlace(number int) Place   { return Place{"tenant_keys", fmt.Sprint(number), "wrapped_key"} }
func indexPlace(number int) Place { return Place{"tenant_keys", fmt.Sprint(number), "index_key"} }

// form is the first byte of what an agency's key sealed.
const form = 1

const headerSize = 5

// Header begins whatever the agency's newest key seals.
func (k *TenantKey) Header() []byte {
	return binary.BigEndian.AppendUint32([]byte{form}, uint32(k.newest))
}

// Usable is nil, or ErrDestroyed of a shredded agency, or ErrNoKey.
func (k *TenantKey) Usable() error {
	switch {
	case k == nil:
		return ErrNoKey
	case k.destroyed:
		return ErrDestroyed
	}
	return nil
}

// Agency is whose keys they are.
func (k *TenantKey) Agency() string { return k.agency }

// Newest is the number of the key that seals.
func (k *TenantKey) Newest() int { return k.newest }

// Seal encrypts a value for its place.
func (k *TenantKey) Seal(p Place, plain []byte) ([]byte, error) {
	if err := k.Usable(); err != nil {
		return nil, err
	}
	out, err := k.opens[k.newest].Encrypt(plain, p.bound(k.agency))
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return append(k.Header(), out...), nil
}

// Open decrypts a value that was sealed for this place.
func (k *TenantKey) Open(p Place, sealed []byte) ([]byte, error) {
	if err := k.Usable(); err != nil {
		return nil, err
	}
	if len(sealed) < headerSize || sealed[0] != form {
		return nil, ErrSealed
	}
	a, known := k.opens[int(binary.BigEndian.Uint32(sealed[1:headerSize]))]
	if !known {
		return nil, ErrUnknownKey
	}
	plain, err := a.Decrypt(sealed[headerSize:], p.bound(k.agency))
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

// Rewrap seals anew what an older key sealed.
func (k *TenantKey) Rewrap(p Place, sealed []byte) ([]byte, error) {
	plain, err := k.Open(p, sealed)
	if err != nil {
		return nil, err
	}
	return k.Seal(p, plain)
}

// Index is the blind index of a value in a column: whoever has not the key can neither compute nor guess it. "" has none.
func (k *TenantKey) Index(column, value string) ([]byte, error) {
	switch {
	case value == "":
		return nil, nil
	case k.Usable() != nil:
		return nil, k.Usable()
	}
	h := hmac.New(sha256.New, k.index)
	h.Write([]byte(column + "\x00" + value))
	return h.Sum(nil), nil
}

// DataKey encrypts what belongs together and is erased together: the columns of a subject, the facts of a file.
type DataKey struct {
	agency string
	aead   *subtle.AESGCM
}

// NewDataKey makes a data key and seals it for its place.
func (k *TenantKey) NewDataKey(p Place) (sealed []byte, key *DataKey, err error) {
	raw := random()
	if sealed, err = k.Seal(p, raw); err != nil {
		return nil, nil, err
	}
	key, err = newDataKey(k.agency, raw)
	return sealed, key, err
}

// DataKey opens a data key.
func (k *TenantKey) DataKey(p Place, sealed []byte) (*DataKey, error) {
	raw, err := k.Open(p, sealed)
	if err != nil {
		return nil, err
	}
	return newDataKey(k.agency, raw)
}

func newDataKey(agency string, raw []byte) (*DataKey, error) {
	a, err := subtle.NewAESGCM(raw)
	if err != nil {
		return nil, fmt.Errorf("data key: %w", err)
	}
	return &DataKey{agency, a}, nil
}

// Seal encrypts a value for its place.
func (k *DataKey) Seal(p Place, plain []byte) ([]byte, error) {
	if k == nil {
		return nil, ErrDestroyed
	}
	return k.aead.Encrypt(plain, p.bound(k.agency))
}

// Open decrypts a value that was sealed for this place.
func (k *DataKey) Open(p Place, sealed []byte) ([]byte, error) {
	if k == nil {
		return nil, ErrDestroyed
	}
	plain, err := k.aead.Decrypt(sealed, p.bound(k.agency))
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

func random() []byte {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails: the runtime aborts instead
	return raw
}

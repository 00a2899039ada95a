package compliance

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// agencySealer seals under the agency's key as documents do: a key for each text, wrapped by the agency's, before what it encrypts.
// It is the seam for a keeper of keys: whatever implements Sealer takes its place.
type agencySealer struct {
	db   *tenancy.DB
	root *crypto.Root
}

// AgencySealer builds a Sealer on the agency's key.
func AgencySealer(db *tenancy.DB, root *crypto.Root) Sealer { return &agencySealer{db, root} }

// Seal makes the agency's key when it is the first thing sealed.
func (a *agencySealer) Seal(ctx context.Context, scope tenancy.Scope, place, plain string) ([]byte, error) {
	key, err := a.key(ctx, scope)
	if err != nil {
		return nil, err
	}
	wrapped, content, err := key.NewContentKey(place)
	if err != nil {
		return nil, err
	}
	out := bytes.NewBuffer(append(binary.BigEndian.AppendUint16(nil, uint16(len(wrapped))), wrapped...))
	w, err := content.Encrypt(out)
	if err == nil {
		_, err = io.WriteString(w, plain)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return out.Bytes(), nil
}

// Open fails when the key, the place or a byte is another.
func (a *agencySealer) Open(ctx context.Context, scope tenancy.Scope, place string, sealed []byte) (string, error) {
	unreadable := func(err error) error {
		return fault.Wrap(err, fault.Internal, "sealed.unreadable", "What is stored here does not open.")
	}
	if len(sealed) < 2 || len(sealed) < 2+int(binary.BigEndian.Uint16(sealed)) {
		return "", unreadable(nil)
	}
	key, err := a.key(ctx, scope)
	if err != nil {
		return "", err
	}
	n := 2 + int(binary.BigEndian.Uint16(sealed))
	content, err := key.ContentKey(place, sealed[2:n])
	if err != nil {
		return "", unreadable(err)
	}
	r, err := content.Decrypt(bytes.NewReader(sealed[n:]))
	if err != nil {
		return "", unreadable(err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		return "", unreadable(err)
	}
	return string(plain), nil
}

func (a *agencySealer) key(ctx context.Context, scope tenancy.Scope) (*crypto.TenantKey, error) {
	agency := scope.Tenant().String()
	var wrapped []byte
	read := tenancy.Value(&wrapped, "select wrapped_key from tenant_keys order by number desc limit 1")
	if err := a.db.Load(ctx, scope, read); err != nil {
		return nil, err
	}
	if wrapped == nil {
		fresh, err := a.root.NewTenantKey(agency)
		if err != nil {
			return nil, err
		}
		err = a.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
			tx.Exec("insert into tenant_keys (tenant_id, number, wrapped_key) values ($1, 1, $2) on conflict do nothing", scope.Tenant(), fresh)
			return tx.Load(read) // two at once: both use the key that was stored
		})
		if err != nil {
			return nil, err
		}
	}
	return a.root.TenantKey(agency, wrapped)
}

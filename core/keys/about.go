package keys

import (
	"encoding/json"

	"github.com/google/uuid"

	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// At is where a value about a person, sealed by their key, belongs: core/privacy opens it from there for a copy of their data.
func At(table string, row uuid.UUID, column string) crypto.Place {
	return crypto.Place{Table: table, Row: row.String(), Column: column}
}

// SealAbout encrypts the JSON of v by a person's key. Errors as of Subject.
func SealAbout(tx *tenancy.Tx, subject ident.SubjectID, at crypto.Place, v any) ([]byte, error) {
	key, err := Subject(tx, subject)
	if err != nil {
		return nil, err
	}
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return key.Seal(at, plain)
}

// OpenAbout decrypts what SealAbout has sealed. dataKey is the person's own, as stored; of an erased person there is nothing, and into stays as it is.
func OpenAbout(k *crypto.TenantKey, subject ident.SubjectID, dataKey []byte, at crypto.Place, box []byte, into any) error {
	if box == nil || dataKey == nil {
		return nil
	}
	key, err := k.DataKey(SubjectPlace(subject), dataKey)
	if err != nil {
		return err
	}
	plain, err := key.Open(at, box)
	if err != nil {
		return err
	}
	return json.Unmarshal(plain, into)
}

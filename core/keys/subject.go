package keys

import (
	"bytes"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// SubjectPlace is where a subject's own key is kept.
func SubjectPlace(id ident.SubjectID) crypto.Place {
	return crypto.Place{Table: "subjects", Row: id.String(), Column: "data_key"}
}

// Subject gives a subject's own key, to seal and open payloads about the person wherever they are kept: once it is destroyed they are
// unreadable, and the rows that hold them stay as they are. A subject without a key yet gets one. Errors: subject.not_found,
// crypto.ErrDestroyed (409 keys.destroyed) of an erased person.
func Subject(tx *tenancy.Tx, id ident.SubjectID) (*crypto.DataKey, error) {
	var sealed []byte
	found, erased := false, false
	if err := tx.Load(tenancy.Scan(`select data_key, data_key_destroyed_at is not null from subjects where id = $1`, []any{id}, func(rows pgx.Rows) error {
		found = true
		return rows.Scan(&sealed, &erased)
	})); err != nil {
		return nil, err
	}
	switch {
	case !found:
		return nil, fault.Missing("subject")
	case erased:
		return nil, crypto.ErrDestroyed
	}
	keys, err := tx.Keys()
	if err != nil {
		return nil, err
	}
	if sealed != nil {
		return keys.DataKey(SubjectPlace(id), sealed)
	}
	sealed, key, err := keys.NewDataKey(SubjectPlace(id))
	if err != nil {
		return nil, err
	}
	var kept []byte // of two at once the second waits here, and takes the first one's
	if err := tx.Load(tenancy.Value(&kept, `update subjects set data_key = coalesce(data_key, $2) where id = $1 and data_key_destroyed_at is null returning data_key`, id, sealed)); err != nil {
		return nil, err
	}
	if !bytes.Equal(kept, sealed) {
		return keys.DataKey(SubjectPlace(id), kept)
	}
	return key, nil
}

// DestroySubject erases a person for good: nothing that the subject's key sealed is ever read again, in this row or elsewhere. The blind
// indexes go with it, so that the person is not found by them either.
func DestroySubject(tx *tenancy.Tx, id ident.SubjectID) {
	tx.ExecOne(fault.Missing("subject"), `update subjects set data_key = null, data_key_destroyed_at = coalesce(data_key_destroyed_at, $2),
			tax_code_index = null, email_index = null, phone_index = null, iban_index = null where id = $1`, id, tx.Now())
}

package privacy

import (
	"encoding/json"
	"testing"

	"github.com/google/uuid"

	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/keys"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// TestRowsOf: what is sealed by a person's key in other tables' rows is in the copy of their data, opened; what is empty is not.
func TestRowsOf(t *testing.T) {
	w := coretest.New(t)
	person, row := ident.NewSubject(), uuid.New()
	w.Exec(t, `insert into subjects (tenant_id, id, kind, display_name, created_at, updated_at) values ($1, $2, 'natural', 'Ada', now(), now())`, w.A.ID, person)
	var found []RowCopy
	fine(t, w.DB.Write(t.Context(), w.A.Do("compliance_officer", "privacy.export"), func(tx *tenancy.Tx) error {
		box, err := keys.SealAbout(tx, person, keys.At("callback_states", row, "received"), map[string]string{"query": "code=1"})
		if err != nil {
			return err
		}
		const insert = `insert into callback_states (tenant_id, id, hash, kind, subject_id, about, about_id, expires_at, used_at, received, created_at) values ($1, $2, $3, 'return', $4, 'verification', $2, now(), now(), $5, now())`
		tx.Exec(insert, w.A.ID, row, []byte("a"), person, box)
		tx.Exec(insert, w.A.ID, uuid.New(), []byte("b"), person, nil)
		found, err = rowsOf(tx, platform, person)
		return err
	}))
	text, err := json.Marshal(found)
	fine(t, err)
	if want := `[{"datum":"accounts","table":"callback_states","id":"` + row.String() + `","data":{"received":{"query":"code=1"}}}]`; string(text) != want {
		t.Errorf("%s", text)
	}
}

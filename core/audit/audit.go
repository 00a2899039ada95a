// Package audit writes the append-only trail, in the transaction of what it records.
package audit

import (
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Record says that the scope's actor did action to the noun named by ref ("app_…"), in the trail of the agency, or of the
// network where the transaction is in no agency.
// detail holds ids and codes, never personal data; nil for none.
func Record(tx *tenancy.Tx, action string, ref fmt.Stringer, detail map[string]string) {
	enter(tx, home(tx), action, ref.String(), detail, nil)
}

// RecordAbout is Record with what may be read only as long as a subject's key is there: sealed, already encrypted under it.
// The chain covers the encrypted bytes, so it holds when the key is erased.
func RecordAbout(tx *tenancy.Tx, action string, ref fmt.Stringer, subject ident.SubjectID, sealed []byte) {
	enter(tx, home(tx), action, ref.String(), map[string]string{"subject": subject.String()}, sealed)
}

// RecordConfidential is Record in the trail only compliance reads: no other one shows a gap, a number or a count of it.
func RecordConfidential(tx *tenancy.Tx, action string, ref fmt.Stringer, detail map[string]string) {
	enter(tx, Confidential, action, ref.String(), detail, nil)
}

// home is the trail of where the transaction is.
func home(tx *tenancy.Tx) *Trail {
	if tx.Scope().Tenant().IsZero() {
		return Network
	}
	return Agency
}

func enter(tx *tenancy.Tx, t *Trail, action, ref string, detail map[string]string, sealed []byte) {
	body := []byte("{}")
	if len(detail) > 0 {
		body, _ = json.Marshal(detail) // a map of strings always encodes
	}
	s, owner := tx.Scope(), any(tx.Scope().Tenant())
	if t == Network {
		owner = tx.Network()
	}
	args := []any{owner, uuid.Must(uuid.NewV7()), tx.Now(), s.Actor().ID(), action, ref, body, s.Request()}
	if sealed == nil {
		tx.Exec(t.insert, args...)
		return
	}
	tx.Exec(t.insertSealed, append(args, sealed)...)
}

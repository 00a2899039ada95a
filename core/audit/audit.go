// Package audit writes the append-only trail, in the transaction of what it records.
package audit

import (
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/pratica-crm/pratica/core/tenancy"
)

// Record says that the scope's actor did action to the noun named by ref ("app_…"), in the trail of the agency, or of the
// network where the transaction is in no agency.
// detail holds ids and codes, never personal data; nil for none.
func Record(tx *tenancy.Tx, action string, ref fmt.Stringer, detail map[string]string) {
	body := []byte("{}")
	if len(detail) > 0 {
		body, _ = json.Marshal(detail) // a map of strings always encodes
	}
	s := tx.Scope()
	insert, owner := `insert into audit_entries (tenant_id, id, at, actor_id, action, ref, detail, request_id) values ($1, $2, $3, $4, $5, $6, $7, $8)`, any(s.Tenant())
	if s.Tenant().IsZero() {
		insert, owner = `insert into network_audit_entries (network_id, id, at, actor_id, action, ref, detail, request_id) values ($1, $2, $3, $4, $5, $6, $7, $8)`, tx.Network()
	}
	tx.Exec(insert, owner, uuid.Must(uuid.NewV7()), tx.Now(), s.Actor().ID(), action, ref.String(), body, s.Request())
}

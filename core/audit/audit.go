// Package audit writes the append-only trail, in the transaction of what it records.
package audit

import (
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/pratica-crm/pratica/core/tenancy"
)

// Record says that the scope's actor did action to the noun named by ref ("app_…").
// detail holds ids and codes, never personal data; nil for none.
func Record(tx *tenancy.Tx, action string, ref fmt.Stringer, detail map[string]string) {
	body := []byte("{}")
	if len(detail) > 0 {
		body, _ = json.Marshal(detail) // a map of strings always encodes
	}
	s := tx.Scope()
	tx.Exec(`insert into audit_entries (tenant_id, id, at, actor_id, action, ref, detail, request_id) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		s.Tenant(), uuid.Must(uuid.NewV7()), tx.Now(), s.Actor().ID(), action, ref.String(), body, s.Request())
}

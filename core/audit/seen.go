package audit

import (
	"encoding/json"
	"strings"

	"github.com/google/uuid"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Group is a group of sensitive fields that something shows: its name goes into the trail, never a value. Action is the permission to
// be shown it, "" where whoever sees the thing sees the group.
type Group struct {
	Name   string
	Action access.Action
}

// Seen is a note for tenancy.Scope.Noting: that the actor read something, and which groups of its fields they were shown. It
// enters nothing when the agency has no such thing. ref is its outside form ("sub_…"); "" for what is no one thing, such as a search.
func Seen(action, ref string, groups ...Group) func(*tenancy.Tx) {
	return func(tx *tenancy.Tx) {
		var shown []string
		for _, g := range groups {
			if g.Action == "" || tx.May(g.Action) {
				shown = append(shown, g.Name)
			}
		}
		detail := map[string]string{}
		if len(shown) > 0 {
			detail["groups"] = strings.Join(shown, " ")
		}
		prefix, id, named := ident.ParseAny(ref)
		there := tenancy.Known(prefix)
		if !named || there == "" {
			enter(tx, Agency, action, ref, detail, nil)
			return
		}
		body, _ := json.Marshal(detail) // a map of strings always encodes
		s := tx.Scope()
		tx.Exec(`insert into audit_entries (tenant_id, id, at, actor_id, action, ref, detail, request_id) select $2, $3, $4, $5, $6, $7, $8, $9 where exists (`+there+`)`,
			id, s.Tenant(), uuid.Must(uuid.NewV7()), tx.Now(), s.Actor().ID(), action, ref, body, s.Request())
	}
}

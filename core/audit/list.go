package audit

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Entry is one line of the trail. Actor is a person's id, a key's, or "system".
type Entry struct {
	ID      uuid.UUID       `json:"id" db:"id"`
	At      time.Time       `json:"at" db:"at"`
	Actor   string          `json:"actor_id" db:"actor_id"`
	Action  string          `json:"action" db:"action"`
	Ref     string          `json:"ref" db:"ref"`
	Detail  json.RawMessage `json:"detail" db:"detail"`
	Request string          `json:"request_id" db:"request_id"`
}

// Filter narrows the trail to what was done to one noun.
type Filter struct {
	page.Query
	Ref string `query:"ref" maxLength:"60" doc:"Id of the noun it was done to"`
}

// List pages through an agency's trail, the newest first.
func List(ctx context.Context, db *tenancy.DB, scope tenancy.Scope, f Filter) (page.Page[Entry], error) {
	var last uuid.UUID
	after, err := f.Key(&last)
	if err != nil {
		return page.Page[Entry]{}, err
	}
	var rows []Entry
	err = db.Load(ctx, scope, tenancy.Many(&rows, `select id, at, actor_id, action, ref, detail, request_id from audit_entries
		where ($1 = '' or ref = $1) and (not $2 or id < $3) order by id desc limit $4`, f.Ref, after, last, f.Size()+1))
	return page.Of(rows, f.Size(), func(e Entry) uuid.UUID { return e.ID }), err
}

package audit

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Entry is one line of the trail. Actor is a person's id, a key's, or "system". Seq is its place in the chain, Hash what the next
// entry refers to.
type Entry struct {
	ID      uuid.UUID       `json:"id" db:"id"`
	Seq     int64           `json:"seq" db:"seq"`
	At      time.Time       `json:"at" db:"at"`
	Actor   string          `json:"actor_id" db:"actor_id"`
	Action  string          `json:"action" db:"action"`
	Ref     string          `json:"ref" db:"ref"`
	Detail  json.RawMessage `json:"detail" db:"detail"`
	Request string          `json:"request_id" db:"request_id"`
	Hash    Hex             `json:"hash" db:"hash"`
}

// Filter narrows the trail. From and To are instants; To is not included.
type Filter struct {
	page.Query
	Actor  string    `query:"actor" maxLength:"60" doc:"Id of who did it, or system"`
	Action string    `query:"action" maxLength:"60" doc:"What was done: document.opened"`
	Ref    string    `query:"ref" maxLength:"60" doc:"Id of the noun it was done to"`
	From   time.Time `query:"from" doc:"Not before this instant (RFC 3339)"`
	To     time.Time `query:"to" doc:"Before this instant (RFC 3339)"`
}

// List pages through an agency's trail, the newest first.
func List(ctx context.Context, db *tenancy.DB, scope tenancy.Scope, f Filter) (page.Page[Entry], error) {
	return list(ctx, db, scope, Agency, f)
}

// ListConfidential pages through what of the trail only compliance reads.
func ListConfidential(ctx context.Context, db *tenancy.DB, scope tenancy.Scope, f Filter) (page.Page[Entry], error) {
	return list(ctx, db, scope, Confidential, f)
}

func list(ctx context.Context, db *tenancy.DB, scope tenancy.Scope, t *Trail, f Filter) (page.Page[Entry], error) {
	var before int64
	after, err := f.Key(&before)
	if err != nil {
		return page.Page[Entry]{}, err
	}
	args := []any{f.Size() + 1}
	sql := t.list
	// Only what is asked for is in the statement: a condition that may not hold would keep the server from using an index.
	for _, c := range []struct {
		asked bool
		sql   string
		value any
	}{
		{after, "c.seq < ", before},
		{f.Actor != "", "e.actor_id = ", f.Actor},
		{f.Action != "", "e.action = ", f.Action},
		{f.Ref != "", "e.ref = ", f.Ref},
		{!f.From.IsZero(), "e.at >= ", f.From},
		{!f.To.IsZero(), "e.at < ", f.To},
	} {
		if c.asked {
			args = append(args, c.value)
			sql += " and " + c.sql + placeholder[len(args)]
		}
	}
	var rows []Entry
	err = db.Load(ctx, scope, tenancy.Many(&rows, sql+" order by c.seq desc limit $1", args...))
	return page.Of(rows, f.Size(), func(e Entry) int64 { return e.Seq }), err
}

// placeholder is the text of the nth parameter.
var placeholder = strings.Fields("$0 $1 $2 $3 $4 $5 $6 $7 $8")

package queue

import (
	"context"
	"time"

	"github.com/pratica-crm/pratica/core/tenancy"
)

// Tidy deletes what has served: outbox rows a day after they were carried (a browser that was away asks for that long),
// idempotency keys a day after their request, links, sessions and tokens a day after they ended.
type Tidy struct {
	Operator *tenancy.Operator
	Every    time.Duration
}

// tidyMost bounds one deletion: a table that has filled up is emptied in short transactions.
const tidyMost = 1000

// tidying deletes up to $1 rows and says how many there were.
var tidying = []string{
	`with gone as (delete from outbox where (tenant_id, id) in (select tenant_id, id from outbox where published_at < now() - interval '24 hours' limit $1) returning 1) select count(*) from gone`,
	`with gone as (delete from idempotency_keys where (tenant_id, actor_id, key) in (select tenant_id, actor_id, key from idempotency_keys where created_at < now() - interval '24 hours' limit $1) returning 1) select count(*) from gone`,
	`with gone as (delete from network_idempotency_keys where (network_id, actor_id, key) in (select network_id, actor_id, key from network_idempotency_keys where created_at < now() - interval '24 hours' limit $1) returning 1) select count(*) from gone`,
	`with gone as (delete from document_links where (tenant_id, token_hash) in (select tenant_id, token_hash from document_links where expires_at < now() - interval '24 hours' limit $1) returning 1) select count(*) from gone`,
	`select forget_sign_ins($1)`,
}

// Run tidies until ctx ends.
func (t *Tidy) Run(ctx context.Context) error {
	loop(ctx, "tidy", t.Every, nil, func() (more bool, err error) {
		for _, sql := range tidying {
			var gone int
			if err := t.Operator.Load(ctx, tenancy.Value(&gone, sql, tidyMost)); err != nil {
				return false, err
			}
			more = more || gone >= tidyMost
		}
		return more, nil
	})
	return nil
}

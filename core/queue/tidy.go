package queue

import (
	"context"
	"time"

	"github.com/pratica-crm/pratica/core/tenancy"
)

// Tidy deletes what has served: outbox rows a day after they were carried (a browser that was away asks for that long),
// and idempotency keys a day after their request.
type Tidy struct {
	Operator *tenancy.Operator
	Every    time.Duration
}

// Run tidies until ctx ends.
func (t *Tidy) Run(ctx context.Context) error {
	loop(ctx, "tidy", t.Every, func() (bool, error) {
		return false, t.Operator.Write(ctx, func(tx *tenancy.Tx) error {
			tx.Exec(`delete from outbox where published_at < now() - interval '24 hours'`)
			tx.Exec(`delete from idempotency_keys where created_at < now() - interval '24 hours'`)
			return nil
		})
	})
	return nil
}

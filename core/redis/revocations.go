package redis

import (
	"context"

	"github.com/redis/go-redis/v9"
)

// Revocations tells every server that sessions have ended, so that none goes on knowing one. It is a hint: without Redis a
// server's memory of a session ends by itself within a second. It belongs to no agency: a session is a person's.
type Revocations struct{ rdb redis.UniversalClient }

// Revocations returns the broadcast.
func (c *Client) Revocations() *Revocations { return &Revocations{c.rdb} }

const revocations = "pratica:revocations"

// Publish tells all servers.
func (r *Revocations) Publish(ctx context.Context) error {
	return unavailable(r.rdb.Publish(ctx, revocations, "").Err())
}

// Listen calls take for each broadcast until ctx ends.
func (r *Revocations) Listen(ctx context.Context, take func()) {
	sub := r.rdb.Subscribe(ctx, revocations)
	defer func() { _ = sub.Close() }()
	messages := sub.Channel()
	for {
		select {
		case <-ctx.Done():
			return
		case _, open := <-messages:
			if !open {
				return
			}
			take()
		}
	}
}

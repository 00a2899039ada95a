package redis

import (
	"context"

	"github.com/redis/go-redis/v9"

	"github.com/pratica-crm/pratica/core/ident"
)

// News carries what changed in an agency to the servers its browsers listen on. It is a hint, never the truth.
type News struct{ rdb redis.UniversalClient }

// News returns the live updates.
func (c *Client) News() *News { return &News{c.rdb} }

func channel(tenant ident.AgencyID) string { return "pratica:{" + tenant.String() + "}:news" }

// Publish tells an agency's listeners. Message is the JSON of an outbox row: id and change.
func (n *News) Publish(ctx context.Context, tenant ident.AgencyID, message []byte) error {
	return unavailable(n.rdb.Publish(ctx, channel(tenant), message).Err())
}

// Listen calls take for each message of the agency until ctx ends. It survives a Redis that goes away:
// go-redis subscribes again by itself.
func (n *News) Listen(ctx context.Context, tenant ident.AgencyID, take func([]byte)) {
	sub := n.rdb.Subscribe(ctx, channel(tenant))
	defer func() { _ = sub.Close() }()
	messages := sub.Channel()
	for {
		select {
		case <-ctx.Done():
			return
		case m, open := <-messages:
			if !open {
				return
			}
			take([]byte(m.Payload))
		}
	}
}

package tenancy

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
)

// listenAgain is the pause before a connection that broke is made anew.
const listenAgain = time.Second

// Listen calls take when a transaction that notified the channel has committed, and once when it begins to listen, until ctx ends. It has a
// connection of its own. A notification is a hint: one may be missed while the connection is made anew, and a pooler that hands
// connections around by transaction passes none on; whoever listens looks now and then all the same.
func (o *Operator) Listen(ctx context.Context, channel string, take func()) {
	for ctx.Err() == nil {
		if err := o.listen(ctx, channel, take); err != nil && ctx.Err() == nil {
			slog.Warn("not listening to the database for a moment", "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(listenAgain):
			}
		}
	}
}

func (o *Operator) listen(ctx context.Context, channel string, take func()) error {
	conn, err := pgx.ConnectConfig(ctx, o.pool.Config().ConnConfig)
	if err != nil {
		return translate(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "listen "+pgx.Identifier{channel}.Sanitize()); err != nil {
		return translate(err)
	}
	for {
		take()
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return translate(err)
		}
	}
}

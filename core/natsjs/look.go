package natsjs

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/pratica-crm/pratica/core/fault"
)

// Why the server cannot be used, with what mends it.
var (
	errAway     = fault.New(fault.Unavailable, "queue.unavailable", "NATS does not answer: start it, or correct host and port in PRATICA_QUEUE_URL. Work that waits is carried out when it is back.")
	errStranger = fault.New(fault.Unavailable, "queue.unavailable", "NATS does not let us in: correct user and password in PRATICA_QUEUE_URL.")
	errNoStream = fault.New(fault.Unavailable, "queue.unavailable", "NATS answers, but has no JetStream for us: start it with -js, or allow it for the account of PRATICA_QUEUE_URL.")
)

// Look reports whether the server answers, lets us in and has JetStream. It makes nothing there.
func (q *Queue) Look(ctx context.Context) error {
	if !q.conn.IsConnected() {
		if errors.Is(q.conn.LastError(), nats.ErrAuthorization) {
			return errStranger
		}
		return errAway
	}
	switch _, err := q.js.AccountInfo(ctx); {
	case err == nil:
		return nil
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return errNoStream
	default:
		return unavailable(err)
	}
}

package queue

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Row is an outbox row on its way.
type Row struct {
	Tenant  ident.AgencyID
	ID      uuid.UUID
	Topic   string
	Ref     string
	Payload json.RawMessage
	attempt int
}

// Carrier carries a row of one topic out. It may be called again with the same row.
type Carrier func(ctx context.Context, row Row) error

// Relay moves the outbox, each topic on its own, so that one that cannot go on holds up no other.
type Relay struct {
	Operator *tenancy.Operator
	Carriers map[string]Carrier
	Every    time.Duration // how often an empty outbox is looked at
}

// Run relays until ctx ends.
func (r *Relay) Run(ctx context.Context) error {
	done := make(chan struct{})
	for topic, carry := range r.Carriers {
		go func() {
			defer func() { done <- struct{}{} }()
			loop(ctx, "relay "+topic, r.Every, func() (bool, error) { return r.once(ctx, topic, carry) })
		}()
	}
	for range r.Carriers {
		<-done
	}
	return nil
}

// batch is how many rows one look takes: enough to be quick, few enough to keep the transaction short.
const batch = 50

// once carries a batch; more tells that there may be others.
// The claim is a lease of half a minute, so that several workers share the outbox; rows are settled after
// they are carried: a crash in between carries them again, and loses none.
func (r *Relay) once(ctx context.Context, topic string, carry Carrier) (more bool, err error) {
	var rows []Row
	err = r.Operator.Load(ctx, tenancy.Scan(`with due as (
			select tenant_id, id from outbox where topic = $1 and published_at is null and retry_at <= now()
			order by id limit $2 for update skip locked)
		update outbox o set attempts = o.attempts + 1, retry_at = now() + interval '30 seconds'
		from due where o.tenant_id = due.tenant_id and o.id = due.id
		returning o.tenant_id, o.id, o.topic, o.ref, o.payload, o.attempts`, []any{topic, batch}, func(x pgx.Rows) error {
		var row Row
		err := x.Scan(&row.Tenant, &row.ID, &row.Topic, &row.Ref, &row.Payload, &row.attempt)
		rows = append(rows, row)
		return err
	}))
	if err != nil || len(rows) == 0 {
		return false, err
	}
	slices.SortFunc(rows, func(a, b Row) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	carried := make([]bool, len(rows))
	for i, row := range rows {
		failure := carry(ctx, row)
		carried[i] = failure == nil
		if failure != nil {
			slog.Warn("outbox row waits", "topic", topic, "id", row.ID, "attempt", row.attempt, "error", failure)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return len(rows) == batch, r.Operator.Write(ctx, func(tx *tenancy.Tx) error {
		for i, row := range rows {
			if carried[i] {
				tx.Exec(`update outbox set published_at = now() where tenant_id = $1 and id = $2`, row.Tenant, row.ID)
			} else {
				tx.Exec(`update outbox set retry_at = now() + $3::interval where tenant_id = $1 and id = $2`,
					row.Tenant, row.ID, backoff(row.attempt))
			}
		}
		return nil
	})
}

// backoff doubles from half a second to a minute.
func backoff(attempt int) time.Duration {
	return min(500*time.Millisecond<<min(attempt, 7), time.Minute)
}

// loop calls step until ctx ends: at once while there is more, else after a pause, longer after errors.
func loop(ctx context.Context, name string, every time.Duration, step func() (more bool, err error)) {
	failures := 0
	for ctx.Err() == nil {
		more, err := step()
		pause := every
		if err != nil && ctx.Err() == nil {
			failures++
			pause = min(every+backoff(failures), 5*time.Second)
			slog.Warn("waiting to go on", "loop", name, "failures", failures, "error", err)
		} else if failures = 0; more {
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

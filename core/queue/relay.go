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

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
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

// Relay moves the outbox, each topic on its own, so that one that cannot go on holds up no other. Mails and events between
// machines of one noun (agency, topic and ref) go out in the order they were written: the next waits until the one before is out.
type Relay struct {
	Operator *tenancy.Operator
	Carriers map[string]Carrier
	Every    time.Duration // how often an empty outbox is looked at
	Wake     chan struct{} // wakes whoever carries operations that a person waits for; nil: never
	Claim    time.Duration // how long a batch belongs to the relay that took it; half a minute when 0
}

// Run relays until ctx ends.
func (r *Relay) Run(ctx context.Context) error {
	done := make(chan struct{})
	for topic, carry := range r.Carriers {
		var wake chan struct{}
		if topic == outbox.Urgent {
			wake = r.Wake
		}
		go func() {
			defer func() { done <- struct{}{} }()
			loop(ctx, "relay "+topic, r.Every, wake, func() (bool, error) { return r.once(ctx, topic, carry) })
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
// The claim is a lease, so that several workers share the outbox; rows are settled after they are carried: a crash in
// between carries them again, and loses none. In the second half of the claim no row is begun, and what is begun by then
// is broken off in time to settle it: no other worker takes up what is still under way here.
func (r *Relay) once(ctx context.Context, topic string, carry Carrier) (more bool, err error) {
	claim := r.Claim
	if claim == 0 {
		claim = 30 * time.Second
	}
	begin, stopBegin := context.WithTimeout(ctx, claim/2)
	defer stopBegin()
	under, stop := context.WithTimeout(ctx, claim*5/6)
	defer stop()
	rows, err := r.take(ctx, topic, claim)
	if err != nil || len(rows) == 0 {
		return false, err
	}
	var ends []end
	for _, row := range rows {
		e := end{row: row, back: true}
		if begin.Err() == nil {
			err := fault.Guard("outbox.broken", func() error { return carry(under, row) })
			e.failure, e.back = err, err != nil && ctx.Err() != nil // a stop is not the row's failure
		}
		ends = append(ends, e)
		// A mail is settled at once: of all there is, it is what people would notice twice. The rest is settled
		// together, for a third of the price, and made to happen once where it lands.
		if topic == outbox.Mail {
			if err := r.settle(ctx, ends); err != nil {
				return false, err
			}
			ends = nil
		}
	}
	return true, r.settle(ctx, ends)
}

// ordered are the topics whose rows of one noun must not overtake each other. News to browsers and dispatch are hints, of which
// there are many: they go as they come.
func ordered(topic string) bool { return topic == outbox.Event || topic == outbox.Mail }

// take claims rows that wait. Of an ordered topic only the first of each noun: while that is not out, failed or with another
// worker, no later one is taken.
func (r *Relay) take(ctx context.Context, topic string, claim time.Duration) (rows []Row, err error) {
	err = r.Operator.Load(ctx, tenancy.Scan(`with due as (
			select o.tenant_id, o.id from outbox o where o.topic = $1 and o.published_at is null and o.retry_at <= now()
				and (not $4 or not exists (select from outbox e where e.tenant_id = o.tenant_id and e.topic = o.topic and e.ref = o.ref and e.published_at is null and e.id < o.id))
			order by o.id limit $2 for update skip locked)
		update outbox o set attempts = o.attempts + 1, retry_at = now() + $3::interval
		from due where o.tenant_id = due.tenant_id and o.id = due.id
		returning o.tenant_id, o.id, o.topic, o.ref, o.payload, o.attempts`, []any{topic, batch, claim, ordered(topic)}, func(x pgx.Rows) error {
		var row Row
		err := x.Scan(&row.Tenant, &row.ID, &row.Topic, &row.Ref, &row.Payload, &row.attempt)
		rows = append(rows, row)
		return err
	}))
	slices.SortFunc(rows, func(a, b Row) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	return rows, err
}

// end is what came of a row.
type end struct {
	row     Row
	failure error
	back    bool // not carried, through no fault of its own: it goes back as if it had not been taken
}

// settle writes down what came of rows, also when the relay is being stopped: what is out is not to go out again.
func (r *Relay) settle(ctx context.Context, ends []end) error {
	if len(ends) == 0 {
		return nil
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer stop()
	return r.Operator.Write(ctx, func(tx *tenancy.Tx) error {
		for _, e := range ends {
			switch {
			case e.back:
				tx.Exec(`update outbox set retry_at = now(), attempts = attempts - 1 where tenant_id = $1 and id = $2`, e.row.Tenant, e.row.ID)
			case e.failure != nil:
				pause := min(backoff(e.row.attempt), longest(e.row.Topic))
				slog.Warn("outbox row waits", "topic", e.row.Topic, "id", e.row.ID, "attempt", e.row.attempt, "pause", pause, "error", e.failure)
				tx.Exec(`update outbox set retry_at = now() + $3::interval where tenant_id = $1 and id = $2`, e.row.Tenant, e.row.ID, pause)
			default:
				tx.Exec(`update outbox set published_at = now() where tenant_id = $1 and id = $2`, e.row.Tenant, e.row.ID)
			}
		}
		return nil
	})
}

// longest is how long a row may wait for its next try. News and dispatch fail only when Redis is away, whatever the row,
// and people wait for them when it is back; a mail or an event that fails again and again has a trouble of its own.
func longest(topic string) time.Duration {
	if topic == outbox.Changed || topic == outbox.Operation || topic == outbox.Urgent {
		return time.Minute
	}
	return time.Hour
}

// backoff doubles from half a second to an hour.
func backoff(attempt int) time.Duration {
	return min(500*time.Millisecond<<min(attempt, 13), time.Hour)
}

// loop calls step until ctx ends: at once while there is more, else after a pause (longer after errors), which wake cuts short.
func loop(ctx context.Context, name string, every time.Duration, wake <-chan struct{}, step func() (more bool, err error)) {
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
		case <-wake:
		case <-time.After(pause):
		}
	}
}

package webhooks

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Delivery is an event on its way to an endpoint, and how the last attempt went. Of an answer only its status is known.
type Delivery struct {
	ID            ident.EventID `json:"id" doc:"Of the event, as in webhook-id"`
	Type          string        `json:"type"`
	Subject       string        `json:"subject"`
	At            time.Time     `json:"at" doc:"When it happened"`
	State         string        `json:"state" enum:"pending,delivered,failed"`
	Attempts      int           `json:"attempts"`
	AttemptedAt   *time.Time    `json:"attempted_at"`
	NextAttemptAt *time.Time    `json:"next_attempt_at" doc:"Of a pending one, not before the endpoint's rest_until"`
	Outcome       string        `json:"outcome" enum:",delivered,refused,redirect,gone,timeout,unreachable,no_address,tls" doc:"Of the last attempt"`
	Status        *int          `json:"http_status"`
	LatencyMS     *int          `json:"latency_ms"`
}

// Filter narrows an endpoint's deliveries.
type Filter struct {
	page.Query
	State string `query:"state" enum:"pending,delivered,failed"`
}

// Since asks for what failed from an instant on.
type Since struct {
	Since time.Time `json:"since" doc:"Events that happened at this instant (RFC 3339) or later"`
}

// Replayed tells how many deliveries were put back on their way.
type Replayed struct {
	Count int `json:"count"`
}

const columns = `d.id, d.type, d.subject, d.at, d.state, d.attempts, d.attempted_at, case when d.state = 'pending' then d.next_attempt_at end, d.outcome, d.http_status, d.latency_ms`

func loadDeliveries(dst *[]Delivery, where string, args ...any) tenancy.Load {
	return tenancy.Scan("select "+columns+" from webhook_deliveries d "+where, args, func(rows pgx.Rows) error {
		var d Delivery
		err := rows.Scan(&d.ID, &d.Type, &d.Subject, &d.At, &d.State, &d.Attempts, &d.AttemptedAt, &d.NextAttemptAt, &d.Outcome, &d.Status, &d.LatencyMS)
		*dst = append(*dst, d)
		return err
	}).From(func() { *dst = nil })
}

// Deliveries pages through what was sent to an endpoint or waits, the newest first.
func (s *Service) Deliveries(ctx context.Context, scope tenancy.Scope, id ident.WebhookID, f Filter) (page.Page[Delivery], error) {
	var before ident.EventID
	if _, err := f.Key(&before); err != nil {
		return page.Page[Delivery]{}, err
	}
	found := false
	var rows []Delivery
	err := s.db.Load(ctx, scope, tenancy.Value(&found, "select true from webhook_endpoints where id = $1", id),
		loadDeliveries(&rows, `where d.endpoint_id = $1 and ($2 = '' or d.state = $2) and ($3::uuid is null or d.id < $3) order by d.id desc limit $4`, id, f.State, before, f.Size()+1))
	if err == nil && !found {
		err = fault.Missing("webhook")
	}
	if err != nil {
		return page.Page[Delivery]{}, err
	}
	return page.Of(rows, f.Size(), func(d Delivery) ident.EventID { return d.ID }), nil
}

// Ping puts an event of type Test on its way to an endpoint.
func (s *Service) Ping(ctx context.Context, scope tenancy.Scope, id ident.WebhookID) (Delivery, error) {
	var out Delivery
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		var e row
		if err := s.open(tx, &e, id); err != nil {
			return err
		}
		if err := write(tx, Tested{ID: id}, "from webhook_endpoints where id = $7", id); err != nil {
			return err
		}
		var rows []Delivery
		if err := tx.Load(loadDeliveries(&rows, "where d.endpoint_id = $1 and d.type = $2 order by d.id desc limit 1", id, Test)); err != nil {
			return err
		}
		out = rows[0]
		audit.Record(tx, "webhook.tested", id, nil)
		return tx.Answer(out)
	})
	return out, err
}

// Replay puts one delivery back on its way, whether it failed or had arrived: the receiver knows it by its id.
func (s *Service) Replay(ctx context.Context, scope tenancy.Scope, id ident.WebhookID, event ident.EventID) (Delivery, error) {
	var out Delivery
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		var e row
		if err := s.open(tx, &e, id); err != nil {
			return err
		}
		var rows []Delivery
		if err := tx.Load(again(tx, id, "and id = $3", event), loadDeliveries(&rows, "where d.endpoint_id = $1 and d.id = $2", id, event)); err != nil {
			return err
		}
		if len(rows) == 0 {
			return fault.New(fault.NotFound, "webhook.delivery_not_found", "No such delivery. What was delivered is kept for seven days, what was not for thirty.")
		}
		out = rows[0]
		audit.Record(tx, "webhook.replayed", id, map[string]string{"event_id": event.String()})
		if err := tx.Answer(out); err != nil {
			return err
		}
		return outbox.Tell(tx, "webhooks", id, 0)
	})
	return out, err
}

// ReplayFailed puts everything that failed since an instant back on its way.
func (s *Service) ReplayFailed(ctx context.Context, scope tenancy.Scope, id ident.WebhookID, in Since) (Replayed, error) {
	var out Replayed
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		var e row
		if err := s.open(tx, &e, id); err != nil {
			return err
		}
		if err := tx.Load(tenancy.Value(&out.Count, "select count(*) from webhook_deliveries where endpoint_id = $1 and state = 'failed' and at >= $2", id, in.Since),
			again(tx, id, "and state = 'failed' and at >= $3", in.Since)); err != nil {
			return err
		}
		audit.Record(tx, "webhook.replayed", id, map[string]string{"since": in.Since.UTC().Format(time.RFC3339)})
		if err := tx.Answer(out); err != nil {
			return err
		}
		return outbox.Tell(tx, "webhooks", id, 0)
	})
	return out, err
}

// again is what a replay does to deliveries: they start over. One that is under way goes on as it is.
func again(tx *tenancy.Tx, id ident.WebhookID, which string, arg any) tenancy.Load {
	return tenancy.Statement(`update webhook_deliveries set state = 'pending', attempts = 0, next_attempt_at = $2 where endpoint_id = $1 and lease_until is null `+which, id, tx.Now(), arg)
}

// open locks an endpoint that takes deliveries.
func (s *Service) open(tx *tenancy.Tx, e *row, id ident.WebhookID) error {
	if err := s.lock(tx, e, id, 0); err != nil {
		return err
	}
	if e.Status != "active" {
		return fault.New(fault.Conflict, "webhook.stopped", "This endpoint is paused or was disabled. Make it active first; what waits then goes out by itself.")
	}
	return nil
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/jobs"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/queue"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// How often an idle worker looks.
const (
	look  = 100 * time.Millisecond
	sweep = time.Second
	seal  = time.Minute

	retention = time.Hour // clocks count in days
)

// atOnce is how many operations a worker runs at once; most of them wait for banks. caps say of whom.
const atOnce = 64

var caps = queue.Caps{All: atOnce, Tenant: 16, TenantConnector: 8, Connector: 48, Connection: 4}

// work runs the queue until ctx ends: the outbox, what is due, and the agencies' lanes.
func (a *app) work(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	dispatch := queue.NewDispatch(a.queue(), caps, look, func(ctx context.Context, job queue.Job) error {
		scope, err := a.operator.Scope(job.Tenant, job.Operation.String())
		if err != nil {
			return err
		}
		return a.deps.Connectors.Run(ctx, scope, job.Operation)
	})
	wake := make(chan struct{}, 1)
	relay := &queue.Relay{Operator: a.operator, Every: look, Wake: wake, Carriers: map[string]queue.Carrier{
		outbox.Changed: a.carryNews, outbox.Mail: a.mail, outbox.Event: a.carryEvent,
		outbox.Operation: queue.Dispatching(dispatch), outbox.Urgent: queue.Dispatching(dispatch),
	}}
	due := &queue.Sweep{Operator: a.operator, Every: sweep, Dispatch: dispatch.Add, Fire: a.fire}
	long := &jobs.Runner{DB: a.db, Operator: a.operator, Kinds: a.kinds, Every: sweep}
	seals := &audit.Sealer{Keeper: a.deps.Audit, Every: seal}
	group.Go(func() error { return seals.Run(ctx) })
	tidy := &queue.Tidy{Operator: a.operator, Every: time.Hour}
	group.Go(func() error { return tidy.Run(ctx) })
	group.Go(func() error { return long.Run(ctx) })
	group.Go(func() error { return a.workForNetworks(ctx) })
	group.Go(func() error { return a.courier().Run(ctx) })
	group.Go(func() error {
		every(ctx, "retention", retention, func() (bool, error) { return false, a.sweepRetention(ctx) })
		return nil
	})
	group.Go(func() error { return relay.Run(ctx) })
	group.Go(func() error {
		a.operator.Listen(ctx, outbox.Wake, func() {
			select {
			case wake <- struct{}{}:
			default: // it is about to look
			}
		})
		return nil
	})
	group.Go(func() error { return due.Run(ctx) })
	group.Go(func() error { return dispatch.Serve(ctx) })
	return group.Wait()
}

// queue is what dispatches: Redis, unless a queue of its own is configured.
func (a *app) queue() queue.Driver {
	if a.nats != nil {
		return a.nats
	}
	return a.redis.Streams("worker-" + uuid.NewString())
}

// carryNews tells an agency's browsers what changed.
func (a *app) carryNews(ctx context.Context, row queue.Row) error {
	message, err := json.Marshal(map[string]any{"id": row.ID, "change": row.Payload})
	if err != nil {
		return err
	}
	return a.redis.News().Publish(ctx, row.Tenant, message)
}

// carryEvent sends one machine's event to another, once: the row's id is the idempotency key. An event the other machine
// has no place for is spent, as in any chart, and is in the trail.
func (a *app) carryEvent(ctx context.Context, row queue.Row) error {
	var signal outbox.Signal
	if err := json.Unmarshal(row.Payload, &signal); err != nil {
		return err
	}
	scope, err := a.operator.Scope(row.Tenant, "event "+row.ID.String())
	if err != nil {
		return err
	}
	scope = scope.Once(row.ID.String(), row.Payload)
	send := applications.Send{Event: signal.Event}
	switch signal.To {
	case "applications":
		var id ident.ApplicationID
		if id, err = ident.ParseApplication(row.Ref); err == nil {
			_, err = a.deps.Applications.Send(ctx, scope.For("applications.transition"), id, 0, send)
		}
	case "submissions":
		var id ident.SubmissionID
		if id, err = ident.ParseSubmission(row.Ref); err == nil {
			if signal.Event == "" {
				err = a.deps.Submissions.Look(ctx, scope.For("submissions.transition"), id)
			} else {
				_, err = a.deps.Submissions.Send(ctx, scope.For("submissions.transition"), id, 0, send)
			}
		}
	case "bank_consents":
		var id ident.BankConsentID
		if id, err = ident.ParseBankConsent(row.Ref); err == nil {
			_, err = a.deps.Consents.Send(ctx, scope.For("bank_consents.transition"), id, 0, send)
		}
	default:
		return fault.New(fault.Internal, "event.to", "No feature runs machines of this noun.")
	}
	var replay *tenancy.Replay
	switch failure := fault.As(err); {
	case err == nil, errors.As(err, &replay):
		return nil
	case failure.Code == "event.wrong_state" || failure.Kind == fault.Forbidden || failure.Kind == fault.Invalid:
		return a.spend(ctx, scope, row, signal) // there will be no place for it later either
	}
	return err // a guard or an invariant stands in the way: it is offered again
}

// spend writes down that an event between machines had no place.
func (a *app) spend(ctx context.Context, scope tenancy.Scope, row queue.Row, signal outbox.Signal) error {
	ref, err := ident.ParseApplication(row.Ref)
	id := fmt.Stringer(ref)
	action := access.Action("applications.transition")
	if err != nil {
		if sub, err := ident.ParseSubmission(row.Ref); err == nil {
			id, action = sub, "submissions.transition"
		} else if consent, err := ident.ParseBankConsent(row.Ref); err == nil {
			id, action = consent, "bank_consents.transition"
		} else {
			return err
		}
	}
	return a.db.Write(ctx, scope.For(action), func(tx *tenancy.Tx) error {
		audit.Record(tx, "event.unplaced", id, map[string]string{"event": signal.Event})
		return nil
	})
}

// fire lets an instance's due deadlines send their events.
func (a *app) fire(ctx context.Context, d queue.Due) error {
	scope, err := a.operator.Scope(d.Tenant, "timer "+d.Instance.String())
	if err != nil {
		return err
	}
	switch d.Subject {
	case "application":
		return a.deps.Applications.Fire(ctx, scope.For("applications.transition"), ident.ApplicationID{UUID: d.Instance.UUID})
	case "submission":
		return a.deps.Submissions.Fire(ctx, scope.For("submissions.transition"), ident.SubmissionID{UUID: d.Instance.UUID})
	}
	if d.Subject == "consent" {
		return a.deps.Consents.Fire(ctx, scope.For("bank_consents.transition"), ident.BankConsentID{UUID: d.Instance.UUID})
	}
	return fault.New(fault.Internal, "timer.subject", "No feature runs machines of this subject.")
}

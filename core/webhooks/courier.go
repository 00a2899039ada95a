package webhooks

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Courier looks for endpoints with something due and has it delivered, beside others: an attempt holds no connection to the
// database while it waits for an answer, so there may be many, and no agency has more than its share of them.
type Courier struct {
	Service  *Service
	Operator *tenancy.Operator
	Now      func() time.Time
	Every    time.Duration // how often it looks
	AtOnce   int           // attempts under way here
	Share    int           // of them, at most so many of one agency
}

// How many attempts a goroutine makes before it lets others have its place, and how long deliveries are kept.
const (
	turn          = 20
	keptDelivered = 7 * 24 * time.Hour
	keptOtherwise = 30 * 24 * time.Hour
	tidying       = time.Hour
)

type stop struct {
	tenant ident.AgencyID
	id     ident.WebhookID
}

// Run delivers until ctx ends, then waits for what is under way.
func (c *Courier) Run(ctx context.Context) error {
	busy := &rounds{stops: map[stop]int{}, tenants: map[ident.AgencyID]int{}}
	look, tidy := time.NewTicker(c.Every), time.NewTicker(tidying)
	defer look.Stop()
	defer tidy.Stop()
	for {
		select {
		case <-ctx.Done():
			busy.running.Wait()
			return nil
		case <-look.C:
			c.say(ctx, c.round(ctx, busy))
		case <-tidy.C:
			c.say(ctx, c.Tidy(ctx))
		}
	}
}

func (c *Courier) say(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		slog.Warn("waiting to go on", "loop", "webhooks", "error", err)
	}
}

// round starts an attempt at each endpoint that has something due, those of agencies with the fewest under way first.
func (c *Courier) round(ctx context.Context, busy *rounds) error {
	due, err := c.due(ctx)
	if err != nil {
		return err
	}
	for _, s := range busy.order(due) {
		if !busy.start(s, c.AtOnce, c.Share) {
			continue
		}
		go func() {
			defer busy.end(s)
			c.say(ctx, c.deliver(ctx, s))
		}()
	}
	return nil
}

// due finds endpoints that wait, one look at an index each.
func (c *Courier) due(ctx context.Context) (out []stop, err error) {
	err = c.Operator.Load(ctx, tenancy.Scan(`select e.tenant_id, e.id from webhook_endpoints e join agencies a on a.id = e.tenant_id
		where a.status = 'active' and e.status = 'active' and (e.rest_until is null or e.rest_until <= $1)
			and exists (select from webhook_deliveries d where d.tenant_id = e.tenant_id and d.endpoint_id = e.id and d.state = 'pending' and d.next_attempt_at <= $1)
		order by random() limit 1000`, []any{c.Now()}, func(rows pgx.Rows) error {
		var s stop
		err := rows.Scan(&s.tenant, &s.id)
		out = append(out, s)
		return err
	}).From(func() { out = nil }))
	return out, err
}

func (c *Courier) deliver(ctx context.Context, s stop) error {
	scope, err := c.Operator.Scope(s.tenant, "webhook "+s.id.String())
	more := err == nil
	for n := 0; more && n < turn && ctx.Err() == nil; n++ {
		more, err = c.Service.Deliver(ctx, scope, s.id)
	}
	return err
}

// Tidy removes what has been kept long enough.
func (c *Courier) Tidy(ctx context.Context) error {
	now := c.Now()
	return c.Operator.Write(ctx, func(tx *tenancy.Tx) error {
		tx.Exec(`delete from webhook_deliveries where at < $1 and (state = 'delivered' or at < $2) and (lease_until is null or lease_until < $3)`, now.Add(-keptDelivered), now.Add(-keptOtherwise), now)
		return nil
	})
}

// rounds is what is under way here.
type rounds struct {
	mu      sync.Mutex
	all     int
	stops   map[stop]int
	tenants map[ident.AgencyID]int
	running sync.WaitGroup
}

func (r *rounds) order(due []stop) []stop {
	r.mu.Lock()
	defer r.mu.Unlock()
	slices.SortStableFunc(due, func(a, b stop) int { return r.tenants[a.tenant] - r.tenants[b.tenant] })
	return due
}

func (r *rounds) start(s stop, atOnce, share int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all >= atOnce || r.tenants[s.tenant] >= share || r.stops[s] >= each {
		return false
	}
	r.all++
	r.stops[s]++
	r.tenants[s.tenant]++
	r.running.Add(1)
	return true
}

func (r *rounds) end(s stop) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all--
	if r.stops[s]--; r.stops[s] == 0 {
		delete(r.stops, s)
	}
	if r.tenants[s.tenant]--; r.tenants[s.tenant] == 0 {
		delete(r.tenants, s.tenant)
	}
	r.running.Done()
}

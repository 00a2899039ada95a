package webhooks

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
)

const (
	leaseFor   = time.Minute // longer than any post
	each       = 4           // attempts at once to one endpoint
	restAfter  = 5           // failures in a row, after which an endpoint rests between attempts, which are then one at a time
	restAtMost = 10 * time.Minute
	patience   = 5 * 24 * time.Hour // without a success among failures, after which an endpoint is disabled
	longest    = 24 * time.Hour     // of what a Retry-After is believed
)

// pauses before each further attempt, as Standard Webhooks suggest; after the tenth attempt a delivery is given up.
var pauses = []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour}

// health is how an endpoint has been doing.
type health struct {
	failures     int
	failingSince *time.Time
	restUntil    *time.Time
}

// verdict is what an attempt means for its delivery and its endpoint.
type verdict struct {
	state   string // of the delivery
	next    time.Time
	health  health
	disable string // the reason to disable the endpoint; "" for none
}

// after decides what an attempt means. spread is from -1 to 1: it moves pauses by a tenth, so that what failed together is not tried together.
func after(h health, attempt int, r Reply, now time.Time, spread float64) verdict {
	if r.Outcome == "answered" && r.Status >= 200 && r.Status < 300 {
		return verdict{state: "delivered", next: now}
	}
	spreaded := func(d time.Duration) time.Duration { return d + time.Duration(spread*float64(d)/10) }
	v := verdict{state: "failed", next: now, health: health{failures: h.failures + 1, failingSince: h.failingSince, restUntil: h.restUntil}}
	if v.health.failingSince == nil {
		v.health.failingSince = &now
	}
	asked := min(r.RetryAfter, longest)
	rest := asked
	if n := v.health.failures - restAfter; n >= 0 {
		rest = max(rest, spreaded(min(pauses[0]<<min(n, 10), restAtMost)))
	}
	if until := now.Add(rest); rest > 0 && (h.restUntil == nil || until.After(*h.restUntil)) {
		v.health.restUntil = &until
	}
	switch {
	case r.Status == 410:
		v.disable = "gone"
		return v
	case now.Sub(*v.health.failingSince) >= patience:
		v.disable = "failing"
	}
	if attempt <= len(pauses) {
		v.state, v.next = "pending", now.Add(max(asked, spreaded(pauses[attempt-1])))
	}
	return v
}

// job is a delivery that was claimed.
type job struct {
	delivered
	attempt int
	claimed time.Time // by the clock of transactions
	row     row
}

// Deliver makes one attempt of whatever an endpoint's next delivery is; false when there is none now.
func (s *Service) Deliver(ctx context.Context, scope tenancy.Scope, id ident.WebhookID) (bool, error) {
	scope = scope.For("webhooks.deliver")
	j, found, err := s.claim(ctx, scope, id)
	if err != nil || !found {
		return false, err
	}
	request, err := j.request(s.source(scope.Tenant()), j.row.signing(j.claimed), j.claimed)
	if err != nil {
		return false, err
	}
	request.URL = j.row.url
	reply := s.poster.Post(ctx, request)
	return true, s.settle(context.WithoutCancel(ctx), scope, j, reply) // the receiver has it: that must be written, also while we stop
}

// claim takes the next delivery under a lease. The endpoint's row is locked meanwhile, so that all workers together keep its limits.
func (s *Service) claim(ctx context.Context, scope tenancy.Scope, id ident.WebhookID) (j job, found bool, err error) {
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		j, found = job{claimed: tx.Now()}, false
		var under int
		var rows []job
		err := tx.Load(loadOne(&j.row, uncounted, id, lock),
			tenancy.Value(&under, `select count(*) from webhook_deliveries where endpoint_id = $1 and state = 'pending' and lease_until > $2`, id, tx.Now()),
			tenancy.Scan(`select d.id, d.type, d.subject, d.sequence, d.data, d.at, d.attempts from webhook_deliveries d
				where d.endpoint_id = $1 and d.state = 'pending' and d.next_attempt_at <= $2 and (d.lease_until is null or d.lease_until <= $2)
					and not exists (select from webhook_deliveries e where e.endpoint_id = d.endpoint_id and e.state = 'pending' and e.id < d.id and e.subject = d.subject and e.attempts < 2)
				order by d.id limit 1`, []any{id, tx.Now()}, func(r pgx.Rows) error {
				next := job{claimed: j.claimed}
				err := r.Scan(&next.ID, &next.Type, &next.Subject, &next.Sequence, &next.Data, &next.At, &next.attempt)
				rows = append(rows, next)
				return err
			}).From(func() { rows = nil }))
		if fault.Is(err, fault.NotFound) { // deleted meanwhile
			return nil
		}
		if err != nil || len(rows) == 0 || j.row.Status != "active" || resting(j.row.health(), tx.Now()) || under >= room(j.row.health()) {
			return err
		}
		rows[0].row, rows[0].attempt = j.row, rows[0].attempt+1
		j, found = rows[0], true
		tx.Exec(`update webhook_deliveries set attempts = $3, lease_until = $4, next_attempt_at = $4, attempted_at = $5 where endpoint_id = $1 and id = $2`,
			id, j.ID, j.attempt, tx.Now().Add(leaseFor), tx.Now())
		return nil
	})
	return j, found && err == nil, err
}

func resting(h health, now time.Time) bool { return h.restUntil != nil && h.restUntil.After(now) }

// room is how many attempts an endpoint takes at once: where nothing gets through, one finds out as well as four.
func room(h health) int {
	if h.failures >= restAfter {
		return 1
	}
	return each
}

// settle writes down what an attempt came to, unless its lease was lost: then somebody else's counts.
func (s *Service) settle(ctx context.Context, scope tenancy.Scope, j job, r Reply) error {
	then := ""
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		then = ""
		var e row
		mine := false
		err := tx.Load(loadOne(&e, uncounted, j.row.ID, lock),
			tenancy.Value(&mine, `select true from webhook_deliveries where endpoint_id = $1 and id = $2 and state = 'pending' and attempts = $3 and lease_until is not null`, j.row.ID, j.ID, j.attempt))
		switch {
		case fault.Is(err, fault.NotFound):
			return nil // deleted meanwhile
		case err != nil || !mine:
			return err
		case r.Outcome == "stopped":
			tx.Exec(`update webhook_deliveries set attempts = attempts - 1, lease_until = null, next_attempt_at = $3 where endpoint_id = $1 and id = $2`, e.ID, j.ID, tx.Now())
			return nil
		}
		v := after(e.health(), j.attempt, r, tx.Now(), 2*rand.Float64()-1)
		then = v.state
		tx.Exec(`update webhook_deliveries set state = $3, next_attempt_at = $4, lease_until = null, outcome = $5, http_status = nullif($6, 0), latency_ms = $7 where endpoint_id = $1 and id = $2`,
			e.ID, j.ID, v.state, v.next, outcome(r), r.Status, r.Took.Milliseconds())
		if v.disable != "" && e.Status != "disabled" {
			return s.disable(tx, e, v)
		}
		tx.Exec(`update webhook_endpoints set failures = $2, failing_since = $3, rest_until = $4 where id = $1 and (failures, failing_since, rest_until) is distinct from ($2, $3, $4)`,
			e.ID, v.health.failures, v.health.failingSince, v.health.restUntil)
		return nil
	})
	if err == nil && then != "" {
		s.count(outcome(r), then)
	}
	return err
}

// outcome is the word that is shown of an attempt.
func outcome(r Reply) string {
	switch {
	case r.Outcome != "answered":
		return r.Outcome
	case r.Status >= 200 && r.Status < 300:
		return "delivered"
	case r.Status >= 300 && r.Status < 400:
		return "redirect"
	case r.Status == 410:
		return "gone"
	}
	return "refused"
}

// disable ends the attempts at an endpoint, and tells the agency's admins. What waits is kept.
func (s *Service) disable(tx *tenancy.Tx, e row, v verdict) error {
	tx.Exec(`update webhook_endpoints set status = 'disabled', reason = $2, failures = $3, failing_since = $4, rest_until = null, version = version + 1 where id = $1`,
		e.ID, v.disable, v.health.failures, v.health.failingSince)
	audit.Record(tx, "webhook.disabled", e.ID, map[string]string{"reason": v.disable})
	host := e.host()
	it, en := "Da cinque giorni nessuna notifica arriva a "+host+".", "For five days no notification has got through to "+host+"."
	if v.disable == "gone" {
		it, en = host+" risponde che l'indirizzo non esiste più (410).", host+" answers that the address is gone (410)."
	}
	if err := outbox.MailRole(tx, e.ID, "agency_admin", ident.UserID{}, "Notifiche ferme · Webhooks stopped: "+host,
		it+" Gli eventi attendono trenta giorni: quando il sistema è di nuovo raggiungibile, riattivatelo in Impostazioni, Webhook.\n\n"+
			en+" Events are kept for thirty days: once the system can be reached again, switch it on under Settings, Webhooks.\n"); err != nil {
		return err
	}
	return outbox.Tell(tx, "webhooks", e.ID, e.Version+1)
}

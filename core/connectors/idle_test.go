package connectors_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/webhooks"
)

// ends is a taker that keeps which operations it was told have come to their end without success.
type ends map[ident.OperationID]bool

func (e ends) Took(tx *tenancy.Tx, o connectors.Operation, _ connectors.Answer) (_ connectors.Then, err error) {
	e[o.ID], err = connectors.Given(tx, o)
	return connectors.AsSettled, err
}

// TestConnectorAway: what waits for a connector that does not run waits two days for it, also behind the breaker that opens meanwhile; then it is
// given up, whoever asked for it and the agency's systems are told, and it can be replayed, for two days more. A look that is weeks old has them too.
func TestConnectorAway(t *testing.T) {
	k, told := newKit(t), ends{}
	k.links.Deliver(connectors.Takers{connectors.Submit: told, connectors.Status: told})
	k.w.Exec(t, `insert into webhook_endpoints (tenant_id, id, url, secret, types, created_by, created_at) values ($1, gen_random_uuid(), '', '', $2, 'test', now())`, k.w.A.ID, []string{webhooks.OperationFailed})
	events := func() string {
		n, err := k.w.Raw(t, "", `select count(*)::text from webhook_deliveries`)
		k.ok(err)
		return n
	}
	off := func(code, effect string) connectors.Answer {
		return connectors.Answer{Verdict: connectors.Failed, Failure: &connectors.Failure{Kind: "unavailable", Code: code, SideEffect: effect}}
	}
	look, err := k.order(connectors.Order{Method: connectors.Status, Connector: "one"})
	k.ok(err)
	k.w.Clock.Advance(30 * 24 * time.Hour)
	k.run(look, connectors.Answer{Verdict: connectors.Pending, Payload: json.RawMessage(`{}`)})
	if o := k.run(look, off("connector.backoff", "none")); o.State != "queued" || told[look] {
		t.Errorf("a look of a month, and its connector is away for a moment: %s (%s)", o.State, o.DeadReason)
	}
	id, err := k.order(connectors.Order{Method: connectors.Submit, Connector: "one"})
	k.ok(err)
	for i, c := range []struct{ effect, waits, says string }{{"none", "queued", "The connector is out of service"}, {"unknown", "reconciling", "Checking"}} {
		for range 12 { // one comes two hours after the other
			k.run(id, off("connector.quarantined", c.effect))
			k.bureau.next = off(connectors.BankResting, c.effect)
			k.w.Clock.Advance(2 * time.Hour)
			k.comes(id)
			o := k.get(id)
			if o.State != c.waits || o.Attempt != 0 || told[id] || !strings.HasPrefix(o.UserMessage.EN, c.says) {
				t.Fatalf("while it waits: %+v, %+v", o, o.UserMessage)
			}
		}
		o := k.run(id, off("connector.quarantined", c.effect))
		if want := string(rune('1' + i)); o.State != "failed" || o.DeadAt == nil || o.DeadReason != "exhausted" || !told[id] || events() != want {
			t.Errorf("after two days it is %s (%s); whoever asked knows: %v; the agency's systems: %s of %s", o.State, o.DeadReason, told[id], events(), want)
		}
		r, err := k.links.Replay(ctx, k.w.A.Do("back_office", "operations.retry"), connectors.Dead{Connector: "one", Reason: "exhausted"})
		k.ok(err)
		if r.Replayed != 1 {
			t.Fatalf("replayed: %+v", r)
		}
		told[id] = false
	}
}

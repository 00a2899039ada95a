package connectors_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/breakers"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/queue"
)

// rest is how long the breaker of these tests stays open: longer than a test, by the clock on the wall.
const rest = 10 * time.Minute

// behind puts the kit's connector behind a breaker of its own, as a worker that has just started.
func (k *kit) behind() {
	guard := breakers.New(k.bureau, func(connector string, _ json.RawMessage) string { return connector }, breakers.Settings{Failures: 2, Rest: rest})
	k.links = connectors.New(k.w.DB, guard, nil)
	k.links.Deliver(connectors.Takers{connectors.Submit: taker{}})
}

// comes runs operations when they are due, each at its time, and says whether the queue was told that their bank rests.
func (k *kit) comes(ids ...ident.OperationID) (rests bool) {
	k.t.Helper()
	scope, err := k.w.Operator.Scope(k.w.A.ID, "test")
	k.ok(err)
	rests = true
	for _, id := range ids {
		k.w.Clock.Advance(max(0, k.get(id).NextAttemptAt.Sub(k.w.Clock.Now())))
		var told *queue.Rest
		if err := k.links.Run(ctx, scope, id); !errors.As(err, &told) {
			k.ok(err)
			rests = false
		}
	}
	return rests
}

// TestLongIllness: while a bank is left alone, what waits for it is not called, and that is no try: not after half a day and more refusals
// than an operation has tries. Each waits the breaker's rest, says why and until when, and comes within one when the bank is well; what may have
// arrived is asked about first.
func TestLongIllness(t *testing.T) {
	k := newKit(t)
	k.behind()
	var ids []ident.OperationID
	for range 3 {
		id, err := k.order(connectors.Order{Method: connectors.Submit, Connector: "one"})
		k.ok(err)
		ids = append(ids, id)
	}
	slow, open, fresh := ids[0], ids[1], ids[2]
	k.bureau.next = failed("unavailable", "none")
	k.comes(slow)
	k.bureau.next = failed("timeout", "unknown")
	k.comes(open)
	was := map[ident.OperationID]connectors.Operation{slow: k.get(slow), open: k.get(open), fresh: k.get(fresh)}
	if was[slow].Attempt != 1 || was[open].Attempt != 1 || was[fresh].Attempt != 0 {
		t.Fatalf("two have been tried: %+v", was)
	}
	fell := k.w.Clock.Now()
	k.bureau.calls = nil
	for range 51 { // an operation has fifty tries
		if !k.comes(ids...) {
			t.Fatalf("the lane does not rest; called: %v", k.bureau.calls)
		}
	}
	if ill := k.w.Clock.Now().Sub(fell); ill < 8*time.Hour || len(k.bureau.calls) != 0 {
		t.Fatalf("ill for %s, in which %v were called", ill, k.bureau.calls)
	}
	state := map[ident.OperationID]string{slow: "queued", open: "reconciling", fresh: "queued"}
	for _, id := range ids {
		k.comes(id)
		o, now := k.get(id), k.w.Clock.Now()
		if o.Attempt != was[id].Attempt || o.State != state[id] || o.DeadAt != nil {
			t.Errorf("after %d tries it has %d, and is %s (%s)", was[id].Attempt, o.Attempt, o.State, o.DeadReason)
		}
		if wait := o.NextAttemptAt.Sub(now); wait < rest/2 || wait > 2*rest {
			t.Errorf("the breaker rests %s, it waits %s", rest, wait)
		}
		if o.Error == nil || o.Error.Code != connectors.BankResting || o.UserMessage == nil {
			t.Errorf("it does not say why it waits: %+v", o)
		}
	}
	if got := k.links.Attempts(); !slices.ContainsFunc(got, func(a connectors.Attempts) bool { return a.Then == "put_off" && a.Count == 3*52 }) {
		t.Errorf("counted: %+v", got)
	}
	k.behind() // its breaker's rest does not pass within a test
	k.bureau.next = connectors.Answer{Verdict: connectors.Done}
	well := k.w.Clock.Now()
	k.comes(ids...)
	if took := k.w.Clock.Now().Sub(well); took > 2*rest {
		t.Errorf("the bank is well, and they come after %s", took)
	}
	if !slices.Equal(k.bureau.calls, []string{connectors.Submit, connectors.Reconcile, connectors.Submit}) {
		t.Errorf("called: %v", k.bureau.calls)
	}
	for _, id := range ids {
		if o := k.get(id); o.State != "done" || o.Attempt != was[id].Attempt+1 {
			t.Errorf("with the bank well: %s at attempt %d, after %d", o.State, o.Attempt, was[id].Attempt)
		}
	}
}

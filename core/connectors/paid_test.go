package connectors_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

var ctx = context.Background()

// bureau is a paid connector behind the port: what it answers, a test says. The real path is cmd/pratica's story.
type bureau struct {
	next  connectors.Answer
	calls []string
	of    connectors.Call
}

func (b *bureau) Call(_ context.Context, _, method string, c connectors.Call, _ json.RawMessage) connectors.Answer {
	b.calls, b.of = append(b.calls, method), c
	return b.next
}

func (b *bureau) Available(context.Context) ([]connectors.Connector, error) {
	return []connectors.Connector{{Name: "one", Publisher: connectors.BuiltIn}}, nil
}

// taker takes every result as it is, and what it says of its cost.
type taker struct{}

func (taker) Took(tx *tenancy.Tx, o connectors.Operation, a connectors.Answer) (connectors.Then, error) {
	var said struct {
		CostCents *int64 `json:"cost_cents"`
	}
	if json.Unmarshal(a.Payload, &said) == nil && said.CostCents != nil {
		connectors.Cost(tx, o, *said.CostCents)
	}
	return connectors.AsSettled, nil
}

type kit struct {
	t      *testing.T
	w      *coretest.World
	bureau *bureau
	links  *connectors.Service
}

const report = "RequestReport"

func newKit(t *testing.T) *kit {
	k := &kit{t: t, w: coretest.New(t), bureau: &bureau{}}
	k.links = connectors.New(k.w.DB, k.bureau, nil)
	k.links.Deliver(connectors.Takers{report: taker{}, connectors.Submit: taker{}})
	return k
}

func (k *kit) ok(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k *kit) order(o connectors.Order) (id ident.OperationID, err error) {
	err = k.w.DB.Write(ctx, k.w.A.Do("broker", "submissions.write"), func(tx *tenancy.Tx) (err error) {
		id, err = connectors.Enqueue(tx, o)
		return err
	})
	return id, err
}

func (k *kit) run(id ident.OperationID, a connectors.Answer) connectors.Operation {
	k.t.Helper()
	k.w.Clock.Advance(2 * time.Hour)
	k.bureau.next = a
	scope, err := k.w.Operator.Scope(k.w.A.ID, "test")
	k.ok(err)
	k.ok(k.links.Run(ctx, scope, id))
	return k.get(id)
}

func (k *kit) get(id ident.OperationID) connectors.Operation {
	k.t.Helper()
	all, err := k.links.List(ctx, k.w.A.Do("broker", "operations.read"), connectors.Which{})
	k.ok(err)
	for _, o := range all.Items {
		if o.ID == id {
			return o
		}
	}
	k.t.Fatal("no such operation")
	return connectors.Operation{}
}

// TestDisabledConnector: what was queued for a connector that the agency uses no more does not leave, with or without a connection, and
// goes on when it is used again.
func TestDisabledConnector(t *testing.T) {
	k := newKit(t)
	use := func(enabled bool, version int) {
		t.Helper()
		_, err := k.links.SetEnabled(ctx, k.w.A.Do("agency_admin", "connectors.write"), "one", version, connectors.EnablementInput{Enabled: enabled})
		k.ok(err)
	}
	done := connectors.Answer{Verdict: connectors.Done, Payload: json.RawMessage(`{}`)}
	id, err := k.order(connectors.Order{Method: connectors.Submit, Connector: "one"})
	k.ok(err)
	use(false, 1)
	o := k.run(id, done)
	if len(k.bureau.calls) != 0 || o.State != "waiting_user" || o.Error.Code != connectors.Disabled || o.UserMessage == nil || !strings.Contains(o.UserMessage.EN, "does not use this connector") {
		t.Errorf("disabled: %v was called, %+v", k.bureau.calls, o)
	}
	if o = k.run(id, done); len(k.bureau.calls) != 0 || o.State != "waiting_user" {
		t.Errorf("disabled, once more: %v was called, %+v", k.bureau.calls, o)
	}
	use(true, 2)
	if o = k.run(id, done); o.State != "done" || !slices.Contains(k.bureau.calls, connectors.Submit) && !slices.Contains(k.bureau.calls, connectors.Reconcile) {
		t.Errorf("used again: %v was called, %+v", k.bureau.calls, o)
	}
}

// pages: the dead letters, two at a time, are all of them, each once, the newest first; another agency's cursor shows nothing of them.
func (k *kit) pages() {
	k.t.Helper()
	var ids []string
	w := connectors.Which{Dead: true, Query: page.Query{Limit: 2}}
	for {
		list, err := k.links.List(ctx, k.w.A.Do("broker", "operations.read"), w)
		k.ok(err)
		for _, o := range list.Items {
			ids = append(ids, o.ID.String())
		}
		if list.NextCursor == nil || len(ids) > 9 {
			break
		}
		w.Cursor = *list.NextCursor
		if other, err := k.links.List(ctx, k.w.B.Do("broker", "operations.read"), w); err != nil || len(other.Items) != 0 || other.NextCursor != nil {
			k.t.Errorf("B, with a cursor of A's: %+v %v", other, err)
		}
	}
	sorted := slices.Compact(slices.Sorted(slices.Values(ids)))
	slices.Reverse(sorted)
	if len(ids) != 4 || !slices.Equal(ids, sorted) {
		k.t.Errorf("two at a time: %v", ids)
	}
	if _, err := k.links.List(ctx, k.w.A.Do("broker", "operations.read"), connectors.Which{Query: page.Query{Cursor: "nonsense"}}); fault.As(err).Code != "list.cursor" {
		k.t.Errorf("a cursor that is none: %v", err)
	}
}

// money is spent and reserved.
func (k *kit) money() [2]int64 {
	k.t.Helper()
	b, err := k.links.Budget(ctx, k.w.A.Do("agency_admin", "budgets.read"))
	k.ok(err)
	return [2]int64{b.SpentCents, b.ReservedCents}
}

func failed(kind, effect string) connectors.Answer {
	return connectors.Answer{Verdict: connectors.Failed, Failure: &connectors.Failure{Kind: kind, Code: "x", SideEffect: effect}}
}

// TestBudget: a paid request is reserved before it leaves and refused, with what stands in its way, where the month has no room; it costs
// what the connector says, or what was reserved, and nothing when it failed without an effect.
func TestBudget(t *testing.T) {
	k := newKit(t)
	admin := k.w.A.Do("agency_admin", "budgets.write")
	paid := connectors.Order{Method: report, Connector: "bureau", CostCents: 300, Purpose: "assessment", Payload: map[string]string{}}
	refused := func(code string) {
		t.Helper()
		_, err := k.order(paid)
		f := fault.As(err)
		b, _ := f.Blockers.([]workflow.Blocker)
		if f.Kind != fault.Refused || f.Code != code || len(b) != 1 || b[0].Code != code || b[0].Text.IT == "" || b[0].Text.EN == "" {
			t.Errorf("want %s: %v %+v", code, err, b)
		}
	}
	refused("budget.unset")
	b, err := k.links.SetBudget(ctx, admin, 1, connectors.BudgetInput{MonthlyCents: 1000})
	k.ok(err)
	if b.MonthlyCents != 1000 || b.Version != 2 || b.Month != "2026-11" {
		t.Errorf("set: %+v", b)
	}
	if _, err := k.links.SetBudget(ctx, admin, 1, connectors.BudgetInput{MonthlyCents: 5000}); !fault.Is(err, fault.Stale) {
		t.Errorf("a stale change: %v", err)
	}
	ids := []ident.OperationID{}
	for range 3 {
		id, err := k.order(paid)
		k.ok(err)
		ids = append(ids, id)
	}
	refused("budget.spent")
	if got := k.money(); got != [2]int64{0, 900} {
		t.Errorf("three are reserved: %v", got)
	}
	if o := k.get(ids[0]); o.Priority != connectors.Screen || o.CostCents != 300 || o.Purpose != "assessment" {
		t.Errorf("what a person asks for: %+v", o)
	}
	k.run(ids[0], connectors.Answer{Verdict: connectors.Done, Payload: json.RawMessage(`{"cost_cents":120}`)})
	k.run(ids[1], failed("rejected", "none"))
	if got := k.money(); got != [2]int64{120, 300} || k.bureau.of.Purpose != "assessment" {
		t.Errorf("one cost less, one nothing: %v", got)
	}
	o := k.run(ids[2], failed("internal", "unknown"))
	for o.State == "reconciling" {
		o = k.run(ids[2], failed("internal", "unknown"))
	}
	if got := k.money(); got != [2]int64{120, 300} || o.DeadAt == nil || o.DeadReason != "internal" {
		t.Errorf("given up, and nobody knows whether it was charged: %v %+v", got, o)
	}
	_, err = k.links.Retry(ctx, k.w.A.Do("back_office", "operations.retry"), ids[2])
	k.ok(err)
	if got := k.money(); got != [2]int64{120, 300} {
		t.Errorf("replayed, it is reserved twice: %v", got)
	}
	k.bureau.calls = nil
	k.run(ids[2], connectors.Answer{Verdict: connectors.Done})
	if got := k.money(); got != [2]int64{420, 0} || k.bureau.calls[0] != connectors.Reconcile || len(k.bureau.calls) != 1 {
		t.Errorf("it had arrived: %v, calls %v", got, k.bureau.calls)
	}
	k.w.Clock.Advance(31 * 24 * time.Hour)
	if b, err = k.links.Budget(ctx, k.w.A.Do("agency_admin", "budgets.read")); err != nil || b.Month != "2026-12" || b.SpentCents != 0 {
		t.Errorf("the next month: %+v %v", b, err)
	}
	if b, err = k.links.Budget(ctx, k.w.B.Do("agency_admin", "budgets.read")); err != nil || b.MonthlyCents != 0 || b.SpentCents != 0 || b.Version != 1 {
		t.Errorf("B sees %+v %v", b, err)
	}
}

// TestBudgetIsOne: two that would be the last one cannot both be.
func TestBudgetIsOne(t *testing.T) {
	k := newKit(t)
	_, err := k.links.SetBudget(ctx, k.w.A.Do("agency_admin", "budgets.write"), 1, connectors.BudgetInput{MonthlyCents: 500})
	k.ok(err)
	ends := make(chan error)
	for range 4 {
		go func() {
			_, err := k.order(connectors.Order{Method: report, Connector: "bureau", CostCents: 300})
			ends <- err
		}()
	}
	went := 0
	for range 4 {
		if err := <-ends; err == nil {
			went++
		} else if !fault.Is(err, fault.Refused) {
			t.Error(err)
		}
	}
	if got := k.money(); went != 1 || got != [2]int64{0, 300} {
		t.Errorf("%d of 4 went, %v", went, got)
	}
}

// TestDeadLetters: what is given up says why and when, and is replayed by connector and reason; what a lender refuses is no dead letter. B
// sees and replays nothing of A's.
func TestDeadLetters(t *testing.T) {
	k := newKit(t)
	give := func(connector string, a connectors.Answer) ident.OperationID {
		id, err := k.order(connectors.Order{Method: connectors.Submit, Connector: connector})
		k.ok(err)
		k.run(id, a)
		return id
	}
	drift, drift2, no, other := give("one", failed("contract_drift", "none")), give("one", failed("contract_drift", "none")), give("one", failed("unsupported", "none")), give("two", failed("contract_drift", "none"))
	refused := give("one", failed("rejected", "none"))
	if o := k.get(refused); o.State != "failed" || o.DeadAt != nil {
		t.Errorf("refused: %+v", o)
	}
	if o := k.get(no); o.DeadReason != "unsupported" || o.DeadAt == nil {
		t.Errorf("given up: %+v", o)
	}
	scope := k.w.A.Do("back_office", "operations.retry")
	dead := func(w connectors.Which) int {
		t.Helper()
		w.Dead = true
		list, err := k.links.List(ctx, k.w.A.Do("broker", "operations.read"), w)
		k.ok(err)
		return len(list.Items)
	}
	if n, m := dead(connectors.Which{}), dead(connectors.Which{Connector: "one", Reason: "contract_drift"}); n != 4 || m != 2 {
		t.Errorf("dead letters: %d, of one connector and reason %d", n, m)
	}
	k.pages()
	if r, err := k.links.Replay(ctx, k.w.B.Do("back_office", "operations.retry"), connectors.Dead{}); err != nil || r.Replayed != 0 || r.Left != 0 {
		t.Errorf("B replays %+v %v", r, err)
	}
	r, err := k.links.Replay(ctx, scope, connectors.Dead{Connector: "one", Reason: "contract_drift"})
	k.ok(err)
	if r.Replayed != 2 || r.Left != 0 || dead(connectors.Which{}) != 2 {
		t.Errorf("replayed %+v, left %d", r, dead(connectors.Which{}))
	}
	for _, id := range []ident.OperationID{drift, drift2} {
		if o := k.get(id); o.State != "reconciling" || o.Attempt != 0 || o.DeadReason != "" || o.Priority != connectors.Background {
			t.Errorf("replayed: %+v", o)
		}
	}
	if o := k.run(drift, connectors.Answer{Verdict: connectors.Done}); o.State != "done" || o.DeadAt != nil {
		t.Errorf("the replay: %+v", o)
	}
	if r, err = k.links.Replay(ctx, scope, connectors.Dead{}); err != nil || r.Replayed != 2 || k.get(other).State != "reconciling" {
		t.Errorf("the rest: %+v %v", r, err)
	}
	_, err = k.links.SetBudget(ctx, k.w.A.Do("agency_admin", "budgets.write"), 1, connectors.BudgetInput{MonthlyCents: 300})
	k.ok(err)
	for range 2 { // given up without a charge: each needs room anew, and there is room for one
		id, err := k.order(connectors.Order{Method: report, Connector: "paid", CostCents: 300})
		k.ok(err)
		k.run(id, failed("contract_drift", "none"))
	}
	if r, err = k.links.Replay(ctx, scope, connectors.Dead{Connector: "paid"}); err != nil || r != (connectors.Replayed{Replayed: 1, Left: 1}) {
		t.Errorf("one is paid for: %+v %v", r, err)
	}
	if r, err = k.links.Replay(ctx, scope, connectors.Dead{Connector: "paid"}); fault.As(err).Code != "budget.spent" || r.Replayed != 0 {
		t.Errorf("none is: %+v %v", r, err)
	}
	if got := k.links.Attempts(); len(got) != 6 || got[0] != (connectors.Attempts{Connector: "one", Kind: "contract_drift", Then: "dead", Count: 2}) {
		t.Errorf("counted: %+v", got)
	}
}

// TestWhoWaits: a person's operation is a screen's until the lender says that it will take its time.
func TestWhoWaits(t *testing.T) {
	k := newKit(t)
	id, err := k.order(connectors.Order{Method: connectors.Submit, Connector: "one"})
	k.ok(err)
	if o := k.run(id, failed("unavailable", "none")); o.Priority != connectors.Screen || o.State != "queued" {
		t.Errorf("a retry: %+v", o)
	}
	if o := k.run(id, connectors.Answer{Verdict: connectors.Pending, PollAfter: time.Minute}); o.Priority != connectors.Background || o.State != "reconciling" {
		t.Errorf("taken in: %+v", o)
	}
	night, err := k.order(connectors.Order{Method: connectors.Submit, Connector: "one", Priority: connectors.Nightly})
	k.ok(err)
	if o := k.get(night); o.Priority != connectors.Nightly {
		t.Errorf("asked for the night: %+v", o)
	}
	orphan, err := k.order(connectors.Order{Method: "FetchTheMoon", Connector: "one"})
	k.ok(err)
	k.bureau.calls = nil
	if o := k.run(orphan, connectors.Answer{Verdict: connectors.Done}); o.DeadReason != "unsupported" || len(k.bureau.calls) != 0 {
		t.Errorf("what nobody takes: %+v, calls %v", o, k.bureau.calls)
	}
}

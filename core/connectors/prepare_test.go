package connectors_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// keeper is a taker whose operations only name what they are about.
type keeper struct {
	taker
	refused *connectors.Failure
	err     error
}

func (p *keeper) Prepare(context.Context, tenancy.Scope, connectors.Operation, *connectors.Call) (any, *connectors.Failure, error) {
	return map[string]string{}, p.refused, p.err
}

// TestAskedBeforeItLeavesAgain: of what may have reached the other side, nothing that happens here before the question is put lets it leave
// unasked: not a database that is away just then, and not a consent that ended meanwhile, which lets nothing leave at all.
func TestAskedBeforeItLeavesAgain(t *testing.T) {
	k := newKit(t)
	p := &keeper{}
	k.links.Deliver(connectors.Takers{report: p})
	_, err := k.links.SetBudget(ctx, k.w.A.Do("agency_admin", "budgets.write"), 1, connectors.BudgetInput{MonthlyCents: 1000})
	k.ok(err)
	id, err := k.order(connectors.Order{Method: report, Connector: "bureau", CostCents: 300})
	k.ok(err)
	k.run(id, failed("timeout", "unknown"))
	p.err = fault.New(fault.Unavailable, "database.away", "The database is away.")
	if o := k.run(id, connectors.Answer{Verdict: connectors.Done}); o.State != "reconciling" {
		t.Errorf("it cannot be asked about just now: %s %+v", o.State, o.Error)
	}
	p.err = nil
	never := failed("rejected", "none")
	never.Failure.Code = "not_found"
	p.refused = &connectors.Failure{Kind: "rejected", Code: "consent_withdrawn", SideEffect: "none"}
	k.bureau.calls = nil
	if o := k.run(id, never); o.State != "failed" || o.Error.Code != "consent_withdrawn" || !slices.Equal(k.bureau.calls, []string{connectors.Reconcile}) {
		t.Errorf("it never arrived, and may not leave any more: %s %+v, calls %v", o.State, o.Error, k.bureau.calls)
	}
	if got := k.money(); got != [2]int64{0, 0} {
		t.Errorf("what it cost: %v", got)
	}
}

// TestCostIsWhatTheConnectorSays, but never more than was set aside, nor less than nothing.
func TestCostIsWhatTheConnectorSays(t *testing.T) {
	k := newKit(t)
	_, err := k.links.SetBudget(ctx, k.w.A.Do("agency_admin", "budgets.write"), 1, connectors.BudgetInput{MonthlyCents: 10_000})
	k.ok(err)
	spent := int64(0)
	for said, counts := range map[string]int64{`{"cost_cents":120}`: 120, `{"cost_cents":0}`: 0, `{"cost_cents":301}`: 300, `{"cost_cents":-5000}`: 300} {
		id, err := k.order(connectors.Order{Method: report, Connector: "bureau", CostCents: 300})
		k.ok(err)
		k.run(id, connectors.Answer{Verdict: connectors.Done, Payload: json.RawMessage(said)})
		if spent += counts; k.money() != [2]int64{spent, 0} {
			t.Errorf("it says %s, and should count as %d: %v", said, counts, k.money())
			spent = k.money()[0]
		}
	}
}

// choker breaks on what it is to take, and on what it is to prepare.
type choker struct{ prepares bool }

func (c choker) Prepare(context.Context, tenancy.Scope, connectors.Operation, *connectors.Call) (any, *connectors.Failure, error) {
	if c.prepares {
		panic("cannot be prepared")
	}
	return map[string]string{}, nil, nil
}

func (choker) Took(_ *tenancy.Tx, _ connectors.Operation, a connectors.Answer) (connectors.Then, error) {
	if a.Verdict == connectors.Done {
		panic("cannot be taken")
	}
	return connectors.AsSettled, nil
}

// TestAnswersThatBreakUs: an answer that the platform breaks on ends no worker, and after its tries is a dead letter; of what acts it is asked
// whether it arrived.
func TestAnswersThatBreakUs(t *testing.T) {
	k := newKit(t)
	for method, c := range map[string]choker{report: {}, connectors.Submit: {prepares: true}} {
		k.links.Deliver(connectors.Takers{method: c})
		id, err := k.order(connectors.Order{Method: method, Connector: "bureau"})
		k.ok(err)
		for range 3 {
			if o := k.get(id); o.DeadAt != nil {
				t.Errorf("%s is given up at once", method)
			}
			k.run(id, connectors.Answer{Verdict: connectors.Done})
		}
		if o := k.get(id); o.DeadReason != "internal" || o.Error.SideEffect != "unknown" {
			t.Errorf("%s: %+v %+v", method, o, o.Error)
		}
	}
}

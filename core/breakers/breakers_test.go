package breakers_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/breakers"
	"github.com/pratica-crm/pratica/core/connectors"
)

// bank is a connector behind the port: what it answers, a test says.
type bank struct {
	calls  int
	answer connectors.Answer
	hangs  chan struct{} // nil: it answers at once
	came   chan struct{}
	breaks bool
}

func (b *bank) Call(ctx context.Context, _, _ string, _ connectors.Call, _ json.RawMessage) connectors.Answer {
	b.calls++
	if b.breaks {
		panic("broken")
	}
	if b.hangs != nil {
		b.came <- struct{}{}
		select {
		case <-b.hangs:
		case <-ctx.Done():
		}
	}
	return b.answer
}

func (b *bank) Available(context.Context) ([]connectors.Connector, error) { return nil, nil }

func failed(kind, effect string) connectors.Answer {
	return connectors.Answer{Verdict: connectors.Failed, Failure: &connectors.Failure{Kind: kind, Code: "x", SideEffect: effect}}
}

func of(connector string, config json.RawMessage) string { return connector + string(config) }

func call(config string) connectors.Call {
	return connectors.Call{Config: json.RawMessage(config), Deadline: time.Now().Add(time.Minute)}
}

// TestBreaker: which answers open it is the table of error kinds; then nothing reaches the bank, whoever asks, and other banks
// of the connector are asked as before; after its rest one call tries, and its success closes it.
func TestBreaker(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		answer connectors.Answer
		opens  bool
	}{
		"unavailable":        {failed("unavailable", "none"), true},
		"timeout":            {failed("timeout", "none"), true},
		"garbage":            {failed("internal", "none"), true},
		"did it arrive":      {failed("rejected", "unknown"), true},
		"rate limited":       {failed("rate_limited", "none"), false},
		"rejected":           {failed("rejected", "none"), false},
		"wrong settings":     {failed("invalid_config", "none"), false},
		"consent expired":    {failed("consent_expired", "none"), false},
		"schema has changed": {failed("contract_drift", "none"), false},
		"done":               {connectors.Answer{Verdict: connectors.Done}, false},
		"no room in the host": {connectors.Answer{Verdict: connectors.Failed,
			Failure: &connectors.Failure{Kind: "unavailable", Code: "connector.busy", SideEffect: "unknown"}}, false},
	} {
		b := &bank{answer: c.answer}
		g := breakers.New(b, of, breakers.Settings{Failures: 3, Rest: time.Hour})
		for range 10 {
			g.Call(ctx, "bankportal", connectors.Submit, call("1"), nil)
		}
		if opened := b.calls == 3; opened != c.opens || !opened && b.calls != 10 {
			t.Errorf("%s: %d of 10 calls reached the bank", name, b.calls)
		}
		if !c.opens {
			continue
		}
		a := g.Call(ctx, "bankportal", connectors.Submit, call("1"), nil)
		if a.Failure.Kind != "unavailable" || a.Failure.Code != "bank.resting" || a.Failure.SideEffect != "none" || a.Failure.RetryAfter < 50*time.Minute || a.Failure.RetryAfter > 2*time.Hour {
			t.Errorf("%s: a bank that rests: %+v", name, a.Failure)
		}
		if a := g.Call(ctx, "bankportal", connectors.Reconcile, call("1"), nil); a.Failure.SideEffect != "unknown" {
			t.Errorf("%s: a question about an earlier call has become %+v", name, a.Failure)
		}
		now := time.Now()
		if all := g.Resting(now); len(all) != 1 || all[0].Connector != "bankportal" || all[0].Bank != breakers.Digest("bankportal1") || all[0].State != "open" ||
			all[0].Why != c.answer.Failure.Kind || all[0].Until.Before(now.Add(50*time.Minute)) {
			t.Errorf("%s: who rests is %+v", name, all)
		}
		if g.Call(ctx, "bankportal", connectors.Submit, call("2"), nil); b.calls != 4 {
			t.Errorf("%s: another bank is not asked", name)
		}
		if g.Call(ctx, "bankportal", connectors.Check, call("1"), nil); b.calls != 5 {
			t.Errorf("%s: a person cannot try the settings out", name)
		}
	}
}

// TestBreakerCloses: after its rest one call tries; as long as it has not answered no other does, and a failure opens it again.
func TestBreakerCloses(t *testing.T) {
	ctx := context.Background()
	b := &bank{answer: failed("unavailable", "none")}
	g := breakers.New(b, of, breakers.Settings{Failures: 1, Rest: time.Millisecond})
	try := func() int { // calls until one reaches the bank
		before := b.calls
		for b.calls == before {
			g.Call(ctx, "bankportal", connectors.Status, call("1"), nil)
		}
		return b.calls
	}
	try()
	for g.Resting(time.Now())[0].State != "half_open" { // its rest is a millisecond, and nobody asks
	}
	if len(g.Resting(time.Now().Add(time.Hour))) != 0 {
		t.Error("a bank that nobody has asked for an hour is said to be half open")
	}
	if s := g.Standings(); len(s) != 1 || s[0] != (breakers.Standing{Connector: "bankportal", State: "open", Banks: 1}) {
		t.Errorf("standings: %+v", s)
	}
	try() // the one that tries fails
	b.answer = connectors.Answer{Verdict: connectors.Done}
	n := try()
	for range 5 {
		g.Call(ctx, "bankportal", connectors.Status, call("1"), nil)
	}
	if b.calls != n+5 {
		t.Errorf("closed, and %d of 5 calls came through", b.calls-n)
	}
	if rest := g.Resting(time.Now()); len(rest) != 0 {
		t.Errorf("closed, and rests: %+v", rest)
	}
}

// TestLimit: a bank has so many calls at once and no more; what finds no room is told to come again, and nothing was sent.
func TestLimit(t *testing.T) {
	ctx := context.Background()
	b := &bank{answer: connectors.Answer{Verdict: connectors.Done}, hangs: make(chan struct{}), came: make(chan struct{})}
	g := breakers.New(b, of, breakers.Settings{Least: 1, Most: 2})
	ended := make(chan struct{}, 2)
	for range 2 {
		go func() {
			g.Call(ctx, "bankportal", connectors.Submit, call("1"), nil)
			ended <- struct{}{}
		}()
		<-b.came
	}
	a := g.Call(ctx, "bankportal", connectors.Submit, call("1"), nil)
	if a.Failure == nil || a.Failure.Kind != "rate_limited" || a.Failure.Code != "bank.busy" || a.Failure.SideEffect != "none" {
		t.Errorf("without room: %+v", a)
	}
	close(b.hangs)
	<-ended
	<-ended
	b.hangs = nil
	if a := g.Call(ctx, "bankportal", connectors.Submit, call("1"), nil); a.Verdict != connectors.Done {
		t.Errorf("with room again: %+v", a)
	}
}

// TestAbandoned: a call that does not heed its deadline is broken off, and it is not known whether it arrived.
func TestAbandoned(t *testing.T) {
	b := &bank{answer: connectors.Answer{Verdict: connectors.Done}, hangs: make(chan struct{}), came: make(chan struct{}, 1)}
	g := breakers.New(b, of, breakers.Settings{})
	late := call("1")
	late.Deadline = time.Now().Add(-time.Minute)
	a := g.Call(context.Background(), "bankportal", connectors.Submit, late, nil)
	if a.Failure == nil || a.Failure.Kind != "timeout" || a.Failure.SideEffect != "unknown" {
		t.Errorf("abandoned: %+v", a)
	}
}

// TestBrokenCalls: a call that breaks in the program gives its place back, and counts: the bank is neither full for good nor asked on and on.
func TestBrokenCalls(t *testing.T) {
	b := &bank{answer: connectors.Answer{Verdict: connectors.Done}, breaks: true}
	g := breakers.New(b, of, breakers.Settings{Failures: 3, Rest: time.Nanosecond, Least: 1, Most: 2})
	for range 6 {
		func() {
			defer func() { _ = recover() }()
			g.Call(context.Background(), "bankportal", connectors.Status, call("1"), nil)
		}()
	}
	b.breaks = false
	if a := g.Call(context.Background(), "bankportal", connectors.Status, call("1"), nil); a.Verdict != connectors.Done {
		t.Errorf("the bank afterwards: %+v", a.Failure)
	}
}

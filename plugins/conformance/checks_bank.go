package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pratica-crm/pratica/core/connectors"
)

func (k *kit) well(a connectors.Answer) bool { return slices.Contains(k.scenario.good, a.Verdict) }

// works does the main thing for both agencies, and reads it back.
func works(k *kit) error {
	for i, l := range k.lanes {
		key := connectors.Call{IdempotencyKey: fmt.Sprintf("first-%d", i)}
		a, err := k.do(l, key)
		if err != nil {
			return err
		}
		if !k.well(a) {
			return fmt.Errorf("%s ended %s", k.scenario.method, said(a))
		}
		if k.scenario.look != "" {
			ref := reference(a)
			if ref == "" {
				return fmt.Errorf("%s ended %s, without a reference", k.scenario.method, said(a))
			}
			if b := k.call(l, k.scenario.look, k.scenario.question(ref, a)); b.Failure != nil {
				return fmt.Errorf("%s of what %s gave ended %s", k.scenario.look, k.scenario.method, said(b))
			}
		}
		if i == 0 {
			k.first.answer, k.first.key = a, key.IdempotencyKey
		}
	}
	return nil
}

func checkConnection(k *kit) error {
	l := k.lanes[0]
	if a := k.call(l, connectors.Check, nil); a.Verdict != connectors.Done {
		return fmt.Errorf("with good settings CheckConnection ended %s", said(a))
	}
	k.now(denied)
	before := k.asked(l).count()
	a := k.call(l, connectors.Check, nil)
	if k.asked(l).count() > before && (a.Failure == nil || a.Failure.Kind != "unauthenticated" && a.Failure.Kind != "invalid_config") {
		return fmt.Errorf("the bank refuses the token, and CheckConnection ended %s", said(a))
	}
	b, err := k.do(l, connectors.Call{})
	if err != nil {
		return nil // it does not even get to the call
	}
	if b.Failure == nil || b.Failure.Kind != "unauthenticated" && b.Failure.Kind != "invalid_config" {
		return fmt.Errorf("the bank refuses the token, and %s ended %s", k.scenario.method, said(b))
	}
	return nil
}

func idempotent(k *kit) error {
	l := k.lanes[0]
	order, err := k.scenario.order(k, l, k.next())
	if err != nil {
		return err
	}
	key := fmt.Sprintf("same-%d", k.numbers)
	first := k.callAs(k.ctx, l, k.scenario.method, connectors.Call{IdempotencyKey: key}, order)
	again := k.callAs(k.ctx, l, k.scenario.method, connectors.Call{IdempotencyKey: key, Attempt: 2}, order)
	if !k.well(first) || !k.well(again) {
		return fmt.Errorf("the same call twice ended %s, then %s", said(first), said(again))
	}
	if reference(first) != reference(again) {
		return fmt.Errorf("the same call with the same key gave two references: it happened twice")
	}
	return nil
}

func reconcile(k *kit) error {
	l := k.lanes[0]
	order, err := k.scenario.order(k, l, k.next())
	if err != nil {
		return err
	}
	for _, how := range []mood{lost, cut} {
		key := fmt.Sprintf("lost-%d-%d", k.numbers, how)
		k.acting(how)
		a := k.callAs(k.ctx, l, k.scenario.method, connectors.Call{IdempotencyKey: key}, order)
		k.sound()
		if a.Failure == nil || a.Failure.SideEffect == "none" {
			return fmt.Errorf("the bank acted and its answer was lost; %s ended %s instead of leaving it unknown", k.scenario.method, said(a))
		}
		b := k.callAs(k.ctx, l, connectors.Reconcile, connectors.Call{IdempotencyKey: key, Of: k.scenario.method, Attempt: 2}, order)
		if !k.well(b) || reference(b) == "" {
			return fmt.Errorf("the bank acted; Reconcile ended %s, with reference %q", said(b), reference(b))
		}
	}
	c := k.callAs(k.ctx, l, connectors.Reconcile, connectors.Call{IdempotencyKey: fmt.Sprintf("never-%d", k.numbers), Of: k.scenario.method, Attempt: 2}, order)
	if c.Failure == nil || c.Failure.Code != "not_found" || c.Failure.SideEffect != "none" {
		return fmt.Errorf("of a key the bank never had, Reconcile ended %s instead of not_found", said(c))
	}
	k.now(webpage)
	if d := k.callAs(k.ctx, l, connectors.Reconcile, connectors.Call{IdempotencyKey: "x", Of: k.scenario.method, Attempt: 2}, order); d.Failure == nil || d.Failure.Code == "not_found" {
		return fmt.Errorf("the bank answers with a web page, and Reconcile ended %s: that is nobody's word", said(d))
	}
	return nil
}

func noRetries(k *kit) error {
	l := k.lanes[0]
	for _, how := range []mood{refusing, lost, limited} {
		order, err := k.scenario.order(k, l, k.next())
		if err != nil {
			return err
		}
		k.acting(how)
		before := k.asked(l).count()
		a := k.call(l, k.scenario.method, order)
		k.sound()
		if twice(k.asked(l).since(before)) {
			return fmt.Errorf("the bank failed once, and %s sent the same request again by itself (it ended %s)", k.scenario.method, said(a))
		}
	}
	return nil
}

func timeout(k *kit) error {
	l := k.lanes[0]
	ctx, cancel := context.WithTimeout(k.ctx, callLimit)
	defer cancel()
	x, a, err := k.silence(l)
	if err != nil {
		return err
	}
	if a.Failure == nil || a.Failure.Kind != "timeout" && a.Failure.Kind != "unavailable" {
		return fmt.Errorf("the bank never answered, and %s ended %s", k.scenario.method, said(a))
	}
	if k.scenario.acts() && a.Failure.SideEffect == "none" {
		return fmt.Errorf("the bank had the request and never answered; %s ended %s", k.scenario.method, said(a))
	}
	select {
	case <-x.ended:
	case <-time.After(settle):
		return fmt.Errorf("%s after the deadline the request to the bank is still under way", settle)
	}
	order, err := k.orderAs(sound, l)
	if err != nil {
		return err
	}
	k.acting(refusing)
	if a = k.call(l, k.scenario.method, order); a.Failure == nil || a.Failure.Kind != "timeout" && a.Failure.Kind != "unavailable" {
		return fmt.Errorf("the bank broke off, and %s ended %s", k.scenario.method, said(a))
	}
	// The caller goes away before the deadline.
	leaving, leave := context.WithCancel(k.ctx)
	defer leave()
	if order, err = k.orderAs(sound, l); err != nil {
		return err
	}
	before := k.asked(l).count()
	k.acting(hanging)
	over := make(chan struct{})
	go func() {
		defer close(over)
		k.callAs(leaving, l, k.scenario.method, connectors.Call{}, order)
	}()
	x, err = k.asked(l).wait(ctx, before)
	leave()
	<-over
	if err != nil {
		return err
	}
	select {
	case <-x.ended:
		return nil
	case <-time.After(settle):
		return errors.New("the caller has gone away, and the request to the bank is still under way")
	}
}

// silence has a call end by its deadline while the bank, which has the request, says nothing. A busy machine may not bring the request there in
// time: then the call has longer.
func (k *kit) silence(l *lane) (exchange, connectors.Answer, error) {
	for patience := k.o.Patience; ; patience *= 3 {
		order, err := k.orderAs(sound, l)
		if err != nil {
			return exchange{}, connectors.Answer{}, err
		}
		k.acting(hanging)
		before := k.asked(l).count()
		a := k.callAs(k.ctx, l, k.scenario.method, connectors.Call{Deadline: time.Now().Add(patience)}, order)
		if came := k.asked(l).since(before); slices.ContainsFunc(came, func(x exchange) bool { return x.met == hanging }) {
			return came[len(came)-1], a, nil
		}
		if patience > callLimit {
			return exchange{}, a, errors.New("no request came to the bank")
		}
	}
}

// orderAs makes an order while the banks behave in a way.
func (k *kit) orderAs(how mood, l *lane) (any, error) {
	k.now(how)
	return k.scenario.order(k, l, k.next())
}

func rateLimited(k *kit) error {
	l := k.lanes[0]
	order, err := k.scenario.order(k, l, k.next())
	if err != nil {
		return err
	}
	k.acting(limited)
	a := k.call(l, k.scenario.method, order)
	if a.Failure == nil || a.Failure.Kind != "rate_limited" {
		return fmt.Errorf("the bank answers 429, and %s ended %s", k.scenario.method, said(a))
	}
	if a.Failure.RetryAfter != retryAfter {
		return fmt.Errorf("the bank says Retry-After: %d, and %s says %s", int(retryAfter.Seconds()), k.scenario.method, a.Failure.RetryAfter)
	}
	return nil
}

func garbage(k *kit) error {
	l := k.lanes[0]
	order, err := k.scenario.order(k, l, k.next())
	if err != nil {
		return err
	}
	k.acting(webpage)
	a := k.call(l, k.scenario.method, order)
	if a.Failure == nil || a.Failure.Kind != "contract_drift" && a.Failure.Kind != "unavailable" {
		return fmt.Errorf("the bank answers with a web page, and %s ended %s", k.scenario.method, said(a))
	}
	if k.scenario.acts() && a.Failure.SideEffect == "none" {
		return fmt.Errorf("the bank answers what nobody understands, and %s is sure that nothing happened", k.scenario.method)
	}
	return nil
}

func cancel(k *kit) error {
	l := k.lanes[0]
	order, err := k.scenario.order(k, l, k.next())
	if err != nil {
		return err
	}
	key := fmt.Sprintf("taken-back-%d", k.numbers)
	a := k.callAs(k.ctx, l, k.scenario.method, connectors.Call{IdempotencyKey: key}, order)
	if !k.well(a) {
		return fmt.Errorf("%s ended %s", k.scenario.method, said(a))
	}
	b := k.callAs(k.ctx, l, connectors.CancelCall, connectors.Call{IdempotencyKey: key + "-c", Of: k.scenario.method, ExternalRef: reference(a)}, order)
	if b.Failure != nil && b.Failure.Kind != "unsupported" && b.Failure.Kind != "rejected" {
		return fmt.Errorf("taking it back (Cancel) ended %s", said(b))
	}
	return nil
}

func callback(k *kit) error {
	l, c := k.lanes[0], *k.o.Spec.Callback
	ask := func(body string) connectors.Answer {
		headers := []map[string]string{}
		for name, value := range c.Headers {
			headers = append(headers, map[string]string{"name": name, "value": value})
		}
		return k.call(l, connectors.Callback, map[string]any{"path": c.Path, "method": c.Method, "query": c.Query, "headers": headers, "body": []byte(body)})
	}
	first, again := ask(c.Body), ask(c.Body)
	if first.Verdict != connectors.Done {
		return fmt.Errorf("the callback of %s ended %s", SpecName, said(first))
	}
	if again.Verdict != connectors.Done || string(first.Payload) != string(again.Payload) {
		return fmt.Errorf("the second time the same callback ended %s, with another answer", said(again))
	}
	if forged := ask(c.Body + " "); len(c.Headers) > 0 && forged.Verdict == connectors.Done && string(forged.Payload) == string(first.Payload) {
		return errors.New("a callback whose body was changed is believed")
	}
	return nil
}

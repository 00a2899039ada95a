// Package breakers stands between operations and connectors, and keeps a bank that is down or slow from being asked in vain: a breaker,
// a limit that adapts to how the bank answers, and a timeout, for each bank of each connector, over all agencies. It is the one
// place that knows failsafe-go (before 1.0). What is refused here is tried again by the queue, whose rows survive; nothing is
// retried in the process.
package breakers

import (
	"context"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/adaptivelimiter"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/timeout"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/pratica-crm/pratica/core/connectors"
)

// Settings of every bank. Fields of zero are the platform's own.
type Settings struct {
	Failures uint          // in a row that open the breaker
	Rest     time.Duration // how long it stays open before one call may try
	Least    uint          // calls at once that a bank is left at least,
	Most     uint          // and at most
}

func (s Settings) filled() Settings {
	if s.Failures == 0 {
		s.Failures = 5
	}
	if s.Rest == 0 {
		s.Rest = 15 * time.Second
	}
	if s.Least == 0 {
		s.Least = 2
	}
	if s.Most == 0 {
		s.Most = 16
	}
	return s
}

const (
	remembered = 4096            // banks: their addresses come from agencies' settings
	grace      = 5 * time.Second // after a call's deadline, before it is given up from here: the host answers by itself, and knows more
)

// Guard is a connectors.Caller over another one.
type Guard struct {
	next     connectors.Caller
	bank     func(connector string, config json.RawMessage) string
	settings Settings
	mu       sync.Mutex
	of       *lru.Cache[string, *door]
}

var _ connectors.Caller = (*Guard)(nil)

// door is what stands before one bank.
type door struct {
	connector string
	mu        sync.Mutex // one comes in at a time, so that what the limit grants the breaker has granted too
	last      atomic.Pointer[failure]
	breaker   circuitbreaker.CircuitBreaker[connectors.Answer]
	limit     adaptivelimiter.AdaptiveLimiter[connectors.Answer]
}

// failure is the last one of a bank that counted.
type failure struct {
	kind string
	at   time.Time
}

// New guards next; bank names the bank that settings of a connector lead to.
func New(next connectors.Caller, bank func(connector string, config json.RawMessage) string, s Settings) *Guard {
	of, _ := lru.New[string, *door](remembered) // its only error is a size below one
	return &Guard{next: next, bank: bank, settings: s.filled(), of: of}
}

// Available describes the connectors that may be used.
func (g *Guard) Available(ctx context.Context) ([]connectors.Connector, error) {
	return g.next.Available(ctx)
}

// Call calls the connector unless its bank rests or has enough to do.
func (g *Guard) Call(ctx context.Context, connector, method string, call connectors.Call, payload json.RawMessage) connectors.Answer {
	if method == connectors.Check { // a person tries the settings out, and wants to know how the bank is now
		return g.next.Call(ctx, connector, method, call, payload)
	}
	d := g.door(connector, call.Config)
	permit, refused := d.enter()
	if refused != nil {
		return refused.answer(method)
	}
	came := false
	defer func() {
		if !came { // it broke on the way: the place is given back, or the bank would be full for good
			permit.Drop()
			d.breaker.RecordFailure()
		}
	}()
	answer, err := failsafe.With[connectors.Answer](timeout.New[connectors.Answer](time.Until(call.Deadline) + grace)).WithContext(ctx).
		GetWithExecution(func(exec failsafe.Execution[connectors.Answer]) (connectors.Answer, error) {
			return g.next.Call(exec.Context(), connector, method, call, payload), nil
		})
	came = true
	if err != nil {
		answer = connectors.Answer{Verdict: connectors.Failed, Failure: &connectors.Failure{Kind: "timeout", Code: "abandoned", SideEffect: "unknown"}}
	}
	if counts(answer) {
		d.last.Store(&failure{answer.Failure.Kind, time.Now()})
		permit.Drop() // how long it took until it failed says nothing of the bank's capacity
	} else {
		permit.Record()
	}
	d.breaker.RecordResult(answer)
	return answer
}

// enter takes a place at the bank, or says why there is none.
func (d *door) enter() (adaptivelimiter.Permit, *refusal) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.limit.CanAcquirePermit() {
		return nil, &refusal{kind: "rate_limited", code: connectors.BankBusy, after: time.Second}
	}
	if !d.breaker.TryAcquirePermit() {
		return nil, &refusal{kind: "unavailable", code: connectors.BankResting, after: max(time.Second, d.breaker.RemainingDelay())}
	}
	permit, ok := d.limit.TryAcquirePermit()
	if !ok { // the limit was lowered this instant
		d.breaker.RecordSuccess()
		return nil, &refusal{kind: "rate_limited", code: connectors.BankBusy, after: time.Second}
	}
	return permit, nil
}

// refusal is a call that was not made.
type refusal struct {
	kind, code string
	after      time.Duration
}

// answer is how the queue reads it: nothing was sent, and it is tried again when there may be room. A question about an earlier call
// must stay one.
func (r *refusal) answer(method string) connectors.Answer {
	f := connectors.Failure{Kind: r.kind, Code: r.code, SideEffect: "none", RetryAfter: r.after + rand.N(r.after)}
	if method == connectors.Reconcile {
		f.Kind, f.SideEffect = "unavailable", "unknown"
	}
	return connectors.Answer{Verdict: connectors.Failed, Failure: &f}
}

// counts reports whether an answer says that the bank, or the way to it, is down: what the table of error kinds counts for the breaker.
func counts(a connectors.Answer) bool {
	if a.Verdict != connectors.Failed || a.Failure == nil || a.Failure.Code == "connector.busy" {
		return false
	}
	switch a.Failure.Kind {
	case "unavailable", "timeout", "internal":
		return true
	}
	return a.Failure.SideEffect == "unknown"
}

func (g *Guard) door(connector string, config json.RawMessage) *door {
	bank := g.bank(connector, config)
	g.mu.Lock()
	defer g.mu.Unlock()
	d, known := g.of.Get(bank)
	if !known {
		d = &door{connector: connector,
			breaker: circuitbreaker.NewBuilder[connectors.Answer]().HandleIf(func(a connectors.Answer, _ error) bool { return counts(a) }).
				WithFailureThreshold(g.settings.Failures).WithSuccessThreshold(1).WithDelay(g.settings.Rest).
				OnStateChanged(func(e circuitbreaker.StateChangedEvent) {
					slog.Info("a bank's breaker moved", "connector", connector, "how", e.NewState.String())
				}).Build(),
			limit: adaptivelimiter.NewBuilder[connectors.Answer]().WithLimits(g.settings.Least, g.settings.Most, min(g.settings.Most, 2*g.settings.Least)).Build()}
		g.of.Add(bank, d)
	}
	return d
}

// Standing is how the banks of a connector stand.
type Standing struct {
	Connector, State string // closed, open or half-open
	Banks            int
}

// Standings counts banks by connector and state. Banks are not named: an address may be one agency's own.
func (g *Guard) Standings() []Standing {
	n := map[[2]string]int{}
	g.mu.Lock()
	for _, d := range g.of.Values() {
		n[[2]string{d.connector, d.breaker.State().String()}]++
	}
	g.mu.Unlock()
	var out []Standing
	for k, banks := range n {
		out = append(out, Standing{k[0], k[1], banks})
	}
	return out
}

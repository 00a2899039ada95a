package accounts

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/redis"
)

// A person mistypes a few times, a whole office may sit behind one address. From then on every try waits: thirty seconds, a minute,
// two, at most a quarter of an hour. Nobody is locked out for good, and a passkey or a mailed link goes past a slowed e-mail.
const (
	firstWait   = 30 * time.Second
	longestWait = 15 * time.Minute
)

func limit(kind, who string, most int, window time.Duration) redis.Limit {
	sum := sha256.Sum256([]byte(kind + " " + who))
	return redis.Limit{Key: hex.EncodeToString(sum[:16]), Most: most, Window: window, First: firstWait, Longest: longestWait}
}

func perEmail(email string) redis.Limit  { return limit("email", email, 8, time.Hour) }
func perReset(email string) redis.Limit  { return limit("reset", email, 8, time.Hour) }
func perAddress(from string) redis.Limit { return limit("address", from, 60, 10*time.Minute) }
func perLink(from string) redis.Limit    { return limit("link", from, 60, 10*time.Minute) }
func perKey(from string) redis.Limit     { return limit("passkey", from, 60, 10*time.Minute) }
func perAsked(from string) redis.Limit   { return limit("challenge", from, 300, 10*time.Minute) } // a browser may ask whenever its page opens
func perPerson(user string) redis.Limit  { return limit("person", user, 10, time.Hour) }          // codes and passwords of somebody half or wholly signed in

// Tries counts for all servers; core/redis implements it. An error sends the limiter back to its own count.
type Tries interface {
	Count(ctx context.Context, now time.Time, limits ...redis.Limit) (wait time.Duration, err error)
	Undo(ctx context.Context, key string) error
	Forget(ctx context.Context, key string) error
}

// limiter slows guessing down, together with the other servers while Redis answers, and alone otherwise.
type limiter struct {
	now    func() time.Time
	shared Tries // nil: there are no others
	own    *ownTries
	alone  atomic.Int64 // until when Redis is not asked, in Unix milliseconds
}

// awayFor is how long a Redis that did not answer is left alone: a sign-in must not wait for it each time.
const awayFor = 5 * time.Second

func newLimiter(now func() time.Time) *limiter { return &limiter{now: now, own: newOwnTries()} }

// try counts a try under every limit, before it is judged: many at once are no more than one after the other.
func (l *limiter) try(ctx context.Context, limits ...redis.Limit) error {
	wait, counted := l.together(ctx, limits)
	if !counted {
		wait, _ = l.own.Count(ctx, l.now(), limits...)
	}
	if wait > 0 {
		e := fault.New(fault.Limited, "auth.too_often", "Too many tries. Wait a little, sign in with a passkey, or ask for a new password.")
		e.Retry = max(wait, time.Second)
		return e
	}
	return nil
}

// together counts for all servers; false when there are no others, or Redis is away.
func (l *limiter) together(ctx context.Context, limits []redis.Limit) (wait time.Duration, counted bool) {
	if l.shared == nil || l.now().UnixMilli() < l.alone.Load() {
		return 0, false
	}
	wait, err := l.shared.Count(ctx, l.now(), limits...)
	if err != nil {
		l.alone.Store(l.now().Add(awayFor).UnixMilli())
		slog.Warn("sign-in tries are counted by this server alone", "error", err)
	}
	return wait, err == nil
}

// forget clears what somebody who got in has mistyped before.
func (l *limiter) forget(ctx context.Context, of redis.Limit) {
	_ = l.own.Forget(ctx, of.Key)
	if l.shared != nil && l.now().UnixMilli() >= l.alone.Load() {
		_ = l.shared.Forget(ctx, of.Key) // without Redis it ends by itself
	}
}

// undo takes back a try that was right, where others' tries are counted too.
func (l *limiter) undo(ctx context.Context, of redis.Limit) {
	_ = l.own.Undo(ctx, of.Key)
	if l.shared != nil && l.now().UnixMilli() >= l.alone.Load() {
		_ = l.shared.Undo(ctx, of.Key)
	}
}

// ownTries is the count of one process.
type ownTries struct {
	mu sync.Mutex
	of map[string]tries
}

type tries struct {
	n          int
	free, ends time.Time
}

func (t tries) over(now time.Time) bool { return !t.free.After(now) && !t.ends.After(now) }

func newOwnTries() *ownTries { return &ownTries{of: map[string]tries{}} }

// tryMost bounds what is remembered: beyond it, what is over goes.
const tryMost = 50_000

// Count does what core/redis does for all servers; a test holds the two equal.
func (o *ownTries) Count(_ context.Context, now time.Time, limits ...redis.Limit) (wait time.Duration, _ error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.of) > tryMost {
		for key, t := range o.of {
			if t.over(now) {
				delete(o.of, key)
			}
		}
	}
	for _, l := range limits {
		if t := o.of[l.Key]; !t.over(now) {
			wait = max(wait, t.free.Sub(now))
		}
	}
	if wait > 0 {
		return wait, nil
	}
	for _, l := range limits {
		t := o.of[l.Key]
		if t.over(now) {
			t = tries{ends: now.Add(l.Window)}
		}
		if t.n++; t.n >= l.Most {
			t.free = now.Add(min(l.Longest, l.First<<min(t.n-l.Most, 20)))
		}
		o.of[l.Key] = t
	}
	return 0, nil
}

// Undo takes one try back.
func (o *ownTries) Undo(_ context.Context, key string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if t, known := o.of[key]; known && t.n > 0 {
		t.n, t.free = t.n-1, time.Time{}
		o.of[key] = t
	}
	return nil
}

// Forget forgets all tries under a key.
func (o *ownTries) Forget(_ context.Context, key string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.of, key)
	return nil
}

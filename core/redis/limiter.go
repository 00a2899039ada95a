package redis

import (
	"context"
	"math"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/redis/go-redis/v9"
)

// Rate is a token bucket: Burst tokens at most, refilled at PerSecond. Its zero value limits nothing.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Free reports whether the rate limits nothing.
func (r Rate) Free() bool { return r.PerSecond <= 0 || r.Burst <= 0 }

// interval is the time of one token.
func (r Rate) interval() time.Duration {
	return time.Duration(float64(time.Second) / r.PerSecond)
}

// Bucket is one bucket to draw from. Name must carry the agency in braces, as every key: {agn_…}:all.
type Bucket struct {
	Name string
	Rate Rate
}

// Grant is how a draw came out.
type Grant struct {
	Allowed   bool
	Limit     int           // tokens the scarcer bucket holds at most
	Remaining int           // tokens left in it
	Reset     time.Duration // until it is full again
	Retry     time.Duration // until the same draw would be allowed; 0 when it was
}

// Limiter draws tokens from buckets that all servers share. When Redis is away, or slow, each server keeps buckets of its own at
// the same rate, so that N servers allow N times as much until it is back: a limit protects, and must not be what takes the
// service down. Buckets it knows to be empty it refuses without asking anybody.
type Limiter struct {
	rdb   redis.UniversalClient // nil: this server only
	now   func() time.Time
	mu    sync.Mutex
	own   *lru.Cache[string, time.Time] // full again at, while Redis is away
	empty *lru.Cache[string, time.Time] // not one token before
	away  time.Time                     // Redis is not asked before

	patience time.Duration // with Redis
}

// How long a request waits for Redis at most, how long Redis is left alone after it did not answer, and the buckets remembered.
const (
	limiterPatience = 100 * time.Millisecond
	limiterPause    = time.Second
	limiterMost     = 50_000
)

// Limiter returns the limiter; now is the clock of the buckets kept here (Redis has its own).
func (c *Client) Limiter(now func() time.Time) *Limiter {
	l := NewLimiter(now)
	l.rdb = c.rdb
	return l
}

// NewLimiter is a limiter of one server, without Redis.
func NewLimiter(now func() time.Time) *Limiter {
	own, _ := lru.New[string, time.Time](limiterMost) // its only error is a size below one
	empty, _ := lru.New[string, time.Time](limiterMost)
	return &Limiter{now: now, own: own, empty: empty, patience: limiterPatience}
}

// draw is the generic cell rate algorithm, once in Lua for many buckets at once: all of them grant, or none is touched. A bucket
// is one number, the microsecond at which it is full again. Answers, per bucket: granted, and how far in the future it is full
// (as it is now when refused, as it will be when granted).
var draw = redis.NewScript(`
local t = redis.call('time')
local now = t[1] * 1000000 + t[2]
local full, out, granted = {}, {}, 1
for i, key in ipairs(KEYS) do
  local cost, most = tonumber(ARGV[2*i-1]), tonumber(ARGV[2*i])
  local at = math.max(tonumber(redis.call('get', key) or now), now)
  full[i] = at + cost
  if full[i] - now > most then granted = 0 end
  out[i] = at - now
end
if granted == 1 then
  for i, key in ipairs(KEYS) do
    redis.call('set', key, string.format('%.0f', full[i]), 'px', math.ceil((full[i] - now) / 1000) + 1000)
    out[i] = full[i] - now
  end
end
table.insert(out, 1, granted)
return out`)

// Take draws cost tokens from every bucket, or from none. It never fails: see Limiter. A draw of more than a bucket holds is one
// of all it holds. Costs one round trip at most.
func (l *Limiter) Take(ctx context.Context, cost int, buckets ...Bucket) Grant {
	limited := make([]Bucket, 0, len(buckets))
	for _, b := range buckets {
		if !b.Rate.Free() {
			limited = append(limited, b)
		}
	}
	if len(limited) == 0 || cost <= 0 {
		return Grant{Allowed: true}
	}
	if g, known := l.knownEmpty(limited, cost); known {
		return g
	}
	granted, full, asked := l.ask(ctx, cost, limited)
	if !asked {
		granted, full = l.takeHere(cost, limited)
	}
	return l.judge(limited, cost, granted, full)
}

func price(b Bucket, cost int) (paid, most time.Duration) {
	i := b.Rate.interval()
	return time.Duration(min(cost, b.Rate.Burst)) * i, time.Duration(b.Rate.Burst) * i
}

// ask has Redis decide; asked is false when it does not answer.
func (l *Limiter) ask(ctx context.Context, cost int, buckets []Bucket) (granted bool, full []time.Duration, asked bool) {
	if l.rdb == nil || l.resting() {
		return false, nil, false
	}
	keys, args := make([]string, len(buckets)), make([]any, 0, 2*len(buckets))
	for i, b := range buckets {
		price, most := price(b, cost)
		keys[i] = "pratica:" + b.Name + ":rate"
		args = append(args, price.Microseconds(), most.Microseconds())
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.patience) // a caller who hangs up has drawn all the same
	defer cancel()
	answer, err := draw.Run(ctx, l.rdb, keys, args...).Int64Slice()
	if err != nil || len(answer) != len(buckets)+1 {
		l.rest()
		return false, nil, false
	}
	full = make([]time.Duration, len(buckets))
	for i := range full {
		full[i] = time.Duration(answer[i+1]) * time.Microsecond
	}
	return answer[0] == 1, full, true
}

func (l *Limiter) resting() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now().Before(l.away)
}

func (l *Limiter) rest() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.away = l.now().Add(limiterPause)
}

// takeHere is the script's twin over this server's own buckets.
func (l *Limiter) takeHere(cost int, buckets []Bucket) (granted bool, full []time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, granted := l.now(), true
	full, after := make([]time.Duration, len(buckets)), make([]time.Duration, len(buckets))
	for i, b := range buckets {
		if at, known := l.own.Get(b.Name); known {
			full[i] = max(0, at.Sub(now))
		}
		price, most := price(b, cost)
		after[i] = full[i] + price
		granted = granted && after[i] <= most
	}
	if !granted {
		return false, full
	}
	for i, b := range buckets {
		l.own.Add(b.Name, now.Add(after[i]))
	}
	return true, after
}

// judge tells the caller how the scarcest bucket stands, and remembers which have nothing left.
func (l *Limiter) judge(buckets []Bucket, cost int, granted bool, full []time.Duration) Grant {
	g := Grant{Allowed: granted, Remaining: math.MaxInt}
	now := l.now()
	for i, b := range buckets {
		price, most := price(b, cost)
		left := int((most - full[i]) / b.Rate.interval())
		if left < g.Remaining {
			g.Limit, g.Remaining, g.Reset = b.Rate.Burst, max(0, left), full[i]
		}
		if !granted {
			g.Retry = max(g.Retry, full[i]+price-most)
		}
		if wait := full[i] + b.Rate.interval() - most; wait > 0 {
			l.empty.Add(b.Name, now.Add(wait))
		}
	}
	return g
}

// knownEmpty refuses for a bucket that had not one token when it was last looked at and cannot have one yet.
func (l *Limiter) knownEmpty(buckets []Bucket, cost int) (Grant, bool) {
	now := l.now()
	for _, b := range buckets {
		until, known := l.empty.Get(b.Name)
		if wait := until.Sub(now); known && wait > 0 {
			price, most := price(b, cost)
			retry := wait + price - b.Rate.interval()
			return Grant{Limit: b.Rate.Burst, Reset: wait + most - b.Rate.interval(), Retry: max(retry, wait)}, true
		}
	}
	return Grant{}, false
}

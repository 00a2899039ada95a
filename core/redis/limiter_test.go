package redis_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/redis"
)

// slow refills one token in a thousand seconds: no test lasts that long.
var slow = redis.Rate{PerSecond: 0.001, Burst: 5}

// TestLimiter: a bucket gives what it holds and no more, whoever asks, with all servers together; what one bucket refuses takes
// nothing from the other; another agency's bucket is another one.
func TestLimiter(t *testing.T) {
	coretest.EachRedis(t, func(t *testing.T, url string) {
		ctx := context.Background()
		servers := []*redis.Limiter{open(t, url).Limiter(time.Now).Patient(), open(t, url).Limiter(time.Now).Patient()}
		agency, key := redis.Bucket{Name: "{a}:all", Rate: slow}, redis.Bucket{Name: "{a}:key", Rate: redis.Rate{PerSecond: 0.001, Burst: 3}}
		var granted atomic.Int32
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				if servers[i%2].Take(ctx, 1, agency, key).Allowed {
					granted.Add(1)
				}
			})
		}
		all.Wait()
		if granted.Load() != 3 {
			t.Errorf("%d granted, the key's bucket holds 3", granted.Load())
		}
		g := servers[0].Take(ctx, 1, agency) // the refusals took nothing from the agency's
		if !g.Allowed || g.Remaining != 1 || g.Limit != 5 {
			t.Errorf("the agency's: %+v, want 1 of 5 left", g)
		}
		if g := servers[1].Take(ctx, 2, agency); g.Allowed || g.Retry < 900*time.Second || g.Retry > 1000*time.Second {
			t.Errorf("two where one is left: %+v", g)
		}
		if g := servers[1].Take(ctx, 1, redis.Bucket{Name: "{b}:all", Rate: slow}); !g.Allowed {
			t.Errorf("another agency pays: %+v", g)
		}
		if g := servers[1].Take(ctx, 100, redis.Bucket{Name: "{c}:all", Rate: slow}); !g.Allowed || g.Remaining != 0 {
			t.Errorf("more than the bucket holds is all of it: %+v", g)
		}
		if g := servers[0].Take(ctx, 1, redis.Bucket{Name: "{c}:all"}); !g.Allowed {
			t.Errorf("no rate is no limit: %+v", g)
		}
	})
}

// TestLimiterRefills: on one server's clock, exactly one token an interval, and never more than the burst.
func TestLimiterRefills(t *testing.T) {
	clock := coretest.NewClock(time.Unix(1_800_000_000, 0))
	l := redis.NewLimiter(clock.Now)
	b := redis.Bucket{Name: "{a}:all", Rate: redis.Rate{PerSecond: 10, Burst: 3}}
	take := func() (n int) {
		for l.Take(t.Context(), 1, b).Allowed {
			n++
		}
		return n
	}
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{0, 3}, {90 * time.Millisecond, 0}, {20 * time.Millisecond, 1}, {time.Second, 3}, {time.Hour, 3}} {
		clock.Advance(c.after)
		if got := take(); got != c.want {
			t.Errorf("after %v: %d granted, want %d", c.after, got, c.want)
		}
	}
	if g := l.Take(t.Context(), 1, b); g.Retry <= 0 || g.Retry > 100*time.Millisecond || g.Reset <= 200*time.Millisecond || g.Reset > 300*time.Millisecond {
		t.Errorf("an empty bucket: %+v", g)
	}
}

// TestLimiterWithoutRedis: when Redis goes away the limit holds on each server by itself, and is shared again when it is back.
func TestLimiterWithoutRedis(t *testing.T) {
	server := coretest.StartRedis(t)
	clock := coretest.NewClock(time.Now())
	l := open(t, server.URL()).Limiter(clock.Now).Patient()
	count := func(name string) (n int) {
		for range 20 {
			if l.Take(t.Context(), 1, redis.Bucket{Name: name, Rate: slow}).Allowed {
				n++
			}
		}
		return n
	}
	server.Kill()
	for _, agency := range []string{"{a}", "{b}"} {
		if n := count(agency); n != 5 {
			t.Errorf("%s without Redis: %d granted, want 5", agency, n)
		}
	}
	server.Start()
	clock.Advance(2 * time.Second) // it is asked again
	if n := count("{c}"); n != 5 {
		t.Errorf("with Redis again: %d granted, want 5", n)
	}
	other := open(t, server.URL()).Limiter(time.Now).Patient()
	if other.Take(t.Context(), 1, redis.Bucket{Name: "{c}", Rate: slow}).Allowed {
		t.Error("what one server granted the other does not know: it was not asked in Redis")
	}
}

// BenchmarkLimiter is the cost of a draw from two buckets: a round trip when granted, none when the bucket is known to be empty.
func BenchmarkLimiter(b *testing.B) {
	server := coretest.StartRedis(b)
	client, err := redis.Open(server.URL())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	for name, rate := range map[string]redis.Rate{"granted": {PerSecond: 1e6, Burst: 1e6}, "refused": slow} {
		b.Run(name, func(b *testing.B) {
			l := client.Limiter(time.Now)
			for i := 0; b.Loop(); i++ {
				l.Take(b.Context(), 1, redis.Bucket{Name: fmt.Sprintf("{%s}:all", name), Rate: rate}, redis.Bucket{Name: fmt.Sprintf("{%s}:key", name), Rate: rate})
			}
		})
	}
}

package redis_test

import (
	"context"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/queue"
	"github.com/pratica-crm/pratica/core/redis"
)

func open(t *testing.T, url string) *redis.Client {
	t.Helper()
	c, err := redis.Open(url)
	must(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// TestBury: what a worker that died had taken is removed from its lane, which then rests and is gone, with its marks; what was taken just
// now stays. What every driver does stands in core/queue.
func TestBury(t *testing.T) {
	coretest.EachRedis(t, func(t *testing.T, url string) {
		ctx := context.Background()
		c := open(t, url)
		died, lives := c.Streams("died"), c.Streams("lives")
		lane := queue.Lane{Tenant: ident.NewAgency(), Priority: queue.Background, Connector: "bankportal"}
		var jobs []queue.Job
		for range 250 {
			jobs = append(jobs, queue.Job{Lane: lane, Operation: ident.NewOperation(), Version: 1, Weight: 1})
		}
		must(t, died.Add(ctx, jobs...))
		taken, err := died.Take(ctx, lane, 250)
		must(t, err)
		if len(taken) != 250 {
			t.Fatalf("%d taken", len(taken))
		}
		_, err = lives.Take(ctx, lane, 1) // looks for the dead, and finds nobody silent for long enough
		must(t, err)
		must(t, lives.Bury(ctx, lane, time.Hour))
		if lanes, err := lives.Lanes(ctx); err != nil || len(lanes) != 1 {
			t.Errorf("lanes while a worker may be at it: %v, %v", lanes, err)
		}
		must(t, lives.Bury(ctx, lane, 0))
		_, err = lives.Take(ctx, lane, 1)
		must(t, err)
		if lanes, err := lives.Lanes(ctx); err != nil || len(lanes) != 0 {
			t.Errorf("lanes after the burial: %v, %v", lanes, err)
		}
		raw, err := goredis.ParseURL(url)
		must(t, err)
		rdb := goredis.NewClient(raw)
		defer func() { _ = rdb.Close() }()
		for _, pattern := range []string{"pratica:*:operations:*", "pratica:*:sent:*", "pratica:*:lanes", "pratica:{active:*"} {
			if left := rdb.Keys(ctx, pattern).Val(); len(left) != 0 {
				t.Errorf("left: %v", left)
			}
		}
		must(t, died.Done(ctx, taken[0])) // it was not dead after all: no harm
		must(t, lives.Add(ctx, jobs[0]))
		again, err := lives.Take(ctx, lane, 1)
		must(t, err)
		if len(again) != 1 || again[0].Operation != jobs[0].Operation {
			t.Errorf("after the rest: %+v", again)
		}
	})
}

// TestCluster: what is not the queue's works on a cluster too: limits, tries and news.
func TestCluster(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	c := open(t, coretest.StartRedisCluster(t))
	must(t, c.Ping(ctx))
	agency := ident.NewAgency()
	rate := redis.Rate{PerSecond: 0.001, Burst: 2}
	limiter := c.Limiter(time.Now).Patient()
	for i, want := range []bool{true, true, false} {
		if got := limiter.Take(ctx, 1, redis.Bucket{Name: "{" + agency.String() + "}:all", Rate: rate}, redis.Bucket{Name: "{" + agency.String() + "}:key", Rate: rate}).Allowed; got != want {
			t.Errorf("draw %d: %v", i, got)
		}
	}
	limits := []redis.Limit{{Key: "a", Most: 1, Window: time.Hour, First: time.Minute, Longest: time.Hour}, {Key: "b", Most: 9, Window: time.Hour, First: time.Minute, Longest: time.Hour}}
	for i, waits := range []bool{false, true} {
		if wait, err := c.Tries().Count(ctx, time.Unix(1_800_000_000, 0), limits...); err != nil || (wait > 0) != waits {
			t.Errorf("try %d waits %v, %v", i, wait, err)
		}
	}
	heard := make(chan struct{})
	go c.News().Listen(ctx, agency, func([]byte) {
		select {
		case <-heard:
		default:
			close(heard)
		}
	})
	for done := false; !done; {
		must(t, c.News().Publish(ctx, agency, []byte("1")))
		select {
		case <-heard:
			done = true
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// TestNews: what is published in an agency is heard there and nowhere else.
func TestNews(t *testing.T) {
	coretest.EachRedis(t, func(t *testing.T, url string) {
		ctx, stop := context.WithCancel(context.Background())
		c := open(t, url)
		a, b := ident.NewAgency(), ident.NewAgency()
		heard := make(chan string, 100)
		var listening sync.WaitGroup
		for name, tenant := range map[string]ident.AgencyID{"a": a, "b": b} {
			listening.Go(func() { c.News().Listen(ctx, tenant, func(m []byte) { heard <- name + string(m) }) })
		}
		defer listening.Wait()
		defer stop()
		for { // until both subscriptions stand
			must(t, c.News().Publish(ctx, a, []byte("1")))
			select {
			case got := <-heard:
				if got != "a1" {
					t.Errorf("heard %q", got)
				}
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
	})
}

// TestAway: a Redis that does not answer is an error of kind Unavailable, soon.
func TestAway(t *testing.T) {
	server := coretest.StartRedis(t)
	c := open(t, server.URL())
	must(t, c.Ping(context.Background()))
	server.Kill()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := c.Streams("w").Add(ctx, queue.Job{Lane: queue.Lane{Tenant: ident.NewAgency()}, Operation: ident.NewOperation()}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("away: %v", err)
	}
	server.Start()
	for c.Ping(ctx) != nil {
		if ctx.Err() != nil {
			t.Fatal("it does not come back")
		}
	}
	if _, err := redis.Open("not a url"); !fault.Is(err, fault.Invalid) {
		t.Errorf("a bad address: %v", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

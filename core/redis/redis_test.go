package redis_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/redis"
)

func open(t *testing.T, url string) *redis.Client {
	t.Helper()
	c, err := redis.Open(url)
	must(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// TestStreams: each agency has a stream of its own, a job is taken once, a version is not put twice.
func TestStreams(t *testing.T) {
	coretest.EachRedis(t, func(t *testing.T, url string) {
		ctx := context.Background()
		c := open(t, url)
		one, two := c.Streams("one"), c.Streams("two")
		a, b := ident.NewAgency(), ident.NewAgency()
		op, other := ident.NewOperation(), ident.NewOperation()
		must(t, one.Add(ctx, a, op, 0))
		must(t, one.Add(ctx, a, op, 0))
		must(t, one.Add(ctx, a, op, 1))
		must(t, one.Add(ctx, b, other, 0))
		active, err := one.Active(ctx)
		must(t, err)
		if len(active) != 2 || !slices.Contains(active, a) || !slices.Contains(active, b) {
			t.Errorf("active: %v", active)
		}
		first, err := one.Take(ctx, a, 10)
		must(t, err)
		if len(first) != 2 || first[0].Operation != op || first[0].Tenant != a {
			t.Fatalf("taken: %+v", first)
		}
		again, err := two.Take(ctx, a, 10)
		must(t, err)
		if len(again) != 0 {
			t.Errorf("a job was given to a second worker: %+v", again)
		}
		for _, j := range first {
			must(t, one.Done(ctx, j))
		}
		_, err = one.Take(ctx, a, 10) // empty: the agency rests
		must(t, err)
		if active, err = one.Active(ctx); err != nil || slices.Contains(active, a) || !slices.Contains(active, b) {
			t.Errorf("active after the work: %v, %v", active, err)
		}
	})
}

// TestBury: what a worker that died had taken is removed from its agency's stream, which then rests and is gone; what was
// taken just now stays.
func TestBury(t *testing.T) {
	coretest.EachRedis(t, func(t *testing.T, url string) {
		ctx := context.Background()
		c := open(t, url)
		died, lives := c.Streams("died"), c.Streams("lives")
		a := ident.NewAgency()
		for range 250 {
			must(t, died.Add(ctx, a, ident.NewOperation(), 0))
		}
		taken, err := died.Take(ctx, a, 250)
		must(t, err)
		if len(taken) != 250 {
			t.Fatalf("%d taken", len(taken))
		}
		_, err = lives.Take(ctx, a, 1) // looks for the dead, and finds nobody silent for long enough
		must(t, err)
		must(t, lives.Bury(ctx, a, time.Hour))
		if active, err := lives.Active(ctx); err != nil || len(active) != 1 {
			t.Errorf("active while a worker may be at it: %v, %v", active, err)
		}
		must(t, lives.Bury(ctx, a, 0))
		_, err = lives.Take(ctx, a, 1)
		must(t, err)
		if active, err := lives.Active(ctx); err != nil || len(active) != 0 {
			t.Errorf("active after the burial: %v, %v", active, err)
		}
		raw, err := goredis.ParseURL(url)
		must(t, err)
		rdb := goredis.NewClient(raw)
		defer func() { _ = rdb.Close() }()
		if left := rdb.Keys(ctx, "pratica:*:operations").Val(); len(left) != 0 {
			t.Errorf("left: %v", left)
		}
		must(t, died.Done(ctx, taken[0])) // it was not dead after all: no harm
		next := ident.NewOperation()
		must(t, lives.Add(ctx, a, next, 0))
		again, err := lives.Take(ctx, a, 1)
		must(t, err)
		if len(again) != 1 || again[0].Operation != next {
			t.Errorf("after the rest: %+v", again)
		}
	})
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
	if err := c.Streams("w").Add(ctx, ident.NewAgency(), ident.NewOperation(), 0); !fault.Is(err, fault.Unavailable) {
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

package queue_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/coretest/jetstream"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/natsjs"
	"github.com/pratica-crm/pratica/core/queue"
	"github.com/pratica-crm/pratica/core/redis"
)

// drivers are all there are, each over a server of its own that is empty; open gives another worker's.
var drivers = []struct {
	name  string
	start func(t testing.TB) (open func(worker string) queue.Driver)
}{
	{"miniredis", func(t testing.TB) func(string) queue.Driver {
		m := miniredis.NewMiniRedis()
		if err := m.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(m.Close)
		return overRedis(t, "redis://"+m.Addr()+"/0")
	}},
	{"redis-server", func(t testing.TB) func(string) queue.Driver { return overRedis(t, coretest.StartRedis(t).URL()) }},
	{"redis cluster", func(t testing.TB) func(string) queue.Driver { return overRedis(t, coretest.StartRedisCluster(t)) }},
	{"nats", func(t testing.TB) func(string) queue.Driver {
		url := jetstream.Start(t)
		return func(string) queue.Driver {
			q, err := natsjs.Open(url)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(q.Close)
			return q
		}
	}},
}

func overRedis(t testing.TB, url string) func(string) queue.Driver {
	return func(worker string) queue.Driver {
		c, err := redis.Open(url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c.Streams(worker)
	}
}

// eachDriver runs a test over every driver, side by side: a cluster takes two seconds to agree, and nobody need wait for that.
func eachDriver(t *testing.T, test func(t *testing.T, open func(worker string) queue.Driver)) {
	t.Parallel()
	for _, d := range drivers {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			test(t, d.start(t))
		})
	}
}

func job(l queue.Lane) queue.Job {
	return queue.Job{Lane: l, Operation: ident.NewOperation(), Version: 1, Weight: 1}
}

func laneFor(tenant ident.AgencyID, p queue.Priority, connector string) queue.Lane {
	return queue.Lane{Tenant: tenant, Priority: p, Connector: connector}
}

func operations(jobs []queue.Job) (out []ident.OperationID) {
	for _, j := range jobs {
		out = append(out, j.Operation)
	}
	return out
}

// TestDrivers is what the queue needs of a driver, for each there is.
func TestDrivers(t *testing.T) {
	eachDriver(t, func(t *testing.T, open func(string) queue.Driver) {
		for name, check := range conformance {
			t.Run(name, func(t *testing.T) {
				ctx, stop := context.WithTimeout(context.Background(), 20*time.Second)
				defer stop()
				check(ctx, t, open("one"), open("two"))
			})
		}
	})
}

var conformance = map[string]func(ctx context.Context, t *testing.T, one, two queue.Driver){
	"a lane keeps its order, and what a job says": func(ctx context.Context, t *testing.T, one, two queue.Driver) {
		l := laneFor(ident.NewAgency(), queue.Nightly, "berlin.group x")
		var all []queue.Job
		for i := range 10 {
			all = append(all, queue.Job{Lane: l, Operation: ident.NewOperation(), Version: i + 1, Weight: i + 1})
		}
		must(t, one.Add(ctx, all...))
		got := take(ctx, t, two, l, 10)
		if !slices.Equal(operations(got), operations(all)) {
			t.Errorf("taken %v of %v", operations(got), operations(all))
		}
		for i, j := range got {
			if j.Lane != l || j.Version != i+1 || j.Weight != i+1 {
				t.Errorf("job %d says %+v", i, j)
			}
		}
		must(t, two.Done(ctx, got...))
	},
	"a job is taken once": func(ctx context.Context, t *testing.T, one, two queue.Driver) {
		l := laneFor(ident.NewAgency(), queue.Screen, "bankportal")
		first, second := job(l), job(l)
		must(t, one.Add(ctx, first, second))
		a, b := take(ctx, t, one, l, 1), take(ctx, t, two, l, 1)
		if a[0].Operation != first.Operation || b[0].Operation != second.Operation {
			t.Errorf("taken %v, then %v", a, b)
		}
		none(ctx, t, two, l)
		must(t, one.Done(ctx, a...))
		must(t, two.Done(ctx, b...))
		none(ctx, t, one, l)
	},
	"a version that waits or runs is not put twice, another one is": func(ctx context.Context, t *testing.T, one, two queue.Driver) {
		l := laneFor(ident.NewAgency(), queue.Background, "bankportal")
		j := job(l)
		later := j
		later.Version = 2
		must(t, one.Add(ctx, j, j))
		must(t, two.Add(ctx, j))
		got := take(ctx, t, one, l, 9)
		must(t, two.Add(ctx, j))
		must(t, two.Add(ctx, later))
		got = append(got, take(ctx, t, one, l, 9)...)
		if len(got) != 2 || got[0].Version != 1 || got[1].Version != 2 {
			t.Errorf("taken: %+v", got)
		}
		must(t, one.Done(ctx, got...))
	},
	"a bank's lane is its own": func(ctx context.Context, t *testing.T, one, two queue.Driver) {
		l := laneFor(ident.NewAgency(), queue.Background, "berlin.group x")
		l.Connection = ident.NewConnection()
		other := l
		other.Connection = ident.NewConnection()
		j := job(l)
		must(t, one.Add(ctx, j))
		none(ctx, t, two, other)
		lanes, err := two.Lanes(ctx)
		must(t, err)
		if !slices.Contains(lanes, l) {
			t.Errorf("%v is not listed: %v", l, lanes)
		}
		got := take(ctx, t, two, l, 9)
		if got[0].Operation != j.Operation || got[0].Lane != l {
			t.Errorf("taken %+v", got)
		}
		must(t, two.Done(ctx, got...))
	},
	"lanes are listed while they hold something, each with its own jobs": func(ctx context.Context, t *testing.T, one, two queue.Driver) {
		a, b := ident.NewAgency(), ident.NewAgency()
		want := []queue.Lane{laneFor(a, queue.Screen, "x"), laneFor(a, queue.Background, "x"), laneFor(a, queue.Background, "y"), laneFor(b, queue.Background, "x")}
		in := map[queue.Lane]queue.Job{}
		for _, l := range want {
			in[l] = job(l)
			must(t, one.Add(ctx, in[l]))
		}
		lanes, err := two.Lanes(ctx)
		must(t, err)
		for _, l := range want {
			if !slices.Contains(lanes, l) {
				t.Errorf("%v is not listed: %v", l, lanes)
			}
			got := take(ctx, t, two, l, 9)
			if len(got) != 1 || got[0].Operation != in[l].Operation {
				t.Errorf("%v holds %v", l, got)
			}
			must(t, two.Done(ctx, got...))
		}
		for { // emptied: no longer listed, once looked at
			if lanes, err = one.Lanes(ctx); err != nil || len(lanes) == 0 {
				break
			}
			for _, l := range lanes {
				none(ctx, t, one, l)
			}
		}
		must(t, err)
		must(t, one.Add(ctx, job(want[0])))
		if lanes, err = two.Lanes(ctx); err != nil || !slices.Contains(lanes, want[0]) {
			t.Errorf("a lane that is used again: %v, %v", lanes, err)
		}
		must(t, one.Done(ctx, take(ctx, t, one, want[0], 1)...))
	},
	"many writers and takers lose nothing and double nothing": func(ctx context.Context, t *testing.T, one, two queue.Driver) {
		const writers, each = 4, 50
		l := laneFor(ident.NewAgency(), queue.Background, "bankportal")
		failures := make(chan error, 2*writers)
		for range writers {
			go func() {
				for range each {
					if err := one.Add(ctx, job(l)); err != nil {
						failures <- err
						return
					}
				}
				failures <- nil
			}()
		}
		seen := map[ident.OperationID]int{}
		for len(seen) < writers*each && ctx.Err() == nil {
			for _, d := range []queue.Driver{one, two} {
				got, err := d.Take(ctx, l, 7)
				must(t, err)
				for _, j := range got {
					seen[j.Operation]++
				}
				must(t, d.Done(ctx, got...))
			}
		}
		for range writers {
			must(t, <-failures)
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("%s was taken %d times", id, n)
			}
		}
		if len(seen) != writers*each {
			t.Errorf("%d of %d were taken", len(seen), writers*each)
		}
	},
}

// take takes until it has something: a driver may need a moment after Add.
func take(ctx context.Context, t *testing.T, d queue.Driver, l queue.Lane, most int) []queue.Job {
	t.Helper()
	for ctx.Err() == nil {
		got, err := d.Take(ctx, l, most)
		must(t, err)
		if len(got) > 0 {
			return got
		}
	}
	t.Fatalf("nothing to take in %v", l)
	return nil
}

func none(ctx context.Context, t *testing.T, d queue.Driver, l queue.Lane) {
	t.Helper()
	got, err := d.Take(ctx, l, 9)
	must(t, err)
	if len(got) > 0 {
		t.Errorf("taken once more: %v", got)
	}
}

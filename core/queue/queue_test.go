package queue_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/queue"
	"github.com/pratica-crm/pratica/core/tenancy"
)

const every = 5 * time.Millisecond

// emit writes outbox rows of a topic in A.
func emit(t *testing.T, w *coretest.World, topic string, n int) {
	t.Helper()
	must(t, w.DB.Write(context.Background(), w.A.Do("broker", "applications.write"), func(tx *tenancy.Tx) error {
		for range n {
			if err := outbox.Emit(tx, topic, ident.NewApplication(), nil); err != nil {
				return err
			}
		}
		return nil
	}))
}

func pending(t *testing.T, w *coretest.World) string {
	t.Helper()
	n, err := w.Raw(t, "", "select count(*)::text from outbox where published_at is null")
	must(t, err)
	return n
}

// TestRelay: two relays share the outbox, each row is carried, in the order of writing within a relay's batch; one that
// fails is carried again, and a topic that cannot go on holds up no other.
func TestRelay(t *testing.T) {
	w := coretest.New(t)
	emit(t, w, outbox.Changed, 120)
	emit(t, w, outbox.Mail, 1)
	ctx, stop := context.WithTimeout(context.Background(), 30*time.Second)
	defer stop()
	var mu sync.Mutex
	seen := map[string]int{}
	tries := 0
	all := make(chan struct{})
	took := func() {
		if len(seen) == 120 && tries >= 2 {
			select {
			case <-all:
			default:
				close(all)
			}
		}
	}
	carriers := map[string]queue.Carrier{
		outbox.Changed: func(_ context.Context, row queue.Row) error {
			mu.Lock()
			defer mu.Unlock()
			seen[row.ID.String()]++
			took()
			return nil
		},
		outbox.Mail: func(context.Context, queue.Row) error {
			mu.Lock()
			defer mu.Unlock()
			tries++
			took()
			if tries == 1 {
				panic("a row's trouble is not the relay's")
			}
			return nil
		},
	}
	var running sync.WaitGroup
	for range 2 {
		relay := &queue.Relay{Operator: w.Operator, Carriers: carriers, Every: every}
		running.Go(func() { _ = relay.Run(ctx) })
	}
	select {
	case <-all:
	case <-ctx.Done():
		t.Fatalf("carried %d of 120, mail tried %d times", len(seen), tries)
	}
	for pending(t, w) != "0" && ctx.Err() == nil {
		time.Sleep(every)
	}
	stop()
	running.Wait()
	for id, n := range seen {
		if n != 1 {
			t.Errorf("row %s was carried %d times with nothing going wrong", id, n)
		}
	}
}

// TestSweep finds what Redis never had: operations that are due, and timers.
func TestSweep(t *testing.T) {
	w := coretest.New(t)
	due, later := ident.NewOperation(), ident.NewOperation()
	for id, at := range map[ident.OperationID]string{due: "now() - interval '1 second'", later: "now() + interval '1 hour'"} {
		w.Exec(t, `insert into operations (tenant_id, id, connector, method, payload, next_attempt_at, created_at, updated_at)
			values ($1, $2, 'bankportal', 'SubmitApplication', '{}', `+at+`, now(), now())`, w.A.ID, id)
	}
	ctx, stop := context.WithTimeout(context.Background(), 20*time.Second)
	defer stop()
	found := make(chan ident.OperationID, 10)
	s := &queue.Sweep{Operator: w.Operator, Every: every,
		Dispatch: func(_ context.Context, jobs ...queue.Job) error {
			for _, j := range jobs {
				if j.Lane != laneFor(w.A.ID, queue.Background, "bankportal") || j.Version != 1 || j.Weight != 1 {
					t.Errorf("found %+v", j)
				}
				select {
				case found <- j.Operation:
				default:
				}
			}
			return nil
		},
		Fire: func(context.Context, queue.Due) error { return nil }}
	var running sync.WaitGroup
	running.Go(func() { _ = s.Run(ctx) })
	for range 3 {
		select {
		case id := <-found:
			if id != due {
				t.Errorf("found %s, which is not due", id)
			}
		case <-ctx.Done():
			t.Fatal("the due operation was not found")
		}
	}
	stop()
	running.Wait()
}

// TestFairDispatch: while an agency's 5,000 jobs hang, it has its share of the workers and no more, another agency's job starts, and so
// does its own job for which a person waits. No clock decides: what must start, starts while everything else hangs.
func TestFairDispatch(t *testing.T) {
	eachDriver(t, func(t *testing.T, open func(string) queue.Driver) {
		ctx, stop := context.WithTimeout(context.Background(), 30*time.Second)
		defer stop()
		slow, quick := ident.NewAgency(), ident.NewAgency()
		lane := laneFor(slow, queue.Background, "bankportal")
		var hanging, most atomic.Int64
		full, ran, shown, release := make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan struct{})
		d := queue.NewDispatch(open("worker"), queue.Caps{All: 8, Tenant: 4, TenantConnector: 4, Connector: 8, Connection: 8}, every, func(_ context.Context, j queue.Job) error {
			switch {
			case j.Tenant == quick:
				close(ran)
				return nil
			case j.Priority == queue.Screen:
				close(shown)
				panic("a job's trouble is not the worker's")
			}
			if n := hanging.Add(1); n > most.Load() {
				most.Store(n)
				if n == 3 {
					close(full)
				}
			}
			<-release
			hanging.Add(-1)
			return nil
		})
		var serving sync.WaitGroup
		serving.Go(func() { _ = d.Serve(ctx) })
		for range 10 {
			var jobs []queue.Job
			for range 500 {
				jobs = append(jobs, job(lane))
			}
			must(t, d.Add(ctx, jobs...))
		}
		wait(ctx, t, full, "the slow agency's share is not filled")
		must(t, d.Add(ctx, job(laneFor(quick, queue.Background, "bankportal"))))
		wait(ctx, t, ran, "the other agency's job waits behind a bank that hangs")
		must(t, d.Add(ctx, job(laneFor(slow, queue.Screen, "bankportal"))))
		wait(ctx, t, shown, "a person waits behind background jobs that hang")
		stop()
		close(release)
		serving.Wait()
		if most.Load() > 3 {
			t.Errorf("one agency's background had %d of the workers, its share is 3 of 4", most.Load())
		}
	})
}

// TestPersonWaits: an operation for which a person waits runs though nobody looks for hours: writing it wakes the relay, and carrying it the dispatcher.
func TestPersonWaits(t *testing.T) {
	w := coretest.New(t)
	ctx, stop := context.WithTimeout(context.Background(), 20*time.Second)
	defer stop()
	wake, ran := make(chan struct{}, 1), make(chan queue.Job, 1)
	d := queue.NewDispatch(drivers[0].start(t)("worker"), queue.Caps{All: 1, Tenant: 1, TenantConnector: 1, Connector: 1, Connection: 1}, time.Hour, func(_ context.Context, j queue.Job) error {
		ran <- j
		return nil
	})
	idle := make(chan struct{})
	r := &queue.Relay{Operator: w.Operator, Every: time.Hour, Wake: wake, Carriers: map[string]queue.Carrier{outbox.Urgent: queue.Dispatching(d)}}
	var running sync.WaitGroup
	running.Go(func() { _ = d.Serve(ctx) })
	running.Go(func() { _ = r.Run(ctx) })
	running.Go(func() {
		listens := sync.OnceFunc(func() { close(idle) })
		w.Operator.Listen(ctx, outbox.Wake, func() {
			listens()
			select {
			case wake <- struct{}{}:
			default:
			}
		})
	})
	wait(ctx, t, idle, "nobody listens")
	var id ident.OperationID
	must(t, w.DB.Write(ctx, w.A.Do("broker", "submissions.write"), func(tx *tenancy.Tx) (err error) {
		id, err = connectors.Enqueue(tx, connectors.Order{Method: connectors.Submit, Connector: "bankportal"})
		return err
	}))
	select {
	case j := <-ran:
		if j.Operation != id || j.Lane != laneFor(w.A.ID, queue.Screen, "bankportal") || j.Weight != 2 || j.Version != 1 {
			t.Errorf("what ran: %+v", j)
		}
	case <-ctx.Done():
		t.Error("it waits for the next look")
	}
	stop()
	running.Wait()
}

func wait(ctx context.Context, t *testing.T, c <-chan struct{}, complaint string) {
	t.Helper()
	select {
	case <-c:
	case <-ctx.Done():
		t.Fatal(complaint)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

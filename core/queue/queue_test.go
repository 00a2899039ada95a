package queue_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/queue"
	"github.com/pratica-crm/pratica/core/redis"
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
				return errors.New("the mail server is away")
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
		Dispatch: func(_ context.Context, tenant ident.AgencyID, id ident.OperationID, _ int) error {
			if tenant != w.A.ID {
				t.Errorf("of agency %s", tenant)
			}
			select {
			case found <- id:
			default:
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

// TestFairDispatch: an agency whose jobs all hang takes its share of the workers and no more; another agency's job runs.
func TestFairDispatch(t *testing.T) {
	coretest.EachRedis(t, func(t *testing.T, url string) {
		ctx, stop := context.WithTimeout(context.Background(), 30*time.Second)
		defer stop()
		client, err := redis.Open(url)
		must(t, err)
		defer func() { _ = client.Close() }()
		streams := client.Streams("worker")
		slow, quick := ident.NewAgency(), ident.NewAgency()
		for range 200 {
			must(t, streams.Add(ctx, slow, ident.NewOperation(), 0))
		}
		var hanging, most atomic.Int64
		full, ran := make(chan struct{}), make(chan struct{})
		release := make(chan struct{})
		d := &queue.Dispatch{Streams: streams, Workers: 8, Share: 3, Every: every, Run: func(_ context.Context, job redis.Job) error {
			if job.Tenant == quick {
				close(ran)
				return nil
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
		}}
		var serving sync.WaitGroup
		serving.Go(func() { _ = d.Serve(ctx) })
		wait(ctx, t, full, "the slow agency's share is not filled")
		must(t, streams.Add(ctx, quick, ident.NewOperation(), 0))
		wait(ctx, t, ran, "the other agency's job waits behind a bank that hangs")
		stop()
		close(release)
		serving.Wait()
		if most.Load() > 3 {
			t.Errorf("one agency had %d of the workers, its share is 3", most.Load())
		}
	})
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

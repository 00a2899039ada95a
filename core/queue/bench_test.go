package queue_test

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/breakers"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/keys"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/queue"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// asWorker are the caps of `pratica worker`.
var asWorker = queue.Caps{All: 64, Tenant: 16, TenantConnector: 8, Connector: 48, Connection: 4}

// banks are lenders behind the port that connectors are reached by: one whose settings say so hangs until the call's deadline, or until the bench
// lets it go; the others answer after a while. ended hears of each answer.
type banks struct {
	hung  chan struct{}
	takes time.Duration
	began func(connectors.Call)
	ended func(connectors.Call)
}

func (b *banks) Call(ctx context.Context, _, _ string, c connectors.Call, _ json.RawMessage) connectors.Answer {
	b.began(c)
	if string(c.Config) == `{"hangs":true}` {
		select {
		case <-b.hung:
		case <-ctx.Done():
		}
		return connectors.Answer{Verdict: connectors.Failed, Failure: &connectors.Failure{Kind: "timeout", Code: "bank.hangs", SideEffect: "none"}}
	}
	time.Sleep(b.takes)
	b.ended(c)
	return connectors.Answer{Verdict: connectors.Done}
}

func (b *banks) Available(context.Context) ([]connectors.Connector, error) {
	return []connectors.Connector{{Name: "bankportal", Publisher: connectors.BuiltIn}}, nil
}

type took struct{}

func (took) Took(*tenancy.Tx, connectors.Operation, connectors.Answer) (connectors.Then, error) {
	return connectors.AsSettled, nil
}

// worker is a whole worker over a database and a Redis of its own, by the clock on the wall.
type worker struct {
	b     *testing.B
	w     *coretest.World
	db    *tenancy.DB
	links *connectors.Service
	stop  func()
}

func newWorker(b *testing.B, caller connectors.Caller) *worker {
	b.Helper()
	w := coretest.New(b)
	db, err := tenancy.Open(b.Context(), w.URL("pratica_app"), 16, w.Policy, time.Now)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(db.Close)
	keys.Open(db, w.Root, time.Now)
	guard := breakers.New(caller, func(name string, config json.RawMessage) string { return name + string(config) }, breakers.Settings{})
	k := &worker{b: b, w: w, db: db, links: connectors.New(db, guard, nil)}
	k.links.Deliver(connectors.Takers{connectors.Submit: took{}})
	ctx, stop := context.WithCancel(context.Background())
	wake := make(chan struct{}, 1)
	d := queue.NewDispatch(overRedis(b, coretest.StartRedis(b).URL())("worker"), asWorker, 100*time.Millisecond, func(ctx context.Context, j queue.Job) error {
		scope, err := w.Operator.Scope(j.Tenant, j.Operation.String())
		if err != nil {
			return err
		}
		return k.links.Run(ctx, scope, j.Operation)
	})
	nothing := func(context.Context, queue.Row) error { return nil }
	relay := &queue.Relay{Operator: w.Operator, Every: 100 * time.Millisecond, Wake: wake, Carriers: map[string]queue.Carrier{
		outbox.Changed: nothing, outbox.Operation: queue.Dispatching(d), outbox.Urgent: queue.Dispatching(d)}}
	sweep := &queue.Sweep{Operator: w.Operator, Every: time.Second, Dispatch: d.Add, Fire: func(context.Context, queue.Due) error { return nil }}
	var running sync.WaitGroup
	running.Go(func() { _ = d.Serve(ctx) })
	running.Go(func() { _ = relay.Run(ctx) })
	running.Go(func() { _ = sweep.Run(ctx) })
	running.Go(func() {
		w.Operator.Listen(ctx, outbox.Wake, func() {
			select {
			case wake <- struct{}{}:
			default:
			}
		})
	})
	k.stop = func() { stop(); running.Wait() }
	return k
}

func (k *worker) connect(a *coretest.Agency, config string) ident.ConnectionID {
	k.b.Helper()
	c, err := k.links.Connect(k.b.Context(), a.Do("agency_admin", "connectors.write"), connectors.ConnectionInput{Connector: "bankportal", Name: "x", Config: json.RawMessage(config)})
	if err != nil {
		k.b.Fatal(err)
	}
	return c.ID
}

// order enqueues n operations in one transaction, and tells how long the transaction took.
func (k *worker) order(a *coretest.Agency, o connectors.Order, n int) (first ident.OperationID, took time.Duration) {
	k.b.Helper()
	began := time.Now()
	err := k.db.Write(k.b.Context(), a.Do("broker", "submissions.write"), func(tx *tenancy.Tx) error {
		for i := range n {
			id, err := connectors.Enqueue(tx, o)
			if err != nil {
				return err
			}
			if i == 0 {
				first = id
			}
		}
		return nil
	})
	if err != nil {
		k.b.Fatal(err)
	}
	return first, time.Since(began)
}

func percentile(all []time.Duration, part int) float64 {
	slices.Sort(all)
	return float64(all[len(all)*part/100].Microseconds()) / 1000
}

func median(all []float64) float64 {
	slices.Sort(all)
	return all[len(all)/2]
}

// BenchmarkHungBank: B's operations, for which a person waits, one after the other, from the beginning of the transaction that writes each until the bank has
// it: alone, and while A has 5,000 operations queued for a bank that hangs. The start is B's first after A's 5,000 are written.
// Enqueuing is the whole transaction, of A and B, while A's bank hangs. Five rounds in one run, medians; the ratio is each round's own.
func BenchmarkHungBank(b *testing.B) {
	const hanging, each, rounds = 5000, 150, 5
	var mu sync.Mutex
	waits := map[ident.OperationID]chan time.Time{}
	begun := func(c connectors.Call) {
		mu.Lock()
		defer mu.Unlock()
		if w := waits[c.Operation]; w != nil {
			w <- time.Now()
			delete(waits, c.Operation)
		}
	}
	for b.Loop() {
		var alone, beside, ratios, starts, enqueued []float64
		for range rounds {
			mu.Lock()
			seen := map[ident.OperationID]time.Time{} // calls that came before their order was known here
			mu.Unlock()
			bank := &banks{hung: make(chan struct{}), takes: 5 * time.Millisecond, ended: func(connectors.Call) {}}
			bank.began = func(c connectors.Call) {
				mu.Lock()
				if waits[c.Operation] == nil {
					seen[c.Operation] = time.Now()
				}
				mu.Unlock()
				begun(c)
			}
			k := newWorker(b, bank)
			slow, quick := k.connect(k.w.A, `{"hangs":true}`), k.connect(k.w.B, `{"hangs":false}`)
			var writes []time.Duration
			one := func() time.Duration {
				began := time.Now()
				id, took := k.order(k.w.B, connectors.Order{Method: connectors.Submit, Connector: "bankportal", Connection: quick}, 1)
				writes = append(writes, took)
				mu.Lock()
				at, came := seen[id]
				w := make(chan time.Time, 1)
				if !came {
					waits[id] = w
				}
				mu.Unlock()
				if !came {
					at = <-w
				}
				return at.Sub(began)
			}
			measure := func() float64 {
				var all []time.Duration
				for range each {
					all = append(all, one())
				}
				return percentile(all, 95)
			}
			one()
			a := measure()
			writes = nil
			for range hanging / 50 {
				k.order(k.w.A, connectors.Order{Method: connectors.Submit, Connector: "bankportal", Connection: slow, Priority: connectors.Background}, 50)
			}
			_, took := k.order(k.w.A, connectors.Order{Method: connectors.Submit, Connector: "bankportal", Connection: slow}, 1)
			writes = append(writes, took)
			starts = append(starts, one().Seconds()*1000)
			for k.waiting("select count(*)::text from outbox where published_at is null and topic = 'operation'") > 0 {
				time.Sleep(10 * time.Millisecond) // A's are all dispatched: what follows is while they wait and hang
			}
			f := measure()
			alone, beside, ratios = append(alone, a), append(beside, f), append(ratios, f/a)
			enqueued = append(enqueued, percentile(writes, 95))
			b.Logf("B's p95 %.2f ms alone, %.2f ms beside %d of A; started after %.1f ms; enqueue p95 %.2f ms, most %.2f ms", a, f,
				k.waiting("select count(*)::text from operations where state in ('queued', 'running', 'reconciling')"), starts[len(starts)-1], percentile(writes, 95), float64(slices.Max(writes).Microseconds())/1000)
			close(bank.hung)
			k.stop()
		}
		b.ReportMetric(median(starts), "start_ms")
		b.ReportMetric(median(alone), "p95_alone_ms")
		b.ReportMetric(median(beside), "p95_beside_ms")
		b.ReportMetric(median(ratios), "p95_ratio")
		b.ReportMetric(median(enqueued), "enqueue_p95_ms")
		b.ReportMetric(0, "ns/op")
	}
}

func (k *worker) waiting(sql string) int {
	k.b.Helper()
	text, err := k.w.Raw(k.b, "", sql)
	if err != nil {
		k.b.Fatal(err)
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		k.b.Fatal(err)
	}
	return n
}

// BenchmarkDispatch is no-op jobs of 50 agencies, 400 each, that wait in their lanes already: taken by the fair scheduler within a worker's caps, run,
// and forgotten by the driver. Counted are jobs a second from the beginning of Serve until the driver has confirmed the last one; also, on the real
// redis-server, with putting them there.
func BenchmarkDispatch(b *testing.B) {
	const agencies, each = 50, 400
	rate := func(b *testing.B, driver queue.Driver, before bool) {
		for b.Loop() {
			ctx, stop := context.WithCancel(context.Background())
			var ran atomic.Int64
			all := make(chan struct{})
			d := queue.NewDispatch(driver, asWorker, 100*time.Millisecond, func(context.Context, queue.Job) error {
				if ran.Add(1) == agencies*each {
					close(all)
				}
				return nil
			})
			put := func(add func(context.Context, ...queue.Job) error) {
				for range agencies {
					l := laneFor(ident.NewAgency(), queue.Background, "bankportal")
					var jobs []queue.Job
					for range each {
						jobs = append(jobs, job(l))
					}
					if err := add(ctx, jobs...); err != nil {
						b.Fatal(err)
					}
				}
			}
			if before {
				put(driver.Add)
			}
			began := time.Now()
			served := make(chan struct{})
			go func() { _ = d.Serve(ctx); close(served) }()
			if !before {
				put(d.Add)
			}
			<-all
			stop()
			<-served
			b.ReportMetric(agencies*each/time.Since(began).Seconds(), "jobs/s")
			b.ReportMetric(0, "ns/op")
		}
	}
	for _, d := range drivers {
		b.Run(d.name, func(b *testing.B) { rate(b, d.start(b)("worker"), true) })
	}
	b.Run("redis-server with add", func(b *testing.B) { rate(b, drivers[1].start(b)("worker"), false) })
}

// BenchmarkWholePath is operations of both agencies from rows that are committed until their ends are: outbox, relay, lane, dispatch, claim, a
// connector that answers at once, settling and its news, all on PostgreSQL with a commit each.
func BenchmarkWholePath(b *testing.B) {
	const operations = 4000
	for b.Loop() {
		var ended atomic.Int64
		bank := &banks{began: func(connectors.Call) {}, ended: func(connectors.Call) { ended.Add(1) }}
		k := newWorker(b, bank)
		at := map[*coretest.Agency]ident.ConnectionID{k.w.A: k.connect(k.w.A, `{"a":1}`), k.w.B: k.connect(k.w.B, `{"b":1}`)}
		began := time.Now()
		for range operations / 200 {
			for a, c := range at {
				k.order(a, connectors.Order{Method: connectors.Submit, Connector: "bankportal", Connection: c, Priority: connectors.Background}, 100)
			}
		}
		written := time.Since(began)
		for k.waiting("select count(*)::text from operations where state <> 'done'") > 0 {
			time.Sleep(20 * time.Millisecond)
		}
		b.ReportMetric(operations/time.Since(began).Seconds(), "operations/s")
		b.ReportMetric(operations/written.Seconds(), "written/s")
		b.ReportMetric(0, "ns/op")
		k.stop()
	}
}

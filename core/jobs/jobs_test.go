package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/jobs"
	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// yard is a world with jobs of kind "dig" in it.
type yard struct {
	*coretest.World
	t    *testing.T
	jobs *jobs.Service
	dug  []string // labels, in the order in which they were done
	lock sync.Mutex
}

func newYard(t *testing.T) *yard {
	w := coretest.New(t)
	return &yard{World: w, t: t, jobs: jobs.New(w.DB)}
}

func (y *yard) runner(work jobs.Work) *jobs.Runner {
	return &jobs.Runner{DB: y.DB, Operator: y.Operator, Kinds: map[string]jobs.Work{"dig": work}}
}

// dig does a batch, an item a transaction.
func (y *yard) dig(ctx context.Context, s tenancy.Scope, _ jobs.Job, items []jobs.Item) error {
	for _, i := range items {
		mine := false
		if err := y.DB.Write(ctx, s, func(tx *tenancy.Tx) error {
			if err := tx.Load(jobs.LoadTake(&mine, i)); err != nil || !mine {
				return err
			}
			return jobs.Settle(tx, i, jobs.Outcome{State: "done", Notable: strings.HasSuffix(i.Label, "7"),
				Result: map[string]string{"found": i.Label}})
		}); err != nil {
			return err
		}
		if mine {
			y.lock.Lock()
			y.dug = append(y.dug, i.Label)
			y.lock.Unlock()
		}
	}
	return nil
}

func (y *yard) create(a *coretest.Agency, name string, n int) ident.JobID {
	y.t.Helper()
	var id ident.JobID
	must(y.t, y.DB.Write(y.t.Context(), a.Do("agency_admin", "jobs.write"), func(tx *tenancy.Tx) (err error) {
		id, err = jobs.Create(tx, jobs.Spec{Kind: "dig", Request: name, About: map[string]string{"name": name}})
		jobs.Fill(tx, id, `select 'application', gen_random_uuid(), $1 || n from generate_series(1, $2::int) n`, name, n)
		return err
	}))
	return id
}

func (y *yard) get(a *coretest.Agency, id ident.JobID) jobs.Job {
	y.t.Helper()
	j, err := y.jobs.Get(y.t.Context(), a.Do("agency_admin", "jobs.read"), id)
	must(y.t, err)
	return j
}

func all(t *testing.T, r *jobs.Runner) {
	t.Helper()
	for worked := true; worked; {
		var err error
		worked, err = r.Once(t.Context())
		must(t, err)
	}
}

// TestJobsTakeTurns: a batch each, over all agencies, so that a long job holds up no other.
func TestJobsTakeTurns(t *testing.T) {
	y := newYard(t)
	long, short := y.create(y.A, "a", 250), y.create(y.B, "b", 120)
	all(t, y.runner(y.dig))
	var turns []string
	for _, label := range y.dug {
		if n := len(turns); n == 0 || turns[n-1] != label[:1] {
			turns = append(turns, label[:1])
		}
	}
	if !slices.Equal(turns, []string{"a", "b", "a", "b", "a"}) || len(y.dug) != 370 {
		t.Errorf("%d items, turns %v", len(y.dug), turns)
	}
	if j := y.get(y.A, long); j.State != "done" || j.Total != 250 || j.Done != 250 || j.Notable != 25 || j.Percent != 100 || j.FinishedAt == nil {
		t.Errorf("%+v", j)
	}
	if j := y.get(y.B, short); j.State != "done" || j.Done != 120 {
		t.Errorf("%+v", j)
	}
	_, err := y.jobs.Get(t.Context(), y.B.Do("agency_admin", "jobs.read"), long)
	if fault.As(err).Code != "job.not_found" {
		t.Errorf("B sees A's job: %v", err)
	}
	_, err = y.jobs.Get(t.Context(), y.A.Do("broker", "jobs.read"), long)
	if !fault.Is(err, fault.Forbidden) {
		t.Errorf("a broker sees jobs: %v", err)
	}
}

// TestItemsArePaged: in their order, narrowed to what somebody should look at.
func TestItemsArePaged(t *testing.T) {
	y := newYard(t)
	id := y.create(y.A, "a", 30)
	all(t, y.runner(y.dig))
	scope, seen, cursor := y.A.Do("agency_admin", "jobs.read"), []int{}, ""
	for {
		p, err := y.jobs.Items(t.Context(), scope, id, jobs.ItemFilter{Query: page.Query{Limit: 12, Cursor: cursor}})
		must(t, err)
		for _, i := range p.Items {
			seen = append(seen, i.Number)
			if !strings.HasPrefix(i.Ref, "app_") || string(i.Result) != fmt.Sprintf(`{"found": "a%d"}`, i.Number) {
				t.Errorf("%+v %s", i, i.Result)
			}
		}
		if p.NextCursor == nil {
			break
		}
		cursor = *p.NextCursor
	}
	if len(seen) != 30 || !slices.IsSorted(seen) {
		t.Errorf("%v", seen)
	}
	p, err := y.jobs.Items(t.Context(), scope, id, jobs.ItemFilter{Notable: true, State: "done"})
	must(t, err)
	if len(p.Items) != 3 {
		t.Errorf("%+v", p.Items)
	}
}

// TestTwoWorkersShare: each item is done once, however many workers there are.
func TestTwoWorkersShare(t *testing.T) {
	y := newYard(t)
	y.create(y.A, "a", 300)
	y.create(y.A, "b", 300)
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			r := y.runner(y.dig)
			r.Lease = 1 // it has run out at once: they work on the same batches
			for range 12 {
				if _, err := r.Once(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	workers.Wait()
	all(t, y.runner(y.dig))
	slices.Sort(y.dug)
	if n := len(slices.Compact(slices.Clone(y.dug))); n != 600 || len(y.dug) != 600 {
		t.Errorf("%d items done %d times", n, len(y.dug))
	}
}

// TestFailingJobEnds: a batch that fails is put off; after eight in a row the job has failed and says why.
func TestFailingJobEnds(t *testing.T) {
	y := newYard(t)
	id := y.create(y.A, "a", 3)
	r := y.runner(func(context.Context, tenancy.Scope, jobs.Job, []jobs.Item) error {
		return fault.Wrap(errors.New("secret"), fault.Unavailable, "ground.frozen", "The ground is frozen.")
	})
	for n := range 8 {
		if _, err := r.Once(t.Context()); fault.As(err).Code != "ground.frozen" {
			t.Fatalf("try %d: %v", n, err)
		}
		if worked, err := r.Once(t.Context()); worked || err != nil {
			t.Errorf("it was not put off: %v", err)
		}
		y.Exec(t, `update jobs set lease_until = now() - interval '1 second' where state = 'running'`)
	}
	if j := y.get(y.A, id); j.State != "failed" || j.Problem == nil || *j.Problem != "The ground is frozen." || j.Done != 0 {
		t.Errorf("%+v", j)
	}
	if worked, err := y.runner(y.dig).Once(t.Context()); worked || err != nil {
		t.Errorf("it goes on: %v", err)
	}
}

// TestFailingItemsHoldUpNoOther: an item that fails or panics, alone as in its batch, has failed, with what may be shown of the reason.
func TestFailingItemsHoldUpNoOther(t *testing.T) {
	y := newYard(t)
	id := y.create(y.A, "a", 250)
	all(t, y.runner(func(ctx context.Context, s tenancy.Scope, j jobs.Job, items []jobs.Item) error {
		for _, i := range items {
			switch i.Label {
			case "a3":
				return errors.New("secret")
			case "a5":
				panic("secret")
			case "a120":
				return fault.New(fault.Refused, "ground.hard", "The ground is hard.")
			}
			if err := y.dig(ctx, s, j, []jobs.Item{i}); err != nil {
				return err
			}
		}
		return nil
	}))
	if j := y.get(y.A, id); j.State != "done" || j.Done != 247 || j.Failed != 3 || j.Problem != nil {
		t.Errorf("%+v", j)
	}
	if len(y.dug) != 247 {
		t.Errorf("%d items were done", len(y.dug))
	}
	p, err := y.jobs.Items(t.Context(), y.A.Do("agency_admin", "jobs.read"), id, jobs.ItemFilter{State: "failed"})
	must(t, err)
	said := ""
	for _, i := range p.Items {
		said += fmt.Sprintf("%s %d %v %s\n", i.Label, i.Attempts, i.Notable, i.Result)
	}
	if said != `a3 1 true {"problem": "Something went wrong on our side."}
a5 1 true {"problem": "Something went wrong on our side; it is in our log."}
a120 1 true {"problem": "The ground is hard."}
` {
		t.Error(said)
	}
}

// TestLostLease: a worker whose job another one has taken meanwhile ends nothing and gives nothing back.
func TestLostLease(t *testing.T) {
	for name, ends := range map[string]error{"it comes to its end": nil, "it fails": fault.New(fault.Unavailable, "ground.frozen", "The ground is frozen.")} {
		t.Run(name, func(t *testing.T) {
			y := newYard(t)
			id := y.create(y.A, "a", 3)
			late := y.runner(func(context.Context, tenancy.Scope, jobs.Job, []jobs.Item) error {
				y.Exec(t, `update jobs set turn_at = now(), lease_until = now() + interval '1 hour'`) // as the next worker takes it
				return ends
			})
			if _, err := late.Once(t.Context()); !errors.Is(err, ends) {
				t.Error(err)
			}
			held, err := y.Raw(t, "", `select (lease_until > now() and failures = 0 and state = 'running')::text from jobs`)
			must(t, err)
			if held != "true" {
				t.Errorf("the lease of another worker was given back: %+v", y.get(y.A, id))
			}
		})
	}
}

// TestForeignKindsWait: a worker takes no job that it does not know.
func TestForeignKindsWait(t *testing.T) {
	y := newYard(t)
	id := y.create(y.A, "a", 3)
	r := &jobs.Runner{DB: y.DB, Operator: y.Operator, Kinds: map[string]jobs.Work{"fly": y.dig}}
	if worked, err := r.Once(t.Context()); worked || err != nil {
		t.Errorf("%v %v", worked, err)
	}
	if j := y.get(y.A, id); j.State != "queued" || j.Estimate != nil || j.Percent != 0 {
		t.Errorf("%+v", j)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

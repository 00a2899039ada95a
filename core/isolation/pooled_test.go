package isolation_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun"

	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/isolation"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// TestPooled: whatever an agency's request leaves behind on a connection, the next one on it is the other agency's alone: on a pool of
// one, and through pgbouncer in transaction mode whose pool is one, where two agencies share that one server connection at once.
func TestPooled(t *testing.T) {
	w := coretest.New(t)
	defer func() { ran++ }()
	for name, url := range map[string]string{"a pool of one": w.URL("pratica_app"), "pgbouncer": bouncer(t, w)} {
		t.Run(name, func(t *testing.T) {
			db, err := tenancy.Open(t.Context(), url, 1, w.Policy, w.Clock.Now)
			must(t, err)
			t.Cleanup(db.Close)
			h := &house{t: t, World: w, db: db, own: map[*coretest.Agency][]string{}}
			for _, a := range []*coretest.Agency{w.A, w.B, w.A} {
				must(t, h.adds(a))
			}
			for what, spoil := range h.spoilers() {
				spoil()
				for _, a := range []*coretest.Agency{w.B, w.A} {
					if err := h.settled(a); err != nil {
						t.Errorf("after %s: %v", what, err)
					}
				}
				report.Add(isolation.Pair{Kind: "connection", Object: name, Through: "B, then A", Tried: "after " + what + " of A", Other: "its own rows, no other", Owner: "its own rows, all of them"})
			}
			report.Note("pooled connections, "+name, "after a request that was cancelled, timed out, panicked, failed, refused or left a session setting behind, the next agency on the connection saw its own rows and no other")
			h.together(name == "pgbouncer")
			h.broken(name)
			if name == "pgbouncer" {
				h.dirty(url)
			}
		})
	}
}

// house is two agencies at one database's door, and the rows each knows it has.
type house struct {
	*coretest.World
	t   *testing.T
	db  *tenancy.DB
	mu  sync.Mutex
	own map[*coretest.Agency][]string
}

func (h *house) do(a *coretest.Agency, write func(*tenancy.Tx) error) error {
	return h.db.Write(h.t.Context(), a.Do("broker", "properties.write"), write)
}

func property(tx *tenancy.Tx, id ident.PropertyID) {
	tx.Exec(`insert into properties (tenant_id, id, address_line, street, city, province, postal_code, created_at, updated_at)
		values ($1, $2, 'Via Roma 1, Bari', 'Via Roma 1', 'Bari', 'BA', '70121', $3, $3)`, tx.Scope().Tenant(), id, tx.Now())
}

// adds writes a row of the agency and remembers it once the door has said that it is there.
func (h *house) adds(a *coretest.Agency) error {
	id := ident.NewProperty()
	err := h.do(a, func(tx *tenancy.Tx) error { property(tx, id); return nil })
	if err == nil {
		h.mu.Lock()
		h.own[a] = append(h.own[a], id.UUID.String())
		h.mu.Unlock()
	}
	return err
}

// sees reads in each of the door's ways; every row must be the agency's, and all it was told are there must be.
func (h *house) sees(a *coretest.Agency) error {
	type owned struct {
		bun.BaseModel `bun:"table:properties"`
		TenantID      string
		ID            string
	}
	h.mu.Lock()
	known := slices.Clone(h.own[a])
	h.mu.Unlock()
	scope := a.Do("broker", "properties.read")
	var loaded, read, listed []owned
	take := func(to *[]owned) tenancy.Load {
		return tenancy.Scan(`select tenant_id::text, id::text from properties`, nil, func(rows pgx.Rows) error {
			var o owned
			err := rows.Scan(&o.TenantID, &o.ID)
			*to = append(*to, o)
			return err
		})
	}
	err := errors.Join(
		h.db.Load(h.t.Context(), scope, take(&loaded)),
		h.db.Read(h.t.Context(), scope, func(tx *tenancy.Tx) error { read = nil; return tx.Load(take(&read)) }),
		h.db.List(h.t.Context(), scope, &listed, func(q *bun.SelectQuery) *bun.SelectQuery { return q }))
	if err != nil {
		return err
	}
	for way, rows := range map[string][]owned{"loading": loaded, "reading": read, "listing": listed} {
		for _, id := range known {
			if !slices.ContainsFunc(rows, func(o owned) bool { return o.ID == id }) {
				return crossed{fmt.Sprintf("%s: a row of its own is missing among %d", way, len(rows))}
			}
		}
		for _, o := range rows {
			if o.TenantID != a.ID.UUID.String() {
				return crossed{fmt.Sprintf("%s: a row of %s", way, o.TenantID)}
			}
		}
	}
	return nil
}

// settled is sees, once the connections that the last reset has broken are gone.
func (h *house) settled(a *coretest.Agency) (err error) {
	for range 4 {
		var c crossed
		if err = h.sees(a); err == nil || errors.As(err, &c) {
			return err
		}
	}
	return err
}

// crossed is what must never be: everything else is a connection that was lost.
type crossed struct{ what string }

func (c crossed) Error() string { return "crossed: " + c.what }

// spoilers are requests of A that end badly.
func (h *house) spoilers() map[string]func() {
	boom := errors.New("boom")
	run := func(ctx context.Context, fn func(*tenancy.Tx) error) {
		if err := h.db.Write(ctx, h.A.Do("broker", "properties.write"), func(tx *tenancy.Tx) error {
			property(tx, ident.NewProperty())
			if err := tx.Load(); err != nil {
				return err
			}
			return fn(tx)
		}); err == nil {
			h.t.Error("a request that was to end badly ended well")
		}
	}
	sleeps := func(tx *tenancy.Tx) error {
		return tx.Load(tenancy.Value(new(string), "select pg_sleep(600)::text"))
	}
	return map[string]func(){
		"a failed request":   func() { run(h.t.Context(), func(*tenancy.Tx) error { return boom }) },
		"a failed statement": func() { run(h.t.Context(), func(tx *tenancy.Tx) error { tx.Exec("select 1/0"); return nil }) },
		"a failed read": func() {
			run(h.t.Context(), func(tx *tenancy.Tx) error { return tx.Load(tenancy.Value(new(int), "select 1/0")) })
		},
		"a statement that times out": func() {
			run(h.t.Context(), func(tx *tenancy.Tx) error { tx.Exec("set local statement_timeout = 1"); return sleeps(tx) })
		},
		"a request past its deadline": func() {
			ctx, cancel := context.WithTimeout(h.t.Context(), 20*time.Millisecond)
			defer cancel()
			run(ctx, sleeps)
		},
		"a cancelled request": func() {
			ctx, cancel := context.WithCancel(h.t.Context())
			run(ctx, func(tx *tenancy.Tx) error { cancel(); return sleeps(tx) })
		},
		"a request whose caller hangs up": func() {
			ctx, cancel := context.WithCancel(h.t.Context())
			defer cancel()
			go func() { // cancels when the server is at it
				for h.t.Context().Err() == nil {
					n, err := h.Raw(h.t, "", `select count(*)::text from pg_stat_activity where query like 'select pg_sleep(600)%' and state = 'active' and datname = current_database()`)
					if err != nil || n != "0" {
						cancel()
						return
					}
				}
			}()
			run(ctx, sleeps)
		},
		"a request that panics": func() {
			defer func() { _ = recover() }()
			run(h.t.Context(), func(*tenancy.Tx) error { panic(boom) })
		},
		"a refused request": func() {
			if err := h.db.Write(h.t.Context(), h.A.Do("read_only", "properties.write"), func(tx *tenancy.Tx) error { property(tx, ident.NewProperty()); return nil }); !fault.Is(err, fault.Forbidden) {
				h.t.Errorf("a role without the permission got %v", err)
			}
		},
		"a setting left on the session": func() {
			must(h.t, h.do(h.A, func(tx *tenancy.Tx) error {
				return tx.Load(tenancy.Value(new(string), "select set_config('app.tenant_id', $1, false) || set_config('app.sight', 'all', false) || set_config('app.actor', 'system', false)", h.A.ID.UUID.String()))
			}))
		},
		"a connection killed by the server": func() {
			run(h.t.Context(), func(tx *tenancy.Tx) error { h.kill(); return tx.Load() })
		},
	}
}

// kill ends every connection of the application.
func (h *house) kill() {
	h.Exec(h.t, `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'pratica_app' and datname = current_database()`)
}

// dirty shows that the danger is real, and that the door does not depend on its absence: what one client of pgbouncer sets for its
// session another one finds; an agency's transaction on that connection sees its own rows all the same.
func (h *house) dirty(url string) {
	one, other := connect(h.t, url), connect(h.t, url)
	_, err := one.Exec(h.t.Context(), "set app.tenant_id = '"+h.A.ID.UUID.String()+"'; set app.sight = 'all'")
	must(h.t, err)
	if n := rowsOf[int](h.t, other, "select count(*)::int from properties")[0]; n == 0 {
		h.t.Error("the connection was not shared: nothing was proved by it")
	}
	if err := h.settled(h.B); err != nil {
		h.t.Errorf("on a connection with another agency's setting: %v", err)
	}
}

// broken shows that these questions can fail: rows that go by something which outlives the request, and rows that everybody sees.
func (h *house) broken(name string) {
	const sound = `tenant_id = nullif((select current_setting('app.tenant_id', true)), '')::uuid`
	for what, using := range map[string]string{
		"rows go by a setting of the connection": `tenant_id = coalesce(nullif(current_setting('app.left', true), ''), nullif(current_setting('app.tenant_id', true), ''))::uuid`,
		"rows are seen by all":                   `true`,
	} {
		h.Exec(h.t, `alter policy tenant on properties using (`+using+`)`)
		_ = h.settled(h.A) // on a connection that is alive
		must(h.t, h.do(h.A, func(tx *tenancy.Tx) error {
			return tx.Load(tenancy.Value(new(string), "select set_config('app.left', $1, false)", h.A.ID.UUID.String()))
		}))
		var c crossed
		if err := h.settled(h.B); !errors.As(err, &c) {
			h.t.Errorf("%s: went unnoticed: %v", what, err)
			continue
		}
		report.Broke("pooled connection: " + what + ", " + name)
	}
	h.Exec(h.t, `alter policy tenant on properties using (`+sound+`)`)
	h.kill() // and what was left on it
	if err := h.settled(h.B); err != nil {
		h.t.Errorf("with the policy as it was: %v", err)
	}
}

// together lets both agencies work at once while connections are reset under them.
func (h *house) together(through bool) {
	const each, every = 60, 15
	var done, lost atomic.Int64
	var wg sync.WaitGroup
	for _, me := range []*coretest.Agency{h.A, h.B} {
		wg.Go(func() {
			for n := range each {
				act := func() error { return h.sees(me) }
				switch n % 4 {
				case 0:
					act = func() error { return h.adds(me) }
				case 1:
					act = func() error {
						err := h.do(me, func(tx *tenancy.Tx) error { property(tx, ident.NewProperty()); tx.Exec("select 1/0"); return nil })
						if err == nil {
							return crossed{"a failed write was taken"}
						}
						return nil
					}
				}
				err := act()
				var c crossed
				switch {
				case errors.As(err, &c):
					h.t.Error(err)
				case err != nil:
					lost.Add(1)
				}
				if done.Add(1)%every == 0 {
					h.kill()
				}
			}
		})
	}
	wg.Wait()
	for _, me := range []*coretest.Agency{h.A, h.B} {
		if err := h.settled(me); err != nil {
			h.t.Errorf("at the end: %v", err)
		}
		if len(h.own[me]) < 5 {
			h.t.Errorf("only %d writes went through", len(h.own[me]))
		}
	}
	h.t.Logf("%d requests of two agencies, %d of them cut off by %d resets", done.Load(), lost.Load(), done.Load()/every)
	report.Count("pooled connection", int(done.Load()))
	if through {
		report.Note("two agencies at once over one server connection", fmt.Sprintf("%d requests, %d resets of the connection, nothing crossed", done.Load(), done.Load()/every))
	}
}

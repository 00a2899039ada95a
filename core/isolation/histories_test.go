package isolation_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/search"
	"github.com/pratica-crm/pratica/core/subjects"
)

// truth is what an agency should see: a pure model, in which agencies have nothing to do with each other.
type truth struct {
	people map[ident.SubjectID]string
	files  map[ident.ApplicationID]*file
}

type file struct {
	parties map[ident.SubjectID]bool
	notes   int
}

// history is two agencies at work, step by step, against the model of each.
type history struct {
	*office.Office
	search *search.Service
	ctx    context.Context
	admin  *pgx.Conn
	empty  string // the statement that takes away what a history made
	truth  [2]*truth
	steps  int
}

func (h *history) agency(n int) *coretest.Agency { return []*coretest.Agency{h.A, h.B}[n] }

// begin empties the tables, so that a history says all there is and can be shrunk.
func (h *history) begin(t testing.TB) {
	_, err := h.admin.Exec(h.ctx, h.empty)
	must(t, err)
	h.truth = [2]*truth{}
	for n := range h.truth {
		h.truth[n] = &truth{people: map[ident.SubjectID]string{}, files: map[ident.ApplicationID]*file{}}
	}
	h.steps = 0
}

// run is the property: after every step each agency sees what its model says, and nothing else.
func (h *history) run(base testing.TB) func(*rapid.T) {
	return func(t *rapid.T) {
		h.begin(base)
		t.Repeat(map[string]func(*rapid.T){
			"person":                  h.enters,
			"rename":                  h.renames,
			"forget":                  h.forgets,
			"file":                    h.opens,
			"party":                   h.adds,
			"note":                    h.notes,
			"reach over for a person": h.reaches,
			"reach over for a file":   h.reachesFile,
			"":                        h.compare,
		})
	}
}

// surnamesOf names people without their ids: rapid shrinks only while a failure says the same.
func surnamesOf(people map[ident.SubjectID]string) []string {
	return slices.Sorted(maps.Values(people))
}

// compare holds what each agency sees against what it should.
func (h *history) compare(t *rapid.T) {
	for n, want := range h.truth {
		me := h.agency(n)
		people, err := h.Subjects.List(h.ctx, me.Do("broker", "subjects.read"), subjects.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		got := map[ident.SubjectID]string{}
		for _, s := range people.Items {
			got[s.ID] = s.LastName
		}
		if !maps.Equal(got, want.people) {
			t.Fatalf("agency %d lists the people %v, should see %v", n, surnamesOf(got), surnamesOf(want.people))
		}
		files, err := h.Applications.List(h.ctx, me.Do("broker", "applications.read"), applications.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		if len(files.Items) != len(want.files) {
			t.Fatalf("agency %d lists %d files, should see %d", n, len(files.Items), len(want.files))
		}
		for _, card := range files.Items {
			f := want.files[card.ID]
			if f == nil {
				t.Fatalf("agency %d lists a file that is not its own", n)
			}
			notes, err := h.Applications.Notes(h.ctx, me.Do("broker", "applications.read"), card.ID)
			if err != nil || len(notes) != f.notes {
				t.Fatalf("agency %d reads %d notes (%v), should see %d", n, len(notes), err, f.notes)
			}
			read, err := h.Applications.Get(h.ctx, me.Do("broker", "applications.read"), card.ID)
			if err != nil || len(read.Parties) != len(f.parties) {
				t.Fatalf("agency %d reads %d parties (%v), should see %d", n, len(read.Parties), err, len(f.parties))
			}
		}
		named := 0
		for _, name := range want.people {
			if name == "Rossi" {
				named++
			}
		}
		hits, err := h.search.Find(h.ctx, me.Do("broker", "search.read"), "Rossi")
		found := 0
		for _, hit := range hits {
			if id, err := ident.ParseApplication(hit.ID); err == nil && want.files[id] != nil {
				continue // its title has the name in it
			}
			found++
		}
		if err != nil || found != min(named, 8) {
			t.Fatalf("agency %d finds %d of that name (%v), should find %d", n, found, err, min(named, 8))
		}
	}
}

// TestHistories lets two agencies work in random order against the model of each; then with row security broken the same property
// must fail, and shrink to a history that a person can read.
func TestHistories(t *testing.T) {
	o := office.New(t)
	h := &history{Office: o, search: search.New(o.DB), ctx: t.Context(), admin: connect(t, o.AdminURL())}
	made := rowsOf[string](t, h.admin, `with recursive on_them(oid) as (
		select unnest(array['subjects', 'applications', 'properties', 'instances', 'outbox', 'audit_entries']::regclass[])::oid
		union select conrelid from pg_constraint, on_them where contype = 'f' and confrelid = on_them.oid) select oid::regclass::text from on_them`)
	h.empty = "set session_replication_role = replica; delete from " + strings.Join(made, "; delete from ")
	checks := 20
	if whole {
		checks = 60
	}
	must(t, flag.Set("rapid.checks", fmt.Sprint(checks)))
	must(t, flag.Set("rapid.steps", "25"))
	rapid.Check(t, h.run(t))

	must(t, flag.Set("rapid.nofailfile", "true"))
	broken, shrink := [][]string{{"applications", "instances"}}, "2s" // a file is listed with its machine: one closed table hides it
	if whole {
		broken, shrink = append(broken, []string{"subjects"}), "20s" // whose facts are sealed: they do not open for another
	}
	must(t, flag.Set("rapid.checks", "400"))
	must(t, flag.Set("rapid.steps", "4")) // short ones shrink soon
	must(t, flag.Set("rapid.shrinktime", shrink))
	for _, tables := range broken {
		broken := strings.Join(tables, " and ") + " with USING (true)"
		for _, table := range tables {
			h.Exec(t, "alter policy tenant on "+table+" using (true)")
		}
		said := fails(t, h.run(t))
		for _, table := range tables {
			h.Exec(t, "alter policy tenant on "+table+" using (tenant_id = nullif((select current_setting('app.tenant_id', true)), '')::uuid)")
		}
		if said == "" {
			t.Errorf("%s: no history noticed", broken)
			continue
		}
		if h.steps > 4 {
			t.Errorf("%s: shrunk to %d steps only", broken, h.steps)
		}
		t.Logf("%s: found, in %d steps: %s", broken, h.steps, said)
		report.Broke("policy with USING (true), under random histories: " + broken)
	}
	ran++
	report.Count("histories against a model", checks)
	report.Note("random histories", fmt.Sprintf("%d histories of two agencies working in turn; after each step each saw in lists, reads and searches what a model of it alone says, and every reach for the other's was answered as if nothing were there", checks))
}

// fails runs a property that is expected to fail and gives what it said last, of the shrunk history; "" when it held.
func fails(t *testing.T, property func(*rapid.T)) string {
	q := &quiet{T: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		rapid.Check(q, property)
	}()
	<-done
	if !q.failed {
		return ""
	}
	return q.last
}

// quiet takes a failure without failing the test.
type quiet struct {
	*testing.T
	failed bool
	last   string
}

func (q *quiet) Errorf(format string, args ...any) {
	q.failed, q.last = true, fmt.Sprintf(format, args...)
}
func (q *quiet) Error(args ...any)                 { q.failed, q.last = true, fmt.Sprint(args...) }
func (q *quiet) Fail()                             { q.failed = true }
func (q *quiet) Failed() bool                      { return q.failed }
func (q *quiet) FailNow()                          { q.failed = true; runtime.Goexit() }
func (q *quiet) Fatalf(format string, args ...any) { q.Errorf(format, args...); q.FailNow() }
func (q *quiet) Fatal(args ...any)                 { q.Error(args...); q.FailNow() }
func (q *quiet) Logf(string, ...any)               {}
func (q *quiet) Log(...any)                        {}

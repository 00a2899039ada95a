package isolation_test

import (
	"context"
	"encoding/json"
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
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/page"
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

// draw takes one of the model's ids, or skips the step when there is none.
func draw[K comparable, V any](t *rapid.T, from map[K]V, what string, order func(K) string) K {
	if len(from) == 0 {
		t.Skip("there is none")
	}
	keys := slices.SortedFunc(maps.Keys(from), func(a, b K) int { return strings.Compare(order(a), order(b)) })
	return keys[rapid.IntRange(0, len(keys)-1).Draw(t, what)]
}

func person(t *rapid.T, from *truth) ident.SubjectID {
	return draw(t, from.people, "person", ident.SubjectID.String)
}

func opened(t *rapid.T, from *truth) ident.ApplicationID {
	return draw(t, from.files, "file", ident.ApplicationID.String)
}

func who(t *rapid.T) int { return rapid.IntRange(0, 1).Draw(t, "agency") }

func (h *history) fine(t *rapid.T, err error) {
	if err != nil {
		t.Fatalf("what its own agency may do failed: %v", err)
	}
	h.steps++
}

// surnames are few, so that both agencies use the same.
var surnames = rapid.SampledFrom([]string{"Rossi", "Bianchi", "Verdi"})

func (h *history) enters(t *rapid.T) {
	n, name := who(t), surnames.Draw(t, "name")
	s, err := h.Subjects.Create(h.ctx, h.agency(n).Do("broker", "subjects.write"), subjects.Data{Kind: "natural", FirstName: "Ada", LastName: name, Citizenship: "IT"})
	h.fine(t, err)
	h.truth[n].people[s.ID] = name
}

func (h *history) renames(t *rapid.T) {
	n, name := who(t), surnames.Draw(t, "name")
	id := person(t, h.truth[n])
	h.fine(t, h.rename(n, id, name))
	h.truth[n].people[id] = name
}

func (h *history) rename(n int, id ident.SubjectID, name string) error {
	scope := h.agency(n).Do("broker", "subjects.write")
	read, err := h.Subjects.Get(h.ctx, h.agency(n).Do("broker", "subjects.read"), id)
	if err != nil {
		read.Version = 1 // another's: let the change itself be refused
	}
	raw, _ := json.Marshal(name)
	_, err = h.Subjects.Change(h.ctx, scope, id, read.Version, map[string]json.RawMessage{"last_name": raw})
	return err
}

func (h *history) forgets(t *rapid.T) {
	n := who(t)
	id := person(t, h.truth[n])
	for _, f := range h.truth[n].files {
		if f.parties[id] {
			t.Skip("takes part in a file")
		}
	}
	read, err := h.Subjects.Get(h.ctx, h.agency(n).Do("broker", "subjects.read"), id)
	h.fine(t, err)
	h.fine(t, h.Subjects.Delete(h.ctx, h.agency(n).Do("broker", "subjects.delete"), id, read.Version))
	delete(h.truth[n].people, id)
}

func (h *history) opens(t *rapid.T) {
	n := who(t)
	a, err := h.Applications.Create(h.ctx, h.agency(n).Do("broker", "applications.write"), applications.Input{Purpose: "first_home", ProductKind: "mortgage",
		RateKind: "fixed", AmountCents: 100_000_00, TermMonths: 240, NominalRateBPS: 350, PlannedSubmission: office.Planned})
	h.fine(t, err)
	h.truth[n].files[a.ID] = &file{parties: map[ident.SubjectID]bool{}}
}

func (h *history) adds(t *rapid.T) {
	n := who(t)
	app, id := opened(t, h.truth[n]), person(t, h.truth[n])
	if f := h.truth[n].files[app]; f.parties[id] || len(f.parties) == 3 {
		t.Skip("is there already")
	}
	_, err := h.Applications.AddParty(h.ctx, h.agency(n).Do("broker", "applications.write"), app, 0, applications.Party{SubjectID: id, RoleType: "guarantor"})
	h.fine(t, err)
	h.truth[n].files[app].parties[id] = true
}

func (h *history) notes(t *rapid.T) {
	n := who(t)
	app := opened(t, h.truth[n])
	_, err := h.Applications.AddNote(h.ctx, h.agency(n).Do("broker", "applications.write"), app, "Nota")
	h.fine(t, err)
	h.truth[n].files[app].notes++
}

// reaches lets one agency try what it can with an id of the other: each must be refused as if nothing were there.
func (h *history) reaches(t *rapid.T) {
	n := who(t)
	me, other := h.agency(n), h.truth[1-n]
	id := person(t, other)
	tries := map[string]error{"rename": h.rename(n, id, "Preso"), "delete": h.Subjects.Delete(h.ctx, me.Do("broker", "subjects.delete"), id, 1)}
	if len(h.truth[n].files) > 0 {
		_, tries["take into a file"] = h.Applications.AddParty(h.ctx, me.Do("broker", "applications.write"), opened(t, h.truth[n]), 0, applications.Party{SubjectID: id, RoleType: "guarantor"})
	}
	h.nothing(t, tries)
}

func (h *history) reachesFile(t *rapid.T) {
	n := who(t)
	me, app := h.agency(n), opened(t, h.truth[1-n])
	tries := map[string]error{}
	_, tries["note on a file"] = h.Applications.AddNote(h.ctx, me.Do("broker", "applications.write"), app, "Nota")
	_, tries["read a file"] = h.Applications.Get(h.ctx, me.Do("broker", "applications.read"), app)
	_, tries["history of a file"] = h.Applications.History(h.ctx, me.Do("broker", "applications.read"), app, page.Query{})
	h.nothing(t, tries)
}

func (h *history) nothing(t *rapid.T, tries map[string]error) {
	for _, what := range slices.Sorted(maps.Keys(tries)) {
		if err := tries[what]; !fault.Is(err, fault.NotFound) {
			t.Fatalf("%s of another agency: %v", what, err)
		}
	}
	h.steps++
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
	broken := [][]string{{"subjects"}}
	if whole {
		broken = append(broken, []string{"applications", "instances"}) // a file is listed with its machine: one closed table hides it
	}
	must(t, flag.Set("rapid.checks", "200"))
	must(t, flag.Set("rapid.steps", "8")) // short ones shrink soon
	must(t, flag.Set("rapid.shrinktime", "1m"))
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

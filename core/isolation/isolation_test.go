package isolation_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/isolation"
)

// report gathers what the tests of this package tried; it is written when all have passed.
var report isolation.Report

// ran counts the tests that came to their end: only the whole package makes a report.
var ran int

// whole asks for every mutant and more seeds: `make isolation`. `make test` runs the short form.
var whole = os.Getenv("ISOLATION") == "whole"

func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 && ran == 3 {
		line, err := report.Save(filepath.Join("..", "..", "bin"), "database")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
		fmt.Println(line)
	}
	os.Exit(code)
}

// connect opens one connection that plans every statement anew: the schema changes under it.
func connect(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	must(t, err)
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	conn, err := pgx.ConnectConfig(context.Background(), config)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// TestDatabase asks every table, view, key, foreign key, function and sequence through every role that connects, as an owner and as
// another; then every guard is broken in turn and the same questions must find it.
func TestDatabase(t *testing.T) {
	w := coretest.New(t)
	admin := connect(t, w.AdminURL())
	c := readCatalogue(t, admin)
	for _, gap := range c.uncovered(t, admin) {
		t.Error(gap)
	}
	for _, use := range unshared(t) {
		t.Errorf("%s is shared by all agencies", use)
	}
	seals := sealed(t, w) // while the agencies' keys are their own
	p := populate(t, w, admin, c)
	logged := map[string]session{}
	for _, role := range c.logins {
		logged[role] = session{t: t, conn: connect(t, w.URL(role))}
	}
	inner := session{t: t, conn: admin, inner: true}
	asked := 0
	check := func(kind string, found ...finding) {
		for _, f := range found {
			asked++
			if f.Wrong != "" {
				t.Errorf("%s, %s, %s: %s", f.Object, f.Role, f.Verb, f.Wrong)
			}
			report.Add(isolation.Pair{Kind: kind, Object: f.Object, Through: f.Role, Tried: f.Verb, Other: f.Theirs, Owner: f.Ours})
		}
	}
	for _, c := range c.cells {
		s := logged[c.Role]
		check("table", slices.Concat(p.look(s, c), p.change(s, c), p.refer(s, c), p.collide(s, c))...)
	}
	check("table", p.closed(func(role string) session { return logged[role] })...)
	check("server", p.escape(func(role string) session { return logged[role] })...)
	p.exec("begin")
	for _, c := range c.cells { // as the mutation run asks: it must be quiet while nothing is broken, or it would find anything
		for _, f := range slices.Concat(p.look(inner, c), p.change(inner, c), p.refer(inner, c), p.collide(inner, c)) {
			if f.Wrong != "" {
				t.Errorf("by the administrator in the role, %s, %s, %s: %s", f.Object, f.Role, f.Verb, f.Wrong)
			}
		}
	}
	for _, d := range c.doors {
		if !contains([]string{"pratica_operator", "pratica_definer"}, d.Roles[0]) {
			t.Errorf("%s.%s shows %s every owner's rows", d.Table, d.Name, d.Roles[0])
		}
		check("table", p.door(inner, d))
	}
	for _, n := range c.sights {
		check("table", p.narrow(inner, n)...)
	}
	for _, l := range c.triggers {
		check("table", p.locks(inner, l)...)
	}
	check("table", seals...)
	for _, f := range c.functions {
		check("function", slices.Concat(p.call(inner, f), p.alone(f))...)
	}
	p.exec("rollback")
	if t.Failed() {
		t.FailNow()
	}
	p.meet()
	mutants := slices.Concat(p.mutants(), p.sights(), p.keyless(), p.planted())
	for n, m := range mutants {
		if kind, _, _ := strings.Cut(m.Name, ":"); !whole && n%4 != 0 && !strings.HasPrefix(kind, "policy") && !strings.HasPrefix(kind, "function") && !strings.HasPrefix(kind, "view") && !strings.HasPrefix(kind, "sight") && !strings.HasPrefix(kind, "lock") && kind != "leak planted" {
			continue // the short form breaks every policy, sight, lock, function and view, and a quarter of the keys
		}
		switch survived := p.survives(m); {
		case survived && m.Twice:
			t.Logf("held by another place as well: %s", m.Name)
			continue
		case survived:
			t.Errorf("went unnoticed: %s", m.Name)
			continue
		}
		report.Broke(m.Name)
	}
	ran++
	t.Logf("%d questions in %d cells, %d of %d guards broken", asked, len(c.cells), len(report.Mutants), len(mutants))
}

// meet says where owners meet by design.
func (p *populace) meet() {
	for k, why := range worldwide {
		report.Meet = append(report.Meet, isolation.Note{What: k, Result: why})
	}
	for _, d := range p.c.doors {
		report.Meet = append(report.Meet, isolation.Note{What: d.Table + " through " + d.Roles[0], Result: "sees every owner's rows, by the door's exception; no request reaches this role but by the door's own code"})
	}
	for file, why := range locking {
		report.Meet = append(report.Meet, isolation.Note{What: "an advisory lock in " + strings.TrimPrefix(file, "../../"), Result: why})
	}
	report.Note("channels and locks of the database", "LISTEN/NOTIFY, whose names all connections share, is used nowhere; each advisory lock that a written row takes has its owner in its name")
	report.Meet = append(report.Meet,
		isolation.Note{What: people, Result: "a person may belong to several agencies; who knows a person's id can name it. Ids are random and shown in no other agency"},
		isolation.Note{What: "the server's own statistics", Result: "somebody who had the application's database password, which no user has, could read the running statements of its other connections (pg_stat_activity) and that locks are held (pg_locks), the row counts of whole tables over all agencies, and, by EXPLAIN ANALYZE, how many rows were filtered away: figures over everybody, never a row"})
}

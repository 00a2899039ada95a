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
	keys := keysOf(t, w)
	seals := sealed(t, keys[0], keys[1])
	p := populate(t, w, admin, c)
	logged := map[string]session{}
	for _, role := range c.logins {
		logged[role] = session{t: t, conn: connect(t, w.URL(role))}
	}
	as := func(role string) session { return logged[role] }
	inner := session{t: t, conn: admin, inner: true}
	asked, questions := 0, []question{}
	check := func(kind string, found ...finding) []finding {
		for _, f := range found {
			asked++
			p.teeth.ask(f)
			if f.Wrong != "" {
				t.Errorf("%s, %s, %s: %s", f.Object, f.Role, f.Verb, f.Wrong)
			}
			report.Add(isolation.Pair{Kind: kind, Object: f.Object, Through: f.Role, Tried: f.Verb, Other: f.Theirs, Owner: f.Ours})
		}
		return found
	}
	for _, c := range c.cells {
		s := logged[c.Role]
		kind := map[bool]string{false: "table", true: "view"}[c.View]
		first := check(kind, slices.Concat(p.look(s, c), p.change(s, c))...)
		questions = append(questions, question{first, c.opened(), func(s session) []finding { return slices.Concat(p.look(s, c), p.change(s, c)) }})
		check(kind, slices.Concat(p.refer(s, c), p.collide(s, c))...)
	}
	for _, name := range c.order {
		grants := []string{"grant all on " + quoted(name) + " to " + join(c.logins)}
		questions = append(questions, question{check("table", p.closed(as, name)...), [][]string{grants}, func(s session) (out []finding) {
			for verb, sql := range bare {
				out = append(out, p.shut(s, name, c.logins[0], verb, sql))
			}
			return out
		}})
	}
	check("server", p.escape(as, c.logins...)...)
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
		questions = append(questions, question{check("table", p.narrow(inner, n)...), n.opened(), func(s session) []finding { return p.narrow(s, n) }})
	}
	for _, n := range c.locked {
		questions = append(questions, question{check("table", p.restrict(inner, n)...), n.opened(), func(s session) []finding { return p.restrict(s, n) }})
	}
	for _, l := range c.triggers {
		check("table", p.locks(inner, l)...)
	}
	check("table", seals...)
	alone := check("function", p.alone(c.functions...)...)
	for _, f := range c.functions {
		questions = append(questions, question{append(check("function", p.call(inner, f)...), alone...), f.opened(c.logins), func(s session) []finding {
			return append(slices.Concat(p.call(s, f), p.alone(f)), p.uncalled(s, f, c.logins[0]))
		}})
	}
	p.exec("rollback")
	if t.Failed() {
		t.FailNow()
	}
	p.meet()
	dropped := map[string]bool{}
	mutants := slices.Concat(p.mutants(), p.sights(), p.restrictions(), p.keyless(), p.planted())
	for n, m := range mutants {
		kind, which, _ := strings.Cut(m.Name, ": ")
		if !whole && n%4 != 0 && strings.Contains(kind, "key without") {
			continue // the short form breaks a quarter of the keys and foreign keys, and all else
		}
		switch survived := p.survives(m); {
		case survived && m.Twice:
			t.Logf("held by another place as well: %s", m.Name)
			continue
		case survived:
			t.Errorf("went unnoticed: %s", m.Name)
			continue
		}
		dropped[which] = dropped[which] || kind == "policy dropped"
		report.Broke(m.Name)
	}
	for _, policy := range rowsOf[string](t, admin, `select policyname || ' of ' || tablename from pg_policies where schemaname = 'public'`) {
		if !dropped[policy] {
			t.Errorf("nothing here asks about the policy %s: nobody would notice if it were gone", policy)
		}
	}
	p.bites(questions)
	p.almighty(w)
	p.teeth.bite(sealed(t, keys[0], keys[0]))
	p.teeth.bitten(t)
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
	for _, f := range p.c.functions {
		for _, role := range directories {
			if rowsOf[bool](p.t, p.admin, `select has_function_privilege($1, $2, 'execute')`, role, f.Signature)[0] {
				report.Meet = append(report.Meet, isolation.Note{What: f.Name + "() through " + role, Result: "asked before an agency is chosen, or on behalf of all; no request reaches this role but by the door's own code"})
			}
		}
	}
	for file, why := range locking {
		report.Meet = append(report.Meet, isolation.Note{What: "an advisory lock in " + strings.TrimPrefix(file, "../../"), Result: why})
	}
	report.Note("channels and locks of the database", "LISTEN/NOTIFY, whose names all connections share, is used nowhere; each advisory lock that a written row takes has its owner in its name")
	report.Meet = append(report.Meet,
		isolation.Note{What: people, Result: "a person may belong to several agencies; who knows a person's id can name it. Ids are random and shown in no other agency"},
		isolation.Note{What: "the server's own statistics", Result: "somebody who had the application's database password, which no user has, could read the running statements of its other connections (pg_stat_activity) and that locks are held (pg_locks), the row counts of whole tables over all agencies, and, by EXPLAIN ANALYZE, how many rows were filtered away: figures over everybody, never a row"})
}

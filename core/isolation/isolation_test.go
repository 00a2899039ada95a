package isolation_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/coretest"
)

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
	start := time.Now()
	admin := connect(t, w.AdminURL())
	c := readCatalogue(t, admin)
	for _, gap := range c.uncovered(t, admin) {
		t.Error(gap)
	}
	p := populate(t, w, admin, c)
	t.Log("populated", time.Since(start))
	sessions := map[string]session{}
	for _, role := range logins {
		sessions[role] = session{t, connect(t, w.URL(role)), false}
	}
	t.Log("populated+", time.Since(start))
	var found []finding
	for _, c := range c.cells {
		s := sessions[c.Role]
		found = append(found, slices.Concat(p.look(s, c), p.change(s, c), p.refer(s, c), p.collide(s, c))...)
	}
	t.Log("cells", time.Since(start))
	p.exec("begin")
	for _, d := range c.doors {
		if d.Roles[0] == "pratica_app" {
			t.Errorf("%s.%s shows the application every owner's rows", d.Table, d.Name)
		}
		found = append(found, p.door(session{t, admin, true}, d))
	}
	for _, f := range c.functions {
		found = append(found, slices.Concat(p.call(session{t, admin, true}, f), p.alone(f))...)
	}
	p.exec("rollback")
	t.Log("functions", time.Since(start))
	found = append(found, p.escape(func(role string) session { return sessions[role] })...)
	wrong := 0
	for _, f := range found {
		if f.Wrong != "" {
			wrong++
			t.Errorf("%s, %s, %s: %s", f.Object, f.Role, f.Verb, f.Wrong)
		}
	}
	if wrong > 0 {
		t.Fatalf("%d of %d pairs are wrong", wrong, len(found))
	}
	t.Log(time.Since(start))
	mutants := p.mutants()
	for _, m := range mutants {
		if p.survives(m) {
			t.Errorf("went unnoticed: %s", m.Name)
		}
	}
	t.Logf("isolation: %d cells, %d pairs, %d functions, %d mutants", len(c.cells), len(found), len(c.functions), len(mutants))
}

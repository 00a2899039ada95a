package isolation_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/rotation"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// trigger is one whose function takes an advisory lock: a name that all connections share.
type trigger struct{ Name, Table, Function, Source string }

// locks: writing the same kind of row, two owners take locks of different names, so that neither waits for the other or sees by a lock
// that the other is at work.
func (p *populace) locks(s session, t trigger) (out []finding) {
	for _, c := range p.c.cells {
		if c.Name != t.Table || !c.may["insert"] {
			continue
		}
		ours, theirs := p.pair(c)
		f := finding{c.Name, c.Role, "wait for a lock of " + t.Function, "a lock of its own", "a lock of its own", ""}
		got, twin := p.takes(s, c, theirs), p.takes(s, c, ours)
		switch {
		case got.code != "" || twin.code != "" || got.value == "" || twin.value == "":
			f.Wrong = "no lock was taken: " + got.String() + "; " + twin.String()
		case slices.ContainsFunc(strings.Fields(got.value), func(l string) bool { return slices.Contains(strings.Fields(twin.value), l) }):
			f.Wrong = "both take the lock " + got.value
		}
		out = append(out, f)
	}
	if len(out) == 0 {
		out = append(out, finding{Object: t.Table, Wrong: "nobody may insert there, so nothing is known of the lock of " + t.Function})
	}
	return out
}

// takes tells the advisory locks that an owner's new row takes.
func (p *populace) takes(s session, c cell, o *owner) outcome {
	v := p.build(c.relation, o, map[string]int{})
	if o.network == nil && c.has("tenant_id") {
		_, v = p.of(c, o)
	}
	return s.as(c.Role, c.Setting, o.id(c.Setting), func(ctx context.Context, conn *pgx.Conn) outcome {
		for _, sql := range []string{c.insert(""), "set constraints all immediate"} {
			args := []any{v.json()}
			if sql != c.insert("") {
				args = nil
			}
			if done := says(sql, args...)(ctx, conn); done.code != "" {
				return done
			}
		}
		return says(`select coalesce(string_agg(classid || '.' || objid, ' '), '') from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()`)(ctx, conn)
	})
}

// named is how such a lock's name has its owner in it.
var named = regexp.MustCompile(`\|\| new\.(tenant_id|network_id)`)

// keyless gives each lock one name for all owners.
func (p *populace) keyless() (out []mutant) {
	for _, t := range p.c.triggers {
		out = append(out, mutant{"lock without its owner: " + t.Function + " of " + t.Table, []string{named.ReplaceAllString(t.Source, "")},
			[]func(session) []finding{func(s session) []finding { return p.locks(s, t) }}, false})
	}
	return out
}

// keysOf are the keys that A and B seal with.
func keysOf(t *testing.T, w *coretest.World) (keys [2]*crypto.TenantKey) {
	t.Helper()
	for n, a := range []*coretest.Agency{w.A, w.B} {
		must(t, w.DB.Read(t.Context(), a.Do("agency_admin", "agency.read"), func(tx *tenancy.Tx) (err error) {
			if err := tx.Load(); err != nil {
				return err
			}
			keys[n], err = tx.Keys()
			return err
		}))
	}
	return keys
}

// sealed: what one agency's key has sealed for a column no other agency's opens, nor does it open elsewhere; and the same value is
// found by another index in each. The columns are those that rotation turns, which a test there holds against the catalogue.
func sealed(t testing.TB, a, b *crypto.TenantKey) (out []finding) {
	t.Helper()
	for _, c := range rotation.Columns() {
		table, name, _ := strings.Cut(c, ".")
		place, other := crypto.Place{Table: table, Row: "row", Column: name}, crypto.Place{Table: table, Row: "another", Column: name}
		value, err := a.Seal(place, []byte("Zq"))
		must(t, err)
		_, byB := b.Open(place, value)
		_, moved := a.Open(other, value)
		_, own := a.Open(place, value)
		out = append(out, verdict(table, "the keys", "open "+name+" of another", "does not open", "opens", byB == nil || moved == nil || own != nil, "what A sealed opens for B, or elsewhere, or not for A"))
		mine, _ := a.Index(c, "Zq")
		again, _ := a.Index(c, "Zq")
		theirs, _ := b.Index(c, "Zq")
		out = append(out, verdict(table, "the keys", "find "+name+" of another by its index", "another index", "the same index", slices.Equal(mine, theirs) || !slices.Equal(mine, again) || len(mine) == 0, "A and B have the same index, or A two"))
	}
	return out
}

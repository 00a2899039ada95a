package isolation_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// reads are the ways to look. For the owner each gives something, for another what an empty table gives.
var reads = []struct{ verb, sql, nothing string }{
	{"read", `select {O}::text from {T} where {O} = $1::uuid limit 1`, "∅"},
	{"read everything", `select {O}::text from {T} where {O}::text = $1::text limit 1`, "∅"},
	{"count", `select count(*)::text from {T} where {O} = $1::uuid`, "0"},
	{"exists", `select exists (select from {T} where {O} = $1::uuid)::text`, "false"},
	{"aggregate", `select coalesce(max({O}::text), '∅') from {T} where {O} = $1::uuid`, "∅"},
	{"group", `select {O}::text from {T} group by {O} having {O} = $1::uuid`, "∅"},
	{"lateral", `select coalesce(x.o, '∅') from (values ($1::uuid)) v (o) left join lateral (select t.{O}::text as o from {T} t where t.{O} = v.o limit 1) x on true`, "∅"},
	{"join", `select a.{O}::text from {T} a join {T} b on b.{O} = a.{O} where a.{O} = $1::uuid limit 1`, "∅"},
	{"materialized", `with x as materialized (select * from {T}) select {O}::text from x where {O} = $1::uuid limit 1`, "∅"},
	{"row to json", `select to_jsonb(t)::text from {T} t where t.{O} = $1::uuid limit 1`, "∅"},
	{"provoke an error", `select count(*)::text from {T} where 1 / (case when {O} = $1::uuid then 0 else 1 end) = 7`, "0"},
}

// look tries every way of reading a cell.
func (p *populace) look(s session, c cell) (out []finding) {
	if !c.may["select"] {
		return nil
	}
	ours, theirs := p.pair(c)
	target := ours.one(c)
	try := func(verb, nothing string, use func(context.Context, *pgx.Conn) outcome) {
		if s.enough(out) {
			return
		}
		got, twin := s.as(c.Role, c.Setting, theirs.id(c.Setting), use), s.as(c.Role, c.Setting, ours.id(c.Setting), use)
		f := finding{c.Name, c.Role, verb, got.plain().String(), twin.plain().String(), ""}
		switch {
		case got.code != "" || got.value != nothing:
			f.Wrong = theirs.name + " got " + got.String()
		case twin.code == "" && twin.value == nothing || twin.refused():
			f.Wrong = ours.name + " does not see its own: " + twin.String()
		}
		f.Theirs, f.Ours = "nothing", "its own"
		out = append(out, f)
	}
	for _, r := range reads {
		try(r.verb, r.nothing, says(c.sql(r.sql), target))
	}
	try("copy to", "∅", copies(c.sql(`copy (select {O} from {T} where {O} = '`+target+`') to stdout`)))
	try("cursor", "∅", func(ctx context.Context, conn *pgx.Conn) outcome {
		if o := says(c.sql(`declare look cursor for select {O}::text from {T} where {O} = '`+target+`'`))(ctx, conn); o.code != "" {
			return o
		}
		return says(`fetch 1 from look`)(ctx, conn)
	})
	if !s.enough(out) {
		out = append(out, p.prepared(s, c), p.unset(s, c))
	}
	return out
}

// prepared: a statement planned once and for all under the owner is executed by another on the same connection.
func (p *populace) prepared(s session, c cell) finding {
	ours, theirs := p.pair(c)
	f := finding{Object: c.Name, Role: c.Role, Verb: "prepared statement across owners", Theirs: "nothing", Ours: "its own"}
	s.as(c.Role, c.Setting, ours.id(c.Setting), func(ctx context.Context, conn *pgx.Conn) outcome {
		run := `execute look('` + ours.one(c) + `')`
		says(`set local plan_cache_mode = force_generic_plan`)(ctx, conn)
		says(c.sql(`prepare look(uuid) as select count(*)::text from {T} where {O} = $1`))(ctx, conn)
		before := says(run)(ctx, conn)
		says(`set local `+c.Setting+` = '`+theirs.id(c.Setting)+`'`)(ctx, conn)
		between := says(run)(ctx, conn)
		says(`set local `+c.Setting+` = '`+ours.id(c.Setting)+`'`)(ctx, conn)
		after := says(run)(ctx, conn)
		if between.value != "0" || before.code != "" || before.value == "0" || after != before {
			f.Wrong = fmt.Sprintf("%s, then %s, then %s", before, between, after)
		}
		return after
	})
	_, _ = s.conn.Exec(context.Background(), `deallocate all`)
	return f
}

// unset: nobody's transaction sees nobody's rows.
func (p *populace) unset(s session, c cell) finding {
	f := finding{Object: c.Name, Role: c.Role, Verb: "without an owner", Theirs: "nothing, or the value is refused", Ours: "—"}
	all := says(c.sql(`select count(*)::text from {T}`))
	for _, id := range []string{"-", "", "00000000-0000-0000-0000-000000000000"} {
		setting := c.Setting
		if id == "-" {
			setting = ""
		}
		if o := s.as(c.Role, setting, id, all); (o.value != "0" || o.code != "") && o.code != "22P02" {
			f.Wrong += fmt.Sprintf("with %q: %s. ", id, o)
		}
	}
	if o := s.as(c.Role, c.Setting, "' or true --", all); o.code != "22P02" {
		f.Wrong += "with something that is no id: " + o.String()
	}
	return f
}

// change tries every way of writing into the owner's rows, or rows into the owner.
func (p *populace) change(s session, c cell) (out []finding) {
	ours, theirs := p.pair(c)
	held, _ := p.of(c, ours)
	_, spare := p.of(c, ours)
	target := ours.one(c)
	// misses: the other touches no row, the owner does (or is stopped by something that is not about who it is).
	misses := func(verb string, use func(context.Context, *pgx.Conn) outcome) {
		if s.enough(out) {
			return
		}
		got, twin := s.as(c.Role, c.Setting, theirs.id(c.Setting), use), s.as(c.Role, c.Setting, ours.id(c.Setting), use)
		f := finding{c.Name, c.Role, verb, "0 rows", "reached", ""}
		switch {
		case got.code != "" && got.plain() == twin.plain() && !got.refused(): // a trigger refuses everybody alike
			f.Theirs, f.Ours = "refused", "refused"
		case got.code != "" || got.rows != 0:
			f.Wrong = theirs.name + " got " + got.String()
		case twin.refused() || twin.code == "" && twin.rows == 0:
			f.Wrong = ours.name + " does not reach its own: " + twin.String()
		}
		out = append(out, f)
	}
	// barred: row security refuses the other, with one text; the owner gets through or meets its own keys.
	barred := func(verb string, use, owners func(context.Context, *pgx.Conn) outcome) {
		if s.enough(out) {
			return
		}
		got, twin := s.as(c.Role, c.Setting, theirs.id(c.Setting), use), s.as(c.Role, c.Setting, ours.id(c.Setting), owners)
		f := finding{c.Name, c.Role, verb, "refused by row security", "accepted, or its own key", ""}
		switch {
		case got.code == "23514" || got.code != "" && got.code != "23505" && !got.refused() && got.plain() == twin.plain(): // a trigger said no first: the checks themselves were dropped
		case !got.refused() || !strings.Contains(got.text, "row-level security"):
			f.Wrong = theirs.name + " got " + got.String()
		case ours.shows(got.text, target) != "":
			f.Wrong = "the refusal tells " + got.text
		case twin.refused():
			f.Wrong = ours.name + " is refused its own: " + twin.String()
		}
		out = append(out, f)
	}
	if c.may["update"] && c.may["select"] {
		misses("update of", says(c.sql(`update {T} set {C} = {C} where {O} = $1::uuid`), target))
		misses("update of, by join", says(c.sql(`update {T} t set {C} = t.{C} from {T} o where o.{O} = t.{O} and t.{O} = $1::uuid`), target))
		misses("merge, matched", says(c.sql(`merge into {T} t using (select $1::uuid as o) s on t.{O} = s.o when matched then update set {C} = t.{C}`), target))
		misses("select for update", says(c.sql(`select {O} from {T} where {O} = $1::uuid for update`), target))
	}
	if contains(c.changes, c.Column) {
		into := c.sql(`update {T} set {O} = $1::uuid where {O} = $2::uuid`)
		barred("update into", says(into, target, theirs.one(c)), says(into, target, target))
		blind := says(c.sql(`update {T} set {O} = $1::uuid`), target) // reads nothing, so that only WITH CHECK stands in the way
		barred("update into, blind", blind, blind)
	}
	if c.may["delete"] && c.may["select"] {
		misses("delete of", says(c.sql(`delete from {T} where {O} = $1::uuid`), target))
		misses("merge, delete", says(c.sql(`merge into {T} t using (select $1::uuid as o) s on t.{O} = s.o when matched then delete`), target))
	}
	if c.may["insert"] {
		spare, held := spare.only(c.inserts), held.only(c.inserts)
		insert := func(v row, rest string) func(context.Context, *pgx.Conn) outcome {
			return says(c.sql(`insert into {T} (`+names(v)+`) select `+names(v)+` from jsonb_populate_record(null::{T}, $1::jsonb) `+rest), v.json())
		}
		barred("insert a new row for", insert(spare, ""), insert(spare, ""))
		barred("insert a row that is there", insert(held, ""), insert(held, ""))
		barred("insert, on conflict do nothing", insert(held, "on conflict do nothing"), insert(spare, ""))
		if c.may["update"] && c.may["select"] && plainKey(c) != nil {
			barred("insert, on conflict do update", insert(held, "on conflict ("+join(plainKey(c))+c.sql(") do update set {C} = excluded.{C}")), insert(spare, ""))
		}
		if c.may["select"] {
			merge := says(c.sql(`merge into {T} t using (select * from jsonb_populate_record(null::{T}, $1::jsonb)) s on false when not matched then insert (`+names(spare)+`) values (s.`+strings.ReplaceAll(names(spare), ", ", ", s.")+`)`), spare.json())
			barred("merge, not matched", merge, merge)
		}
		out = append(out, p.alike(s, c, "copy from", c.Role, copiesIn(c.sql(`copy {T} (`+names(spare)+`) from stdin`)), "0A000"))
	}
	for verb, sql := range map[string]string{"truncate": `truncate {T}`, "row security off": `set local row_security = off; select * from {T}`, "disable": `alter table {T} disable row level security`,
		"no force": `alter table {T} no force row level security`, "a policy of one's own": `create policy mine on {T} using (true)`} {
		if c.View || s.enough(out) {
			continue
		}
		out = append(out, p.alike(s, c, verb, c.Role, func(ctx context.Context, conn *pgx.Conn) outcome {
			_, err := conn.Exec(ctx, c.sql(sql))
			if err == nil {
				return outcome{}
			}
			return failed(err)
		}, "42501"))
	}
	return out
}

// closed tries what a role has no grant for at all.
func (p *populace) closed(s func(role string) session, name string) (out []finding) {
	for _, role := range p.c.logins {
		for verb, sql := range bare {
			if p.c.relations[name].View && verb != "select" || rowsOf[bool](p.t, p.admin, `select has_table_privilege($1, $2, $3)`, role, name, verb)[0] {
				continue
			}
			out = append(out, p.shut(s(role), name, role, verb, sql))
		}
	}
	return out
}

// bare are the verbs without more words.
var bare = map[string]string{"select": "select * from {T}", "insert": "insert into {T} default values", "delete": "delete from {T}"}

// shut: the role is refused.
func (p *populace) shut(s session, name, role, verb, sql string) finding {
	got := s.as(role, "app.tenant_id", p.A.id("app.tenant_id"), says(strings.ReplaceAll(sql, "{T}", quoted(name))))
	return verdict(name, role, verb+" without a grant", "refused", "—", !got.refused(), got.String())
}

// alike: what nobody may do is refused the owner and the other alike.
func (p *populace) alike(s session, c cell, verb, role string, use func(context.Context, *pgx.Conn) outcome, code string) finding {
	ours, theirs := p.pair(c)
	got, twin := s.as(role, c.Setting, theirs.id(c.Setting), use), s.as(role, c.Setting, ours.id(c.Setting), use)
	f := finding{c.Name, role, verb, "refused", "refused", ""}
	if got != twin || got.code != code {
		f.Wrong = "the other got " + got.String() + ", the owner " + twin.String()
	}
	return f
}

// plainKey are the columns of a key that an insert can name as its conflict.
func plainKey(c cell) []string {
	for _, k := range c.Keys {
		if k.Where == "" && !k.Computed {
			return k.Columns
		}
	}
	return nil
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

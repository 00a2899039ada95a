package isolation_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// mutant is one guard broken: what the administrator does, and the question that must then find something wrong.
type mutant struct {
	Name  string
	Break []string
	Ask   []func(session) []finding // until something is found
	Twice bool                      // another place of the same function may hold what this one held
}

// mutants breaks every guard there is, one at a time.
func (p *populace) mutants() (out []mutant) {
	for _, c := range p.c.cells {
		if c.View {
			out = append(out, mutant{"view with its owner's rights: " + c.Name, []string{"alter view " + quoted(c.Name) + " set (security_invoker = false)"}, ask(p.look, c), false})
			continue
		}
		on := quoted(c.Policy.Name) + " on " + quoted(c.Name)
		all := append(ask(p.look, c), ask(p.change, c)...)
		out = append(out, mutant{"policy dropped: " + c.Policy.Name + " of " + c.Name, []string{"drop policy " + on}, all, false})
		if c.Policy.Using != "" {
			out = append(out, mutant{"policy with USING (true): " + c.Policy.Name + " of " + c.Name, []string{"alter policy " + on + " using (true)"}, all, false})
		}
		if c.Policy.Check != "" && (c.may["insert"] || contains(c.changes, c.Column)) { // otherwise nothing can be written that it would check
			out = append(out, mutant{"policy with WITH CHECK (true): " + c.Policy.Name + " of " + c.Name, []string{"alter policy " + on + " with check (true)"}, ask(p.change, c), false})
		}
		out = append(out, p.looser(c)...)
	}
	for _, d := range p.c.doors {
		out = append(out, mutant{"policy dropped: " + d.Name + " of " + d.Table, []string{"drop policy " + quoted(d.Name) + " on " + quoted(d.Table)}, []func(session) []finding{func(s session) []finding { return []finding{p.door(s, d)} }}, false})
	}
	for _, f := range p.c.functions {
		ask := []func(session) []finding{func(s session) []finding { return p.call(s, f) }, func(session) []finding { return p.alone(f) }}
		if elsewhere[f.Name] != "" {
			continue
		}
		places := ownership.FindAllStringIndex(f.Source, -1)
		for n, at := range places {
			out = append(out, mutant{fmt.Sprintf("function without its owner: %s, place %d", f.Signature, n+1), []string{f.Source[:at[0]] + "true" + f.Source[at[1]:]}, ask, len(places) > 1})
		}
		if len(places) > 1 {
			out = append(out, mutant{"function without its owner: " + f.Signature + ", everywhere", []string{ownership.ReplaceAllString(f.Source, "true")}, ask, false})
		}
	}
	return out
}

func ask(how func(session, cell) []finding, c cell) []func(session) []finding {
	return []func(session) []finding{func(s session) []finding { return how(s, c) }}
}

// looser are a cell's keys and foreign keys without the owner in them.
func (p *populace) looser(c cell) (out []mutant) {
	if !c.may["insert"] {
		return nil
	}
	// Rows that only the guard's own owner kept apart would stand in the way of the broken one.
	clear := func(table string) string {
		column := c.Column
		if !p.c.relations[table].has(column) {
			column = "id"
		}
		ours, _ := p.pair(c)
		return fmt.Sprintf("delete from %s where %s <> '%s'", quoted(table), quoted(column), ours.one(c))
	}
	replica, origin := "set local session_replication_role = replica", "set local session_replication_role = origin"
	for _, k := range c.Keys {
		free := slices.DeleteFunc(slices.Clone(k.Columns), func(n string) bool { return n == c.Column })
		if ownersOnly(free) || len(free) == len(k.Columns) || c.implied(k) {
			continue
		}
		where := ""
		if k.Where != "" {
			where = " where " + k.Where
		}
		one := "delete from " + quoted(c.Name) + " t using (select max(ctid) as last, " + join(free) + " from " + quoted(c.Name) + " group by " + join(free) + ") d where t.ctid <> d.last and (" + prefixed("t", free) + ") is not distinct from (" + prefixed("d", free) + ")"
		out = append(out, mutant{"key without its owner: " + k.Name, []string{replica, clear(c.Name), one, origin, "create unique index loose on " + quoted(c.Name) + " (" + join(free) + ")" + where},
			ask(p.collide, c), false})
	}
	for _, ref := range c.Refs {
		var from, to []string
		for i, n := range ref.Columns {
			if n != c.Column {
				from, to = append(from, n), append(to, ref.ToColumns[i])
			}
		}
		if ownersOnly(from) || len(from) == len(ref.Columns) {
			continue
		}
		one := "delete from " + quoted(ref.To) + " t using (select max(ctid) as last, " + join(to) + " from " + quoted(ref.To) + " group by " + join(to) + ") d where t.ctid <> d.last and (" + prefixed("t", to) + ") is not distinct from (" + prefixed("d", to) + ")"
		alone := ""
		for _, other := range c.Refs { // one that speaks of the same columns, or misses what was cleared, would answer in this one's place
			if other.Name != ref.Name && (other.To == ref.To || slices.ContainsFunc(other.Columns, func(n string) bool { return contains(from, n) })) {
				alone += "alter table " + quoted(c.Name) + " drop constraint " + quoted(other.Name) + ";"
			}
		}
		out = append(out, mutant{"foreign key without its owner: " + ref.Name, []string{alone, replica, clear(ref.To), one, origin, "create unique index loose on " + quoted(ref.To) + " (" + join(to) + ")",
			"alter table " + quoted(c.Name) + " drop constraint " + quoted(ref.Name),
			"alter table " + quoted(c.Name) + " add constraint " + quoted(ref.Name) + " foreign key (" + join(from) + ") references " + quoted(ref.To) + " (" + join(to) + ") not valid"},
			ask(p.refer, c), false})
	}
	return out
}

func prefixed(alias string, columns []string) string {
	return alias + "." + strings.Join(columns, ", "+alias+".")
}

// door asks whether a role that the door lets see every owner's rows does so.
func (p *populace) door(s session, d rule) finding {
	if d.Command == "INSERT" {
		v := p.N.spare[d.Table]
		into := cell{relation: p.c.relations[d.Table], inserts: slices.Sorted(maps.Keys(v))}
		got := s.as(d.Roles[0], "", "", says(into.insert(""), v.json()))
		return verdict(d.Table, d.Roles[0], "write across owners, by the door's exception", "—", "writes", got.code != "", got.String())
	}
	got := s.as(d.Roles[0], "", "", says("select (count(*) > 0)::text from "+quoted(d.Table)))
	return verdict(d.Table, d.Roles[0], "read across owners, by the door's exception", "—", "sees", got.value != "true", got.String())
}

// survives reports whether nothing is found wrong when the guard is broken; all of it happens in a transaction that is thrown away.
func (p *populace) survives(m mutant) bool {
	p.exec("begin")
	defer p.exec("rollback")
	for _, sql := range m.Break {
		p.exec(sql)
	}
	return !slices.ContainsFunc(m.Ask, func(ask func(session) []finding) bool {
		return p.teeth.bite(ask(session{t: p.t, conn: p.admin, inner: true, hasty: true}))
	})
}

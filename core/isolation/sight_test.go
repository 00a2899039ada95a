package isolation_test

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Sights of a person of the agency: every file, none of those that are there, and what a transaction has that was never told.
const (
	allFiles = "all"
	noFile   = `$ ? (@.owner == "nobody")`
	untold   = "-"
)

// narrow asks a policy by which not everybody of an agency sees every row of it. Here the other is somebody of the same agency whose
// rules show them no file.
func (p *populace) narrow(s session, c cell) (out []finding) {
	o, _ := p.pair(c)
	held, spare := p.of(c, o)
	fresh := p.build(c.relation, o, map[string]int{})
	one := c.row()
	as := func(sight string, use func(context.Context, *pgx.Conn) outcome) outcome {
		s.sight = sight
		return s.as(c.Role, c.Setting, o.id(c.Setting), use)
	}
	try := func(verb, theirs string, use func(context.Context, *pgx.Conn) outcome, hidden, shown func(outcome) bool) {
		for _, sight := range []string{noFile, untold} {
			if s.enough(out) {
				return
			}
			got, twin := as(sight, use), as(allFiles, use)
			f := finding{c.Name, c.Role, verb + map[string]string{noFile: ", by who sees no file", untold: ", where no sight was set"}[sight], theirs, "reached", ""}
			switch {
			case !hidden(got):
				f.Wrong = "who sees no file got " + got.String()
			case !shown(twin):
				f.Wrong = "who sees all gets " + twin.String()
			}
			out = append(out, f)
		}
	}
	try("read", "nothing", says(`select 'seen' from`+one, held.json()), func(o outcome) bool { return o.code == "" && o.value == "∅" }, func(o outcome) bool { return o.value == "seen" })
	if c.may["update"] {
		try("update of", "0 rows", says(c.updated(), held.json()), untouched, reached)
	}
	if c.may["delete"] {
		try("delete of", "0 rows", says(`delete from`+one, held.json()), untouched, reached)
	}
	if c.may["insert"] && c.Policy.Check != "true" {
		for _, v := range []row{spare, fresh} {
			s.actor = p.maker(c, v)
			try("insert", "refused", says(c.insert(""), v.json()), func(o outcome) bool { return o.code == "42501" || o.code == "23503" }, func(o outcome) bool { return !o.refused() })
		}
	}
	return out
}

func untouched(o outcome) bool { return o.code == "" && o.rows == 0 }
func reached(o outcome) bool   { return !o.refused() && (o.code != "" || o.rows > 0) }

// maker is who has made the person or property that a row ties to a file, and so sees it: only the file is out of sight.
func (p *populace) maker(c cell, v row) string {
	for _, ref := range c.Refs {
		made := slices.ContainsFunc(p.c.sights, func(o cell) bool { return o.Name == ref.To && strings.Contains(o.Policy.Using, "created_by") })
		if last := ref.Columns[len(ref.Columns)-1]; made && c.has("application_id") && v[last] != nil {
			return rowsOf[string](p.t, p.admin, "select coalesce(created_by, '') from "+quoted(ref.To)+" where id = $1::uuid", v[last])[0]
		}
	}
	return ""
}

// sights breaks each of those policies.
func (p *populace) sights() (out []mutant) {
	for _, c := range p.c.sights {
		on := quoted(c.Policy.Name) + " on " + quoted(c.Name)
		out = append(out, mutant{"policy dropped: sight of " + c.Name, []string{"drop policy " + on}, ask(p.narrow, c), false},
			mutant{"policy with USING (true): sight of " + c.Name, []string{"alter policy " + on + " using (true)"}, ask(p.narrow, c), false})
		if c.may["insert"] && c.Policy.Check != "true" {
			out = append(out, mutant{"policy with WITH CHECK (true): sight of " + c.Name, []string{"alter policy " + on + " with check (true)"}, ask(p.narrow, c), false})
		}
	}
	return out
}

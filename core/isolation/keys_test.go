package isolation_test

import (
	"slices"
	"strings"
)

// people: the one table of nobody to which an agency's rows refer. Who knows a person's id can invite that person; the id is random and
// is shown in no other agency.
const people = "users"

// worldwide are the unique keys that hold across owners, each with the reason why nobody learns from them.
var worldwide = map[string]string{
	"agencies_pkey":     "an agency's id is random and chosen by the server, never by who asks",
	"networks_pkey":     "a network's id is random and chosen by the server, never by who asks",
	"networks_name_key": "networks are founded on the command line of the installation; no network can",
}

// refer tries each foreign key: naming the owner's row must come to the same as naming one that never was.
func (p *populace) refer(s session, c cell) (out []finding) {
	ours, theirs := p.pair(c)
	_, spare := p.of(c, theirs)
	_, mine := p.of(c, ours)
	for _, ref := range c.Refs {
		to := p.c.relations[ref.To]
		free := slices.DeleteFunc(slices.Clone(ref.Columns), func(n string) bool { return n == c.Column })
		if len(free) == 0 || ref.To == people || ownersOnly(free) { // the owner itself: row security has refused that
			continue
		}
		f := finding{Object: c.Name, Role: c.Role, Verb: "refer by " + ref.Name, Theirs: "as if it were not there", Ours: "accepted"}
		parent, never := ours.held[ref.To], p.never(to, ref.ToColumns)
		named, unnamed := row{}, row{}
		for i, n := range ref.Columns {
			named[n], unnamed[n] = parent[ref.ToColumns[i]], never[ref.ToColumns[i]]
		}
		if parent == nil {
			f.Wrong = "there is no row of " + ours.name + " in " + ref.To
			out = append(out, f)
			continue
		}
		for _, way := range []string{"insert", "update"} {
			statement := c.insert
			if way == "update" {
				statement = c.update(free)
			}
			if !c.may[way] || way == "update" && !subset(free, c.changes) {
				continue
			}
			f := f
			f.Verb = way + ", " + f.Verb
			got := s.as(c.Role, c.Setting, theirs.id(c.Setting), says(statement(theirs.one(c)), spare.with(free, named).json()))
			base := s.as(c.Role, c.Setting, theirs.id(c.Setting), says(statement(theirs.one(c)), spare.with(free, unnamed).json()))
			twin := s.as(c.Role, c.Setting, ours.id(c.Setting), says(statement(ours.one(c)), mine.with(free, named).json()))
			switch {
			case got.plain() != base.plain():
				f.Wrong = theirs.name + " naming the row got " + got.String() + "; naming one that never was, " + base.String()
			case got.code == "" || got.refused():
				f.Wrong = theirs.name + " got " + got.String()
			case twin.code == "23503" && strings.Contains(twin.text, ref.Name) || twin.refused():
				f.Wrong = ours.name + " may not refer to its own: " + twin.String()
			}
			out = append(out, f)
		}
	}
	return out
}

// collide tries each unique key: the values of the owner's row must be as free for another as values nobody has.
func (p *populace) collide(s session, c cell) (out []finding) {
	if !c.may["insert"] {
		return nil
	}
	ours, theirs := p.pair(c)
	held, mine := p.of(c, ours)
	_, spare := p.of(c, theirs)
	for _, k := range c.Keys {
		free := slices.DeleteFunc(slices.Clone(k.Columns), func(n string) bool { return n == c.Column || n == "tenant_id" || n == "network_id" })
		if len(free) == 0 || worldwide[k.Name] != "" || c.implied(k) {
			continue
		}
		taken, never := held, p.never(c.relation, free)
		for _, ref := range c.Refs { // a person is there, whoever names it
			if ref.To == people && contains(free, ref.Columns[0]) {
				never[ref.Columns[0]] = p.stranger
			}
		}
		rests := []string{""}
		if c.may["select"] {
			rests = append(rests, "on conflict do nothing")
		}
		for _, rest := range rests {
			f := finding{c.Name, c.Role, strings.TrimSpace("collide with " + k.Name + " " + rest), "as if it were free", "its own key stops it", ""}
			got := s.as(c.Role, c.Setting, theirs.id(c.Setting), says(c.insert("")+rest, spare.with(free, taken).json()))
			base := s.as(c.Role, c.Setting, theirs.id(c.Setting), says(c.insert("")+rest, spare.with(free, never).json()))
			twin := s.as(c.Role, c.Setting, ours.id(c.Setting), says(c.insert("")+rest, mine.with(free, taken).json()))
			switch {
			case got.plain() != base.plain():
				f.Wrong = theirs.name + " with the owner's values got " + got.String() + "; with new ones, " + base.String()
			case got.refused() || got.code == "23505":
				f.Wrong = theirs.name + " got " + got.String()
			case rest == "" && twin.code != "23505" || rest != "" && (twin.code != "" || twin.rows != 0):
				f.Wrong = ours.name + "'s own key does not stop it: " + twin.String()
			}
			out = append(out, f)
		}
	}
	return out
}

// implied reports whether a smaller key over all owners already says all that this one could.
func (c cell) implied(k key) bool {
	return slices.ContainsFunc(c.Keys, func(o key) bool {
		return worldwide[o.Name] != "" && len(o.Columns) < len(k.Columns) && subset(o.Columns, k.Columns)
	})
}

// ownersOnly: the other column that names the owner: an agency's network is the agency's.
func ownersOnly(columns []string) bool { return subset(columns, []string{"tenant_id", "network_id"}) }

// insert is a statement that takes a row as JSON in $1.
func (c cell) insert(string) string {
	var cols []string
	for _, col := range c.Columns {
		if !col.Made && contains(c.inserts, col.Name) {
			cols = append(cols, quoted(col.Name))
		}
	}
	return c.sql(`insert into {T} (` + join(cols) + `) select ` + join(cols) + ` from jsonb_populate_record(null::{T}, $1::jsonb) `)
}

// update makes a statement that takes a row as JSON in $1 and sets some columns of one row of an owner's.
func (c cell) update(columns []string) func(string) string {
	var sets []string
	for _, n := range columns {
		sets = append(sets, quoted(n)+" = s."+quoted(n))
	}
	return func(id string) string {
		return c.sql(`update {T} t set ` + join(sets) + ` from jsonb_populate_record(null::{T}, $1::jsonb) s where t.{O} = '` + id + `' and t.ctid = (select min(ctid) from {T} where {O} = '` + id + `')`)
	}
}

func subset(small, big []string) bool {
	return !slices.ContainsFunc(small, func(s string) bool { return !slices.Contains(big, s) })
}

package isolation_test

import "slices"

// planted are leaks that a migration could bring with it: nobody wrote a case for what they add, and the suite finds them.
func (p *populace) planted() []mutant {
	again := func(ask func(c *catalogue, s session) []finding) []func(session) []finding {
		return []func(session) []finding{func(s session) []finding { return ask(readCatalogue(p.t, p.admin), s) }}
	}
	newest := func(c *catalogue, name string) cell {
		return c.cells[slices.IndexFunc(c.cells, func(c cell) bool { return c.Name == name })]
	}
	return []mutant{
		{"leak planted: a table without a policy", []string{`create table planted (tenant_id uuid not null, id uuid not null)`, `grant select on planted to pratica_app`},
			again(func(c *catalogue, _ session) []finding { return p.gaps(c) }), false},
		{"leak planted: a closed table with a key over all agencies", []string{`create table planted (tenant_id uuid not null, id uuid not null, code text not null, constraint planted_pkey primary key (tenant_id, id), constraint planted_code_key unique (code))`,
			`call close_tenant_table('planted', 'select, insert')`},
			again(func(c *catalogue, s session) []finding { return p.collide(s, p.settle(newest(c, "planted"))) }), false},
		{"leak planted: a second policy", []string{`create policy more on notes for select to pratica_app using (true)`},
			again(func(c *catalogue, s session) []finding { return p.look(s, newest(c, "notes")) }), false},
		{"leak planted: a view with its owner's rights", []string{`create view planted as select tenant_id, id, display_name from subjects`, `alter view planted owner to postgres`, `grant select on planted to pratica_app`},
			again(func(c *catalogue, s session) []finding { return p.look(s, newest(c, "planted")) }), false},
		{"leak planted: a function that asks nobody whose it is", []string{`create function planted(x uuid) returns setof text language sql security definer set search_path = public as 'select display_name from subjects where id = x'`,
			`alter function planted(uuid) owner to pratica_definer`},
			again(func(c *catalogue, s session) []finding {
				return p.call(s, c.functions[slices.IndexFunc(c.functions, func(f function) bool { return f.Name == "planted" })])
			}), false},
		{"leak planted: a policy of a kind that nothing asks about", []string{`create policy odd on notes as restrictive to pratica_app using (now() > '2026-01-01')`},
			again(func(c *catalogue, _ session) []finding { return p.gaps(c) }), false},
		{"leak planted: a table that names a person and is not locked with them", []string{`create table planted (tenant_id uuid not null, id uuid not null, subject_id uuid not null, constraint planted_pkey primary key (tenant_id, id),
				constraint planted_subject_fkey foreign key (tenant_id, subject_id) references subjects (tenant_id, id))`, `call close_tenant_table('planted', 'select, insert')`},
			again(func(c *catalogue, _ session) []finding { return p.gaps(c) }), false},
		{"leak planted: a policy whose answer is kept with a prepared statement's plan", []string{`create function planted() returns uuid language sql immutable as $$ select nullif(current_setting('app.tenant_id', true), '')::uuid $$`,
			`grant execute on function planted() to pratica_app`, `alter policy tenant on notes using (tenant_id = planted()) with check (tenant_id = planted())`},
			[]func(session) []finding{func(s session) []finding { return []finding{p.prepared(s, newest(p.c, "notes"))} }}, false},
		{"leak planted: an error text that tells what is there", []string{`create function planted() returns trigger language plpgsql security definer set search_path = public as
				$$ begin if exists (select from notes where id = new.id) then raise exception 'taken'; end if; return new; end $$`,
			`create trigger planted before insert on notes for each row execute function planted()`},
			[]func(session) []finding{func(s session) []finding { return p.collide(s, newest(p.c, "notes")) }}, false},
		{"leak planted: a sequence that tells how much was written", []string{`create sequence planted`, `grant select on sequence planted to pratica_app`},
			again(func(c *catalogue, s session) []finding { return p.sequence(c, s, "look at planted") }), false},
		{"leak planted: a sequence that tells how much is written", []string{`create sequence planted`, `grant usage on sequence planted to pratica_app`},
			again(func(c *catalogue, s session) []finding { return p.sequence(c, s, "advance planted") }), false},
	}
}

// gaps are what the suite says of a schema that it does not cover.
func (p *populace) gaps(c *catalogue) (out []finding) {
	for _, gap := range c.uncovered(p.t, p.admin) {
		out = append(out, finding{Wrong: gap})
	}
	return out
}

// sequence has every role try one thing with a sequence.
func (p *populace) sequence(c *catalogue, s session, verb string) []finding {
	after := *p
	after.c = c
	return slices.DeleteFunc(after.escape(func(string) session { return s }, c.logins...), func(f finding) bool { return f.Verb != verb })
}

// settle makes rows of a table that was not there when the others got theirs.
func (p *populace) settle(c cell) cell {
	for _, o := range []*owner{p.A, p.B} {
		o.held[c.Name] = p.insert(c.relation, p.build(c.relation, o, map[string]int{}))
		o.spare[c.Name] = p.build(c.relation, o, map[string]int{})
	}
	return c
}

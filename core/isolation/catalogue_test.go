package isolation_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// column is one of a table, as pg_catalog has it.
type column struct {
	Name, Type string
	Words      []string // of a CHECK (x in ('a', 'b')): what the column may say
	Made       bool     // by the database: generated or identity
	Open       bool     // an instant that may not have come yet
}

// key is a unique index: a second row with these values is refused.
type key struct {
	Name, Where string // Where: of a partial index
	Columns     []string
	Computed    bool // from expressions over the columns
}

// reference is a foreign key.
type reference struct {
	Name, To  string
	Columns   []string
	ToColumns []string
}

// rule is a row security policy.
type rule struct {
	Table, Name, Command string // Command: ALL, SELECT, INSERT, UPDATE or DELETE
	Roles                []string
	Using, Check         string
}

// relation is a table or a view.
type relation struct {
	Name    string
	View    bool
	Columns []column
	Keys    []key
	Refs    []reference
}

func (r relation) has(name string) bool {
	return slices.ContainsFunc(r.Columns, func(c column) bool { return c.Name == name })
}

// cell is what the suite asks about: one relation through one role, whose rows belong to the owner that a column names and a
// setting of the transaction admits.
type cell struct {
	relation
	Role, Column, Setting string
	Policy                rule // zero for a view
	may                   map[string]bool
	changes, inserts      []string // columns the role may update, and fill in a new row
}

// function is one a role could call.
type function struct {
	Signature, Name string
	Args            []string
	Definer         bool
	Source          string
}

// catalogue is the schema as PostgreSQL tells it. Nothing here names a table: what a migration adds is found.
type catalogue struct {
	logins    []string // the roles that connect; pratica_definer owns functions and connects nowhere
	relations map[string]relation
	order     []string
	rules     []rule
	cells     []cell
	sights    []cell // by policies that narrow what a person of an agency sees of it
	locked    []cell // by policies that lock rows away from everybody of an agency, but for who says the word
	strange   []rule // policies of a kind that nothing here asks about
	triggers  []trigger
	functions []function
	sequences []string
	doors     []rule // policies that show a role every owner's rows: the exceptions of the door
	checks    [][2]string
}

// owned recognises the sentence by which a policy ties a row to a setting: one owner's id, or a list of them.
var owned = regexp.MustCompile(`(\w+) = (NULLIF|\(NULLIF|ANY|\(ANY) ?\(.*?current_setting\('(app\.\w+)'::text`)

func readCatalogue(t testing.TB, conn *pgx.Conn) *catalogue {
	t.Helper()
	c := &catalogue{relations: map[string]relation{}}
	c.logins = rowsOf[string](t, conn, `select rolname::text from pg_roles where starts_with(rolname, 'pratica_') and rolcanlogin and rolname <> 'pratica_owner' order by 1`)
	for _, r := range rows[relation](t, conn, `select relname as name, relkind = 'v' as view from pg_class
		where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v') and relname <> 'goose_db_version' order by 1`) {
		r.Columns = rows[column](t, conn, `select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attgenerated <> '' or a.attidentity <> '' as made,
			not a.attnotnull and a.atttypid = 'timestamptz'::regtype as open,
			coalesce((select array_agg(m[1]) from pg_constraint k, regexp_matches(pg_get_constraintdef(k.oid), '''([a-z_0-9]+)''::text', 'g') m
				where k.conrelid = a.attrelid and k.contype = 'c' and k.conkey = array[a.attnum]), '{}') as words
			from pg_attribute a where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum`, r.Name)
		r.Keys = rows[key](t, conn, `select i.indexrelid::regclass::text as name, coalesce(pg_get_expr(i.indpred, i.indrelid), '') as where,
			i.indexprs is not null as computed,
			array(select a.attname::text from unnest(i.indkey) with ordinality k(n, o) join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.n order by k.o)
			|| array(select distinct a.attname::text from pg_depend d join pg_attribute a on a.attrelid = i.indrelid and a.attnum = d.refobjsubid
				where i.indexprs is not null and d.objid = i.indexrelid and d.refobjid = i.indrelid and not a.attnum = any(i.indkey)) as columns
			from pg_index i where i.indrelid = $1::regclass and i.indisunique order by 1`, r.Name)
		r.Refs = rows[reference](t, conn, `select k.conname as name, k.confrelid::regclass::text as to,
			array(select a.attname::text from unnest(k.conkey) with ordinality n(n, o) join pg_attribute a on a.attrelid = k.conrelid and a.attnum = n.n order by n.o) as columns,
			array(select a.attname::text from unnest(k.confkey) with ordinality n(n, o) join pg_attribute a on a.attrelid = k.confrelid and a.attnum = n.n order by n.o) as to_columns
			from pg_constraint k where k.conrelid = $1::regclass and k.contype = 'f' order by 1`, r.Name)
		c.relations[r.Name] = r
		c.order = append(c.order, r.Name)
	}
	c.rules = rows[rule](t, conn, `select tablename as table, policyname as name, cmd as command, roles::text[] as roles, coalesce(qual, '') as using, coalesce(with_check, '') as check
		from pg_policies where schemaname = 'public' and permissive = 'PERMISSIVE' order by 1, 2`)
	c.functions = rows[function](t, conn, `select p.oid::regprocedure::text as signature, p.proname as name, p.prosecdef as definer, pg_get_functiondef(p.oid) as source,
		array(select format_type(a, null) from unnest(p.proargtypes) a)::text[] as args
		from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prokind = 'f' and p.prorettype <> 'trigger'::regtype
		and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e') order by 1`)
	c.triggers = rows[trigger](t, conn, `select distinct t.tgname as name, t.tgrelid::regclass::text as table, p.proname as function, pg_get_functiondef(p.oid) as source
		from pg_trigger t join pg_proc p on p.oid = t.tgfoid where p.prosrc ~ 'pg_(try_)?advisory' order by 1, 2`)
	c.sequences = rowsOf[string](t, conn, `select oid::regclass::text from pg_class where relkind = 'S' and relnamespace = 'public'::regnamespace order by 1`)
	for _, k := range rows[struct{ Table, Name string }](t, conn, `select conrelid::regclass::text as table, conname as name from pg_constraint where contype = 'c' and connamespace = 'public'::regnamespace order by 1, 2`) {
		c.checks = append(c.checks, [2]string{k.Table, k.Name})
	}
	for _, r := range c.rules {
		m := owned.FindStringSubmatch(or(r.Using, r.Check))
		if strings.Contains(or(r.Using, r.Check), " OR ") {
			m = nil // whoever it also lets in is let in
		}
		for _, role := range r.Roles {
			if m == nil {
				c.doors = append(c.doors, rule{r.Table, r.Name, r.Command, []string{role}, r.Using, r.Check})
				continue
			}
			c.cells = append(c.cells, c.cell(t, conn, cell{relation: c.relations[r.Table], Role: role, Column: m[1], Setting: m[3], Policy: r}))
		}
	}
	for _, r := range rows[rule](t, conn, `select tablename as table, policyname as name, cmd as command, roles::text[] as roles, coalesce(qual, '') as using, coalesce(with_check, '') as check
		from pg_policies where schemaname = 'public' and permissive = 'RESTRICTIVE' order by 1, 2`) {
		kind := &c.sights
		switch {
		case lockedAway.MatchString(r.Using):
			kind = &c.locked
		case !strings.Contains(r.Using, "app.sight"):
			c.strange = append(c.strange, r)
			continue
		}
		for _, role := range r.Roles {
			*kind = append(*kind, c.cell(t, conn, cell{relation: c.relations[r.Table], Role: role, Column: "tenant_id", Setting: "app.tenant_id", Policy: r}))
		}
	}
	for _, name := range c.order {
		r := c.relations[name]
		for column, setting := range map[string]string{"tenant_id": "app.tenant_id", "network_id": "app.network_id"} {
			for _, role := range c.logins {
				if v := c.cell(t, conn, cell{relation: r, Role: role, Column: column, Setting: setting}); r.View && r.has(column) && v.may["select"] {
					c.cells = append(c.cells, v)
				}
			}
		}
	}
	return c
}

// cell asks what the role may do there.
func (c *catalogue) cell(t testing.TB, conn *pgx.Conn, of cell) cell {
	of.may = map[string]bool{}
	for _, verb := range rowsOf[string](t, conn, `select v from unnest(array['select', 'delete', 'truncate']) v where has_table_privilege($1, $2, v)`, of.Role, of.Name) {
		of.may[verb] = true
	}
	for verb, columns := range map[string]*[]string{"update": &of.changes, "insert": &of.inserts} {
		*columns = rowsOf[string](t, conn, `select attname::text from pg_attribute where attrelid = $2::text::regclass and attnum > 0 and not attisdropped and attgenerated = ''
			and has_column_privilege($1, attrelid, attnum, $3) order by attnum`, of.Role, of.Name, verb)
		of.may[verb] = len(*columns) > 0
	}
	return of
}

// platforms are tables that are above all owners, each with what it holds: the operator's role alone may reach them.
var platforms = map[string]string{
	"publishers":      "whose connectors the operator takes",
	"releases":        "versions of connectors",
	"rollouts":        "which version runs",
	"connector_trail": "what operators and workers did with versions",
	"connector_hosts": "what the connectors of each worker are doing",
}

// uncovered lists what no cell speaks for: each must be somebody's, or out of every login's reach.
func (c *catalogue) uncovered(t testing.TB, conn *pgx.Conn) (out []string) {
	for _, name := range c.order {
		r := c.relations[name]
		spoken := slices.ContainsFunc(c.cells, func(c cell) bool { return c.Name == name && (!r.has("tenant_id") || c.Role == "pratica_app") })
		open := rowsOf[string](t, conn, `select r || ' may ' || v from unnest($1::text[]) r, unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) v
			where has_table_privilege(r, $2, v)`, c.logins, name)
		if platforms[name] != "" && !r.has("tenant_id") && !r.has("network_id") {
			open = slices.DeleteFunc(open, func(may string) bool { return strings.HasPrefix(may, "pratica_operator may ") })
		}
		if !spoken && (r.has("tenant_id") || len(open) > 0) {
			out = append(out, name+": no policy ties its rows to an owner, and "+join(open))
		}
	}
	for _, r := range c.strange {
		out = append(out, r.Name+" of "+r.Table+": a policy of a kind that nothing here asks about: "+r.Using)
	}
	out = append(out, c.unlocked()...)
	for _, f := range c.functions {
		if wide.MatchString(f.Source) {
			out = append(out, f.Signature+": takes a lock or speaks on a channel whose name all connections share, and is no trigger that the suite could try")
		}
	}
	return out
}

// rows collects structs by the names of their fields.
func rows[T any](t testing.TB, conn *pgx.Conn, sql string, args ...any) []T {
	t.Helper()
	out, err := pgx.CollectRows(must1(conn.Query(context.Background(), sql, args...)), pgx.RowToStructByNameLax[T])
	must(t, err)
	return out
}

func rowsOf[T any](t testing.TB, conn *pgx.Conn, sql string, args ...any) []T {
	t.Helper()
	out, err := pgx.CollectRows(must1(conn.Query(context.Background(), sql, args...)), pgx.RowTo[T])
	must(t, err)
	return out
}

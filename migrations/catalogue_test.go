package migrations_test

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/coretest"
)

// global lists the tables without tenant_id, each with the reason; a new one has to be argued for here.
var global = map[string]string{
	"networks":        "a network is above its agencies; row security on network_id",
	"agencies":        "the tenants themselves; row security on their own id",
	"users":           "people across agencies; no role but the directory's functions can touch it",
	"network_members": "who acts for a network; row security on network_id",

	"network_policy_bounds":    "what a network lays down for its agencies' policies; row security on network_id",
	"network_idempotency_keys": "a network's repeated requests; row security on network_id",
	"network_workflows":        "a network's base templates; row security on network_id",
	"network_audit_entries":    "what is done for a network; row security on network_id",
	"network_rollups":          "a network's aggregates, without what must stay hidden; row security on network_id",
	"network_audit_chain":      "the order of what is done for a network; row security on network_id",

	"network_audit_checkpoints": "a network's signed trail; row security on network_id",
	"network_scim_tokens":       "with what a network's directory signs in; row security on network_id",
	"network_people":            "a network's directory; row security on network_id",

	"sessions":         "sign-ins before an agency is known; directory functions only",
	"tokens":           "one-time links before an agency is known; directory functions only",
	"passkeys":         "what proves a person, above any agency; directory functions only",
	"totp_secrets":     "what proves a person, above any agency; directory functions only",
	"recovery_codes":   "what proves a person, above any agency; directory functions only",
	"challenges":       "what an authenticator signs before an agency is known; directory functions only",
	"pending_sign_ins": "sign-ins before an agency is known; directory functions only",
	"sign_ins":         "a person's own trail, above any agency; directory functions only",
	"goose_db_version": "goose's own bookkeeping",

	"publishers":      "whose connectors the operator takes, for all agencies; the operator's role only",
	"releases":        "versions of connectors, for all agencies; the operator's role only",
	"rollouts":        "which version runs, for all agencies; the operator's role only",
	"connector_trail": "what operators and workers did with versions; the operator's role only, and only added to",
	"connector_hosts": "what the connectors of each worker are doing; the operator's role only",
}

// sightless lists the tables that name something which follows files and yet are not narrowed to the actor's sight, each with the reason.
var sightless = map[string]string{
	"stays": "how long states last is a statistic of the agency; its rows are never shown",
}

// exceptions lists the policies besides `tenant`, by role: each is a door exception.
var exceptions = map[string]bool{
	"pratica_operator": true, "pratica_definer": true, "pratica_network": true,
}

// findings walks the catalogue and lists every breach of the rules, in words.
func findings(t *testing.T, url string) []string {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	var out []string
	ask := func(rule, sql string, args ...any) {
		rows, err := conn.Query(ctx, sql, args...)
		if err != nil {
			t.Fatalf("%s: %v", rule, err)
		}
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatalf("%s: %v", rule, err)
		}
		for _, n := range names {
			out = append(out, n+": "+rule)
		}
	}
	const tables = `from pg_class c where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace `
	const tenant = `and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped) `
	const setting = `( SELECT current_setting('app.tenant_id'::text, true) AS current_setting)`
	ask("has no tenant_id and no reason why", `select relname `+tables+`and not (relname = any($1)) and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)`, keys(global))
	ask("row security is not enabled and forced", `select relname `+tables+tenant+`and not (relrowsecurity and relforcerowsecurity)`)
	ask("must have exactly one policy for pratica_app, with USING and WITH CHECK on the tenant", `select relname `+tables+tenant+`
		and (select count(*) from pg_policies p where p.tablename = c.relname and p.permissive = 'PERMISSIVE' and p.roles = '{pratica_app}'
		     and p.cmd = 'ALL' and p.qual = $1 and p.with_check = $1) <> 1`, `(tenant_id = (NULLIF(`+setting+`, ''::text))::uuid)`)
	ask("agencies must be closed on their own id", `select relname `+tables+`and relname = 'agencies'
		and (not (relrowsecurity and relforcerowsecurity) or (select count(*) from pg_policies p where p.tablename = 'agencies' and p.roles = '{pratica_app}'
		     and p.qual = $1 and p.with_check = $1) <> 1)`, `(id = (NULLIF(`+setting+`, ''::text))::uuid)`)
	ask("has a policy for a role that is no door exception", `select p.tablename || '.' || p.policyname from pg_policies p
		where p.schemaname = 'public' and not (p.roles = '{pratica_app}') and not (p.roles <@ $1::name[])`, keys(exceptions))
	ask("has more than one permissive policy for pratica_app", `select p.tablename from pg_policies p where p.permissive = 'PERMISSIVE' and ('pratica_app' = any(p.roles) or 'public' = any(p.roles)) group by 1 having count(*) > 1`)
	ask("primary key, unique key or unique index does not start with tenant_id", `select i.indexrelid::regclass::text `+`
		from pg_index i join pg_class c on c.oid = i.indrelid where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace `+tenant+`
		and i.indisunique and (select attname from pg_attribute where attrelid = c.oid and attnum = i.indkey[0]) <> 'tenant_id'`)
	ask("names a file, or what follows files, and is not narrowed to the actor's sight", `select relname `+tables+tenant+`and not (relname = any($1))
		and (c.relname in ('applications', 'subjects', 'properties', 'instances') or exists (select from pg_attribute a where a.attrelid = c.oid and not a.attisdropped
		     and a.attname in ('application_id', 'submission_id', 'document_id', 'subject_id', 'property_id', 'instance_id')))
		and not exists (select from pg_policies p where p.tablename = c.relname and p.policyname = 'sight' and p.permissive = 'RESTRICTIVE' and p.roles = '{pratica_app}' and p.cmd = 'ALL'
		     and starts_with(p.qual, '((( SELECT current_setting(''app.sight''::text, true) AS current_setting) = ''all''::text) OR ')
		     and (p.with_check is null or p.with_check = p.qual or c.relname = 'instances' or exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'instance_id')))`, keys(sightless))
	ask("foreign key between tenant tables does not start with tenant_id on both sides", `select f.conname
		from pg_constraint f join pg_class c on c.oid = f.conrelid where f.contype = 'f' `+tenant+`
		and exists (select from pg_attribute a where a.attrelid = f.confrelid and a.attname = 'tenant_id' and not a.attisdropped)
		and ((select attname from pg_attribute where attrelid = f.conrelid and attnum = f.conkey[1]) <> 'tenant_id'
		  or (select attname from pg_attribute where attrelid = f.confrelid and attnum = f.confkey[1]) <> 'tenant_id')`)
	ask("foreign key cascades", `select conname from pg_constraint where contype = 'f' and (confdeltype not in ('a', 'r') or confupdtype not in ('a', 'r'))`)
	ask("constraint is not named after its table", `select f.conname from pg_constraint f join pg_class c on c.oid = f.conrelid
		where c.relnamespace = 'public'::regnamespace and c.relname <> 'goose_db_version' and f.contype in ('p', 'u', 'f', 'c') and not starts_with(f.conname, c.relname || '_')`)
	ask("has no comment", `select relname `+tables+`and relname <> 'goose_db_version' and obj_description(c.oid) is null`)
	ask("is granted to public", `select relname `+tables+`and exists (select from aclexplode(c.relacl) a where a.grantee = 0)`)
	ask("may be truncated, or read past row security, by a role of the door", `select relname `+tables+`and exists
		(select from aclexplode(c.relacl) a join pg_roles r on r.oid = a.grantee where r.rolname <> 'pratica_owner' and a.privilege_type in ('TRUNCATE', 'TRIGGER', 'REFERENCES'))`)
	ask("the application may change what is append-only", `select relname `+tables+`and (relname in ('network_workflows', 'history', 'fact_changes', 'connector_trail') or relname ~ 'audit_(entries|chain|checkpoints)$') and
		(has_table_privilege('pratica_app', c.oid, 'update') or has_table_privilege('pratica_app', c.oid, 'delete') or relname = 'connector_trail' and has_table_privilege('pratica_operator', c.oid, 'update, delete'))`)
	ask("view without security_invoker", `select relname from pg_class where relkind = 'v' and relnamespace = 'public'::regnamespace and not (coalesce(reloptions, '{}') @> '{security_invoker=true}')`)
	ask("materialized views hold rows outside row security", `select relname from pg_class where relkind = 'm' and relnamespace = 'public'::regnamespace`)
	ask("function is executable by everyone", `select p.oid::regprocedure::text from pg_proc p where p.pronamespace = 'public'::regnamespace
		and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e') and p.prorettype <> 'trigger'::regtype and has_function_privilege('public', p.oid, 'execute')`)
	ask("definer function without a search_path", `select p.oid::regprocedure::text from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prosecdef and p.proconfig is null`)
	ask("role is superuser or bypasses row security", `select rolname from pg_roles where starts_with(rolname, 'pratica_') and (rolsuper or rolbypassrls)`)
	return out
}

func TestCatalogue(t *testing.T) {
	w := coretest.New(t)
	for _, f := range findings(t, w.AdminURL()) {
		t.Error(f)
	}
}

// TestCatalogueCatches shows that the walk above is able to fail.
func TestCatalogueCatches(t *testing.T) {
	for name, c := range map[string]struct{ sql, want string }{
		"dropped policy":      {`drop policy tenant on subjects`, "subjects: must have exactly one policy"},
		"USING true":          {`alter policy tenant on documents using (true)`, "documents: must have exactly one policy"},
		"WITH CHECK true":     {`alter policy tenant on documents with check (true)`, "documents: must have exactly one policy"},
		"dropped sight":       {`drop policy sight on notes`, "notes: names a file"},
		"sight of everything": {`alter policy sight on applications using (true)`, "applications: names a file"},
		"writing past sight":  {`alter policy sight on tasks with check (true)`, "tasks: names a file"},
		"row security off":    {`alter table notes no force row level security`, "notes: row security is not"},
		"a second policy":     {`create policy more on notes to pratica_app using (true)`, "notes: has more than one"},
		"policy for public":   {`create policy more on notes using (true)`, "notes.more: has a policy for a role"},
		"single-column key":   {`alter table notes add constraint notes_text_key unique (text)`, "notes_text_key: primary key, unique"},
		"a new open table":    {`create table leaks (id int)`, "leaks: has no tenant_id"},
		"a new tenant table":  {`create table leaks (tenant_id uuid, id int)`, "leaks: row security is not"},
		"cascade":             {`alter table notes add constraint notes_x_fkey foreign key (tenant_id, application_id) references applications (tenant_id, id) on delete cascade`, "notes_x_fkey: foreign key cascades"},
		"single-column fkey":  {`create unique index on subjects (id); alter table notes add constraint notes_y_fkey foreign key (id) references subjects (id)`, "notes_y_fkey: foreign key between"},
		"mutable trail":       {`grant update on audit_entries to pratica_app`, "audit_entries: the application may change"},
		"grant to public":     {`grant select on subjects to public`, "subjects: is granted to public"},
		"materialized view":   {`create materialized view m as select * from subjects`, "m: materialized views"},
		"definer view":        {`create view v as select * from subjects`, "v: view without"},
		"open definer":        {`create function f() returns int language sql security definer as 'select 1'`, "f(): function is executable"},
		"bypassing bystander": {`create role pratica_stray bypassrls`, "pratica_stray: role is superuser"},
	} {
		t.Run(name, func(t *testing.T) {
			w := coretest.New(t)
			w.Exec(t, c.sql)
			defer w.Exec(t, `drop role if exists pratica_stray`) // roles belong to the cluster, not to this database
			got := strings.Join(findings(t, w.AdminURL()), "\n")
			if !strings.Contains(got, c.want) {
				t.Errorf("not caught: want %q in\n%s", c.want, got)
			}
		})
	}
}

func keys[V any](m map[string]V) (names []string) {
	for k := range m {
		names = append(names, k)
	}
	return names
}

-- +goose Up
-- The door's ground: who owns what, and one procedure that closes a tenant table.
create extension if not exists pg_trgm;
revoke all on schema public from public;
grant usage on schema public to pratica_app, pratica_directory, pratica_network, pratica_operator, pratica_definer;
grant create on schema public to pratica_definer;

-- +goose StatementBegin
create procedure close_tenant_table(tab regclass, verbs text)
language plpgsql as $$
begin
  execute format('alter table %s enable row level security', tab);
  execute format('alter table %s force row level security', tab);
  -- An unset setting reads as NULL, after a commit as '': both must see nothing.
  execute format('create policy tenant on %s to pratica_app
    using (tenant_id = nullif((select current_setting(''app.tenant_id'', true)), '''')::uuid)
    with check (tenant_id = nullif((select current_setting(''app.tenant_id'', true)), '''')::uuid)', tab);
  execute format('grant %s on %s to pratica_app', verbs, tab);
end $$;
-- +goose StatementEnd
comment on procedure close_tenant_table is 'Row security on and forced, one policy for the application role, only the verbs the table needs.';

-- The one sentence by which the operator and the directory see across tenants: a policy of their own, per table.
-- +goose StatementBegin
create procedure open_table_to(tab regclass, who name, verbs text)
language plpgsql as $$
begin
  execute format('create policy %I on %s to %I using (true) with check (true)', who, tab, who);
  execute format('grant %s on %s to %I', verbs, tab, who);
end $$;
-- +goose StatementEnd
comment on procedure open_table_to is 'A named exception of the door: this role sees this table across tenants.';
revoke execute on procedure close_tenant_table(regclass, text), open_table_to(regclass, name, text) from public;

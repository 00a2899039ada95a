-- Roles of the cluster. Run once by an administrator (`pratica migrate --admin-url …`);
-- passwords are set by the caller. Idempotent.
do $$
declare r text;
begin
  foreach r in array array['pratica_owner', 'pratica_app', 'pratica_directory', 'pratica_network', 'pratica_operator'] loop
    if not exists (select from pg_roles where rolname = r) then
      execute format('create role %I login nosuperuser nocreatedb nocreaterole nobypassrls noinherit', r);
    end if;
  end loop;
  if not exists (select from pg_roles where rolname = 'pratica_definer') then
    create role pratica_definer nologin nosuperuser nobypassrls;
  end if;
end $$;
grant pratica_definer to pratica_owner;

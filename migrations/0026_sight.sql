-- +goose Up
-- Which files somebody sees: conditions of their rules, as a filter that row security applies to every file and all that follows one.
alter table members add column branch text not null default '';
alter table members add constraint members_branch_check check (branch ~ '^([a-z0-9][a-z0-9_-]{0,39})?$');
comment on column members.branch is 'Code of the branch the person works in, '''' for none: what conditions of rules mean by one''s branch.';
alter table applications add column branch text not null default '';
alter table applications add constraint applications_branch_check check (branch ~ '^([a-z0-9][a-z0-9_-]{0,39})?$');
comment on column applications.branch is 'Code of the branch the file belongs to: its first owner''s, changeable.';
alter table subjects add column created_by text default nullif(current_setting('app.actor', true), '');
comment on column subjects.created_by is 'Who made the record (actor of the transaction): they see it, whatever files they see.';
alter table properties add column created_by text default nullif(current_setting('app.actor', true), '');
comment on column properties.created_by is 'Who made the record (actor of the transaction): they see it, whatever files they see.';

-- app.sight is 'all' or a jsonpath, set by the door for one transaction. Unset, nothing is seen. A policy reads the setting once a
-- statement; only where it is not 'all' are these asked, row by row. They are functions, and not subqueries in the policies, because
-- the executor would set those up for every statement of everybody: three times the cost of a point read. They look as their caller.
-- +goose StatementBegin
create function file_in_sight(owner uuid, branch text, amount bigint) returns boolean
language plpgsql stable parallel safe as $$
begin
  return coalesce(jsonb_path_exists(jsonb_build_object('owner', owner, 'branch', branch, 'amount', amount),
    nullif(current_setting('app.sight', true), '')::jsonpath), false);
end $$;
-- +goose StatementEnd
comment on function file_in_sight is 'Whether a file with these attributes is in the sight of the transaction''s actor.';

-- People and properties are seen by who sees a file of theirs, or made the record.
-- +goose StatementBegin
create function record_in_sight(noun text, tenant uuid, record uuid, maker text) returns boolean
language plpgsql stable parallel safe as $$
begin
  if maker = current_setting('app.actor', true) then
    return true;
  elsif noun = 'subjects' then
    return exists (select from public.application_parties p where p.tenant_id = tenant and p.subject_id = record);
  end if;
  return exists (select from public.application_properties p where p.tenant_id = tenant and p.property_id = record);
end $$;
-- +goose StatementEnd
comment on function record_in_sight is 'Whether a person''s or property''s record is in the sight of the transaction''s actor.';

-- +goose StatementBegin
create function link_in_sight(link text, tenant uuid, ref uuid) returns boolean
language plpgsql stable parallel safe as $$
begin
  return ref is null or case link
    when 'application_id' then exists (select from public.applications x where x.tenant_id = tenant and x.id = ref)
    when 'submission_id' then exists (select from public.submissions x where x.tenant_id = tenant and x.id = ref)
    when 'document_id' then exists (select from public.documents x where x.tenant_id = tenant and x.id = ref)
    when 'subject_id' then exists (select from public.subjects x where x.tenant_id = tenant and x.id = ref)
    when 'property_id' then exists (select from public.properties x where x.tenant_id = tenant and x.id = ref)
    when 'instance_id' then exists (select from public.instances x where x.tenant_id = tenant and x.id = ref)
    else false end;
end $$;
-- +goose StatementEnd
comment on function link_in_sight is 'Whether what a column names is in the sight of the transaction''s actor; what it does not name is.';
revoke execute on function file_in_sight(uuid, text, bigint), record_in_sight(text, uuid, uuid, text), link_in_sight(text, uuid, uuid) from public;
grant execute on function file_in_sight(uuid, text, bigint), record_in_sight(text, uuid, uuid, text), link_in_sight(text, uuid, uuid) to pratica_app;

create policy sight on applications as restrictive to pratica_app
  using ((select current_setting('app.sight', true)) = 'all' or file_in_sight(owner_id, branch, amount_cents));
create policy sight on subjects as restrictive to pratica_app
  using ((select current_setting('app.sight', true)) = 'all' or record_in_sight('subjects', tenant_id, id, created_by));
create policy sight on properties as restrictive to pratica_app
  using ((select current_setting('app.sight', true)) = 'all' or record_in_sight('properties', tenant_id, id, created_by));
-- A machine is written before the file it drives, so only its reading is narrowed.
create policy sight on instances as restrictive to pratica_app
  using ((select current_setting('app.sight', true)) = 'all' or subject not in ('application', 'submission')
    or link_in_sight('application_id', tenant_id, id) or link_in_sight('submission_id', tenant_id, id)) with check (true);

-- What names a file, or something that follows files, is seen where all it names is seen. The links between files and people or
-- properties follow the file alone: whether the person is seen depends on them.
-- +goose StatementBegin
create procedure follow_files(tab regclass)
language plpgsql as $$
declare links text[];
begin
  select array_agg(format('link_in_sight(%L, tenant_id, %I)', l.col, l.col) order by l.place) into links
    from (values ('application_id', 1), ('submission_id', 2), ('document_id', 3), ('subject_id', 4), ('property_id', 5), ('instance_id', 6)) l (col, place)
    join pg_attribute a on a.attrelid = tab and a.attname = l.col and not a.attisdropped
    where not (l.col in ('subject_id', 'property_id') and tab in ('application_parties'::regclass, 'application_properties'::regclass));
  if links is not null then
    execute format('create policy sight on %s as restrictive to pratica_app using ((select current_setting(''app.sight'', true)) = ''all'' or %s)%s',
      tab, array_to_string(links, ' and '), case when array_to_string(links, '') like '%instance_id%' then ' with check (true)' else '' end);
  end if;
end $$;
-- +goose StatementEnd
comment on procedure follow_files is 'Row security by sight for a table that names files or what follows them; nothing for one that does not.';
revoke execute on procedure follow_files(regclass) from public;

-- +goose StatementBegin
do $$
declare tab regclass;
begin
  for tab in select c.oid::regclass from pg_class c where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and c.relrowsecurity
      and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
      and c.relname <> 'stays' -- how long states last is a statistic of the agency, and names no file to anybody
      order by c.relname loop
    call follow_files(tab);
  end loop;
end $$;
-- +goose StatementEnd

-- Whatever table comes later is closed both ways.
-- +goose StatementBegin
create or replace procedure close_tenant_table(tab regclass, verbs text)
language plpgsql as $$
begin
  execute format('alter table %s enable row level security', tab);
  execute format('alter table %s force row level security', tab);
  -- An unset setting reads as NULL, after a commit as '': both must see nothing.
  execute format('create policy tenant on %s to pratica_app
    using (tenant_id = nullif((select current_setting(''app.tenant_id'', true)), '''')::uuid)
    with check (tenant_id = nullif((select current_setting(''app.tenant_id'', true)), '''')::uuid)', tab);
  execute format('grant %s on %s to pratica_app', verbs, tab);
  call follow_files(tab);
end $$;
-- +goose StatementEnd
comment on procedure close_tenant_table is 'Row security on and forced, one policy for the application role, only the verbs the table needs; and by sight, where it names files.';

-- Keys do not look through row security: without this a link to a person one does not see would make them seen.
-- +goose StatementBegin
create function links_within_sight() returns trigger language plpgsql as $$
declare named uuid := (to_jsonb(new)->>tg_argv[1])::uuid; found_one boolean;
begin
  if current_setting('app.sight', true) is distinct from 'all' then
    execute format('select exists (select from %I where tenant_id = $1 and id = $2)', tg_argv[0]) into found_one using new.tenant_id, named;
    if not found_one then
      raise exception 'no such %', tg_argv[0] using errcode = 'foreign_key_violation', constraint = tg_argv[2];
    end if;
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger application_parties_sight before insert or update on application_parties
  for each row execute function links_within_sight('subjects', 'subject_id', 'application_parties_subject_fkey');
create trigger application_properties_sight before insert or update on application_properties
  for each row execute function links_within_sight('properties', 'property_id', 'application_properties_property_fkey');

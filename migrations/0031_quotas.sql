-- +goose Up
-- What an agency may have, as its network says, and what it has. Counted where rows come and go, so that no way of making one
-- can forget, and held by a lock on one row: two that would be the last one cannot both be.
alter table agencies add constraint agencies_network_id_key unique (id, network_id);

create table agency_quotas (
  tenant_id uuid not null,
  network_id uuid not null,
  members integer,
  files integer,
  storage_bytes bigint,
  requests_per_second integer,
  requests_burst integer,
  version integer not null default 1,
  updated_at timestamptz not null default now(),
  constraint agency_quotas_pkey primary key (tenant_id),
  constraint agency_quotas_agency_fkey foreign key (tenant_id, network_id) references agencies (id, network_id),
  constraint agency_quotas_members_check check (members >= 1),
  constraint agency_quotas_files_check check (files >= 0),
  constraint agency_quotas_storage_check check (storage_bytes >= 0),
  constraint agency_quotas_rate_check check ((requests_per_second is null) = (requests_burst is null) and requests_per_second >= 1 and requests_burst >= 1)
);
comment on table agency_quotas is 'What an agency may have at most; null, or no row, is no limit. Its network writes it, it reads it.';
comment on column agency_quotas.requests_per_second is 'The agency''s own rate of requests, instead of the installation''s; requests_burst is what may come at once.';
call close_tenant_table('agency_quotas', 'select');
create policy network on agency_quotas to pratica_network
  using (network_id = nullif((select current_setting('app.network_id', true)), '')::uuid)
  with check (network_id = nullif((select current_setting('app.network_id', true)), '')::uuid);
grant select, insert, update on agency_quotas to pratica_network;
call open_table_to('agency_quotas', 'pratica_definer', 'select');

create table agency_usage (
  tenant_id uuid not null,
  members integer not null default 0,
  files integer not null default 0,
  storage_bytes bigint not null default 0,
  constraint agency_usage_pkey primary key (tenant_id),
  constraint agency_usage_agency_fkey foreign key (tenant_id) references agencies (id)
);
comment on table agency_usage is 'What an agency has: people who are not disabled, files, bytes of documents. Kept by triggers; its network does not see it.';
call close_tenant_table('agency_usage', 'select');
call open_table_to('agency_usage', 'pratica_definer', 'select, insert, update');

-- The tables' owner sees their rows only while row security does not hold it.
-- +goose StatementBegin
do $$
declare t text; tables text[] := array['agencies', 'members', 'applications', 'documents', 'agency_usage'];
begin
  foreach t in array tables loop execute format('alter table %I no force row level security', t); end loop;
  insert into agency_usage (tenant_id, members, files, storage_bytes)
    select a.id, (select count(*) from members m where m.tenant_id = a.id and m.status <> 'disabled'),
      (select count(*) from applications f where f.tenant_id = a.id), (select coalesce(sum(size_bytes), 0) from documents d where d.tenant_id = a.id)
    from agencies a;
  foreach t in array tables loop execute format('alter table %I force row level security', t); end loop;
end $$;
-- +goose StatementEnd

grant create on schema public to pratica_definer;
-- +goose StatementBegin
create function spend_quota(agency uuid, more_members integer, more_files integer, more_bytes bigint) returns void
language plpgsql security definer set search_path = public as $$
declare used agency_usage; may agency_quotas; noun text; most bigint;
begin
  insert into agency_usage as u (tenant_id, members, files, storage_bytes)
    values (agency, more_members, more_files, more_bytes)
    on conflict (tenant_id) do update set members = u.members + more_members, files = u.files + more_files, storage_bytes = u.storage_bytes + more_bytes
    returning * into used;
  select * into may from agency_quotas where tenant_id = agency;
  -- Taking away is always allowed: a quota may have been lowered below what is there.
  if more_members > 0 and used.members > may.members then noun := 'members'; most := may.members;
  elsif more_files > 0 and used.files > may.files then noun := 'files'; most := may.files;
  elsif more_bytes > 0 and used.storage_bytes > may.storage_bytes then noun := 'storage'; most := may.storage_bytes;
  end if;
  if noun is not null then
    raise exception using errcode = 'QU001', message = noun, detail = most::text;
  end if;
end $$;
create function count_members() returns trigger language plpgsql security definer set search_path = public as $$
declare more integer := (tg_op <> 'DELETE' and new.status <> 'disabled')::integer - (tg_op <> 'INSERT' and old.status <> 'disabled')::integer;
begin
  if more <> 0 then perform spend_quota(coalesce(new.tenant_id, old.tenant_id), more, 0, 0); end if;
  return null;
end $$;
create function count_files() returns trigger language plpgsql security definer set search_path = public as $$
begin
  perform spend_quota(tenant_id, 0, (case tg_op when 'INSERT' then 1 else -1 end) * count(*)::integer, 0) from changed group by tenant_id;
  return null;
end $$;
create function count_storage() returns trigger language plpgsql security definer set search_path = public as $$
declare more bigint := (case when tg_op <> 'DELETE' then new.size_bytes else 0 end) - (case when tg_op <> 'INSERT' then old.size_bytes else 0 end);
begin
  if more <> 0 then perform spend_quota(coalesce(new.tenant_id, old.tenant_id), 0, 0, more); end if;
  return null;
end $$;
-- +goose StatementEnd
create trigger members_quota after insert or update or delete on members for each row execute function count_members();
create trigger applications_quota after insert on applications referencing new table as changed for each statement execute function count_files();
create trigger applications_quota_back after delete on applications referencing old table as changed for each statement execute function count_files();
create trigger documents_quota after insert or update or delete on documents for each row execute function count_storage();

-- Before the owner changes: afterwards these would be refused with no more than a warning.
revoke execute on function spend_quota(uuid, integer, integer, bigint), count_members(), count_files(), count_storage() from public;
alter function spend_quota(uuid, integer, integer, bigint) owner to pratica_definer;
alter function count_members() owner to pratica_definer;
alter function count_files() owner to pratica_definer;
alter function count_storage() owner to pratica_definer;

create function directory_rates()
returns table (agency_id uuid, per_second integer, burst integer)
language sql stable security definer set search_path = public as $$
  select tenant_id, requests_per_second, requests_burst from agency_quotas where requests_per_second is not null
$$;
revoke execute on function directory_rates() from public;
grant execute on function directory_rates() to pratica_directory;
alter function directory_rates() owner to pratica_definer;
revoke create on schema public from pratica_definer;

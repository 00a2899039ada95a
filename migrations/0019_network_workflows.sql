-- +goose Up
-- What a network publishes for its agencies to inherit from.
create table network_workflows (
  network_id uuid not null,
  id uuid not null,
  key text not null,
  version integer not null,
  subject text not null,
  title jsonb not null,
  source text not null,
  overlay text,
  base_key text,
  base_version integer,
  digest text not null,
  certificate jsonb not null,
  published_by text not null,
  published_at timestamptz not null,
  constraint network_workflows_pkey primary key (network_id, id),
  constraint network_workflows_network_fkey foreign key (network_id) references networks (id),
  constraint network_workflows_version_key unique (network_id, key, version),
  constraint network_workflows_base_fkey foreign key (network_id, base_key, base_version) references network_workflows (network_id, key, version),
  constraint network_workflows_base_check check (num_nulls(overlay, base_key, base_version) in (0, 3))
);
comment on table network_workflows is 'Base templates of a network by key and version. A version never changes (trigger): agencies stand on it.';
comment on column network_workflows.source is 'What stands on its own: what was written, or what an overlay gives on its base.';
comment on column network_workflows.overlay is 'What was written, where that is an overlay on another base of the network.';
alter table network_workflows enable row level security;
alter table network_workflows force row level security;
create policy network on network_workflows to pratica_network
  using (network_id = nullif((select current_setting('app.network_id', true)), '')::uuid)
  with check (network_id = nullif((select current_setting('app.network_id', true)), '')::uuid);
grant select, insert on network_workflows to pratica_network;
-- +goose StatementBegin
create function network_workflows_frozen() returns trigger language plpgsql as $$
begin
  raise exception 'a published base never changes' using errcode = 'check_violation', constraint = 'network_workflows_frozen';
end $$;
-- +goose StatementEnd
create trigger network_workflows_frozen before update or delete on network_workflows for each row execute function network_workflows_frozen();

-- An agency's version knows what it stands on; the base's network is the agency's, so no key can lead to another's.
alter table workflow_versions add column overlay text;
alter table workflow_versions add column base_key text;
alter table workflow_versions add column base_version integer;
alter table workflow_versions add constraint workflow_versions_base_check check (num_nulls(overlay, base_key, base_version) in (0, 3));
comment on column workflow_versions.source is 'What runs: what was written, or what an overlay gives on its base.';
comment on column workflow_versions.overlay is 'What was written, where that is an overlay on a base of the network.';
comment on column workflow_versions.base_key is 'The base of the network, and in base_version its version.';
-- +goose StatementBegin
create function workflow_versions_inherited() returns trigger language plpgsql as $$
begin
  if old.status <> 'draft' and (new.overlay, new.base_key, new.base_version) is distinct from (old.overlay, old.base_key, old.base_version) then
    raise exception 'a certified template never changes' using errcode = 'check_violation', constraint = 'workflow_versions_frozen';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger workflow_versions_inherited before update on workflow_versions for each row execute function workflow_versions_inherited();

-- An agency reads the bases of its own network through this function only: newest of each key, newest of one, or one version.
-- Sources come when a key is asked for.
call open_table_to('network_workflows', 'pratica_definer', 'select');
create function agency_bases(wanted text, numbered integer)
returns table (key text, version integer, subject text, title jsonb, digest text, published_at timestamptz, source text)
language sql stable security definer set search_path = public as $$
  select w.key, w.version, w.subject, w.title, w.digest, w.published_at, case when wanted is null then '' else w.source end
  from network_workflows w join agencies a on a.network_id = w.network_id
  where a.id = nullif(current_setting('app.tenant_id', true), '')::uuid
    and (wanted is null or w.key = wanted)
    and w.version = coalesce(numbered, (select max(n.version) from network_workflows n where n.network_id = w.network_id and n.key = w.key))
  order by w.key limit 200
$$;

-- How many agencies of the network work under each version, and nothing else of theirs. Below five, none included, the figure is
-- null: it would tell who.
call open_table_to('workflow_versions', 'pratica_definer', 'select');
create function network_base_use()
returns table (key text, version integer, agencies integer)
language sql stable security definer set search_path = public as $$
  with live as (
    select distinct a.id, v.base_key, v.base_version from agencies a join workflow_versions v on v.tenant_id = a.id
    where a.network_id = nullif(current_setting('app.network_id', true), '')::uuid and v.status = 'published' and v.base_key is not null
      and not exists (select from workflow_versions n where n.tenant_id = v.tenant_id and n.key = v.key and n.status = 'published' and n.version > v.version))
  select w.key, w.version, case when count(l.id) >= 5 then count(l.id)::integer end
  from network_workflows w left join live l on l.base_key = w.key and l.base_version = w.version
  where w.network_id = nullif(current_setting('app.network_id', true), '')::uuid
  group by w.key, w.version
$$;
-- Before the owner changes: afterwards these would be refused with no more than a warning.
revoke execute on function agency_bases(text, integer), network_base_use() from public;
grant execute on function agency_bases(text, integer) to pratica_app;
grant execute on function network_base_use() to pratica_network;
grant create on schema public to pratica_definer;
alter function agency_bases(text, integer) owner to pratica_definer;
alter function network_base_use() owner to pratica_definer;
revoke create on schema public from pratica_definer;

-- A network's own trail, for what is done in no agency.
create table network_audit_entries (
  network_id uuid not null,
  id uuid not null,
  at timestamptz not null,
  actor_id text not null,
  action text not null,
  ref text not null,
  detail jsonb not null default '{}',
  request_id text not null default '',
  constraint network_audit_entries_pkey primary key (network_id, id),
  constraint network_audit_entries_network_fkey foreign key (network_id) references networks (id)
);
comment on table network_audit_entries is 'Append-only trail of a network: who did what to which noun. Ids and codes, never personal data.';
alter table network_audit_entries enable row level security;
alter table network_audit_entries force row level security;
create policy network on network_audit_entries to pratica_network
  using (network_id = nullif((select current_setting('app.network_id', true)), '')::uuid)
  with check (network_id = nullif((select current_setting('app.network_id', true)), '')::uuid);
grant select, insert on network_audit_entries to pratica_network;

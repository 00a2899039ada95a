-- +goose Up
create table workflow_versions (
  tenant_id uuid not null,
  id uuid not null,
  key text not null,
  version integer not null,
  subject text not null,
  title jsonb not null,
  source text not null,
  digest text not null,
  status text not null,
  created_by text not null,
  created_at timestamptz not null,
  published_at timestamptz,
  constraint workflow_versions_pkey primary key (tenant_id, id),
  constraint workflow_versions_agency_fkey foreign key (tenant_id) references agencies (id),
  constraint workflow_versions_version_key unique (tenant_id, key, version),
  constraint workflow_versions_status_check check (status in ('draft', 'published', 'retired'))
);
comment on table workflow_versions is 'Templates by key and version; a published one never changes (trigger).';
call close_tenant_table('workflow_versions', 'select, insert, update');
create policy onboarding on workflow_versions for insert to pratica_network
  with check (tenant_id = nullif((select current_setting('app.tenant_id', true)), '')::uuid);
grant insert on workflow_versions to pratica_network;
-- +goose StatementBegin
create function workflow_versions_frozen() returns trigger language plpgsql as $$
begin
  if old.status <> 'draft' and (new.source, new.digest, new.key, new.version) is distinct from (old.source, old.digest, old.key, old.version) then
    raise exception 'a published template never changes' using errcode = 'check_violation', constraint = 'workflow_versions_frozen';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger workflow_versions_frozen before update on workflow_versions for each row execute function workflow_versions_frozen();

create table instances (
  tenant_id uuid not null,
  id uuid not null,
  subject text not null,
  workflow_version_id uuid not null,
  state text not null,
  states text[] not null,
  outcome text,
  machine jsonb not null,
  facts jsonb not null default '{}',
  blocked jsonb,
  version integer not null default 1,
  changes integer not null default 0,
  entered_at timestamptz not null,
  deadline timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint instances_pkey primary key (tenant_id, id),
  constraint instances_workflow_fkey foreign key (tenant_id, workflow_version_id) references workflow_versions (tenant_id, id),
  constraint instances_outcome_check check (outcome in ('won', 'lost')),
  constraint instances_subject_check check (subject in ('application', 'submission', 'consent', 'case'))
);
comment on table instances is 'Running machines. The id is that of the application or submission it drives.';
comment on column instances.version is 'Raised by every change of the file; the ETag. A compare-and-set on it is the only way to move.';
comment on column instances.machine is 'Where the machine stands, as the engine wrote it: states, approvals, waivers, timers, sequence, head of the history.';
comment on column instances.changes is 'How many fact changes were recorded.';
comment on column instances.facts is 'Latest value of each recorded fact; fact_changes has them all.';
comment on column instances.blocked is 'Number and first text of what holds the file, for the board; derived, rewritten at each macrostep.';
create index instances_state_idx on instances (tenant_id, subject, state, id);
call close_tenant_table('instances', 'select, insert, update');

create table fact_changes (
  tenant_id uuid not null,
  instance_id uuid not null,
  number integer not null,
  sequence bigint not null,
  name text not null,
  value jsonb,
  source text not null,
  actor_id text not null,
  at timestamptz not null,
  constraint fact_changes_pkey primary key (tenant_id, instance_id, number),
  constraint fact_changes_instance_fkey foreign key (tenant_id, instance_id) references instances (tenant_id, id)
);
comment on table fact_changes is 'Append-only values of facts. sequence: the macrostep that first read the value. A null value: the fact went missing.';
call close_tenant_table('fact_changes', 'select, insert');

create table history (
  tenant_id uuid not null,
  instance_id uuid not null,
  sequence bigint not null,
  entry jsonb not null,
  at timestamptz not null,
  constraint history_pkey primary key (tenant_id, instance_id, sequence),
  constraint history_instance_fkey foreign key (tenant_id, instance_id) references instances (tenant_id, id)
);
comment on table history is 'Append-only macrosteps. Each entry carries its own hash and the one before it, so an altered row is named by the replay.';
call close_tenant_table('history', 'select, insert');

create table timers (
  tenant_id uuid not null,
  id uuid not null,
  instance_id uuid not null,
  subject text not null,
  event text not null,
  state text not null,
  entry bigint not null,
  due_at timestamptz not null,
  settled_at timestamptz,
  verdict text,
  constraint timers_pkey primary key (tenant_id, id),
  constraint timers_instance_fkey foreign key (tenant_id, instance_id) references instances (tenant_id, id),
  constraint timers_verdict_check check (verdict in ('fired', 'stale', 'cancelled'))
);
comment on table timers is 'Deadlines, bound to the state entry (a sequence) that armed them; a stale one is settled as a no-op.';
create index timers_due_idx on timers (due_at) where settled_at is null;
create index timers_instance_idx on timers (tenant_id, instance_id) where settled_at is null;
call close_tenant_table('timers', 'select, insert, update');
call open_table_to('timers', 'pratica_operator', 'select');

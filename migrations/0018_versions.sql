-- +goose Up
-- A template goes live with its certificate, in steps that only lead forward.
alter table workflow_versions drop constraint workflow_versions_status_check;
alter table workflow_versions add constraint workflow_versions_status_check check (status in ('draft', 'certified', 'published', 'retired'));
alter table workflow_versions add column certificate jsonb;
alter table workflow_versions add column retired_at timestamptz;
alter table workflow_versions add column drain_by date;
comment on column workflow_versions.certificate is 'What the analysis said when the version was certified: digest, analyser, findings with witnesses, when, by whom. Null for drafts and for what was published before certificates were kept.';
comment on column workflow_versions.drain_by is 'The day until which files that are pinned to it are to have ended or moved; the publisher of a later version chose it.';
-- +goose StatementBegin
create or replace function workflow_versions_frozen() returns trigger language plpgsql as $$
begin
  if old.status <> 'draft' and (new.source, new.digest, new.key, new.version) is distinct from (old.source, old.digest, old.key, old.version)
    or old.certificate is not null and new.certificate is distinct from old.certificate then
    raise exception 'a certified template never changes' using errcode = 'check_violation', constraint = 'workflow_versions_frozen';
  end if;
  if new.status <> old.status and (old.status, new.status) not in (('draft', 'certified'), ('certified', 'published'), ('published', 'retired')) then
    raise exception 'a version goes from draft to certified to published to retired' using errcode = 'check_violation', constraint = 'workflow_versions_steps';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- Long work: a row for the whole, a row for each thing that is worked on.
create table jobs (
  tenant_id uuid not null,
  id uuid not null,
  kind text not null,
  state text not null default 'queued',
  request jsonb not null,
  about jsonb not null,
  undo_of uuid,
  problem text,
  created_by text not null,
  created_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  turn_at timestamptz not null,
  lease_until timestamptz,
  failures integer not null default 0,
  version integer not null default 1,
  constraint jobs_pkey primary key (tenant_id, id),
  constraint jobs_agency_fkey foreign key (tenant_id) references agencies (id),
  constraint jobs_undo_fkey foreign key (tenant_id, undo_of) references jobs (tenant_id, id),
  constraint jobs_state_check check (state in ('queued', 'running', 'done', 'cancelled', 'failed'))
);
comment on table jobs is 'Long work, done in batches by whatever worker is free; how far it is, its items tell.';
comment on column jobs.request is 'What the kind needs to do the work; never shown.';
comment on column jobs.about is 'What the work is about, for people.';
comment on column jobs.turn_at is 'When it had its last batch: the job that waited longest is next, so that a long one holds up no other.';
comment on column jobs.lease_until is 'While a worker has a batch of it; a crash gives it back.';
create index jobs_turn_idx on jobs (turn_at) where state in ('queued', 'running');
create unique index jobs_undo_idx on jobs (tenant_id, undo_of) where undo_of is not null;
call close_tenant_table('jobs', 'select, insert, update');
call open_table_to('jobs', 'pratica_operator', 'select, update');

create table job_items (
  tenant_id uuid not null,
  job_id uuid not null,
  number integer not null,
  noun text not null,
  ref uuid not null,
  label text not null,
  state text not null default 'waiting',
  attempts integer not null default 0,
  notable boolean not null default false,
  result jsonb,
  settled_at timestamptz,
  constraint job_items_pkey primary key (tenant_id, job_id, number),
  constraint job_items_job_fkey foreign key (tenant_id, job_id) references jobs (tenant_id, id),
  constraint job_items_ref_key unique (tenant_id, job_id, ref),
  constraint job_items_state_check check (state in ('waiting', 'done', 'skipped', 'failed'))
);
comment on table job_items is 'What a job works on, one by one; settled in the transaction that did the work, so that a batch that is taken up again does nothing twice.';
comment on column job_items.notable is 'Somebody should look at its result: newly blocked, diverging, not moved.';
create index job_items_waiting_idx on job_items (tenant_id, job_id, attempts, number) where state = 'waiting';
call close_tenant_table('job_items', 'select, insert, update');

create table migration_plans (
  tenant_id uuid not null,
  digest text not null,
  from_version_id uuid not null,
  to_version_id uuid not null,
  plan jsonb not null,
  created_by text not null,
  created_at timestamptz not null,
  constraint migration_plans_pkey primary key (tenant_id, digest, from_version_id, to_version_id),
  constraint migration_plans_from_fkey foreign key (tenant_id, from_version_id) references workflow_versions (tenant_id, id),
  constraint migration_plans_to_fkey foreign key (tenant_id, to_version_id) references workflow_versions (tenant_id, id)
);
comment on table migration_plans is 'Plans by which instances have moved to another template. Kept for ever: the replay of a history moves again.';
call close_tenant_table('migration_plans', 'select, insert');

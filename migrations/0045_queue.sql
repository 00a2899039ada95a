-- +goose Up
-- Operations of any capability: about a person or a consent too, with who waits for them, what they cost, and what became of those that were given up.
alter table operations
  add column subject_id uuid,
  add column consent_id uuid,
  add column priority text not null default 'background',
  add column weight smallint not null default 1,
  add column purpose text not null default '',
  add column cost_cents bigint not null default 0,
  add column dead_at timestamptz,
  add column dead_reason text,
  add constraint operations_subject_fkey foreign key (tenant_id, subject_id) references subjects (tenant_id, id) on delete restrict,
  add constraint operations_priority_check check (priority in ('screen', 'background', 'nightly')),
  add constraint operations_weight_check check (weight between 1 and 100),
  add constraint operations_cost_check check (cost_cents >= 0),
  add constraint operations_dead_check check ((dead_at is null) = (dead_reason is null) and (dead_at is null or state = 'failed'));
comment on column operations.priority is 'screen: somebody waits for it and looks; background; nightly: any time before the morning.';
comment on column operations.weight is 'What it takes of the workers, as the fair share counts it: 1 is a question about a state.';
comment on column operations.purpose is 'Why it is asked, where the law wants to know: a code.';
comment on column operations.cost_cents is 'What it costs at most, in cents; 0 is free.';
comment on column operations.dead_at is 'When it was given up: a dead letter, which somebody may replay.';
comment on column operations.dead_reason is 'Why it was given up, as a code.';
create index operations_subject_idx on operations (tenant_id, subject_id, id) where subject_id is not null;
create index operations_dead_idx on operations (tenant_id, connector, dead_reason, id) where dead_at is not null;
-- It names a person now: seen by who sees the person.
drop policy sight on operations;
call follow_files('operations');

create table budgets (
  tenant_id uuid not null,
  monthly_cents bigint not null,
  version integer not null default 1,
  updated_by text not null,
  updated_at timestamptz not null,
  constraint budgets_pkey primary key (tenant_id),
  constraint budgets_agency_fkey foreign key (tenant_id) references agencies (id),
  constraint budgets_monthly_check check (monthly_cents >= 0)
);
comment on table budgets is 'What an agency may spend on paid calls in a month (of Rome), in cents. No row: nothing.';
call close_tenant_table('budgets', 'select, insert, update');

create table operation_costs (
  tenant_id uuid not null,
  operation_id uuid not null,
  connector text not null,
  month date not null,
  reserved_cents bigint not null,
  settled_cents bigint,
  reserved_at timestamptz not null,
  settled_at timestamptz,
  constraint operation_costs_pkey primary key (tenant_id, operation_id),
  constraint operation_costs_operation_fkey foreign key (tenant_id, operation_id) references operations (tenant_id, id),
  constraint operation_costs_month_check check (extract(day from month) = 1),
  constraint operation_costs_reserved_check check (reserved_cents > 0),
  constraint operation_costs_settled_check check (settled_cents >= 0 and (settled_cents is null) = (settled_at is null))
);
comment on table operation_costs is 'What paid calls cost: reserved before the call, settled when it is known. A month''s sum counts the settled, and the reserved until then.';
create index operation_costs_month_idx on operation_costs (tenant_id, month);
call close_tenant_table('operation_costs', 'select, insert, update');

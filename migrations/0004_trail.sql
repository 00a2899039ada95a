-- +goose Up
create table audit_entries (
  tenant_id uuid not null,
  id uuid not null,
  at timestamptz not null,
  actor_id text not null,
  action text not null,
  ref text not null,
  detail jsonb not null default '{}',
  request_id text not null default '',
  constraint audit_entries_pkey primary key (tenant_id, id),
  constraint audit_entries_agency_fkey foreign key (tenant_id) references agencies (id)
);
comment on table audit_entries is 'Append-only trail: who did what to which noun. Ids and codes, never personal data.';
call close_tenant_table('audit_entries', 'select, insert');

create table outbox (
  tenant_id uuid not null,
  id uuid not null,
  topic text not null,
  ref text not null,
  payload jsonb not null default '{}',
  created_at timestamptz not null default now(),
  published_at timestamptz,
  attempts integer not null default 0,
  retry_at timestamptz not null default now(),
  constraint outbox_pkey primary key (tenant_id, id),
  constraint outbox_agency_fkey foreign key (tenant_id) references agencies (id)
);
comment on table outbox is 'Facts written in the transaction that made them true; the relay carries them out afterwards.';
create index outbox_pending_idx on outbox (topic, id) where published_at is null;
create index outbox_published_idx on outbox (published_at) where published_at is not null;
call close_tenant_table('outbox', 'select, insert');
call open_table_to('outbox', 'pratica_operator', 'select, update, delete');

create table idempotency_keys (
  tenant_id uuid not null,
  actor_id text not null,
  key text not null,
  request_hash bytea not null,
  answer jsonb not null,
  created_at timestamptz not null default now(),
  constraint idempotency_keys_pkey primary key (tenant_id, actor_id, key),
  constraint idempotency_keys_agency_fkey foreign key (tenant_id) references agencies (id),
  constraint idempotency_keys_key_check check (length(key) between 1 and 200)
);
comment on table idempotency_keys is 'What a repeated request is answered, for 24 hours; another body under the same key is refused.';
create index idempotency_keys_created_idx on idempotency_keys (created_at);
call close_tenant_table('idempotency_keys', 'select, insert');
call open_table_to('idempotency_keys', 'pratica_operator', 'select, delete');

-- Onboarding writes the first rows of an agency it has just made: the invitation's mail and its trail.
create policy onboarding on outbox for insert to pratica_network
  with check (tenant_id = nullif((select current_setting('app.tenant_id', true)), '')::uuid);
grant insert on outbox to pratica_network;
create policy onboarding on audit_entries for insert to pratica_network
  with check (tenant_id = nullif((select current_setting('app.tenant_id', true)), '')::uuid);
grant insert on audit_entries to pratica_network;

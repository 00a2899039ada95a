-- +goose Up
create table connections (
  tenant_id uuid not null,
  id uuid not null,
  connector text not null,
  lender_id uuid,
  name text not null,
  config jsonb not null default '{}',
  status text not null default 'active',
  version integer not null default 1,
  created_at timestamptz not null,
  constraint connections_pkey primary key (tenant_id, id),
  constraint connections_lender_fkey foreign key (tenant_id, lender_id) references lenders (tenant_id, id),
  constraint connections_lender_key unique (tenant_id, connector, lender_id),
  constraint connections_status_check check (status in ('active', 'stopped'))
);
comment on table connections is 'An agency''s settings of a connector, for one lender where the connector speaks for banks.';
call close_tenant_table('connections', 'select, insert, update');

create table submissions (
  tenant_id uuid not null,
  id uuid not null,
  application_id uuid not null,
  lender_id uuid not null,
  product_id uuid,
  amount_cents bigint not null,
  rate_bps integer,
  lender_reference text,
  offer_expires timestamptz,
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint submissions_pkey primary key (tenant_id, id),
  constraint submissions_instance_fkey foreign key (tenant_id, id) references instances (tenant_id, id),
  constraint submissions_application_fkey foreign key (tenant_id, application_id) references applications (tenant_id, id),
  constraint submissions_lender_fkey foreign key (tenant_id, lender_id) references lenders (tenant_id, id),
  constraint submissions_product_fkey foreign key (tenant_id, product_id) references products (tenant_id, id)
);
comment on table submissions is 'A file sent to one lender; a machine of its own.';
create index submissions_application_idx on submissions (tenant_id, application_id, id);
call close_tenant_table('submissions', 'select, insert, update');

create table submission_requests (
  tenant_id uuid not null,
  id uuid not null,
  submission_id uuid not null,
  external_id text not null,
  kind text not null,
  text text not null default '',
  document_id uuid,
  answered_at timestamptz,
  created_at timestamptz not null,
  constraint submission_requests_pkey primary key (tenant_id, id),
  constraint submission_requests_submission_fkey foreign key (tenant_id, submission_id) references submissions (tenant_id, id),
  constraint submission_requests_document_fkey foreign key (tenant_id, document_id) references documents (tenant_id, id),
  constraint submission_requests_external_key unique (tenant_id, submission_id, external_id)
);
comment on table submission_requests is 'Items a lender asked for, and the document that answered each.';
call close_tenant_table('submission_requests', 'select, insert, update');

create table operations (
  tenant_id uuid not null,
  id uuid not null,
  submission_id uuid,
  application_id uuid,
  connection_id uuid,
  connector text not null,
  method text not null,
  payload jsonb not null,
  state text not null default 'queued',
  attempt integer not null default 0,
  lease_until timestamptz,
  next_attempt_at timestamptz not null,
  external_ref text,
  error jsonb,
  result jsonb,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint operations_pkey primary key (tenant_id, id),
  constraint operations_submission_fkey foreign key (tenant_id, submission_id) references submissions (tenant_id, id),
  constraint operations_application_fkey foreign key (tenant_id, application_id) references applications (tenant_id, id),
  constraint operations_connection_fkey foreign key (tenant_id, connection_id) references connections (tenant_id, id),
  constraint operations_state_check check (state in ('queued', 'running', 'reconciling', 'waiting_user', 'done', 'failed'))
);
comment on table operations is 'Work for a connector; the truth of the queue. The id is the idempotency key the bank sees, on every attempt.';
create index operations_due_idx on operations (next_attempt_at) where state in ('queued', 'running', 'reconciling');
create index operations_submission_idx on operations (tenant_id, submission_id, id);
call close_tenant_table('operations', 'select, insert, update');
call open_table_to('operations', 'pratica_operator', 'select');

create table taken_events (
  tenant_id uuid not null,
  submission_id uuid not null,
  event_id text not null,
  at timestamptz not null,
  constraint taken_events_pkey primary key (tenant_id, submission_id, event_id),
  constraint taken_events_submission_fkey foreign key (tenant_id, submission_id) references submissions (tenant_id, id)
);
comment on table taken_events is 'A lender''s events by their own id: each is taken once.';
call close_tenant_table('taken_events', 'select, insert');

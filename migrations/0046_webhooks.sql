-- +goose Up
-- Webhooks: what happens in an agency, told to its own systems.
create table webhook_endpoints (
  tenant_id uuid not null,
  id uuid not null,
  description text not null default '',
  url bytea not null,
  secret bytea not null,
  previous_secret bytea,
  previous_until timestamptz,
  types text[] not null,
  status text not null default 'active',
  reason text not null default '',
  failures integer not null default 0,
  failing_since timestamptz,
  rest_until timestamptz,
  version integer not null default 1,
  created_by text not null,
  created_at timestamptz not null,
  constraint webhook_endpoints_pkey primary key (tenant_id, id),
  constraint webhook_endpoints_agency_fkey foreign key (tenant_id) references agencies (id),
  constraint webhook_endpoints_status_check check (status in ('active', 'paused', 'disabled')),
  constraint webhook_endpoints_reason_check check (reason in ('', 'gone', 'failing') and (reason = '') = (status <> 'disabled')),
  constraint webhook_endpoints_types_check check (cardinality(types) between 1 and 50),
  constraint webhook_endpoints_previous_check check ((previous_secret is null) = (previous_until is null))
);
comment on table webhook_endpoints is 'Addresses of an agency''s own systems that are told what happens in it.';
comment on column webhook_endpoints.url is 'Sealed by the agency''s key: its query may hold a token.';
comment on column webhook_endpoints.secret is 'What deliveries are signed with, sealed by the agency''s key and never read back.';
comment on column webhook_endpoints.previous_secret is 'The secret before a rotation; deliveries are signed with both until previous_until.';
comment on column webhook_endpoints.failures is 'Failed attempts in a row; from five on the endpoint rests between two.';
comment on column webhook_endpoints.rest_until is 'Nothing is sent before; what waits, waits.';
call close_tenant_table('webhook_endpoints', 'select, insert, update, delete');
call open_table_to('webhook_endpoints', 'pratica_operator', 'select');

-- One row an endpoint and event, written in the transaction of what happened.
create table webhook_deliveries (
  tenant_id uuid not null,
  endpoint_id uuid not null,
  id uuid not null,
  type text not null,
  subject text not null,
  sequence bigint not null,
  data jsonb not null,
  at timestamptz not null,
  state text not null default 'pending',
  attempts integer not null default 0,
  next_attempt_at timestamptz not null,
  lease_until timestamptz,
  outcome text not null default '',
  http_status integer,
  latency_ms integer,
  attempted_at timestamptz,
  constraint webhook_deliveries_pkey primary key (tenant_id, endpoint_id, id),
  constraint webhook_deliveries_endpoint_fkey foreign key (tenant_id, endpoint_id) references webhook_endpoints (tenant_id, id),
  constraint webhook_deliveries_state_check check (state in ('pending', 'delivered', 'failed'))
);
comment on table webhook_deliveries is 'An event on its way to an endpoint: ids, states and instants, never personal data. Of the answer only its status is kept.';
comment on column webhook_deliveries.id is 'Of the event: the same for every endpoint, attempt and replay.';
comment on column webhook_deliveries.sequence is 'The version of the subject; 0 where it has none.';
comment on column webhook_deliveries.lease_until is 'An attempt is under way; when this has passed, whoever made it has died.';
create index webhook_deliveries_due_idx on webhook_deliveries (tenant_id, endpoint_id, next_attempt_at) where state = 'pending';
create index webhook_deliveries_open_idx on webhook_deliveries (tenant_id, endpoint_id, state, id) where state <> 'delivered';
create index webhook_deliveries_at_idx on webhook_deliveries (at);
call close_tenant_table('webhook_deliveries', 'select, insert, update, delete');
call open_table_to('webhook_deliveries', 'pratica_operator', 'select, delete');

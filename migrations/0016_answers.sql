-- +goose Up
-- What a network's repeated request is answered: as for agencies, but owned by the network.
create table network_idempotency_keys (
  network_id uuid not null,
  actor_id text not null,
  key text not null,
  request_hash bytea not null,
  answer jsonb not null,
  created_at timestamptz not null default now(),
  constraint network_idempotency_keys_pkey primary key (network_id, actor_id, key),
  constraint network_idempotency_keys_network_fkey foreign key (network_id) references networks (id),
  constraint network_idempotency_keys_key_check check (length(key) between 1 and 200)
);
comment on table network_idempotency_keys is 'What a repeated request for a network is answered, for 24 hours; another body under the same key is refused.';
create index network_idempotency_keys_created_idx on network_idempotency_keys (created_at);
alter table network_idempotency_keys enable row level security;
alter table network_idempotency_keys force row level security;
create policy network on network_idempotency_keys to pratica_network
  using (network_id = nullif((select current_setting('app.network_id', true)), '')::uuid)
  with check (network_id = nullif((select current_setting('app.network_id', true)), '')::uuid);
grant select, insert on network_idempotency_keys to pratica_network;
call open_table_to('network_idempotency_keys', 'pratica_operator', 'select, delete');

-- The relay asks of every row whether an earlier one of the same noun still waits.
create index outbox_order_idx on outbox (tenant_id, topic, ref, id) where published_at is null;

-- What has ended is deleted a day later.
create index document_links_expires_idx on document_links (expires_at);
call open_table_to('document_links', 'pratica_operator', 'select, delete');
create index sessions_ended_idx on sessions (least(expires_at, revoked_at));
create index tokens_ended_idx on tokens (least(expires_at, used_at));

-- Sessions and tokens are nobody's to read: a function forgets up to `most` of each and says how many it found.
grant delete on sessions, tokens to pratica_definer;
-- +goose StatementBegin
create function forget_sign_ins(most integer) returns bigint
language sql security definer set search_path = public as $$
  with old_sessions as (
    delete from sessions where token_hash in (select token_hash from sessions where least(expires_at, revoked_at) < now() - interval '24 hours' limit most) returning 1),
  old_tokens as (
    delete from tokens where token_hash in (select token_hash from tokens where least(expires_at, used_at) < now() - interval '24 hours' limit most) returning 1)
  select greatest((select count(*) from old_sessions), (select count(*) from old_tokens))
$$;
-- +goose StatementEnd
-- Before the owner changes: afterwards these would be refused with no more than a warning.
revoke execute on function forget_sign_ins(integer) from public;
grant execute on function forget_sign_ins(integer) to pratica_operator;
grant create on schema public to pratica_definer;
alter function forget_sign_ins(integer) owner to pratica_definer;
revoke create on schema public from pratica_definer;

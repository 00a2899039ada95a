-- +goose Up
-- Every trail is a chain: whatever is entered gets, when its transaction commits, the next number and a hash over itself and the
-- hash before. What is changed, taken out, put in or moved afterwards no longer follows; core/audit/README.md has the form.
alter table audit_entries add column sealed bytea;
comment on column audit_entries.sealed is 'What was encrypted under a subject''s key. Erasing the key leaves the bytes, and so the chain, as they are.';
alter table network_audit_entries add column sealed bytea;
comment on column network_audit_entries.sealed is 'What was encrypted; see audit_entries.';
create index audit_entries_ref_idx on audit_entries (tenant_id, ref);

-- What is secret from everybody but compliance, its very existence: no other trail has a gap, a number or a count of it.
create table confidential_audit_entries (
  tenant_id uuid not null,
  id uuid not null,
  at timestamptz not null,
  actor_id text not null,
  action text not null,
  ref text not null,
  detail jsonb not null default '{}',
  request_id text not null default '',
  sealed bytea,
  constraint confidential_audit_entries_pkey primary key (tenant_id, id),
  constraint confidential_audit_entries_agency_fkey foreign key (tenant_id) references agencies (id)
);
comment on table confidential_audit_entries is 'Append-only trail of what only compliance may know of. Ids and codes, never personal data.';
call close_tenant_table('confidential_audit_entries', 'select, insert');

-- Each column with its length before it (-1: null), so that no text can move from one column into the next.
-- +goose StatementBegin
create function audit_hash(trail text, owner uuid, seq bigint, previous bytea, id uuid, at timestamptz, actor_id text, action text, ref text, detail jsonb, request_id text, sealed bytea)
returns bytea language plpgsql immutable as $$
declare
  whole bytea := '';
  part bytea;
begin
  foreach part in array array[convert_to('pratica audit 1 ' || trail, 'UTF8'), uuid_send(owner), int8send(seq), previous, uuid_send(id), timestamptz_send(at),
      convert_to(actor_id, 'UTF8'), convert_to(action, 'UTF8'), convert_to(ref, 'UTF8'), convert_to(detail::text, 'UTF8'), convert_to(request_id, 'UTF8'), sealed] loop
    whole := whole || coalesce(int4send(octet_length(part)) || part, int4send(-1));
  end loop;
  return sha256(whole);
end $$;

create function append_only() returns trigger language plpgsql as $$
begin
  raise exception 'what is in % stays as it is', tg_table_name using errcode = 'insufficient_privilege', constraint = tg_table_name || '_append_only';
end $$;

-- Makes the chain of a trail: two tables beside its entries. One procedure, so that the three trails cannot differ.
-- The links are made by a trigger at commit: the lock that puts an owner's entries in a row is held only while committing, and what
-- is inserted in whatever order cannot deadlock. It is a lock in memory: no row is written only to be locked. Nor does a foreign key
-- from link to entry lock one: the trigger makes the link of the very row it fires for, and neither is ever deleted.
create procedure chain_trail(prefix text, owner_column text)
language plpgsql as $$
declare tab text;
begin
  execute replace(replace($ddl$
    create table <prefix>_chain (
      <owner> uuid not null,
      seq bigint not null,
      entry_id uuid not null,
      previous bytea not null,
      hash bytea not null,
      constraint <prefix>_chain_pkey primary key (<owner>, seq),
      constraint <prefix>_chain_entry_key unique (<owner>, entry_id)
    );
    comment on table <prefix>_chain is 'The order of <prefix>_entries, without gaps; each hash covers the entry and the hash before. Written by a trigger at commit only.';
    create table <prefix>_checkpoints (
      <owner> uuid not null,
      seq bigint not null,
      hash bytea not null,
      at timestamptz not null,
      key_id text not null,
      signature bytea not null,
      constraint <prefix>_checkpoints_pkey primary key (<owner>, seq),
      constraint <prefix>_checkpoints_link_fkey foreign key (<owner>, seq) references <prefix>_chain (<owner>, seq)
    );
    comment on table <prefix>_checkpoints is 'The chain up to seq as the installation''s key has signed it.';
    create function <prefix>_link() returns trigger language plpgsql security definer set search_path = public as $fn$
    declare last <prefix>_chain;
    begin
      perform pg_advisory_xact_lock(hashtextextended('<prefix>_chain ' || new.<owner>, 0));
      select * into last from <prefix>_chain where <owner> = new.<owner> order by seq desc limit 1;
      last.seq := coalesce(last.seq, 0) + 1;
      last.hash := coalesce(last.hash, decode(repeat('00', 32), 'hex'));
      insert into <prefix>_chain (<owner>, seq, entry_id, previous, hash) values (new.<owner>, last.seq, new.id, last.hash,
        audit_hash('<prefix>', new.<owner>, last.seq, last.hash, new.id, new.at, new.actor_id, new.action, new.ref, new.detail, new.request_id, new.sealed));
      return null;
    end $fn$;
    create constraint trigger <prefix>_link after insert on <prefix>_entries deferrable initially deferred for each row execute function <prefix>_link();
    $ddl$, '<prefix>', prefix), '<owner>', owner_column);
  foreach tab in array array[prefix || '_entries', prefix || '_chain', prefix || '_checkpoints'] loop
    execute format('create trigger append_only before update or delete or truncate on %I for each statement execute function append_only()', tab);
  end loop;
  call open_table_to(prefix || '_chain', 'pratica_definer', 'select, insert');
end $$;
-- +goose StatementEnd
revoke execute on procedure chain_trail(text, text) from public;
revoke execute on function audit_hash(text, uuid, bigint, bytea, uuid, timestamptz, text, text, text, jsonb, text, bytea) from public;
grant execute on function audit_hash(text, uuid, bigint, bytea, uuid, timestamptz, text, text, text, jsonb, text, bytea) to pratica_definer;

call chain_trail('audit', 'tenant_id');
call chain_trail('confidential_audit', 'tenant_id');
call chain_trail('network_audit', 'network_id');

call close_tenant_table('audit_chain', 'select');
call close_tenant_table('confidential_audit_chain', 'select');
call close_tenant_table('audit_checkpoints', 'select, insert');
call close_tenant_table('confidential_audit_checkpoints', 'select, insert');
-- +goose StatementBegin
do $$
declare tab text;
begin
  foreach tab in array array['network_audit_chain', 'network_audit_checkpoints'] loop
    execute format('alter table %I enable row level security', tab);
    execute format('alter table %I force row level security', tab);
    execute format('create policy network on %I to pratica_network using (network_id = nullif((select current_setting(''app.network_id'', true)), '''')::uuid)
      with check (network_id = nullif((select current_setting(''app.network_id'', true)), '''')::uuid)', tab);
    execute format('grant select on %I to pratica_network', tab);
  end loop;
end $$;
-- +goose StatementEnd

-- The operator finds whose chain has grown since it was last signed, and signs in the agency's own scope. A network has none for the
-- platform, so its trail is read and signed as the operator.
call open_table_to('audit_chain', 'pratica_operator', 'select');
call open_table_to('audit_checkpoints', 'pratica_operator', 'select');
call open_table_to('confidential_audit_chain', 'pratica_operator', 'select');
call open_table_to('confidential_audit_checkpoints', 'pratica_operator', 'select');
grant select on network_audit_entries to pratica_operator; -- whose policy 0023 made
call open_table_to('network_audit_chain', 'pratica_operator', 'select');
call open_table_to('network_audit_checkpoints', 'pratica_operator', 'select, insert');
create policy pratica_operator on networks to pratica_operator using (true);
grant select (id) on networks to pratica_operator;

-- What was entered before gets its place in the order of its ids. The definer may read it for that long only.
call open_table_to('audit_entries', 'pratica_definer', 'select');
call open_table_to('network_audit_entries', 'pratica_definer', 'select');
grant create on schema public to pratica_definer;
set local role pratica_definer;
-- +goose StatementBegin
do $$
declare
  e record;
  owner uuid;
  seq bigint;
  last bytea;
  next bytea;
begin
  for e in select * from audit_entries order by tenant_id, id loop
    if owner is distinct from e.tenant_id then
      owner := e.tenant_id; seq := 0; last := decode(repeat('00', 32), 'hex');
    end if;
    seq := seq + 1;
    next := audit_hash('audit', owner, seq, last, e.id, e.at, e.actor_id, e.action, e.ref, e.detail, e.request_id, e.sealed);
    insert into audit_chain values (owner, seq, e.id, last, next);
    last := next;
  end loop;
  owner := null;
  for e in select * from network_audit_entries order by network_id, id loop
    if owner is distinct from e.network_id then
      owner := e.network_id; seq := 0; last := decode(repeat('00', 32), 'hex');
    end if;
    seq := seq + 1;
    next := audit_hash('network_audit', owner, seq, last, e.id, e.at, e.actor_id, e.action, e.ref, e.detail, e.request_id, e.sealed);
    insert into network_audit_chain values (owner, seq, e.id, last, next);
    last := next;
  end loop;
end $$;
-- +goose StatementEnd
reset role;
revoke select on audit_entries, network_audit_entries from pratica_definer;
drop policy pratica_definer on audit_entries;
drop policy pratica_definer on network_audit_entries;

alter function audit_link() owner to pratica_definer;
alter function confidential_audit_link() owner to pratica_definer;
alter function network_audit_link() owner to pratica_definer;
revoke create on schema public from pratica_definer;

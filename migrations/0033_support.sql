-- +goose Up
-- Support access: a person of the network asks, the agency decides, and the view it opens reads only, for some hours.

create table support_grants (
  tenant_id uuid not null,
  id uuid not null,
  network_id uuid not null,
  user_id uuid not null,
  name text not null,
  reason text not null,
  hours integer not null,
  state text not null default 'requested',
  requested_at timestamptz not null,
  expires_at timestamptz not null,
  decided_by uuid,
  decided_at timestamptz,
  ended_at timestamptz,
  session_id uuid,
  version integer not null default 1,
  constraint support_grants_pkey primary key (tenant_id, id),
  constraint support_grants_agency_fkey foreign key (tenant_id, network_id) references agencies (id, network_id),
  constraint support_grants_user_fkey foreign key (user_id) references users (id),
  constraint support_grants_reason_check check (length(btrim(reason)) between 10 and 1000),
  constraint support_grants_hours_check check (hours between 1 and 24),
  constraint support_grants_state_check check (state in ('requested', 'approved', 'declined', 'revoked', 'expired')),
  constraint support_grants_decided_check check (state in ('requested', 'expired') or (decided_by is not null and decided_at is not null)),
  constraint support_grants_own_check check (decided_by is distinct from user_id),
  constraint support_grants_box_check check (state <> 'approved' or expires_at <= decided_at + make_interval(hours => hours)),
  constraint support_grants_session_check check (session_id is null or decided_at is not null)
);
comment on table support_grants is 'Requests of a network''s people to look into an agency, and what the agency decided.';
comment on column support_grants.name is 'Who asks, as the agency is told.';
comment on column support_grants.expires_at is 'Of a request: until when it can be approved. Of a grant: the instant it ends.';
comment on column support_grants.session_id is 'The one session that has entered under it; another person''s, or another of theirs, is not let in.';
create unique index support_grants_open_idx on support_grants (tenant_id, user_id) where state in ('requested', 'approved');
create index support_grants_session_idx on support_grants (session_id) where state = 'approved';
create index support_grants_due_idx on support_grants (expires_at) where state in ('requested', 'approved');

-- The network asks, with nothing decided; the agency decides, and changes nothing of what was asked.
call close_tenant_table('support_grants', 'select, update (state, expires_at, decided_by, decided_at, ended_at, version)');
create policy network on support_grants to pratica_network
  using (network_id = nullif((select current_setting('app.network_id', true)), '')::uuid)
  with check (network_id = nullif((select current_setting('app.network_id', true)), '')::uuid);
grant select, insert (tenant_id, id, network_id, user_id, name, reason, hours, requested_at, expires_at) on support_grants to pratica_network;
call open_table_to('support_grants', 'pratica_operator', 'select');
call open_table_to('support_grants', 'pratica_definer', 'select, update (session_id)');
-- +goose StatementBegin
create function support_grants_steps() returns trigger language plpgsql as $$
begin
  if new.state <> old.state and (old.state, new.state) not in (('requested', 'approved'), ('requested', 'declined'), ('requested', 'expired'), ('approved', 'revoked'), ('approved', 'expired'))
    or new.expires_at is distinct from old.expires_at and (old.state, new.state) <> ('requested', 'approved') then
    raise exception 'a request is decided once, and a grant is never made longer' using errcode = 'check_violation', constraint = 'support_grants_steps';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger support_grants_steps before update on support_grants for each row execute function support_grants_steps();

-- Lets a session in under a grant of its own person; true when there is one. Whoever has left the network is not let in.
create function directory_enter_support(session uuid, agency uuid, at timestamptz) returns boolean
language sql volatile security definer set search_path = public as $$
  with entered as (
    update support_grants g set session_id = session
    from sessions s
    where s.id = session and s.revoked_at is null and s.expires_at > now() and g.user_id = s.user_id and g.tenant_id = agency and g.state = 'approved' and g.expires_at > at
      and exists (select from network_members m where m.network_id = g.network_id and m.user_id = g.user_id)
    returning g.id),
  left_others as (
    update support_grants g set session_id = null
    where g.session_id = session and g.tenant_id <> agency and exists (select from entered)),
  left_agency as (
    update sessions s set agency_id = null where s.id = session and exists (select from entered))
  select exists (select from entered)
$$;

-- The agency a session looks into; whether the grant still holds, the door asks with every transaction.
create function directory_support(session uuid)
returns table (grant_id uuid, agency_id uuid)
language sql stable security definer set search_path = public as $$
  select g.id, g.tenant_id from support_grants g
  where g.session_id = session and g.state = 'approved'
    and exists (select from network_members m where m.network_id = g.network_id and m.user_id = g.user_id)
$$;

-- What happens to a grant inside the agency also stands in the trail of the agency's network.
create policy support on network_audit_entries for insert to pratica_definer with check (true);
grant insert on network_audit_entries to pratica_definer;
create function tell_network(entry uuid, at timestamptz, actor text, said text, support text, detail jsonb, request text) returns void
language sql volatile security definer set search_path = public as $$
  insert into network_audit_entries (network_id, id, at, actor_id, action, ref, detail, request_id)
  select a.network_id, entry, at, actor, said, support, detail, request from agencies a
  where a.id = nullif(current_setting('app.tenant_id', true), '')::uuid and said like 'support.%'
$$;
-- Before the owner changes: afterwards these would be refused with no more than a warning.
revoke execute on function directory_enter_support(uuid, uuid, timestamptz), directory_support(uuid), tell_network(uuid, timestamptz, text, text, text, jsonb, text) from public;
grant execute on function directory_enter_support(uuid, uuid, timestamptz), directory_support(uuid) to pratica_directory;
grant execute on function tell_network(uuid, timestamptz, text, text, text, jsonb, text) to pratica_app;
grant create on schema public to pratica_definer;
alter function directory_enter_support(uuid, uuid, timestamptz) owner to pratica_definer;
alter function directory_support(uuid) owner to pratica_definer;
alter function tell_network(uuid, timestamptz, text, text, text, jsonb, text) owner to pratica_definer;
revoke create on schema public from pratica_definer;

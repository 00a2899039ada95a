-- +goose Up
-- What a network's directory would give somebody in an agency is an offer until the agency accepts it, unless the agency has accepted the
-- directory as a whole. Otherwise a network could make whom it likes a member, and read rows where it is shown aggregates.

alter table agencies add column accepts_directory boolean not null default false;
comment on column agencies.accepts_directory is 'What the network''s directory gives counts at once, without somebody of the agency accepting it. Set by the agency only.';

create table member_offers (
  tenant_id uuid not null,
  id uuid not null,
  user_id uuid not null,
  name text not null,
  email text not null,
  roles text[] not null,
  offered_at timestamptz not null,
  constraint member_offers_pkey primary key (tenant_id, id),
  constraint member_offers_agency_fkey foreign key (tenant_id) references agencies (id),
  constraint member_offers_user_fkey foreign key (user_id) references users (id),
  constraint member_offers_user_key unique (tenant_id, user_id),
  constraint member_offers_roles_check check (cardinality(roles) between 1 and 10)
);
comment on table member_offers is 'Roles that the network''s directory would give a person here, until the agency accepts or declines. They open nothing.';
comment on column member_offers.id is 'The member they are, or will be.';
comment on column member_offers.name is 'As the directory writes it; with the e-mail what a new member begins with.';
call close_tenant_table('member_offers', 'select, delete');
call open_table_to('member_offers', 'pratica_definer', 'select, insert, update, delete');

-- Only the agency opens itself to the directory, also past the service: the network may change other columns of the row.
-- +goose StatementBegin
create function agencies_directory_accepted() returns trigger language plpgsql as $$
begin
  if new.accepts_directory and (tg_op = 'INSERT' or not old.accepts_directory) then
    raise exception 'an agency accepts the directory itself' using errcode = 'check_violation', constraint = 'agencies_directory_accepted';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger agencies_directory_accepted before insert or update on agencies
  for each row when (current_user = 'pratica_network') execute function agencies_directory_accepted();

-- Made by their owner, so that only it can ever replace them.
grant create on schema public to pratica_definer;
set local role pratica_definer;

-- The network makes members of an agency it is just making, and invites into one that has accepted its directory; no others.
-- +goose StatementBegin
create function members_by_network() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if exists (select from agencies a where a.id = new.tenant_id and a.network_id = nullif(current_setting('app.network_id', true), '')::uuid
      and (a.accepts_directory and new.status = 'invited'
        or not exists (select from members m where m.tenant_id = a.id and m.xmin <> pg_current_xact_id()::xid))) then
    return new;
  end if;
  raise exception 'the agency has not accepted the directory' using errcode = 'check_violation', constraint = 'members_by_network';
end $$;
-- +goose StatementEnd

drop function network_memberships(uuid, uuid);
-- Who is in which agency of the network, in which roles, and what the directory has offered them: of one person, one agency, or all.
-- Nothing else of an agency is shown. Who has an offer only is disabled: in nothing yet.
create function network_memberships(who uuid, agency uuid)
returns table (user_id uuid, agency_id uuid, member_id uuid, roles text[], status text, offered text[])
language sql stable security definer set search_path = public as $$
  select m.user_id, m.tenant_id, m.id, m.roles, m.status, coalesce(o.roles, '{}')
  from agencies a join members m on m.tenant_id = a.id left join member_offers o on o.tenant_id = m.tenant_id and o.user_id = m.user_id
  where a.network_id = nullif(current_setting('app.network_id', true), '')::uuid
    and (who is null or m.user_id = who) and (agency is null or m.tenant_id = agency)
  union all
  select o.user_id, o.tenant_id, o.id, '{}', 'disabled', o.roles
  from agencies a join member_offers o on o.tenant_id = a.id
  where a.network_id = nullif(current_setting('app.network_id', true), '')::uuid
    and (who is null or o.user_id = who) and (agency is null or o.tenant_id = agency)
    and not exists (select from members m where m.tenant_id = o.tenant_id and m.user_id = o.user_id)
$$;

-- Changes roles, status or both of a member in one of the network's agencies; null leaves as it is. Taking away always; giving only where
-- the agency has accepted the directory, and to nobody who acts for the network. What the directory itself has paused it may take up again.
-- +goose StatementBegin
create or replace function network_set_member(member uuid, given text[], state text) returns boolean
language plpgsql volatile security definer set search_path = public as $$
declare m members; open boolean; paused boolean; acts boolean; gives boolean;
begin
  select x.* into m from members x join agencies a on a.id = x.tenant_id
    where x.id = member and a.network_id = nullif(current_setting('app.network_id', true), '')::uuid for update of x;
  if not found then
    return false;
  end if;
  select a.accepts_directory,
      exists (select from network_people p where p.network_id = a.network_id and p.user_id = m.user_id and m.id = any (p.paused)),
      exists (select from network_members n where n.network_id = a.network_id and n.user_id = m.user_id)
    into open, paused, acts from agencies a where a.id = m.tenant_id;
  gives := not coalesce(given, m.roles) <@ m.roles or coalesce(state, m.status) not in (m.status, 'disabled');
  if gives and (acts or not (open or paused and given is null)) then
    raise exception 'the agency has not accepted the directory' using errcode = 'check_violation', constraint = 'members_by_network';
  end if;
  update members x set roles = coalesce(given, x.roles), status = coalesce(state, x.status), version = x.version + 1 where x.tenant_id = m.tenant_id and x.id = m.id;
  return true;
end $$;
-- +goose StatementEnd

-- What the directory would give an active person of its own in one of the network's agencies; no roles: nothing any more. Nobody who acts
-- for the network is offered anything.
-- +goose StatementBegin
create function network_offer(agency uuid, who uuid, fresh uuid, wanted text[], at timestamptz) returns void
language sql volatile security definer set search_path = public as $$
  delete from member_offers o using agencies a
  where a.id = o.tenant_id and a.network_id = nullif(current_setting('app.network_id', true), '')::uuid and a.id = agency and o.user_id = who and cardinality(wanted) = 0;
  insert into member_offers (tenant_id, id, user_id, name, email, roles, offered_at)
  select a.id, coalesce((select m.id from members m where m.tenant_id = a.id and m.user_id = who), fresh), who, p.name, p.email, wanted, at
  from agencies a join network_people p on p.network_id = a.network_id and p.user_id = who
  where a.id = agency and a.network_id = nullif(current_setting('app.network_id', true), '')::uuid and a.status = 'active'
    and p.active and p.removed_at is null and cardinality(wanted) > 0
    and not exists (select from network_members n where n.network_id = a.network_id and n.user_id = who)
  on conflict on constraint member_offers_user_key do update set roles = excluded.roles, offered_at = excluded.offered_at;
$$;
-- +goose StatementEnd

-- Whom the network's directory has disabled enters no view either.
create or replace function directory_enter_support(session uuid, agency uuid, at timestamptz) returns boolean
language sql volatile security definer set search_path = public as $$
  with entered as (
    update support_grants g set session_id = session
    from sessions s
    where s.id = session and s.revoked_at is null and s.expires_at > now() and g.user_id = s.user_id and g.tenant_id = agency and g.state = 'approved' and g.expires_at > at
      and exists (select from network_members m where m.network_id = g.network_id and m.user_id = g.user_id)
      and not exists (select from network_people p where p.network_id = g.network_id and p.user_id = g.user_id and not p.active)
    returning g.id),
  left_others as (
    update support_grants g set session_id = null
    where g.session_id = session and g.tenant_id <> agency and exists (select from entered)),
  left_agency as (
    update sessions s set agency_id = null where s.id = session and exists (select from entered))
  select exists (select from entered)
$$;

-- Closes the view that a session has open; the grant lasts, and opens it again.
create function directory_leave_support(session uuid) returns void
language sql volatile security definer set search_path = public as $$
  update support_grants g set session_id = null where g.session_id = session
$$;

-- Ends a person's sessions in the network's agencies, and the view they have open into one; where else they are signed in is none of its
-- business. The door asks for the view's session with every transaction, so that it ends on the very next one, on every server.
create or replace function network_end_sessions(who uuid) returns bigint
language sql volatile security definer set search_path = public as $$
  with closed as (
    update support_grants g set session_id = null
    where g.network_id = nullif(current_setting('app.network_id', true), '')::uuid and g.user_id = who and g.session_id is not null),
  ended as (
    update sessions s set revoked_at = now() from agencies a
    where a.id = s.agency_id and a.network_id = nullif(current_setting('app.network_id', true), '')::uuid and s.user_id = who and s.revoked_at is null
    returning 1)
  select count(*) from ended
$$;

revoke execute on function members_by_network(), network_memberships(uuid, uuid), network_offer(uuid, uuid, uuid, text[], timestamptz), directory_leave_support(uuid) from public;
grant execute on function network_memberships(uuid, uuid), network_offer(uuid, uuid, uuid, text[], timestamptz) to pratica_network;
grant execute on function directory_leave_support(uuid) to pratica_directory;
grant execute on function members_by_network() to pratica_owner; -- who makes the trigger; nobody calls a trigger's function
reset role;
revoke create on schema public from pratica_definer;
create trigger members_by_network before insert on members for each row when (current_user = 'pratica_network') execute function members_by_network();

-- +goose Up
-- The directory: from a session, key or e-mail to memberships, through these functions only.
-- They belong to pratica_definer, which row security lets see exactly the tables below.
call open_table_to('members', 'pratica_definer', 'select, update');
call open_table_to('agencies', 'pratica_definer', 'select');
call open_table_to('networks', 'pratica_definer', 'select, insert');
call open_table_to('network_members', 'pratica_definer', 'select, insert');
call open_table_to('api_keys', 'pratica_definer', 'select, update');
grant select, insert, update on users, sessions, tokens to pratica_definer;

create function directory_session(hash bytea)
returns table (session_id uuid, user_id uuid, agency_id uuid, name text, email text, locale text)
language sql stable security definer set search_path = public as $$
  select s.id, s.user_id, s.agency_id, u.name, u.email, u.locale
  from sessions s join users u on u.id = s.user_id
  where s.token_hash = hash and s.revoked_at is null and s.expires_at > now()
$$;

create function directory_key(hash bytea)
returns table (key_id uuid, agency_id uuid)
language sql stable security definer set search_path = public as $$
  select k.id, k.tenant_id from api_keys k
  where k.secret_hash = hash and k.revoked_at is null and k.expires_at > now()
$$;

create function directory_key_used(key uuid) returns void
language sql security definer set search_path = public as $$
  update api_keys set last_used_at = now() where id = key and (last_used_at is null or last_used_at < now() - interval '1 minute')
$$;

create function directory_user(mail text)
returns table (user_id uuid, name text, locale text, password_hash text)
language sql stable security definer set search_path = public as $$
  select u.id, u.name, u.locale, u.password_hash from users u where u.email = lower(mail)
$$;

create function directory_agencies(who uuid)
returns table (agency_id uuid, name text, roles text[])
language sql stable security definer set search_path = public as $$
  select a.id, a.name, m.roles from members m join agencies a on a.id = m.tenant_id
  where m.user_id = who and m.status = 'active' and a.status = 'active' order by a.name, a.id
$$;

create function directory_networks(who uuid)
returns table (network_id uuid, name text, roles text[])
language sql stable security definer set search_path = public as $$
  select n.id, n.name, m.roles from network_members m join networks n on n.id = m.network_id
  where m.user_id = who order by n.name, n.id
$$;

create function directory_open_session(hash bytea, session uuid, who uuid, agency uuid, until timestamptz) returns void
language sql security definer set search_path = public as $$
  insert into sessions (token_hash, id, user_id, agency_id, expires_at)
  select hash, session, who, (select m.tenant_id from members m where m.user_id = who and m.tenant_id = agency and m.status = 'active'), until
$$;

create function directory_choose_agency(session uuid, agency uuid) returns boolean
language sql security definer set search_path = public as $$
  with moved as (
    update sessions s set agency_id = agency
    where s.id = session and s.revoked_at is null
      and exists (select from members m where m.tenant_id = agency and m.user_id = s.user_id and m.status = 'active')
    returning 1)
  select exists (select from moved)
$$;

create function directory_close_session(session uuid) returns void
language sql security definer set search_path = public as $$
  update sessions set revoked_at = now() where id = session and revoked_at is null
$$;

create function directory_close_sessions(who uuid) returns void
language sql security definer set search_path = public as $$
  update sessions set revoked_at = now() where user_id = who and revoked_at is null
$$;

-- The user of an e-mail, made if new. An existing one keeps the name they chose.
create function directory_ensure_user(fresh uuid, mail text, called text, tongue text) returns uuid
language sql security definer set search_path = public as $$
  with made as (
    insert into users (id, email, name, locale) values (fresh, lower(mail), called, tongue)
    on conflict (email) do nothing returning id)
  select id from made union all select id from users where email = lower(mail) limit 1
$$;

create function directory_issue_token(hash bytea, why text, who uuid, agency uuid, until timestamptz) returns void
language sql security definer set search_path = public as $$
  insert into tokens (token_hash, purpose, user_id, agency_id, expires_at) values (hash, why, who, agency, until)
$$;

create function directory_token(hash bytea, why text)
returns table (user_id uuid, agency_id uuid, name text, email text)
language sql stable security definer set search_path = public as $$
  select t.user_id, t.agency_id, u.name, u.email from tokens t join users u on u.id = t.user_id
  where t.token_hash = hash and t.purpose = why and t.used_at is null and t.expires_at > now()
$$;

-- Spends a one-time token; two callers at once: one gets it.
create function directory_spend_token(hash bytea, why text)
returns table (user_id uuid, agency_id uuid)
language sql security definer set search_path = public as $$
  update tokens set used_at = now()
  where token_hash = hash and purpose = why and used_at is null and expires_at > now()
  returning user_id, agency_id
$$;

create function directory_set_password(who uuid, secret text) returns void
language sql security definer set search_path = public as $$
  update users set password_hash = secret where id = who
$$;

-- +goose StatementBegin
create function directory_set_profile(who uuid, called text, tongue text) returns void
language sql security definer set search_path = public as $$
  update users set name = coalesce(called, name), locale = coalesce(tongue, locale) where id = who;
  update members set name = called, version = version + 1 where user_id = who and called is not null and name <> called;
$$;
-- +goose StatementEnd

create function directory_join(who uuid, agency uuid) returns void
language sql security definer set search_path = public as $$
  update members set status = 'active', version = version + 1 where user_id = who and tenant_id = agency and status = 'invited'
$$;

-- +goose StatementBegin
create function directory_found_network(net uuid, called text, oam text, admin uuid) returns void
language sql security definer set search_path = public as $$
  insert into networks (id, name, oam_number) values (net, called, oam);
  insert into network_members (network_id, user_id, roles) values (net, admin, array['network_admin']);
$$;
-- +goose StatementEnd

-- Inviting happens in the agency's own transaction: the purpose, the agency and the standing of the person are not the caller's to choose.
create function issue_invitation(hash bytea, who uuid, until timestamptz) returns void
language sql security definer set search_path = public as $$
  insert into tokens (token_hash, purpose, user_id, agency_id, expires_at)
  select hash, 'invite', m.user_id, m.tenant_id, until from members m
  where m.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid and m.user_id = who and m.status = 'invited'
$$;
revoke execute on function issue_invitation(bytea, uuid, timestamptz) from public;
grant execute on function issue_invitation(bytea, uuid, timestamptz) to pratica_app, pratica_network;
alter function issue_invitation(bytea, uuid, timestamptz) owner to pratica_definer;

-- +goose StatementBegin
do $$
declare f regprocedure;
begin
  for f in select p.oid::regprocedure from pg_proc p join pg_namespace n on n.oid = p.pronamespace
           where n.nspname = 'public' and p.proname like 'directory\_%' loop
    -- Before the owner changes: afterwards these would be refused with no more than a warning.
    execute format('revoke execute on function %s from public', f);
    execute format('grant execute on function %s to pratica_directory', f);
    execute format('alter function %s owner to pratica_definer', f);
  end loop;
end $$;
-- +goose StatementEnd

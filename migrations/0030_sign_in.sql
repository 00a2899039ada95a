-- +goose Up
-- Sessions learn when their person last proved who they are, when they were last used, and from where; sign-ins wait for a second
-- factor; and everything that was tried leaves a trail its person can read.
alter table sessions
  add column verified_at timestamptz not null default now(),
  add column seen_at timestamptz not null default date_trunc('minute', now()),
  add column method text not null default 'link',
  add column device text not null default '',
  add column network text not null default '';
comment on column sessions.verified_at is 'The last proof: the sign-in, or a confirmation since. Dangerous actions need a recent one.';
comment on column sessions.seen_at is 'Last use, to the minute: enough to recognise a session by and to end an idle one.';
comment on column sessions.network is 'Where it was opened from, cut to /24 or /48.';
create index sessions_user_idx on sessions (user_id) where revoked_at is null;

create table pending_sign_ins (
  token_hash bytea not null,
  user_id uuid not null,
  agency_id uuid,
  tries integer not null default 0,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  constraint pending_sign_ins_pkey primary key (token_hash),
  constraint pending_sign_ins_user_fkey foreign key (user_id) references users (id),
  constraint pending_sign_ins_agency_fkey foreign key (agency_id) references agencies (id)
);
comment on table pending_sign_ins is 'A right password that waits for the second factor: a few minutes, five tries, then it is gone.';
create index pending_sign_ins_expires_idx on pending_sign_ins (expires_at);

create table sign_ins (
  id uuid not null,
  user_id uuid not null,
  at timestamptz not null default now(),
  step text not null,
  method text not null,
  outcome text not null,
  device text not null,
  network text not null,
  constraint sign_ins_pkey primary key (id),
  constraint sign_ins_user_fkey foreign key (user_id) references users (id),
  constraint sign_ins_step_check check (step in ('sign_in', 'second_factor', 'step_up', 'factor')),
  constraint sign_ins_outcome_check check (outcome in ('done', 'refused'))
);
comment on table sign_ins is 'What was tried with a person''s account, for that person to read: 90 days.';
create index sign_ins_user_idx on sign_ins (user_id, at desc);
create index sign_ins_at_idx on sign_ins (at);

grant select, insert, update, delete on pending_sign_ins, sign_ins to pratica_definer;

grant create on schema public to pratica_definer;
set local role pratica_definer;
drop function directory_session(bytea);
-- With defaults, so that a server of the version before goes on during the update. unnoted: its last use has to be written down. must_enrol: the agency wants a second factor and the person has none.
create function directory_session(hash bytea, idle interval default '2 hours', proof interval default '10 minutes')
returns table (session_id uuid, user_id uuid, agency_id uuid, name text, email text, locale text, proven boolean, unnoted boolean, must_enrol boolean)
language sql stable security definer set search_path = public as $$
  select s.id, s.user_id, s.agency_id, u.name, u.email, u.locale, s.verified_at > now() - proof, s.seen_at < date_trunc('minute', now()),
    coalesce(a.require_second_factor, false)
      and not exists (select from totp_secrets t where t.user_id = u.id and t.confirmed_at is not null)
      and not exists (select from passkeys p where p.user_id = u.id and p.cloned_at is null)
  from sessions s join users u on u.id = s.user_id left join agencies a on a.id = s.agency_id
  where s.token_hash = hash and s.revoked_at is null and s.expires_at > now() and s.seen_at > now() - idle
$$;

create function directory_note_session(session uuid) returns void
language sql security definer set search_path = public as $$
  update sessions set seen_at = date_trunc('minute', now()) where id = session and seen_at < date_trunc('minute', now())
$$;

drop function directory_open_session(bytea, uuid, uuid, uuid, timestamptz);
create function directory_open_session(hash bytea, session uuid, who uuid, agency uuid, until timestamptz, how text default 'link', called text default '', place text default '') returns void
language sql security definer set search_path = public as $$
  insert into sessions (token_hash, id, user_id, agency_id, expires_at, method, device, network)
  select hash, session, who, (select m.tenant_id from members m where m.user_id = who and m.tenant_id = agency and m.status = 'active'), until, how, called, place
$$;

-- A proof gives the session a new secret: whoever copied the old one does not profit from it.
create function directory_prove_session(session uuid, fresh bytea) returns boolean
language sql security definer set search_path = public as $$
  with proven as (update sessions set token_hash = fresh, verified_at = now() where id = session and revoked_at is null and expires_at > now() returning 1)
  select exists (select from proven)
$$;

create function directory_sessions(who uuid, idle interval)
returns table (id uuid, device text, network text, method text, created_at timestamptz, seen_at timestamptz)
language sql stable security definer set search_path = public as $$
  select s.id, s.device, s.network, s.method, s.created_at, s.seen_at from sessions s
  where s.user_id = who and s.revoked_at is null and s.expires_at > now() and s.seen_at > now() - idle order by s.seen_at desc, s.id limit 200
$$;

create function directory_end_session(who uuid, session uuid) returns boolean
language sql security definer set search_path = public as $$
  with gone as (update sessions set revoked_at = now() where id = session and user_id = who and revoked_at is null returning 1)
  select exists (select from gone)
$$;

create function directory_end_other_sessions(who uuid, session uuid) returns void
language sql security definer set search_path = public as $$
  update sessions set revoked_at = now() where user_id = who and id <> session and revoked_at is null
$$;

create function directory_hold_sign_in(hash bytea, who uuid, agency uuid, lasts interval) returns void
language sql security definer set search_path = public as $$
  insert into pending_sign_ins (token_hash, user_id, agency_id, expires_at) values (hash, who, agency, now() + lasts)
$$;

-- Every try counts before it is judged, so that many at once are no more than one after the other.
create function directory_try_held(hash bytea, most integer)
returns table (user_id uuid, agency_id uuid)
language sql security definer set search_path = public as $$
  update pending_sign_ins p set tries = p.tries + 1 where p.token_hash = hash and p.tries < most and p.expires_at > now() returning p.user_id, p.agency_id
$$;

create function directory_take_held(hash bytea) returns boolean
language sql security definer set search_path = public as $$
  with taken as (delete from pending_sign_ins where token_hash = hash and expires_at > now() returning 1)
  select exists (select from taken)
$$;

-- Writes a line of the trail. fresh: the person signs in from a device and network not seen in the trail, which is not empty.
-- +goose StatementBegin
create function directory_trail(line uuid, who uuid, what text, how text, came text, called text, place text) returns boolean
language plpgsql security definer set search_path = public as $$
declare fresh boolean;
begin
  select exists (select from sign_ins s where s.user_id = who and s.outcome = 'done')
    and not exists (select from sign_ins s where s.user_id = who and s.outcome = 'done' and s.device = called and s.network = place) into fresh;
  insert into sign_ins (id, user_id, step, method, outcome, device, network) values (line, who, what, how, came, called, place);
  return fresh and came = 'done';
end $$;
-- +goose StatementEnd

create function directory_sign_ins(who uuid)
returns table (id uuid, at timestamptz, step text, method text, outcome text, device text, network text)
language sql stable security definer set search_path = public as $$
  select s.id, s.at, s.step, s.method, s.outcome, s.device, s.network from sign_ins s
  where s.user_id = who and s.at > now() - interval '90 days' order by s.at desc, s.id desc limit 200
$$;

-- With the sessions goes what waits to become one.
-- +goose StatementBegin
create or replace function directory_close_sessions(who uuid) returns void
language sql security definer set search_path = public as $$
  delete from pending_sign_ins where user_id = who;
  update sessions set revoked_at = now() where user_id = who and revoked_at is null;
$$;
-- +goose StatementEnd

-- What has ended is deleted: a trail after 90 days, the rest after one.
-- +goose StatementBegin
create or replace function forget_sign_ins(most integer) returns bigint
language sql security definer set search_path = public as $$
  with old_sessions as (
    delete from sessions where token_hash in (select token_hash from sessions where least(expires_at, revoked_at) < now() - interval '24 hours' limit most) returning 1),
  old_tokens as (
    delete from tokens where token_hash in (select token_hash from tokens where least(expires_at, used_at) < now() - interval '24 hours' limit most) returning 1),
  old_held as (
    delete from pending_sign_ins where token_hash in (select token_hash from pending_sign_ins where expires_at < now() - interval '24 hours' limit most) returning 1),
  old_challenges as (
    delete from challenges where challenge_hash in (select challenge_hash from challenges where expires_at < now() - interval '24 hours' limit most) returning 1),
  old_trail as (
    delete from sign_ins where id in (select id from sign_ins where at < now() - interval '90 days' limit most) returning 1)
  select greatest((select count(*) from old_sessions), (select count(*) from old_tokens), (select count(*) from old_held), (select count(*) from old_challenges), (select count(*) from old_trail))
$$;
-- +goose StatementEnd

create function directory_contact(who uuid)
returns table (email text, name text, locale text, password_hash text)
language sql stable security definer set search_path = public as $$
  select u.email, u.name, u.locale, u.password_hash from users u where u.id = who
$$;

-- An admin ends a member's sessions of this agency; that the person is signed in elsewhere is none of its business.
create function end_member_sessions(who uuid) returns void
language sql security definer set search_path = public as $$
  update sessions s set revoked_at = now()
  where s.user_id = who and s.agency_id = nullif(current_setting('app.tenant_id', true), '')::uuid and s.revoked_at is null
$$;
revoke execute on function end_member_sessions(uuid) from public;
grant execute on function end_member_sessions(uuid) to pratica_app;

-- +goose StatementBegin
do $$
declare f regprocedure;
begin
  for f in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'public'::regnamespace and p.proname = any (array[
      'directory_session', 'directory_note_session', 'directory_open_session', 'directory_prove_session', 'directory_sessions', 'directory_end_session',
      'directory_end_other_sessions', 'directory_hold_sign_in', 'directory_try_held', 'directory_take_held', 'directory_trail', 'directory_sign_ins', 'directory_contact']) loop
    execute format('revoke execute on function %s from public', f);
    execute format('grant execute on function %s to pratica_directory', f);
  end loop;
end $$;
-- +goose StatementEnd
reset role;
revoke create on schema public from pratica_definer;

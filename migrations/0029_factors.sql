-- +goose Up
-- What besides a password proves who somebody is. All of it belongs to a person, above any agency, so nothing here has a tenant:
-- only the directory's functions touch these tables.
create table passkeys (
  id uuid not null,
  user_id uuid not null,
  credential_id bytea not null,
  name text not null,
  record jsonb not null,
  sign_count bigint not null default 0,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  cloned_at timestamptz,
  constraint passkeys_pkey primary key (id),
  constraint passkeys_user_fkey foreign key (user_id) references users (id),
  constraint passkeys_credential_key unique (credential_id),
  constraint passkeys_name_check check (length(name) between 1 and 100)
);
comment on table passkeys is 'Public keys of a person''s authenticators (WebAuthn). Nothing in it is secret.';
comment on column passkeys.record is 'The credential as the library keeps it: public key, flags, attestation.';
comment on column passkeys.cloned_at is 'Its counter went back: two authenticators hold the key. It opens nothing any more.';
create index passkeys_user_idx on passkeys (user_id);

create table totp_secrets (
  user_id uuid not null,
  sealed bytea not null,
  last_step bigint not null default 0,
  created_at timestamptz not null default now(),
  confirmed_at timestamptz,
  constraint totp_secrets_pkey primary key (user_id),
  constraint totp_secrets_user_fkey foreign key (user_id) references users (id)
);
comment on table totp_secrets is 'The secret a person''s code generator shares with us, sealed with the installation''s root key.';
comment on column totp_secrets.last_step is 'The half minute of the last code taken: no code of it or before is taken again.';

create table recovery_codes (
  user_id uuid not null,
  code_hash bytea not null,
  created_at timestamptz not null default now(),
  used_at timestamptz,
  constraint recovery_codes_pkey primary key (user_id, code_hash),
  constraint recovery_codes_user_fkey foreign key (user_id) references users (id)
);
comment on table recovery_codes is 'SHA-256 of codes of 80 random bits, which need no slow hash. Each works once.';

create table challenges (
  challenge_hash bytea not null,
  user_id uuid,
  ceremony jsonb not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  constraint challenges_pkey primary key (challenge_hash),
  constraint challenges_user_fkey foreign key (user_id) references users (id)
);
comment on table challenges is 'What an authenticator was asked to sign. Taken away by the first answer. user_id: of a registration only.';
create index challenges_expires_idx on challenges (expires_at);

alter table agencies add column require_second_factor boolean not null default false;
comment on column agencies.require_second_factor is 'Members without a passkey or confirmed TOTP may do nothing here but enrol one.';

grant select, insert, update, delete on passkeys, totp_secrets, recovery_codes, challenges to pratica_definer;

-- Made by their owner, so that only it can ever replace them.
grant create on schema public to pratica_definer;
set local role pratica_definer;
create function directory_factors(who uuid)
returns table (has_password boolean, totp boolean, passkeys integer, recovery_codes integer)
language sql stable security definer set search_path = public as $$
  select u.password_hash is not null, exists (select from totp_secrets t where t.user_id = who and t.confirmed_at is not null),
    (select count(*)::int from passkeys p where p.user_id = who and p.cloned_at is null),
    (select count(*)::int from recovery_codes r where r.user_id = who and r.used_at is null)
  from users u where u.id = who
$$;

-- A new secret replaces one that was never confirmed, and no other.
create function directory_enrol_totp(who uuid, secret bytea) returns boolean
language sql security definer set search_path = public as $$
  with kept as (
    insert into totp_secrets (user_id, sealed) values (who, secret)
    on conflict (user_id) do update set sealed = excluded.sealed, last_step = 0, created_at = now() where totp_secrets.confirmed_at is null
    returning 1)
  select exists (select from kept)
$$;

create function directory_totp(who uuid)
returns table (sealed bytea, confirmed boolean)
language sql stable security definer set search_path = public as $$
  select t.sealed, t.confirmed_at is not null from totp_secrets t where t.user_id = who
$$;

-- Takes a step once; of two callers with the same code one gets it.
create function directory_take_totp_step(who uuid, step bigint, confirming boolean) returns boolean
language sql security definer set search_path = public as $$
  with taken as (
    update totp_secrets set last_step = step, confirmed_at = coalesce(confirmed_at, now())
    where user_id = who and last_step < step and (confirming or confirmed_at is not null) returning 1)
  select exists (select from taken)
$$;

create function directory_remove_totp(who uuid) returns boolean
language sql security definer set search_path = public as $$
  with gone as (delete from totp_secrets where user_id = who returning confirmed_at)
  select coalesce((select confirmed_at is not null from gone), false)
$$;

-- +goose StatementBegin
create function directory_set_recovery_codes(who uuid, hashes bytea[]) returns void
language sql security definer set search_path = public as $$
  delete from recovery_codes where user_id = who;
  insert into recovery_codes (user_id, code_hash) select who, h from unnest(hashes) h;
$$;
-- +goose StatementEnd

create function directory_spend_recovery_code(who uuid, hash bytea) returns boolean
language sql security definer set search_path = public as $$
  with spent as (update recovery_codes set used_at = now() where user_id = who and code_hash = hash and used_at is null returning 1)
  select exists (select from spent)
$$;

create function directory_keep_challenge(hash bytea, who uuid, data jsonb, lasts interval) returns void
language sql security definer set search_path = public as $$
  insert into challenges (challenge_hash, user_id, ceremony, expires_at) values (hash, who, data, now() + lasts)
$$;

create function directory_take_challenge(hash bytea)
returns table (user_id uuid, ceremony jsonb)
language sql security definer set search_path = public as $$
  with taken as (delete from challenges c where c.challenge_hash = hash returning c.user_id, c.ceremony, c.expires_at)
  select t.user_id, t.ceremony from taken t where t.expires_at > now()
$$;

create function directory_add_passkey(key uuid, who uuid, credential bytea, called text, data jsonb, count bigint) returns boolean
language sql security definer set search_path = public as $$
  with made as (
    insert into passkeys (id, user_id, credential_id, name, record, sign_count)
    select key, who, credential, called, data, count where (select count(*) from passkeys p where p.user_id = who) < 20
    on conflict do nothing returning 1)
  select exists (select from made)
$$;

create function directory_passkeys(who uuid)
returns table (id uuid, name text, created_at timestamptz, last_used_at timestamptz, cloned boolean, record jsonb)
language sql stable security definer set search_path = public as $$
  select p.id, p.name, p.created_at, p.last_used_at, p.cloned_at is not null, p.record from passkeys p where p.user_id = who order by p.created_at, p.id
$$;

create function directory_passkey(credential bytea)
returns table (id uuid, user_id uuid, record jsonb, sign_count bigint, cloned boolean)
language sql stable security definer set search_path = public as $$
  select p.id, p.user_id, p.record, p.sign_count, p.cloned_at is not null from passkeys p where p.credential_id = credential
$$;

-- Takes a use with its counter: it must go up, unless the authenticator counts nothing. A counter that does not marks the key as
-- copied, and false is returned; of two callers with the same counter one gets true.
-- +goose StatementBegin
create function directory_use_passkey(key uuid, count bigint) returns boolean
language plpgsql security definer set search_path = public as $$
begin
  update passkeys set sign_count = count, last_used_at = now()
  where id = key and cloned_at is null and (sign_count < count or (sign_count = 0 and count = 0));
  if found then return true; end if;
  update passkeys set cloned_at = now() where id = key and cloned_at is null;
  return false;
end $$;
-- +goose StatementEnd

create function directory_rename_passkey(who uuid, key uuid, called text) returns boolean
language sql security definer set search_path = public as $$
  with named as (update passkeys set name = called where id = key and user_id = who returning 1)
  select exists (select from named)
$$;

create function directory_remove_passkey(who uuid, key uuid) returns boolean
language sql security definer set search_path = public as $$
  with gone as (delete from passkeys where id = key and user_id = who returning 1)
  select exists (select from gone)
$$;

-- Recovery codes stand in for a factor; without one they would be a password nobody chose.
create function directory_drop_stray_codes(who uuid) returns void
language sql security definer set search_path = public as $$
  delete from recovery_codes where user_id = who
    and not exists (select from totp_secrets t where t.user_id = who and t.confirmed_at is not null)
    and not exists (select from passkeys p where p.user_id = who and p.cloned_at is null)
$$;

-- +goose StatementBegin
create function directory_reset_factors(who uuid) returns void
language sql security definer set search_path = public as $$
  delete from passkeys where user_id = who;
  delete from totp_secrets where user_id = who;
  delete from recovery_codes where user_id = who;
  update sessions set revoked_at = now() where user_id = who and revoked_at is null;
$$;
-- +goose StatementEnd

-- +goose StatementBegin
do $$
declare f regprocedure;
begin
  for f in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'public'::regnamespace and p.proname = any (array[
      'directory_factors', 'directory_enrol_totp', 'directory_totp', 'directory_take_totp_step', 'directory_remove_totp', 'directory_set_recovery_codes',
      'directory_spend_recovery_code', 'directory_keep_challenge', 'directory_take_challenge', 'directory_add_passkey', 'directory_passkeys', 'directory_passkey',
      'directory_use_passkey', 'directory_rename_passkey', 'directory_remove_passkey', 'directory_drop_stray_codes', 'directory_reset_factors']) loop
    execute format('revoke execute on function %s from public', f);
    execute format('grant execute on function %s to pratica_directory', f);
  end loop;
end $$;
-- +goose StatementEnd
reset role;
revoke create on schema public from pratica_definer;

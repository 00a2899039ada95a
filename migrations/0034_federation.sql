-- +goose Up
-- Who else vouches for people and machines: an agency's identity provider, clients that buy short tokens, a network's directory (SCIM).

create table identity_providers (
  tenant_id uuid not null,
  id uuid not null,
  issuer text not null,
  client_id text not null,
  client_secret bytea,
  domains text[] not null default '{}',
  first_role text not null default '',
  role_claim text not null default '',
  role_map jsonb not null default '{}',
  exclusive boolean not null default false,
  active boolean not null default true,
  version integer not null default 2,
  created_at timestamptz not null,
  constraint identity_providers_pkey primary key (tenant_id),
  constraint identity_providers_agency_fkey foreign key (tenant_id) references agencies (id),
  constraint identity_providers_secret_check check (not active or client_secret is not null),
  constraint identity_providers_exclusive_check check (active or not exclusive)
);
comment on table identity_providers is 'The OpenID provider an agency''s people may sign in by. One that was removed stays without its secret, so that its version goes on.';
comment on column identity_providers.client_secret is 'Sealed by the agency''s key. Written, never read back.';
comment on column identity_providers.first_role is 'Role of whoever signs in for the first time and is no member; '''': members only.';
comment on column identity_providers.role_map is 'Values of role_claim to roles, for the first sign-in.';
comment on column identity_providers.exclusive is 'The agency is entered by this provider only (and by the operator''s links).';
call close_tenant_table('identity_providers', 'select, insert, update');
call open_table_to('identity_providers', 'pratica_definer', 'select (tenant_id, active, exclusive)');

create table oidc_sign_ins (
  tenant_id uuid not null,
  state_hash bytea not null,
  browser_hash bytea not null,
  provider_version integer not null,
  expires_at timestamptz not null,
  constraint oidc_sign_ins_pkey primary key (tenant_id, state_hash),
  constraint oidc_sign_ins_agency_fkey foreign key (tenant_id) references agencies (id)
);
comment on table oidc_sign_ins is 'Sign-ins that are at the provider: ten minutes, taken away by the first answer. The browser''s cookie makes nonce and PKCE verifier; only hashes are here.';
comment on column oidc_sign_ins.provider_version is 'Of the configuration it began with: an answer under another one does not count.';
call close_tenant_table('oidc_sign_ins', 'select, insert, delete');

create table federated_people (
  tenant_id uuid not null,
  subject_hash bytea not null,
  issuer text not null,
  user_id uuid not null,
  created_at timestamptz not null,
  constraint federated_people_pkey primary key (tenant_id, subject_hash),
  constraint federated_people_agency_fkey foreign key (tenant_id) references agencies (id),
  constraint federated_people_user_fkey foreign key (user_id) references users (id)
);
comment on table federated_people is 'Whom a provider''s subject stands for in this agency, by SHA-256 of issuer and subject. Another agency with the same provider has links of its own.';
create index federated_people_user_idx on federated_people (tenant_id, user_id);
call close_tenant_table('federated_people', 'select, insert, delete');

alter table members add column by_provider boolean not null default false;
comment on column members.by_provider is 'Came by the agency''s identity provider and has taken up no invitation: only sign-ins by it are in the agency, and the person''s other ones do not list it.';

-- Keys may be narrowed to some actions, and clients buy tokens with theirs.
alter table api_keys add column actions text[], add column client boolean not null default false;
comment on column api_keys.actions is 'Of what the roles may, only these; null: all of it.';
comment on column api_keys.client is 'An OAuth2 client: its secret opens nothing but POST /oauth/token.';

create table access_tokens (
  tenant_id uuid not null,
  id uuid not null,
  key_id uuid not null,
  token_hash bytea not null,
  roles text[] not null,
  actions text[],
  created_at timestamptz not null,
  expires_at timestamptz not null,
  constraint access_tokens_pkey primary key (tenant_id, id),
  constraint access_tokens_key_fkey foreign key (tenant_id, key_id) references api_keys (tenant_id, id),
  constraint access_tokens_hash_key unique (tenant_id, token_hash)
);
comment on table access_tokens is 'What clients have bought: a quarter of an hour each, and over with the client. By SHA-256 of 224 random bits.';
comment on column access_tokens.roles is 'Some or all of the client''s. What it has lost since does not count.';
create index access_tokens_hash_idx on access_tokens (token_hash);
create index access_tokens_key_idx on access_tokens (tenant_id, key_id, expires_at);
call close_tenant_table('access_tokens', 'select, insert, delete');
call open_table_to('access_tokens', 'pratica_definer', 'select');

-- A network's directory.
create table network_scim_tokens (
  network_id uuid not null,
  id uuid not null,
  name text not null,
  prefix text not null,
  token_hash bytea not null,
  roles text[] not null,
  created_by uuid not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz,
  constraint network_scim_tokens_pkey primary key (network_id, id),
  constraint network_scim_tokens_network_fkey foreign key (network_id) references networks (id),
  constraint network_scim_tokens_hash_key unique (network_id, token_hash)
);
comment on table network_scim_tokens is 'With what a network''s own directory keeps people by SCIM. By SHA-256 of 224 random bits.';
comment on column network_scim_tokens.roles is 'The roles it may give and take: all other groups are not there for it.';
create index network_scim_tokens_hash_idx on network_scim_tokens (token_hash);

create table network_people (
  network_id uuid not null,
  user_id uuid not null,
  external_id text,
  email text not null,
  name text not null,
  active boolean not null default true,
  paused uuid[] not null default '{}',
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  removed_at timestamptz,
  constraint network_people_pkey primary key (network_id, user_id),
  constraint network_people_external_key unique (network_id, external_id),
  constraint network_people_network_fkey foreign key (network_id) references networks (id),
  constraint network_people_user_fkey foreign key (user_id) references users (id)
);
comment on table network_people is 'The people of a network and its agencies as the network''s directory keeps them. Name and e-mail are the network''s own copy.';
comment on column network_people.active is 'False: disabled by the directory, in all agencies and in the network itself.';
comment on column network_people.paused is 'The memberships that disabling has disabled, to be taken up again with it.';

-- +goose StatementBegin
do $$
declare tab text;
begin
  foreach tab in array array['network_scim_tokens', 'network_people'] loop
    execute format('alter table %I enable row level security', tab);
    execute format('alter table %I force row level security', tab);
    execute format('create policy network on %I to pratica_network using (network_id = nullif((select current_setting(''app.network_id'', true)), '''')::uuid)
      with check (network_id = nullif((select current_setting(''app.network_id'', true)), '''')::uuid)', tab);
  end loop;
end $$;
-- +goose StatementEnd
grant select, insert, update (revoked_at) on network_scim_tokens to pratica_network;
grant select, insert, update on network_people to pratica_network;
call open_table_to('network_scim_tokens', 'pratica_definer', 'select, update (last_used_at)');
call open_table_to('network_people', 'pratica_definer', 'select, insert');

-- Made by their owner, so that only it can ever replace them.
grant create on schema public to pratica_definer;
set local role pratica_definer;

-- Whether a session opened in this way may be in an agency: where only the provider opens, by it or by an operator's link; where the
-- person has come by the provider alone, by it.
create function session_fits(how text, agency uuid, who uuid) returns boolean
language sql stable set search_path = public as $$
  select (how in ('oidc', 'link') or not exists (select from identity_providers p where p.tenant_id = agency and p.active and p.exclusive))
    and (how = 'oidc' or not exists (select from members m where m.tenant_id = agency and m.user_id = who and m.by_provider))
$$;

create or replace function directory_open_session(hash bytea, session uuid, who uuid, agency uuid, until timestamptz, how text default 'link', called text default '', place text default '') returns void
language sql security definer set search_path = public as $$
  insert into sessions (token_hash, id, user_id, agency_id, expires_at, method, device, network)
  select hash, session, who, (select m.tenant_id from members m where m.user_id = who and m.tenant_id = agency and m.status = 'active' and session_fits(how, agency, who)), until, how, called, place
$$;

-- A session by an agency's provider stays in that agency: the agency, not the person, has chosen who vouches.
create or replace function directory_choose_agency(session uuid, agency uuid) returns boolean
language sql security definer set search_path = public as $$
  with moved as (
    update sessions s set agency_id = agency
    where s.id = session and s.revoked_at is null and (s.method <> 'oidc' or s.agency_id = agency)
      and exists (select from members m where m.tenant_id = agency and m.user_id = s.user_id and m.status = 'active')
      and session_fits(s.method, agency, s.user_id)
    returning 1)
  select exists (select from moved)
$$;

drop function directory_session(bytea, interval, interval);
create function directory_session(hash bytea, idle interval default '2 hours', proof interval default '10 minutes')
returns table (session_id uuid, user_id uuid, agency_id uuid, name text, email text, locale text, proven boolean, unnoted boolean, must_enrol boolean, bound boolean)
language sql stable security definer set search_path = public as $$
  select s.id, s.user_id, case when session_fits(s.method, s.agency_id, s.user_id) then s.agency_id end, u.name, u.email, u.locale,
    s.verified_at > now() - proof, s.seen_at < date_trunc('minute', now()),
    coalesce(a.require_second_factor, false) and s.method <> 'oidc' -- the provider sees to it
      and not exists (select from totp_secrets t where t.user_id = u.id and t.confirmed_at is not null)
      and not exists (select from passkeys p where p.user_id = u.id and p.cloned_at is null),
    s.method = 'oidc'
  from sessions s join users u on u.id = s.user_id left join agencies a on a.id = s.agency_id
  where s.token_hash = hash and s.revoked_at is null and s.expires_at > now() and s.seen_at > now() - idle
$$;

-- The one agency that a session by its provider is in.
create function directory_bound_agency(session uuid)
returns table (agency_id uuid, name text, roles text[])
language sql stable security definer set search_path = public as $$
  select a.id, a.name, m.roles from sessions s join members m on m.tenant_id = s.agency_id and m.user_id = s.user_id join agencies a on a.id = m.tenant_id
  where s.id = session and s.method = 'oidc' and m.status = 'active' and a.status = 'active'
$$;

create or replace function directory_agencies(who uuid)
returns table (agency_id uuid, name text, roles text[])
language sql stable security definer set search_path = public as $$
  select a.id, a.name, m.roles from members m join agencies a on a.id = m.tenant_id
  where m.user_id = who and m.status = 'active' and a.status = 'active' and not m.by_provider order by a.name, a.id
$$;

create or replace function directory_join(who uuid, agency uuid) returns void
language sql security definer set search_path = public as $$
  update members set status = 'active', version = version + 1, by_provider = false where user_id = who and tenant_id = agency and (status = 'invited' or status = 'active' and by_provider)
$$;

-- Whom the network's directory has disabled acts for it no more.
create or replace function directory_networks(who uuid)
returns table (network_id uuid, name text, roles text[])
language sql stable security definer set search_path = public as $$
  select n.id, n.name, m.roles from network_members m join networks n on n.id = m.network_id
  where m.user_id = who and not exists (select from network_people p where p.network_id = m.network_id and p.user_id = who and not p.active)
  order by n.name, n.id
$$;

create or replace function directory_support(session uuid)
returns table (grant_id uuid, agency_id uuid)
language sql stable security definer set search_path = public as $$
  select g.id, g.tenant_id from support_grants g
  where g.session_id = session and g.state = 'approved'
    and exists (select from network_members m where m.network_id = g.network_id and m.user_id = g.user_id)
    and not exists (select from network_people p where p.network_id = g.network_id and p.user_id = g.user_id and not p.active)
$$;

-- A client's secret is no key.
create or replace function directory_key(hash bytea)
returns table (key_id uuid, agency_id uuid)
language sql stable security definer set search_path = public as $$
  select k.id, k.tenant_id from api_keys k
  where k.secret_hash = hash and k.revoked_at is null and k.expires_at > now() and not k.client
$$;

create function directory_client(client_id uuid, hash bytea)
returns table (key_id uuid, agency_id uuid)
language sql stable security definer set search_path = public as $$
  select k.id, k.tenant_id from api_keys k
  where k.secret_hash = hash and k.id = client_id and k.revoked_at is null and k.expires_at > now() and k.client
$$;

create function directory_access_token(hash bytea)
returns table (key_id uuid, agency_id uuid, token_id uuid)
language sql stable security definer set search_path = public as $$
  select k.id, k.tenant_id, t.id from access_tokens t join api_keys k on k.tenant_id = t.tenant_id and k.id = t.key_id
  where t.token_hash = hash and t.expires_at > now() and k.revoked_at is null and k.expires_at > now()
$$;

create function directory_scim_token(hash bytea)
returns table (token_id uuid, network_id uuid)
language sql stable security definer set search_path = public as $$
  select t.id, t.network_id from network_scim_tokens t where t.token_hash = hash and t.revoked_at is null and t.expires_at > now()
$$;

create function directory_scim_token_used(token uuid) returns void
language sql security definer set search_path = public as $$
  update network_scim_tokens set last_used_at = now() where id = token and (last_used_at is null or last_used_at < now() - interval '1 minute')
$$;

-- The people of the network and its agencies come into its directory, where they are not; how many have.
create function gather_network_people() returns bigint
language sql volatile security definer set search_path = public as $$
  with found as (
    select a.network_id, m.user_id from members m join agencies a on a.id = m.tenant_id
    where a.network_id = nullif(current_setting('app.network_id', true), '')::uuid
    union
    select n.network_id, n.user_id from network_members n
    where n.network_id = nullif(current_setting('app.network_id', true), '')::uuid),
  come as (
    insert into network_people (network_id, user_id, email, name)
    select f.network_id, f.user_id, u.email, u.name from found f join users u on u.id = f.user_id
    on conflict do nothing returning 1)
  select count(*) from come
$$;

-- Who is in which agency of the network, in which roles: of one person, one agency, or all. Nothing else of an agency is shown.
create function network_memberships(who uuid, agency uuid)
returns table (user_id uuid, agency_id uuid, member_id uuid, roles text[], status text)
language sql stable security definer set search_path = public as $$
  select m.user_id, m.tenant_id, m.id, m.roles, m.status from members m join agencies a on a.id = m.tenant_id
  where a.network_id = nullif(current_setting('app.network_id', true), '')::uuid
    and (who is null or m.user_id = who) and (agency is null or m.tenant_id = agency)
$$;

-- Changes roles, status or both of a member in one of the network's agencies; null leaves as it is.
create function network_set_member(member uuid, given text[], state text) returns boolean
language sql volatile security definer set search_path = public as $$
  with changed as (
    update members m set roles = coalesce(given, m.roles), status = coalesce(state, m.status), version = m.version + 1
    from agencies a
    where a.id = m.tenant_id and a.network_id = nullif(current_setting('app.network_id', true), '')::uuid and m.id = member
    returning 1)
  select exists (select from changed)
$$;

-- Ends a person's sessions in the network's agencies; where else they are signed in is none of its business.
create function network_end_sessions(who uuid) returns bigint
language sql volatile security definer set search_path = public as $$
  with ended as (
    update sessions s set revoked_at = now() from agencies a
    where a.id = s.agency_id and a.network_id = nullif(current_setting('app.network_id', true), '')::uuid and s.user_id = who and s.revoked_at is null
    returning 1)
  select count(*) from ended
$$;

-- +goose StatementBegin
do $$
declare f regprocedure;
begin
  for f in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'public'::regnamespace and p.proname = any (array['session_fits', 'directory_session',
      'directory_bound_agency', 'directory_client', 'directory_access_token', 'directory_scim_token', 'directory_scim_token_used',
      'gather_network_people', 'network_memberships', 'network_set_member', 'network_end_sessions']) loop
    execute format('revoke execute on function %s from public', f);
    if f::text like 'directory%' then
      execute format('grant execute on function %s to pratica_directory', f);
    elsif f::text not like 'session%' then
      execute format('grant execute on function %s to pratica_network', f);
    end if;
  end loop;
end $$;
-- +goose StatementEnd
reset role;
revoke create on schema public from pratica_definer;

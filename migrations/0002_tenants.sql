-- +goose Up
create table networks (
  id uuid not null,
  name text not null,
  oam_number text,
  created_at timestamptz not null default now(),
  constraint networks_pkey primary key (id),
  constraint networks_name_key unique (name),
  constraint networks_name_check check (length(name) between 2 and 200)
);
comment on table networks is 'Brokerage networks, registered with OAM. Global: a network is above its agencies.';

create table agencies (
  id uuid not null,
  network_id uuid not null,
  name text not null,
  city text not null default '',
  vat_number text,
  admin_email text not null default '',
  status text not null default 'active',
  policy_version integer not null default 1,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  constraint agencies_pkey primary key (id),
  constraint agencies_network_fkey foreign key (network_id) references networks (id),
  constraint agencies_name_key unique (network_id, name),
  constraint agencies_status_check check (status in ('active', 'suspended')),
  constraint agencies_name_check check (length(name) between 2 and 200)
);
comment on table agencies is 'The tenants. Their own id is the tenant id; a network sees its agencies, an agency only itself.';
comment on column agencies.policy_version is 'Raised by every change of roles or rules; the compiled decision table is cached under it.';
alter table agencies enable row level security;
alter table agencies force row level security;
create policy tenant on agencies to pratica_app
  using (id = nullif((select current_setting('app.tenant_id', true)), '')::uuid)
  with check (id = nullif((select current_setting('app.tenant_id', true)), '')::uuid);
create policy network on agencies to pratica_network
  using (network_id = nullif((select current_setting('app.network_id', true)), '')::uuid)
  with check (network_id = nullif((select current_setting('app.network_id', true)), '')::uuid);
grant select, update on agencies to pratica_app;
grant select, insert, update on agencies to pratica_network;
grant select on agencies to pratica_operator;
create policy pratica_operator on agencies to pratica_operator using (true) with check (true);

alter table networks enable row level security;
alter table networks force row level security;
create policy network on networks to pratica_network
  using (id = nullif((select current_setting('app.network_id', true)), '')::uuid)
  with check (id = nullif((select current_setting('app.network_id', true)), '')::uuid);
grant select, insert, update on networks to pratica_network;

create table users (
  id uuid not null,
  email text not null,
  name text not null,
  locale text not null default 'it',
  password_hash text,
  created_at timestamptz not null default now(),
  constraint users_pkey primary key (id),
  constraint users_email_key unique (email),
  constraint users_email_check check (email = lower(email) and email like '%_@_%' and length(email) <= 254),
  constraint users_locale_check check (locale in ('it', 'en'))
);
comment on table users is 'People who sign in, across agencies. Read and written by the directory functions only.';

create table network_members (
  network_id uuid not null,
  user_id uuid not null,
  roles text[] not null,
  created_at timestamptz not null default now(),
  constraint network_members_pkey primary key (network_id, user_id),
  constraint network_members_network_fkey foreign key (network_id) references networks (id),
  constraint network_members_user_fkey foreign key (user_id) references users (id)
);
comment on table network_members is 'Who acts for a network. A network_admin has no role in any agency.';
alter table network_members enable row level security;
alter table network_members force row level security;
create policy network on network_members to pratica_network
  using (network_id = nullif((select current_setting('app.network_id', true)), '')::uuid)
  with check (network_id = nullif((select current_setting('app.network_id', true)), '')::uuid);
grant select, insert, update, delete on network_members to pratica_network;

create table members (
  tenant_id uuid not null,
  id uuid not null,
  user_id uuid not null,
  name text not null,
  email text not null,
  roles text[] not null,
  status text not null default 'active',
  last_seen_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  constraint members_pkey primary key (tenant_id, id),
  constraint members_agency_fkey foreign key (tenant_id) references agencies (id),
  constraint members_user_fkey foreign key (user_id) references users (id),
  constraint members_user_key unique (tenant_id, user_id),
  constraint members_status_check check (status in ('active', 'invited', 'disabled')),
  constraint members_roles_check check (cardinality(roles) between 1 and 10)
);
comment on table members is 'A person''s place in an agency: roles and status. Name and e-mail are the agency''s own copy.';
call close_tenant_table('members', 'select, insert, update, delete');
-- Onboarding writes the first member of an agency it has just made; it never reads members.
create policy onboarding on members for insert to pratica_network
  with check (tenant_id = nullif((select current_setting('app.tenant_id', true)), '')::uuid);
grant insert on members to pratica_network;

create table api_keys (
  tenant_id uuid not null,
  id uuid not null,
  name text not null,
  prefix text not null,
  secret_hash bytea not null,
  roles text[] not null,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz,
  constraint api_keys_pkey primary key (tenant_id, id),
  constraint api_keys_agency_fkey foreign key (tenant_id) references agencies (id),
  constraint api_keys_secret_key unique (tenant_id, secret_hash)
);
comment on table api_keys is 'Keys of machines. The secret is shown once and kept as SHA-256 (256 random bits need no slow hash).';
create index api_keys_secret_idx on api_keys (secret_hash);
call close_tenant_table('api_keys', 'select, insert, update');

create table policy_rules (
  tenant_id uuid not null,
  id uuid not null,
  role text not null,
  action text not null,
  effect text not null default 'allow',
  created_at timestamptz not null default now(),
  constraint policy_rules_pkey primary key (tenant_id, id),
  constraint policy_rules_agency_fkey foreign key (tenant_id) references agencies (id),
  constraint policy_rules_rule_key unique (tenant_id, role, action, effect),
  constraint policy_rules_effect_check check (effect in ('allow', 'deny'))
);
comment on table policy_rules is 'An agency''s own casbin rules, added to the default ones of policies/*.csv.';
call close_tenant_table('policy_rules', 'select, insert, delete');

create table counters (
  tenant_id uuid not null,
  name text not null,
  value bigint not null,
  constraint counters_pkey primary key (tenant_id, name),
  constraint counters_agency_fkey foreign key (tenant_id) references agencies (id)
);
comment on table counters is 'Per-agency counters for human numbers; a global sequence would tell volumes.';
call close_tenant_table('counters', 'select, insert, update');

create table sessions (
  token_hash bytea not null,
  id uuid not null,
  user_id uuid not null,
  agency_id uuid,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  constraint sessions_pkey primary key (token_hash),
  constraint sessions_id_key unique (id),
  constraint sessions_user_fkey foreign key (user_id) references users (id),
  constraint sessions_agency_fkey foreign key (agency_id) references agencies (id)
);
comment on table sessions is 'Browser sessions by token hash; the token itself is never stored. agency_id is the current agency.';

create table tokens (
  token_hash bytea not null,
  purpose text not null,
  user_id uuid not null,
  agency_id uuid,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  constraint tokens_pkey primary key (token_hash),
  constraint tokens_user_fkey foreign key (user_id) references users (id),
  constraint tokens_agency_fkey foreign key (agency_id) references agencies (id),
  constraint tokens_purpose_check check (purpose in ('login', 'invite', 'reset'))
);
comment on table tokens is 'One-time links: sign-in, invitation, password reset. By hash, with an end.';

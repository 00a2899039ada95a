-- +goose Up
-- The catalogue of connectors: whom the operator trusts, what they offer, what is approved and what runs. It is the platform's, above all
-- agencies; the operator's role alone reaches it.
create table publishers (
  name text not null,
  public_key text not null,
  trusted_at timestamptz not null,
  trusted_by text not null,
  revoked_at timestamptz,
  revoked_reason text,
  constraint publishers_pkey primary key (name),
  constraint publishers_key_key unique (public_key),
  constraint publishers_name_check check (name ~ '^[a-z][a-z0-9-]{0,63}$' and name <> 'built-in'),
  constraint publishers_revoked_check check ((revoked_at is null) = (revoked_reason is null))
);
comment on table publishers is 'Whose packages the operator takes: a name of the operator''s choice and an ed25519 key.';

create table releases (
  connector text not null,
  version text not null,
  publisher text not null,
  title text not null,
  archive_sha256 text not null,
  permissions jsonb not null,
  programs jsonb not null,
  added_at timestamptz not null,
  added_by text not null,
  approved_at timestamptz,
  approved_by text,
  difference jsonb,
  in_force_at timestamptz,
  revoked_at timestamptz,
  revoked_reason text,
  constraint releases_pkey primary key (connector, version),
  constraint releases_publisher_fkey foreign key (publisher) references publishers (name),
  constraint releases_approved_check check ((approved_at is null) = (approved_by is null) and (approved_at is null) = (difference is null)),
  constraint releases_in_force_check check (in_force_at is null or approved_at is not null),
  constraint releases_revoked_check check ((revoked_at is null) = (revoked_reason is null))
);
comment on table releases is 'Versions of connectors, from packages whose signature was checked.';
comment on column releases.programs is 'SHA-256 of the program, by platform.';
comment on column releases.difference is 'What was approved: the change of permissions to the version that was in force then.';
comment on column releases.in_force_at is 'When it last came into force: the last good version is the one before.';

create table rollouts (
  connector text not null,
  version text not null,
  canary_version text,
  canary_share smallint not null default 0,
  canary_agencies uuid[] not null default '{}',
  dedicated uuid[] not null default '{}',
  updated_at timestamptz not null,
  constraint rollouts_pkey primary key (connector),
  constraint rollouts_version_fkey foreign key (connector, version) references releases (connector, version),
  constraint rollouts_canary_fkey foreign key (connector, canary_version) references releases (connector, version),
  constraint rollouts_share_check check (canary_share between 0 and 100)
);
comment on table rollouts is 'Which version of a connector is in force, which one some agencies get first, and who has a process of their own.';

create table connector_trail (
  id bigint generated always as identity,
  at timestamptz not null,
  who text not null,
  action text not null,
  connector text not null,
  version text not null,
  detail text not null,
  constraint connector_trail_pkey primary key (id)
);
comment on table connector_trail is 'What operators did with the catalogue, and what workers did to versions by themselves. Only ever added to.';

create table connector_hosts (
  worker text not null,
  seen_at timestamptz not null,
  state jsonb not null,
  constraint connector_hosts_pkey primary key (worker)
);
comment on table connector_hosts is 'What the connectors of each running worker are doing, as it last said. No personal data.';

grant select, insert, update (revoked_at, revoked_reason) on publishers to pratica_operator;
grant select, insert, update (approved_at, approved_by, difference, in_force_at, revoked_at, revoked_reason) on releases to pratica_operator;
grant select, insert, update on rollouts to pratica_operator;
grant select, insert on connector_trail to pratica_operator;
grant select, insert, update, delete on connector_hosts to pratica_operator;

-- Per agency.
create table connector_enablements (
  tenant_id uuid not null,
  connector text not null,
  enabled boolean not null,
  version integer not null,
  updated_by text not null,
  updated_at timestamptz not null,
  constraint connector_enablements_pkey primary key (tenant_id, connector),
  constraint connector_enablements_agency_fkey foreign key (tenant_id) references agencies (id)
);
comment on table connector_enablements is 'Which of the approved connectors an agency uses. Without a row: those that came with the platform.';
call close_tenant_table('connector_enablements', 'select, insert, update');

alter table connections
  add column stopped jsonb,
  add constraint connections_stopped_check check (stopped is null or status = 'stopped');
comment on column connections.stopped is 'Why it is stopped: a code, and the fields to mend as JSON Pointers. No values.';

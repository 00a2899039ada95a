-- +goose Up
-- Consents of people to read their accounts at their banks, what was read under them, and what was found in it; and the doors through which
-- people and banks come back.
create table bank_consents (
  tenant_id uuid not null,
  id uuid not null,
  subject_id uuid not null,
  application_id uuid not null,
  connection_id uuid not null,
  connector text not null,
  institution text not null,
  institution_name text not null,
  valid_until date not null,
  external_refs text[] not null default '{}',
  details bytea,
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint bank_consents_pkey primary key (tenant_id, id),
  constraint bank_consents_instance_fkey foreign key (tenant_id, id) references instances (tenant_id, id),
  constraint bank_consents_subject_fkey foreign key (tenant_id, subject_id) references subjects (tenant_id, id) on delete restrict,
  constraint bank_consents_application_fkey foreign key (tenant_id, application_id) references applications (tenant_id, id),
  constraint bank_consents_connection_fkey foreign key (tenant_id, connection_id) references connections (tenant_id, id),
  constraint bank_consents_days_check check (valid_until <= (created_at at time zone 'Europe/Rome')::date + 180)
);
comment on table bank_consents is 'Consents of a person, asked for in a file, to read their accounts at one bank; a machine of its own. At most 180 days (PSD2).';
comment on column bank_consents.valid_until is 'The last day, in Rome.';
comment on column bank_consents.external_refs is 'What the bank calls them: it may want several for one order.';
comment on column bank_consents.details is 'Sealed by the person''s key: where the person agrees, and what the connector needs to go on.';
create index bank_consents_subject_idx on bank_consents (tenant_id, subject_id, id);
create index bank_consents_application_idx on bank_consents (tenant_id, application_id, id);
call close_tenant_table('bank_consents', 'select, insert, update');

create table bank_reads (
  tenant_id uuid not null,
  id uuid not null,
  consent_id uuid not null,
  subject_id uuid not null,
  day date not null,
  number smallint,
  state text not null default 'reading',
  waits_for integer not null default 1,
  transactions integer not null default 0,
  from_on date not null,
  to_on date not null,
  cut boolean not null default false,
  user_ip bytea,
  accounts bytea,
  started_at timestamptz not null,
  finished_at timestamptz,
  constraint bank_reads_pkey primary key (tenant_id, id),
  constraint bank_reads_consent_fkey foreign key (tenant_id, consent_id) references bank_consents (tenant_id, id),
  constraint bank_reads_subject_fkey foreign key (tenant_id, subject_id) references subjects (tenant_id, id) on delete restrict,
  constraint bank_reads_day_key unique (tenant_id, consent_id, day, number),
  constraint bank_reads_number_check check (number between 1 and 4),
  constraint bank_reads_state_check check (state in ('reading', 'done', 'failed')),
  constraint bank_reads_waits_check check (waits_for >= 0)
);
comment on table bank_reads is 'Reads of a person''s accounts under a consent. Unattended ones have a number within the day (in Rome): there is no fifth (PSD2).';
comment on column bank_reads.number is 'Which unattended read of the day; null: the person was there.';
comment on column bank_reads.waits_for is 'Operations that have still to bring something.';
comment on column bank_reads.cut is 'There was more at the bank than is taken.';
comment on column bank_reads.user_ip is 'Where the person was, sealed by their key; null for an unattended read.';
comment on column bank_reads.accounts is 'Accounts with their balances, sealed by the person''s key. Gone when the consent ends.';
create unique index bank_reads_running_idx on bank_reads (tenant_id, consent_id) where state = 'reading';
call close_tenant_table('bank_reads', 'select, insert, update');

create table bank_pages (
  tenant_id uuid not null,
  id uuid not null,
  read_id uuid not null,
  subject_id uuid not null,
  account integer not null,
  number integer not null,
  page bytea,
  constraint bank_pages_pkey primary key (tenant_id, id),
  constraint bank_pages_read_fkey foreign key (tenant_id, read_id) references bank_reads (tenant_id, id),
  constraint bank_pages_subject_fkey foreign key (tenant_id, subject_id) references subjects (tenant_id, id) on delete restrict,
  constraint bank_pages_number_key unique (tenant_id, read_id, account, number)
);
comment on table bank_pages is 'Pages of a person''s transactions as they were read, sealed by the person''s key. Gone when the consent ends, or the next read is complete.';
comment on column bank_pages.account is 'Place of its account among those of the read.';
call close_tenant_table('bank_pages', 'select, insert, update, delete');

create table cash_flows (
  tenant_id uuid not null,
  id uuid not null,
  subject_id uuid not null,
  consent_id uuid not null,
  read_id uuid not null,
  figures bytea,
  from_on date not null,
  to_on date not null,
  at timestamptz not null,
  constraint cash_flows_pkey primary key (tenant_id, id),
  constraint cash_flows_subject_fkey foreign key (tenant_id, subject_id) references subjects (tenant_id, id) on delete restrict,
  constraint cash_flows_consent_fkey foreign key (tenant_id, consent_id) references bank_consents (tenant_id, id),
  constraint cash_flows_read_key unique (tenant_id, read_id),
  constraint cash_flows_read_fkey foreign key (tenant_id, read_id) references bank_reads (tenant_id, id)
);
comment on table cash_flows is 'What was found in a read of a person''s accounts: figures, each with the rule and the transactions behind it, sealed by the person''s key.';
create index cash_flows_subject_idx on cash_flows (tenant_id, subject_id, id desc);
call close_tenant_table('cash_flows', 'select, insert, update');

alter table operations add constraint operations_consent_fkey foreign key (tenant_id, consent_id) references bank_consents (tenant_id, id);

-- Whoever sees the person and the file sees the consent, and its machine.
-- +goose StatementBegin
create or replace function link_in_sight(link text, tenant uuid, ref uuid) returns boolean
language plpgsql stable parallel safe as $$
begin
  return ref is null or case link
    when 'application_id' then exists (select from public.applications x where x.tenant_id = tenant and x.id = ref)
    when 'submission_id' then exists (select from public.submissions x where x.tenant_id = tenant and x.id = ref)
    when 'document_id' then exists (select from public.documents x where x.tenant_id = tenant and x.id = ref)
    when 'subject_id' then exists (select from public.subjects x where x.tenant_id = tenant and x.id = ref)
    when 'property_id' then exists (select from public.properties x where x.tenant_id = tenant and x.id = ref)
    when 'instance_id' then exists (select from public.instances x where x.tenant_id = tenant and x.id = ref)
    when 'bank_consent_id' then exists (select from public.bank_consents x where x.tenant_id = tenant and x.id = ref)
    else false end;
end $$;
-- +goose StatementEnd
alter policy sight on instances using ((select current_setting('app.sight', true)) = 'all' or subject not in ('application', 'submission', 'consent')
    or link_in_sight('application_id', tenant_id, id) or link_in_sight('submission_id', tenant_id, id) or link_in_sight('bank_consent_id', tenant_id, id));

create table callback_states (
  tenant_id uuid not null,
  id uuid not null,
  hash bytea not null,
  kind text not null,
  subject_id uuid not null,
  about text not null,
  about_id uuid not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  received bytea,
  created_at timestamptz not null,
  constraint callback_states_pkey primary key (tenant_id, id),
  constraint callback_states_hash_key unique (tenant_id, hash),
  constraint callback_states_subject_fkey foreign key (tenant_id, subject_id) references subjects (tenant_id, id) on delete restrict,
  constraint callback_states_kind_check check (kind in ('link', 'return')),
  constraint callback_states_about_check check (about in ('bank_consent', 'verification')),
  constraint callback_states_used_check check (kind = 'return' or used_at is null)
);
comment on table callback_states is 'Doors for one person and one matter, by the SHA-256 of their secret: the link they are given, and the way back from the bank, which opens once.';
comment on column callback_states.received is 'What the person came back with, sealed by their key before anything is done with it.';
create index callback_states_hash_idx on callback_states (hash);
call close_tenant_table('callback_states', 'select, insert, update');
call open_table_to('callback_states', 'pratica_definer', 'select');

create table callback_addresses (
  tenant_id uuid not null,
  id uuid not null,
  connection_id uuid not null,
  token bytea not null,
  hash bytea not null,
  constraint callback_addresses_pkey primary key (tenant_id, id),
  constraint callback_addresses_connection_key unique (tenant_id, connection_id),
  constraint callback_addresses_connection_fkey foreign key (tenant_id, connection_id) references connections (tenant_id, id),
  constraint callback_addresses_hash_key unique (tenant_id, hash)
);
comment on table callback_addresses is 'Where the other side of a connection calls back to.';
comment on column callback_addresses.token is 'The secret in the address, sealed by the agency''s key.';
create index callback_addresses_hash_idx on callback_addresses (hash);
call close_tenant_table('callback_addresses', 'select, insert, update');
call open_table_to('callback_addresses', 'pratica_definer', 'select');

create table callbacks (
  tenant_id uuid not null,
  id uuid not null,
  connection_id uuid not null,
  path text not null,
  digest bytea not null,
  request bytea,
  operation_id uuid not null,
  at timestamptz not null,
  constraint callbacks_pkey primary key (tenant_id, id),
  constraint callbacks_connection_fkey foreign key (tenant_id, connection_id) references connections (tenant_id, id),
  constraint callbacks_operation_fkey foreign key (tenant_id, operation_id) references operations (tenant_id, id)
);
comment on table callbacks is 'What the other sides of connections sent, as it arrived, kept before it is read.';
comment on column callbacks.digest is 'Keyed digest of path and body: the same within a day is the same callback.';
comment on column callbacks.request is 'Method, query, headers and body, sealed by the agency''s key. Null once it has been handled.';
create index callbacks_digest_idx on callbacks (tenant_id, connection_id, digest, at);
call close_tenant_table('callbacks', 'select, insert, update');

-- From a secret to whose it is, for the directory only.
create function directory_callback_state(secret bytea)
returns table (agency_id uuid, state_id uuid)
language sql stable security definer set search_path = public as $$
  select c.tenant_id, c.id from callback_states c
  join subjects s on s.tenant_id = c.tenant_id and s.id = c.subject_id and s.visible
  join agencies a on a.id = c.tenant_id and a.status = 'active'
  where c.hash = secret
$$;
comment on function directory_callback_state is 'The agency and the row of a door that a person comes through.';
create function directory_callback_address(secret bytea)
returns table (agency_id uuid, connection_id uuid)
language sql stable security definer set search_path = public as $$
  select c.tenant_id, c.connection_id from callback_addresses c join agencies a on a.id = c.tenant_id and a.status = 'active' where c.hash = secret
$$;
comment on function directory_callback_address is 'The agency and the connection of an address that a bank calls back to.';
revoke execute on function directory_callback_state(bytea), directory_callback_address(bytea) from public;
grant execute on function directory_callback_state(bytea), directory_callback_address(bytea) to pratica_directory;
grant create on schema public to pratica_definer;
alter function directory_callback_state(bytea) owner to pratica_definer;
alter function directory_callback_address(bytea) owner to pratica_definer;
revoke create on schema public from pratica_definer;

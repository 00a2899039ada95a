-- +goose Up
-- What people may ask about their own data, what they agreed to, how long what is kept, and the applicants' portal.

-- Whoever asked for erasure and must be kept by law is locked away: seen by transactions that say so (app.restricted), by no list, page
-- or search. A column, and not a join: the policy costs a test of a boolean where the row is not locked.
alter table subjects alter column display_name set default '';
alter table subjects add column visible boolean not null default true, add column erased_at timestamptz;
alter table documents add column visible boolean not null default true, add column erased_at timestamptz;
alter table applications add column visible boolean not null default true, add column erased_at timestamptz;
alter table application_parties add column visible boolean not null default true;
comment on column subjects.visible is 'False: restricted (GDPR Art. 18) or erased. Only transactions with app.restricted = on see it.';
comment on column documents.visible is 'False: its person is restricted or erased.';
comment on column applications.visible is 'False: everybody in it is restricted or erased.';
comment on column application_parties.visible is 'False: the person is restricted or erased.';
comment on column subjects.erased_at is 'When the last of the person''s data was erased; the row stays for what refers to it, without anything of a person.';
comment on column documents.erased_at is 'When its key and names were erased; blob_key stays until the content has been deleted from storage.';
comment on column applications.erased_at is 'When what the file held of people was erased. Its history keeps who moved it when; payloads and facts are under a destroyed key.';
grant update (visible) on application_parties to pratica_app;
alter table documents drop constraint documents_content_check;
alter table documents add constraint documents_content_check check (state = 'requested' or blob_key is not null or erased_at is not null);
create index documents_erased_idx on documents (tenant_id, id) where erased_at is not null and blob_key is not null;
grant delete on notes, tasks, suspicion_reports to pratica_app;
-- +goose StatementBegin
do $$
declare tab text;
begin
  foreach tab in array array['instances', 'submissions', 'operations', 'notes', 'tasks'] loop -- what follows a file
    execute format('alter table %I add column visible boolean not null default true', tab);
    execute format('comment on column %I.visible is %L', tab, 'False: everybody in the file it follows is restricted or erased.');
  end loop;
  foreach tab in array array['subjects', 'documents', 'applications', 'application_parties', 'instances', 'submissions', 'operations', 'notes', 'tasks'] loop
    execute format('create policy restriction on %I as restrictive to pratica_app using (visible or (select current_setting(''app.restricted'', true)) = ''on'')', tab);
  end loop;
end $$;
-- +goose StatementEnd
grant update (visible) on notes to pratica_app;

alter table agencies add column retention_months jsonb not null default '{}', add column privacy_version integer not null default 1;
comment on column agencies.retention_months is 'Purposes that the agency keeps data for longer than the register says, in months. A shorter one counts for nothing.';
comment on column agencies.privacy_version is 'Raised by every change of retention_months; its ETag.';

create table consent_texts (
  tenant_id uuid not null,
  purpose text not null,
  version integer not null,
  body jsonb not null,
  created_by text not null,
  created_at timestamptz not null,
  constraint consent_texts_pkey primary key (tenant_id, purpose, version),
  constraint consent_texts_agency_fkey foreign key (tenant_id) references agencies (id)
);
comment on table consent_texts is 'What people are asked to agree to, in Italian and English. A version never changes; the newest is the one that is asked.';
call close_tenant_table('consent_texts', 'select, insert');

create table consents_given (
  tenant_id uuid not null,
  id uuid not null,
  subject_id uuid not null,
  purpose text not null,
  text_version integer not null,
  state text not null,
  channel text not null,
  document_id uuid,
  portal_id uuid,
  actor_id text not null,
  at timestamptz not null,
  constraint consents_given_pkey primary key (tenant_id, id),
  constraint consents_given_subject_fkey foreign key (tenant_id, subject_id) references subjects (tenant_id, id) on delete restrict,
  constraint consents_given_text_fkey foreign key (tenant_id, purpose, text_version) references consent_texts (tenant_id, purpose, version),
  constraint consents_given_document_fkey foreign key (tenant_id, document_id) references documents (tenant_id, id),
  constraint consents_given_state_check check (state in ('given', 'withdrawn')),
  constraint consents_given_channel_check check (channel in ('paper', 'in_person', 'phone', 'email', 'portal'))
);
comment on table consents_given is 'Ledger of consents: what was agreed to or withdrawn, under which words, how and with which evidence. The last line of a purpose is its state.';
create index consents_given_subject_idx on consents_given (tenant_id, subject_id, purpose, id desc);
call close_tenant_table('consents_given', 'select, insert');
create trigger append_only before update or delete or truncate on consents_given for each statement execute function append_only();
create trigger append_only before update or delete or truncate on consent_texts for each statement execute function append_only();

create table subject_exports (
  tenant_id uuid not null,
  id uuid not null,
  subject_id uuid not null,
  locale text not null,
  state text not null default 'queued',
  job_id uuid,
  blob_key text,
  data_key bytea,
  requested_by text not null,
  created_at timestamptz not null,
  ready_at timestamptz,
  expires_at timestamptz not null,
  link_hash bytea,
  link_bearer text,
  link_format text,
  link_until timestamptz,
  constraint subject_exports_pkey primary key (tenant_id, id),
  constraint subject_exports_subject_fkey foreign key (tenant_id, subject_id) references subjects (tenant_id, id) on delete restrict,
  constraint subject_exports_job_fkey foreign key (tenant_id, job_id) references jobs (tenant_id, id),
  constraint subject_exports_locale_check check (locale in ('it', 'en')),
  constraint subject_exports_state_check check (state in ('queued', 'ready', 'expired'))
);
comment on table subject_exports is 'Copies of a person''s data (GDPR Art. 15 and 20), encrypted in storage until they expire.';
comment on column subject_exports.data_key is 'The export''s own key, wrapped by the agency''s; null before it is ready and after it has expired.';
comment on column subject_exports.link_hash is 'SHA-256 of the one link that opens it now; the next link replaces it.';
comment on column subject_exports.link_bearer is 'Session, of the agency or the portal, that the link opens for.';
create index subject_exports_subject_idx on subject_exports (tenant_id, subject_id, id);
create index subject_exports_link_idx on subject_exports (tenant_id, link_hash) where link_hash is not null;
call close_tenant_table('subject_exports', 'select, insert, update');

create table erasures (
  tenant_id uuid not null,
  id uuid not null,
  subject_id uuid not null,
  reason text not null,
  state text not null,
  asked_by text not null,
  asked_at timestamptz not null,
  due_at timestamptz,
  done_at timestamptz,
  certificates text[] not null default '{}',
  constraint erasures_pkey primary key (tenant_id, id),
  constraint erasures_subject_key unique (tenant_id, subject_id),
  constraint erasures_subject_fkey foreign key (tenant_id, subject_id) references subjects (tenant_id, id) on delete restrict,
  constraint erasures_reason_check check (reason in ('no_longer_needed', 'consent_withdrawn', 'objection', 'unlawful', 'legal_obligation', 'retention_ended')),
  constraint erasures_state_check check (state in ('restricted', 'done'))
);
comment on table erasures is 'Erasures of people (GDPR Art. 17): what was asked, until when the law keeps the rest, and the certificates. Codes, never personal data.';
comment on column erasures.reason is 'Letter of Art. 17(1), or that the clock of the last datum has run out.';
comment on column erasures.certificates is 'JSON, byte for byte as hashed in the audit chain: one when it was asked, one when all was done.';
call close_tenant_table('erasures', 'select, insert, update');

create table privacy_requests (
  tenant_id uuid not null,
  id uuid not null,
  subject_id uuid not null,
  kind text not null,
  state text not null default 'open',
  asked_at timestamptz not null,
  answer_by timestamptz not null,
  answered_at timestamptz,
  answered_by text,
  constraint privacy_requests_pkey primary key (tenant_id, id),
  constraint privacy_requests_subject_fkey foreign key (tenant_id, subject_id) references subjects (tenant_id, id) on delete restrict,
  constraint privacy_requests_kind_check check (kind in ('access', 'erasure')),
  constraint privacy_requests_state_check check (state in ('open', 'done', 'refused'))
);
comment on table privacy_requests is 'What people ask through the portal, for compliance to answer within a month (GDPR Art. 12(3)).';
create unique index privacy_requests_open_idx on privacy_requests (tenant_id, subject_id, kind) where state = 'open';
call close_tenant_table('privacy_requests', 'select, insert, update');

-- The applicants' portal: an invitation, and the session it becomes.
create table portal_accesses (
  tenant_id uuid not null,
  id uuid not null,
  subject_id uuid not null,
  link_hash bytea not null,
  link_until timestamptz not null,
  token_hash bytea,
  invited_by text not null,
  created_at timestamptz not null,
  opened_at timestamptz,
  seen_at timestamptz,
  ended_at timestamptz,
  constraint portal_accesses_pkey primary key (tenant_id, id),
  constraint portal_accesses_link_key unique (tenant_id, link_hash),
  constraint portal_accesses_subject_fkey foreign key (tenant_id, subject_id) references subjects (tenant_id, id) on delete restrict
);
comment on table portal_accesses is 'A mailed link that opens once, and the portal session it opened. Both by SHA-256; times are the database''s.';
create index portal_accesses_link_idx on portal_accesses (link_hash) where opened_at is null;
create index portal_accesses_token_idx on portal_accesses (token_hash) where token_hash is not null;
create index portal_accesses_subject_idx on portal_accesses (tenant_id, subject_id) where ended_at is null;
call close_tenant_table('portal_accesses', 'select, insert, update (ended_at)');
call open_table_to('portal_accesses', 'pratica_definer', 'select, update');
call open_table_to('application_parties', 'pratica_definer', 'select');

-- A person who is restricted takes part in nothing new. Keys look past row security, and so must this.
-- +goose StatementBegin
create function application_parties_open() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if exists (select from subjects s where s.tenant_id = new.tenant_id and s.id = new.subject_id and not s.visible) then
    raise exception 'no such subjects' using errcode = 'foreign_key_violation', constraint = 'application_parties_subject_fkey';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger application_parties_open before insert on application_parties for each row execute function application_parties_open();

-- Somebody in the portal sees themself (app.subject) and their own files, and nothing else that follows files: not the other people in them.
create function files_of_subject(who uuid) returns setof uuid
language sql stable security definer set search_path = public as $$
  select p.application_id from application_parties p
  where p.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid and p.subject_id = who and p.visible
$$;
comment on function files_of_subject is 'The files of the agency that a person takes part in.';
-- +goose StatementBegin
create function file_in_sight(file uuid, owner uuid, branch text, amount bigint) returns boolean
language plpgsql stable parallel safe as $$
begin
  if coalesce(current_setting('app.subject', true), '') <> '' then
    return exists (select from public.files_of_subject(current_setting('app.subject', true)::uuid) f (id) where f.id = file);
  end if;
  return coalesce(jsonb_path_exists(jsonb_build_object('owner', owner, 'branch', branch, 'amount', amount),
    nullif(current_setting('app.sight', true), '')::jsonpath), false);
end $$;
-- +goose StatementEnd
comment on function file_in_sight(uuid, uuid, text, bigint) is 'Whether a file with these attributes is in the sight of the transaction''s actor.';
alter policy sight on applications using ((select current_setting('app.sight', true)) = 'all' or file_in_sight(id, owner_id, branch, amount_cents));
drop function file_in_sight(uuid, text, bigint);
-- +goose StatementBegin
create or replace function record_in_sight(noun text, tenant uuid, record uuid, maker text) returns boolean
language plpgsql stable parallel safe as $$
begin
  if coalesce(current_setting('app.subject', true), '') <> '' then
    return noun = 'subjects' and record = current_setting('app.subject', true)::uuid;
  elsif maker = current_setting('app.actor', true) then
    return true;
  elsif noun = 'subjects' then
    return exists (select from public.application_parties p where p.tenant_id = tenant and p.subject_id = record);
  end if;
  return exists (select from public.application_properties p where p.tenant_id = tenant and p.property_id = record);
end $$;
-- +goose StatementEnd

-- From a link or a portal session to whose it is, for the directory only.
create function directory_open_portal(link bytea, fresh bytea)
returns table (access_id uuid, agency_id uuid, subject_id uuid)
language sql volatile security definer set search_path = public as $$
  update portal_accesses p set token_hash = fresh, opened_at = now(), seen_at = now()
  from subjects s, agencies a
  where p.link_hash = link and p.opened_at is null and p.ended_at is null and p.link_until > now()
    and s.tenant_id = p.tenant_id and s.id = p.subject_id and s.visible and a.id = p.tenant_id and a.status = 'active'
  returning p.id, p.tenant_id, p.subject_id
$$;
create function directory_portal(hash bytea, idle interval, lasts interval)
returns table (access_id uuid, agency_id uuid, subject_id uuid)
language sql volatile security definer set search_path = public as $$
  with noted as (
    update portal_accesses p set seen_at = now()
    where p.token_hash = hash and p.ended_at is null and p.seen_at between now() - idle and now() - interval '1 minute')
  select p.id, p.tenant_id, p.subject_id from portal_accesses p
  where p.token_hash = hash and p.ended_at is null and p.seen_at > now() - idle and p.opened_at > now() - lasts
$$;
-- Before the owner changes: afterwards these would be refused with no more than a warning.
revoke execute on function files_of_subject(uuid), file_in_sight(uuid, uuid, text, bigint), directory_open_portal(bytea, bytea), directory_portal(bytea, interval, interval), application_parties_open() from public;
grant execute on function files_of_subject(uuid), file_in_sight(uuid, uuid, text, bigint) to pratica_app;
grant execute on function directory_open_portal(bytea, bytea), directory_portal(bytea, interval, interval) to pratica_directory;
grant create on schema public to pratica_definer;
alter function files_of_subject(uuid) owner to pratica_definer;
alter function directory_open_portal(bytea, bytea) owner to pratica_definer;
alter function directory_portal(bytea, interval, interval) owner to pratica_definer;
alter function application_parties_open() owner to pratica_definer;
revoke create on schema public from pratica_definer;

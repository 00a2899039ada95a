-- +goose Up
-- Keys per agency, and sealed columns. What lies in these columns so far is dropped, not sealed: migrations hold no key, and nothing is
-- released. A database with demo data migrates and goes on; its people lack what is sealed now until it is entered again, and its
-- documents' contents must be uploaded anew (or the demo data made anew).
alter table agencies add column key_version integer not null default 1;
comment on column agencies.key_version is 'Raised by whatever changes the agency''s keys; keys in memory are used only under the version the transaction reads.';

truncate tenant_keys; -- not delete: row security is forced on the owner too, who would see nothing to delete
alter table tenant_keys
  alter column wrapped_key drop not null,
  add column index_key bytea not null,
  add column retired_at timestamptz,
  add column destroyed_at timestamptz,
  add constraint tenant_keys_destroyed_check check ((wrapped_key is null) = (destroyed_at is not null));
comment on table tenant_keys is 'The agency''s keys, wrapped by the root key: the newest seals, the others open what is not wrapped anew yet.';
comment on column tenant_keys.index_key is 'Key of the blind indexes, sealed by this row''s key. The same in every row: what is found by them must be found across a rotation.';
comment on column tenant_keys.retired_at is 'When a rotation had wrapped anew all that this key sealed. Kept for one more rotation, in case a transaction was late.';
comment on column tenant_keys.destroyed_at is 'When the key was erased; of the newest key: the agency is shredded, nothing it sealed is ever read again.';
grant update (retired_at, wrapped_key, destroyed_at) on tenant_keys to pratica_app;
call open_table_to('tenant_keys', 'pratica_operator', 'select, update');
grant update (key_version) on agencies to pratica_operator;

-- Answers to repeated requests, sealed.
truncate idempotency_keys;
alter table idempotency_keys drop column answer;
alter table idempotency_keys add column answer bytea not null;
comment on column idempotency_keys.answer is 'The answer''s JSON, sealed by the agency''s key.';
grant update (answer) on idempotency_keys to pratica_app;

-- Subjects: their own key, and the columns it seals. A sealed column holds JSON; null is "not known".
drop index subjects_text_idx;
alter table subjects
  drop constraint subjects_tax_code_key,
  drop column tax_code, drop column birth_date, drop column birth_place, drop column email, drop column phone, drop column iban,
  drop column addresses, drop column employments, drop column incomes, drop column liabilities;
alter table subjects
  add column data_key bytea,
  add column data_key_destroyed_at timestamptz,
  add column tax_code bytea, add column tax_code_index bytea,
  add column email bytea, add column email_index bytea,
  add column phone bytea, add column phone_index bytea,
  add column iban bytea, add column iban_index bytea,
  add column birth_date bytea, add column birth_place bytea,
  add column addresses bytea, add column employments bytea, add column incomes bytea, add column liabilities bytea,
  add column identity_documents bytea, add column health bytea, add column legal bytea,
  add constraint subjects_tax_code_key unique (tenant_id, tax_code_index),
  add constraint subjects_erased_check check (data_key is null or data_key_destroyed_at is null);
comment on column subjects.data_key is 'The subject''s own key, sealed by the agency''s and bound to this row. Destroying it erases the person wherever it sealed.';
comment on column subjects.data_key_destroyed_at is 'When the person was erased; a new key is never made after it.';
comment on column subjects.tax_code_index is 'Blind index: HMAC-SHA256 of the normalised value under the agency''s index key, for exact search and uniqueness.';
comment on column subjects.email_index is 'Blind index of the normalised e-mail, for exact search.';
comment on column subjects.phone_index is 'Blind index of the normalised phone number, for exact search.';
comment on column subjects.iban_index is 'Blind index of the IBAN, for exact search.';
comment on column subjects.incomes is 'Sealed JSON: net monthly incomes in cents with their source; a list edited as a whole by the form.';
comment on column subjects.health is 'Sealed JSON: what bears on insurability, as free text with the day it was said.';
comment on column subjects.legal is 'Sealed JSON: protests, insolvency, pending proceedings, as free text.';
comment on column subjects.identity_documents is 'Sealed JSON: kind, number, issuer and dates of each identity document.';
create index subjects_email_idx on subjects (tenant_id, email_index) where email_index is not null;
create index subjects_phone_idx on subjects (tenant_id, phone_index) where phone_index is not null;
create index subjects_iban_idx on subjects (tenant_id, iban_index) where iban_index is not null;
create index subjects_text_idx on subjects using gin ((display_name || ' ' || coalesce(vat_number, '')) gin_trgm_ops);

grant create on schema public to pratica_definer;
set local role pratica_definer;
create or replace function search_ids(words text, most integer)
returns table (noun text, id uuid)
language sql stable security definer set search_path = public as $$
  (select 'subject', s.id from subjects s
    where s.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
      and (s.display_name || ' ' || coalesce(s.vat_number, '')) ilike '%' || words || '%'
    order by s.display_name, s.id limit most)
  union all
  (select 'property', p.id from properties p
    where p.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid and p.address_line ilike '%' || words || '%'
    order by p.address_line, p.id limit most)
  union all
  (select 'application', a.id from applications a
    where a.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid and (a.number || ' ' || a.title) ilike '%' || words || '%'
    order by a.updated_at desc, a.id limit most)
$$;
reset role;
revoke create on schema public from pratica_definer;

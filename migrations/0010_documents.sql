-- +goose Up
create table documents (
  tenant_id uuid not null,
  id uuid not null,
  kind text not null,
  subject_id uuid,
  property_id uuid,
  application_id uuid,
  state text not null default 'requested',
  file_name text not null default '',
  media_type text not null default '',
  size_bytes bigint not null default 0,
  sha256 bytea,
  blob_key text,
  data_key bytea,
  issued_on date,
  expires_on date,
  reject_reason text not null default '',
  created_by text not null,
  uploaded_by text not null default '',
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint documents_pkey primary key (tenant_id, id),
  constraint documents_agency_fkey foreign key (tenant_id) references agencies (id),
  constraint documents_subject_fkey foreign key (tenant_id, subject_id) references subjects (tenant_id, id) on delete restrict,
  constraint documents_property_fkey foreign key (tenant_id, property_id) references properties (tenant_id, id) on delete restrict,
  constraint documents_application_fkey foreign key (tenant_id, application_id) references applications (tenant_id, id),
  constraint documents_owner_check check (num_nonnulls(subject_id, property_id, application_id) = 1),
  constraint documents_state_check check (state in ('requested', 'uploaded', 'accepted', 'rejected')),
  constraint documents_content_check check (state = 'requested' or blob_key is not null)
);
comment on table documents is 'Documents belong to a subject, a property or the file; a subject''s document serves all of that subject''s files.';
comment on column documents.data_key is 'The document''s own key, wrapped by the agency''s key.';
create index documents_subject_idx on documents (tenant_id, subject_id) where subject_id is not null;
create index documents_property_idx on documents (tenant_id, property_id) where property_id is not null;
create index documents_application_idx on documents (tenant_id, application_id) where application_id is not null;
call close_tenant_table('documents', 'select, insert, update');

create table document_links (
  tenant_id uuid not null,
  token_hash bytea not null,
  document_id uuid not null,
  user_id uuid not null,
  session_id uuid not null,
  expires_at timestamptz not null,
  constraint document_links_pkey primary key (tenant_id, token_hash),
  constraint document_links_document_fkey foreign key (tenant_id, document_id) references documents (tenant_id, id)
);
comment on table document_links is 'Links that open one document for one user in one session until they expire.';
call close_tenant_table('document_links', 'select, insert');

create table tenant_keys (
  tenant_id uuid not null,
  number integer not null,
  wrapped_key bytea not null,
  created_at timestamptz not null default now(),
  constraint tenant_keys_pkey primary key (tenant_id, number),
  constraint tenant_keys_agency_fkey foreign key (tenant_id) references agencies (id)
);
comment on table tenant_keys is 'The agency''s key, wrapped by the root key; document keys are wrapped by it.';
call close_tenant_table('tenant_keys', 'select, insert');

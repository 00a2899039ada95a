-- +goose Up
-- Credit reports that were bought, and proofs of who people are.
create table credit_reports (
  tenant_id uuid not null,
  id uuid not null,
  subject_id uuid not null,
  application_id uuid not null,
  connection_id uuid not null,
  connector text not null,
  purpose text not null,
  consent_given_id uuid not null,
  operation_id uuid,
  state text not null default 'requested',
  cost_cents bigint not null,
  reference text,
  report bytea,
  created_by text not null,
  created_at timestamptz not null,
  issued_at timestamptz,
  constraint credit_reports_pkey primary key (tenant_id, id),
  constraint credit_reports_subject_fkey foreign key (tenant_id, subject_id) references subjects (tenant_id, id) on delete restrict,
  constraint credit_reports_application_fkey foreign key (tenant_id, application_id) references applications (tenant_id, id),
  constraint credit_reports_connection_fkey foreign key (tenant_id, connection_id) references connections (tenant_id, id),
  constraint credit_reports_consent_fkey foreign key (tenant_id, consent_given_id) references consents_given (tenant_id, id),
  constraint credit_reports_operation_fkey foreign key (tenant_id, operation_id) references operations (tenant_id, id),
  constraint credit_reports_purpose_check check (purpose in ('creditworthiness', 'debt_consolidation')),
  constraint credit_reports_state_check check (state in ('requested', 'ready', 'failed')),
  constraint credit_reports_cost_check check (cost_cents >= 0)
);
comment on table credit_reports is 'What a credit bureau reported on a person: for which purpose, with which consent, at what price.';
comment on column credit_reports.consent_given_id is 'The line of the ledger of consents that proves the person agreed.';
comment on column credit_reports.cost_cents is 'At most, until it is ready; then what it cost.';
comment on column credit_reports.report is 'Sealed by the person''s key.';
create index credit_reports_subject_idx on credit_reports (tenant_id, subject_id, id desc);
create unique index credit_reports_open_idx on credit_reports (tenant_id, subject_id, connector) where state = 'requested';
call close_tenant_table('credit_reports', 'select, insert, update');

create table verifications (
  tenant_id uuid not null,
  id uuid not null,
  subject_id uuid not null,
  application_id uuid not null,
  connection_id uuid not null,
  connector text not null,
  provider text not null,
  level text not null,
  state text not null default 'started',
  refusal text,
  details bytea,
  evidence bytea,
  created_by text not null,
  created_at timestamptz not null,
  verified_at timestamptz,
  constraint verifications_pkey primary key (tenant_id, id),
  constraint verifications_subject_fkey foreign key (tenant_id, subject_id) references subjects (tenant_id, id) on delete restrict,
  constraint verifications_application_fkey foreign key (tenant_id, application_id) references applications (tenant_id, id),
  constraint verifications_connection_fkey foreign key (tenant_id, connection_id) references connections (tenant_id, id),
  constraint verifications_provider_check check (provider in ('spid', 'cie')),
  constraint verifications_level_check check (level in ('low', 'substantial', 'high')),
  constraint verifications_state_check check (state in ('started', 'verified', 'refused')),
  constraint verifications_refusal_check check ((state = 'refused') = (refusal is not null))
);
comment on table verifications is 'Proofs of who a person is, by a digital identity.';
comment on column verifications.refusal is 'Why it does not count, as a code: tax_code (another person''s), level (too low), provider (it said no), expired (nobody came).';
comment on column verifications.details is 'Sealed by the person''s key: where they prove it, what the connector needs to go on, and who they proved to be.';
comment on column verifications.evidence is 'What proves it to somebody who was not there, sealed by the person''s key.';
create index verifications_subject_idx on verifications (tenant_id, subject_id, id desc);
call close_tenant_table('verifications', 'select, insert, update');

-- +goose Up
create table suspicion_reports (
  tenant_id uuid not null,
  id uuid not null,
  subject_id uuid not null,
  application_id uuid,
  reason bytea not null,
  state text not null default 'draft',
  uif_protocol text,
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  version integer not null default 1,
  constraint suspicion_reports_pkey primary key (tenant_id, id),
  constraint suspicion_reports_agency_fkey foreign key (tenant_id) references agencies (id),
  constraint suspicion_reports_state_check check (state in ('draft', 'sent', 'archived')),
  constraint suspicion_reports_uif_check check (state <> 'sent' or uif_protocol is not null)
);
comment on table suspicion_reports is 'Suspicious-transaction reports (SOS). That one exists is secret: no foreign key, for a person who cannot be deleted, or a file that is locked, would tell it.';
comment on column suspicion_reports.reason is 'Encrypted under the agency''s key, bound to this row.';
call close_tenant_table('suspicion_reports', 'select, insert, update');

-- The one permission no agency can hand out: the default policy gives it to compliance, and an agency may only take it away.
alter table policy_rules add constraint policy_rules_reserved_check check (action <> 'compliance.report' or effect = 'deny');

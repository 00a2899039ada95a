-- +goose Up
create table subjects (
  tenant_id uuid not null,
  id uuid not null,
  kind text not null,
  display_name text not null,
  first_name text not null default '',
  last_name text not null default '',
  company_name text not null default '',
  tax_code text,
  vat_number text,
  birth_date date,
  birth_place text not null default '',
  sex text not null default '',
  citizenship text not null default 'IT',
  marital_status text not null default '',
  email text not null default '',
  phone text not null default '',
  iban text not null default '',
  pep boolean not null default false,
  risk_profile text,
  addresses jsonb not null default '[]',
  employments jsonb not null default '[]',
  incomes jsonb not null default '[]',
  liabilities jsonb not null default '[]',
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint subjects_pkey primary key (tenant_id, id),
  constraint subjects_agency_fkey foreign key (tenant_id) references agencies (id),
  constraint subjects_tax_code_key unique (tenant_id, tax_code),
  constraint subjects_vat_number_key unique (tenant_id, vat_number),
  constraint subjects_kind_check check (kind in ('natural', 'legal')),
  constraint subjects_risk_check check (risk_profile in ('low', 'medium', 'high'))
);
comment on table subjects is 'People and companies: one record per person and agency, reused by every file.';
comment on column subjects.incomes is 'Net monthly incomes in cents with their source; a list edited as a whole by the form.';
comment on column subjects.risk_profile is 'Anti-money-laundering profile, set by compliance; null until assessed.';
create index subjects_name_idx on subjects (tenant_id, lower(display_name), id);
call close_tenant_table('subjects', 'select, insert, update, delete');

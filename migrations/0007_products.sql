-- +goose Up
create table lenders (
  tenant_id uuid not null,
  id uuid not null,
  key text not null,
  name text not null,
  max_ltv_bps integer not null default 8000,
  max_dti_bps integer not null default 3500,
  version integer not null default 1,
  created_at timestamptz not null,
  constraint lenders_pkey primary key (tenant_id, id),
  constraint lenders_agency_fkey foreign key (tenant_id) references agencies (id),
  constraint lenders_key_key unique (tenant_id, key),
  constraint lenders_limits_check check (max_ltv_bps between 1 and 10000 and max_dti_bps between 1 and 10000)
);
comment on table lenders is 'Banks and lenders an agency works with, with their limits in basis points.';
call close_tenant_table('lenders', 'select, insert, update');

create table lender_agreements (
  tenant_id uuid not null,
  id uuid not null,
  lender_id uuid not null,
  starts_on date not null,
  ends_on date,
  constraint lender_agreements_pkey primary key (tenant_id, id),
  constraint lender_agreements_lender_fkey foreign key (tenant_id, lender_id) references lenders (tenant_id, id),
  constraint lender_agreements_period_check check (ends_on is null or ends_on >= starts_on)
);
comment on table lender_agreements is 'Dated agreements; a submission needs one that is active on its day.';
create index lender_agreements_lender_idx on lender_agreements (tenant_id, lender_id, starts_on);
call close_tenant_table('lender_agreements', 'select, insert, update');

create table products (
  tenant_id uuid not null,
  id uuid not null,
  lender_id uuid not null,
  name text not null,
  product_kind text not null,
  rate_kind text not null,
  nominal_rate_bps integer not null,
  min_amount_cents bigint not null,
  max_amount_cents bigint not null,
  max_term_months integer not null,
  version integer not null default 1,
  created_at timestamptz not null,
  constraint products_pkey primary key (tenant_id, id),
  constraint products_lender_fkey foreign key (tenant_id, lender_id) references lenders (tenant_id, id),
  constraint products_name_key unique (tenant_id, lender_id, name),
  constraint products_amount_check check (min_amount_cents > 0 and max_amount_cents >= min_amount_cents)
);
comment on table products is 'What a lender offers: nominal rate in basis points, amounts in cents, term in months.';
call close_tenant_table('products', 'select, insert, update');

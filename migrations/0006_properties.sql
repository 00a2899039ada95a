-- +goose Up
create table properties (
  tenant_id uuid not null,
  id uuid not null,
  kind text not null default 'apartment',
  address_line text not null,
  street text not null,
  city text not null,
  province text not null,
  postal_code text not null,
  cadastral jsonb not null default '{}',
  price_cents bigint,
  area_sqm integer,
  energy_class text not null default '',
  appraisals jsonb not null default '[]',
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint properties_pkey primary key (tenant_id, id),
  constraint properties_agency_fkey foreign key (tenant_id) references agencies (id),
  constraint properties_price_check check (price_cents > 0)
);
comment on table properties is 'Real estate: address, cadastral data, price and appraisals (cents).';
create index properties_line_idx on properties (tenant_id, lower(address_line), id);
call close_tenant_table('properties', 'select, insert, update, delete');

-- +goose Up
create table applications (
  tenant_id uuid not null,
  id uuid not null,
  number text not null,
  title text not null default '',
  purpose text not null,
  product_kind text not null,
  rate_kind text not null,
  amount_cents bigint not null,
  term_months integer not null,
  nominal_rate_bps integer not null,
  planned_submission date not null,
  owner_id uuid not null,
  created_by text not null,
  ltv_bps integer,
  dti_bps integer,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint applications_pkey primary key (tenant_id, id),
  constraint applications_number_key unique (tenant_id, number),
  constraint applications_instance_fkey foreign key (tenant_id, id) references instances (tenant_id, id),
  constraint applications_owner_fkey foreign key (tenant_id, owner_id) references members (tenant_id, user_id),
  constraint applications_amount_check check (amount_cents > 0 and amount_cents <= 100000000000),
  constraint applications_term_check check (term_months between 1 and 600),
  constraint applications_rate_check check (nominal_rate_bps between 0 and 10000)
);
comment on table applications is 'Mortgage files: what is asked for and by whom it is kept. State and version are its instance''s.';
create index applications_updated_idx on applications (tenant_id, updated_at desc, id);
call close_tenant_table('applications', 'select, insert, update');

create table application_parties (
  tenant_id uuid not null,
  id uuid not null,
  application_id uuid not null,
  subject_id uuid not null,
  role_type text not null,
  share_bps integer not null default 10000,
  created_at timestamptz not null,
  constraint application_parties_pkey primary key (tenant_id, id),
  constraint application_parties_application_fkey foreign key (tenant_id, application_id) references applications (tenant_id, id),
  constraint application_parties_subject_fkey foreign key (tenant_id, subject_id) references subjects (tenant_id, id) on delete restrict,
  constraint application_parties_role_key unique (tenant_id, application_id, subject_id, role_type),
  constraint application_parties_role_check check (role_type in ('applicant', 'co_applicant', 'guarantor', 'third_party_mortgagor', 'seller', 'beneficial_owner', 'executor')),
  constraint application_parties_share_check check (share_bps between 0 and 10000)
);
comment on table application_parties is 'Who takes part in a file, as what, with which share of the liability (basis points).';
create index application_parties_subject_idx on application_parties (tenant_id, subject_id);
create index application_parties_application_idx on application_parties (tenant_id, application_id);
call close_tenant_table('application_parties', 'select, insert, delete');

create table application_properties (
  tenant_id uuid not null,
  id uuid not null,
  application_id uuid not null,
  property_id uuid not null,
  purpose text not null,
  lien_rank integer,
  created_at timestamptz not null,
  constraint application_properties_pkey primary key (tenant_id, id),
  constraint application_properties_application_fkey foreign key (tenant_id, application_id) references applications (tenant_id, id),
  constraint application_properties_property_fkey foreign key (tenant_id, property_id) references properties (tenant_id, id) on delete restrict,
  constraint application_properties_purpose_key unique (tenant_id, application_id, property_id, purpose),
  constraint application_properties_purpose_check check (purpose in ('purchased', 'mortgaged', 'sold', 'annex')),
  constraint application_properties_lien_check check (lien_rank between 1 and 9)
);
comment on table application_properties is 'Which property serves a file, for what, with which rank of lien.';
create index application_properties_property_idx on application_properties (tenant_id, property_id);
create index application_properties_application_idx on application_properties (tenant_id, application_id);
call close_tenant_table('application_properties', 'select, insert, delete');

create table notes (
  tenant_id uuid not null,
  id uuid not null,
  application_id uuid not null,
  text text not null,
  author_id text not null,
  created_at timestamptz not null,
  constraint notes_pkey primary key (tenant_id, id),
  constraint notes_application_fkey foreign key (tenant_id, application_id) references applications (tenant_id, id),
  constraint notes_text_check check (length(text) between 1 and 10000)
);
comment on table notes is 'What people write about a file.';
create index notes_application_idx on notes (tenant_id, application_id, id);
call close_tenant_table('notes', 'select, insert');

create table tasks (
  tenant_id uuid not null,
  id uuid not null,
  application_id uuid not null,
  title jsonb not null,
  role text,
  assignee_id uuid,
  due_on date,
  state text not null default 'open',
  origin text not null,
  version integer not null default 1,
  created_at timestamptz not null,
  closed_at timestamptz,
  constraint tasks_pkey primary key (tenant_id, id),
  constraint tasks_application_fkey foreign key (tenant_id, application_id) references applications (tenant_id, id),
  constraint tasks_assignee_fkey foreign key (tenant_id, assignee_id) references members (tenant_id, user_id),
  constraint tasks_state_check check (state in ('open', 'done'))
);
comment on table tasks is 'What somebody has to do: made by people and by the workflow.';
create index tasks_application_idx on tasks (tenant_id, application_id, id);
create index tasks_open_idx on tasks (tenant_id, due_on, id) where state = 'open';
call close_tenant_table('tasks', 'select, insert, update');

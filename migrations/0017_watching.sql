-- +goose Up
-- What stands broken in an instance, and when time alone will break something or have taken too long.
alter table instances
  add column breaches jsonb not null default '[]',
  add column breach_at timestamptz,
  add column expected_by timestamptz;
comment on column instances.breaches is 'Invariants that stand broken and are not waived, with their blockers; derived, rewritten at each macrostep.';
comment on column instances.breach_at is 'The earliest instant at which time alone breaks an invariant that holds; a timers row without event and state looks at it then.';
comment on column instances.expected_by is 'When the deadline of the present state ends or ended, paused time left out; null where the template sets none.';

alter table timers drop constraint timers_verdict_check;
alter table timers add constraint timers_verdict_check check (verdict in ('fired', 'stale', 'cancelled', 'paused'));
comment on table timers is 'Deadlines, bound to the state entry (a sequence) that armed them; a stale one is settled as a no-op. Without event and state: the instant at which an invariant breaks by time alone.';

-- How long a state usually takes, from what was left.
create table stays (
  tenant_id uuid not null,
  instance_id uuid not null,
  sequence bigint not null,
  subject text not null,
  state text not null,
  seconds bigint not null,
  left_at timestamptz not null,
  constraint stays_pkey primary key (tenant_id, instance_id, sequence),
  constraint stays_instance_fkey foreign key (tenant_id, instance_id) references instances (tenant_id, id),
  constraint stays_seconds_check check (seconds >= 0)
);
comment on table stays is 'Completed stays in a state: one row when it is left, by the macrostep (sequence) that left it.';
create index stays_state_idx on stays (tenant_id, subject, state, left_at desc);
call close_tenant_table('stays', 'select, insert');

-- The agency's own days over the national holidays.
alter table agencies add column calendar_version integer not null default 1;
comment on column agencies.calendar_version is 'Raised by every change of agency_holidays; the ETag of the calendar.';
create table agency_holidays (
  tenant_id uuid not null,
  day date not null,
  works boolean not null,
  title jsonb not null,
  constraint agency_holidays_pkey primary key (tenant_id, day),
  constraint agency_holidays_agency_fkey foreign key (tenant_id) references agencies (id)
);
comment on table agency_holidays is 'Days on which the agency is closed besides weekends and national holidays, or works although one is (works).';
call close_tenant_table('agency_holidays', 'select, insert, delete');

-- Who stands in for a member who is away.
alter table members add column delegate_id uuid, add column delegate_until date;
alter table members add constraint members_delegate_fkey foreign key (tenant_id, delegate_id) references members (tenant_id, user_id);
alter table members add constraint members_delegate_check check ((delegate_id is null) = (delegate_until is null) and delegate_id is distinct from user_id);
comment on column members.delegate_id is 'Another member (user) who may approve in this one''s place until delegate_until, that day included.';

-- +goose Up
alter table applications add column fee_cents bigint;
comment on column applications.fee_cents is 'Copy of the fact mediation_fee_cents, which is sealed with the others: an agreed price, nothing of a person. Null until it is recorded.';

-- What an agency's files come to, by month: the platform counts it (roll_up), an agency may read its own, a network may not.
create table agency_rollups (
  tenant_id uuid not null,
  month date not null,
  state text not null,
  outcome text not null,
  product_kind text not null,
  purpose text not null,
  age text not null,
  files integer not null,
  amount_cents bigint not null,
  fee_cents bigint not null,
  constraint agency_rollups_pkey primary key (tenant_id, month, state, outcome, product_kind, purpose, age),
  constraint agency_rollups_agency_fkey foreign key (tenant_id) references agencies (id),
  constraint agency_rollups_outcome_check check (outcome in ('open', 'won', 'lost')),
  constraint agency_rollups_age_check check (age in ('', '0-7', '8-30', '31-90', '91-'))
);
comment on table agency_rollups is 'Files of an agency by the month they were opened in (UTC) and where they stand; derived, counted anew as a whole.';
comment on column agency_rollups.age is 'Whole days in the present state when it was counted; empty for a file that has ended.';
comment on column agency_rollups.fee_cents is 'Mediation fees of files that were won.';
call close_tenant_table('agency_rollups', 'select');
call open_table_to('agency_rollups', 'pratica_definer', 'select, insert, delete');
call open_table_to('agency_rollups', 'pratica_operator', 'select');

alter table agencies add column rolled_up_at timestamptz, add column rolled_up_to uuid;
comment on column agencies.rolled_up_at is 'When its files were last counted, by the platform''s clock.';
comment on column agencies.rolled_up_to is 'Outbox rows from this id on may tell of changes that the count did not see.';
grant update (rolled_up_at, rolled_up_to) on agencies to pratica_definer;

-- What a network may see: a period's figures, from which everything below five files has been left out before they were written.
create table network_rollups (
  network_id uuid not null,
  month date not null,
  last_month date not null,
  figures jsonb not null,
  as_of timestamptz not null,
  constraint network_rollups_pkey primary key (network_id, month),
  constraint network_rollups_months_check check (last_month >= month),
  constraint network_rollups_network_fkey foreign key (network_id) references networks (id)
);
comment on table network_rollups is 'Aggregates of a network''s agencies by periods of months. A hidden figure is not in it, so nobody who reads it holds a smaller one.';
comment on column network_rollups.last_month is 'A period is as many months from the first on as hold enough files together.';
alter table network_rollups enable row level security;
alter table network_rollups force row level security;
create policy network on network_rollups to pratica_network
  using (network_id = nullif((select current_setting('app.network_id', true)), '')::uuid)
  with check (network_id = nullif((select current_setting('app.network_id', true)), '')::uuid);
grant select on network_rollups to pratica_network;
call open_table_to('network_rollups', 'pratica_operator', 'select, insert, update, delete');

-- What the two functions below count over, for their owner.
create policy reports on instances for select to pratica_definer using (true);
create policy reports on outbox for select to pratica_definer using (true);
grant select on instances, outbox to pratica_definer;

-- Agencies whose files have changed since they were counted, or were counted on an earlier day: files grow older by themselves.
-- Every change of a file tells the browsers through the outbox, whose key is in order of time, so nothing is written for this where files change.
create function agencies_to_roll_up(today timestamptz, most integer)
returns table (agency_id uuid, network_id uuid)
language sql stable security definer set search_path = public as $$
  select a.id, a.network_id from agencies a
  where a.rolled_up_at is null or a.rolled_up_at < today
     or exists (select from outbox o where o.tenant_id = a.id and o.id >= a.rolled_up_to)
  order by a.rolled_up_at nulls first, a.id limit most
$$;

-- Counts one agency's files. The row of the agency is taken first: of two workers at once the second waits.
-- An id of the outbox is made up to half a minute before its row can be seen.
-- +goose StatementBegin
create function roll_up(agency uuid, at timestamptz) returns void
language sql volatile security definer set search_path = public as $$
  update agencies set rolled_up_at = at,
    rolled_up_to = (lpad(to_hex((extract(epoch from now() - interval '30 seconds') * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
  where id = agency;
  delete from agency_rollups where tenant_id = agency;
  insert into agency_rollups (tenant_id, month, state, outcome, product_kind, purpose, age, files, amount_cents, fee_cents)
  select a.tenant_id, date_trunc('month', a.created_at at time zone 'UTC')::date, i.state, coalesce(i.outcome, 'open'), a.product_kind, a.purpose,
    case when i.outcome is not null then ''
         when at - i.entered_at < interval '8 days' then '0-7'
         when at - i.entered_at < interval '31 days' then '8-30'
         when at - i.entered_at < interval '91 days' then '31-90'
         else '91-' end,
    count(*), sum(a.amount_cents),
    coalesce(sum(a.fee_cents) filter (where i.outcome = 'won'), 0)
  from applications a join instances i on i.tenant_id = a.tenant_id and i.id = a.id
  where a.tenant_id = agency
  group by 1, 2, 3, 4, 5, 6, 7;
$$;
-- +goose StatementEnd
-- Before the owner changes: afterwards these would be refused with no more than a warning.
revoke execute on function agencies_to_roll_up(timestamptz, integer), roll_up(uuid, timestamptz) from public;
grant execute on function agencies_to_roll_up(timestamptz, integer), roll_up(uuid, timestamptz) to pratica_operator;
grant create on schema public to pratica_definer;
alter function agencies_to_roll_up(timestamptz, integer) owner to pratica_definer;
alter function roll_up(uuid, timestamptz) owner to pratica_definer;
revoke create on schema public from pratica_definer;

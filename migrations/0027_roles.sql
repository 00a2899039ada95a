-- +goose Up
-- An agency's own roles and rules, and what its network lays down for them.
create table roles (
  tenant_id uuid not null,
  key text not null,
  title jsonb not null,
  parent text not null default '',
  version integer not null default 1,
  created_at timestamptz not null,
  constraint roles_pkey primary key (tenant_id, key),
  constraint roles_agency_fkey foreign key (tenant_id) references agencies (id),
  constraint roles_key_check check (key ~ '^[a-z][a-z0-9_]{1,39}$'),
  constraint roles_parent_check check (parent <> key)
);
comment on table roles is 'An agency''s own roles, and a row of a platform role it has added rules to (its version). parent: the role whose permissions it has besides its own rules; '''' for what everybody may.';
call close_tenant_table('roles', 'select, insert, update, delete');

alter table policy_rules
  add column unless boolean not null default false,
  add column own boolean not null default false,
  add column branch boolean not null default false,
  add column min_amount_cents bigint,
  add column max_amount_cents bigint;
alter table policy_rules drop constraint policy_rules_rule_key;
alter table policy_rules add constraint policy_rules_rule_key unique nulls not distinct (tenant_id, role, action, effect, unless, own, branch, min_amount_cents, max_amount_cents);
alter table policy_rules add constraint policy_rules_amount_check check (min_amount_cents > 0 and max_amount_cents > 0 and (min_amount_cents <= max_amount_cents));
alter table policy_rules add constraint policy_rules_unless_check check (not unless or own or branch or num_nonnulls(min_amount_cents, max_amount_cents) > 0);
comment on column policy_rules.unless is 'The rule holds for the files for which its other conditions do not all hold.';
comment on column policy_rules.own is 'The rule holds only for files the actor keeps (owner).';
comment on column policy_rules.branch is 'The rule holds only for files of the actor''s branch.';
comment on column policy_rules.min_amount_cents is 'The rule holds only for files that ask for at least this; null: no floor.';
comment on column policy_rules.max_amount_cents is 'The rule holds only for files that ask for at most this; null: no ceiling.';

create table network_policy_bounds (
  network_id uuid not null,
  action text not null,
  kind text not null,
  created_at timestamptz not null,
  constraint network_policy_bounds_pkey primary key (network_id, action),
  constraint network_policy_bounds_network_fkey foreign key (network_id) references networks (id),
  constraint network_policy_bounds_kind_check check (kind in ('reserved', 'forbidden'))
);
comment on table network_policy_bounds is 'Actions over which the agencies of a network make no rules (reserved), or which nobody in them may do (forbidden).';
alter table network_policy_bounds enable row level security;
alter table network_policy_bounds force row level security;
create policy network on network_policy_bounds to pratica_network
  using (network_id = nullif((select current_setting('app.network_id', true)), '')::uuid)
  with check (network_id = nullif((select current_setting('app.network_id', true)), '')::uuid);
grant select, insert, delete on network_policy_bounds to pratica_network;
alter table networks add column bounds_version integer not null default 1;
comment on column networks.bounds_version is 'Raised by every change of the network''s bounds; their ETag.';

-- An agency reads the bounds of its own network through this function only.
call open_table_to('network_policy_bounds', 'pratica_definer', 'select');
create function agency_policy_bounds()
returns table (action text, kind text)
language sql stable security definer set search_path = public as $$
  select b.action, b.kind from network_policy_bounds b join agencies a on a.network_id = b.network_id
  where a.id = nullif(current_setting('app.tenant_id', true), '')::uuid order by b.action
$$;
-- Before the owner changes: afterwards these would be refused with no more than a warning.
revoke execute on function agency_policy_bounds() from public;
grant execute on function agency_policy_bounds() to pratica_app;
grant create on schema public to pratica_definer;
alter function agency_policy_bounds() owner to pratica_definer;
revoke create on schema public from pratica_definer;

-- Whoever changes a role, a rule or a bound changes the policy version with it, whatever way they came: no server answers from an older table.
-- +goose StatementBegin
create function policy_changed() returns trigger language plpgsql as $$
begin
  update agencies set policy_version = policy_version + 1 where id in (select tenant_id from changed);
  return null;
end $$;
-- +goose StatementEnd
-- +goose StatementBegin
create function policy_bounds_changed() returns trigger language plpgsql as $$
begin
  update agencies set policy_version = policy_version + 1 where network_id in (select network_id from changed);
  return null;
end $$;
-- +goose StatementEnd
-- +goose StatementBegin
do $$
declare tab text; verb text;
begin
  foreach tab in array array['roles', 'policy_rules', 'network_policy_bounds'] loop
    foreach verb in array array['insert', 'update', 'delete'] loop
      execute format('create trigger %s_%s_changed after %s on %I referencing %s table as changed for each statement execute function %s()',
        tab, verb, verb, tab, case verb when 'delete' then 'old' else 'new' end,
        case tab when 'network_policy_bounds' then 'policy_bounds_changed' else 'policy_changed' end);
    end loop;
  end loop;
end $$;
-- +goose StatementEnd

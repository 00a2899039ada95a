-- +goose Up
-- A person's banks are looked at together, and what rests on a consent that is not in force any more is no fact. Callbacks find consents by
-- what the bank calls them.
alter table bank_consents add column withdrawn_at timestamptz;
comment on column bank_consents.withdrawn_at is 'When the person took it back in the portal: it is not in force from then on, whatever its machine''s template has a place for.';
alter table bank_reads add column over_at timestamptz;
comment on column bank_reads.over_at is 'When its consent ended or was withdrawn: what was found in it is no fact any more.';
alter table cash_flows add column beside uuid[] not null default '{}';
comment on column cash_flows.beside is 'The newest reads under the person''s other consents in force, in the order in which they were analysed: figures rest on read_id and on these.';
alter table cash_flows add column over_at timestamptz;
comment on column cash_flows.over_at is 'When the figures stopped being facts: a consent behind them was over, or another bank was read that they leave out.';

-- Whether arrays meet cannot be asked of an index under row security; whether texts are the same can.
create table bank_consent_refs (
  tenant_id uuid not null,
  consent_id uuid not null,
  reference text not null,
  constraint bank_consent_refs_pkey primary key (tenant_id, consent_id, reference),
  constraint bank_consent_refs_consent_fkey foreign key (tenant_id, consent_id) references bank_consents (tenant_id, id)
);
comment on table bank_consent_refs is 'bank_consents.external_refs, to be found by.';
create index bank_consent_refs_reference_idx on bank_consent_refs (tenant_id, reference);
call close_tenant_table('bank_consent_refs', 'select, insert, delete');

-- The tables' owner sees their rows only while row security does not hold it.
-- +goose StatementBegin
do $$
declare t text; tables text[] := array['bank_consents', 'bank_reads', 'bank_consent_refs', 'instances', 'audit_entries', 'cash_flows'];
begin
  foreach t in array tables loop execute format('alter table %I no force row level security', t); end loop;
  -- What people had taken back stood under their keys, and in the trail under the id as people read it (Crockford's base 32).
  update bank_consents c set withdrawn_at = a.at from (select tenant_id, ref, min(at) as at from audit_entries where action = 'bank_consent.withdrawn' group by tenant_id, ref) a
    where a.tenant_id = c.tenant_id and a.ref = 'cns_' || (select string_agg(substr('0123456789abcdefghjkmnpqrstvwxyz', 1 + substring((('x' || replace(c.id::text, '-', ''))::bit(128) || B'00') from 5 * n + 1 for 5)::bit(5)::integer, 1), '' order by n)
      from generate_series(0, 25) n);
  update bank_reads r set over_at = c.withdrawn_at from bank_consents c where c.tenant_id = r.tenant_id and c.id = r.consent_id and c.withdrawn_at is not null;
  update bank_reads r set over_at = i.updated_at from instances i where i.tenant_id = r.tenant_id and i.id = r.consent_id and i.outcome is not null;
  update cash_flows f set over_at = r.over_at from bank_reads r where r.tenant_id = f.tenant_id and r.id = f.read_id and r.over_at is not null;
  insert into bank_consent_refs (tenant_id, consent_id, reference) select distinct c.tenant_id, c.id, n from bank_consents c, unnest(c.external_refs) n;
  foreach t in array tables loop execute format('alter table %I force row level security', t); end loop;
end $$;
-- +goose StatementEnd

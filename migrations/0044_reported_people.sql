-- +goose Up
-- People who were deleted though a report keeps them; agencies that the operator suspends.

-- Whoever a suspicious-transaction report is about is kept for ten years, and nobody may tell: deleting them answers what deleting
-- anybody does, and their codes are free again. They are hidden as the restricted are, and no route of theirs finds them.
alter table subjects add column deleted_at timestamptz;
comment on column subjects.deleted_at is 'When the person was deleted, of one whom a suspicious-transaction report keeps; everybody else''s row is gone.';
alter table subjects add constraint subjects_deleted_check check (deleted_at is null or not visible),
  drop constraint subjects_tax_code_key, drop constraint subjects_vat_number_key;
create unique index subjects_tax_code_key on subjects (tenant_id, tax_code_index) where deleted_at is null;
create unique index subjects_vat_number_key on subjects (tenant_id, vat_number) where deleted_at is null;
call open_table_to('suspicion_reports', 'pratica_definer', 'select');

-- An invitation to the portal is a door of the person's own, and goes with them.
grant delete on portal_accesses to pratica_app;

-- Whoever deletes may see one file and the report be about another.
grant create on schema public to pratica_definer;
set local role pratica_definer;
create function subject_reported(who uuid) returns boolean
language sql stable security definer set search_path = public as $$
  select exists (select from suspicion_reports r where r.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid and r.subject_id = who)
$$;
comment on function subject_reported is 'Whether a suspicious-transaction report keeps a person; for delete_subject alone.';
revoke execute on function subject_reported(uuid) from public;
grant execute on function subject_reported(uuid) to pratica_app;
reset role;
revoke create on schema public from pratica_definer;

-- The row is deleted first in both cases: so that what refuses one deletion refuses the other.
-- +goose StatementBegin
create function delete_subject(who uuid, at timestamptz) returns void language plpgsql set search_path = public as $$
declare before text := coalesce(current_setting('app.restricted', true), '');
begin
  delete from portal_accesses where subject_id = who;
  delete from subjects where id = who;
  if subject_reported(who) then
    raise exception 'kept' using errcode = 'PR001';
  end if;
exception when sqlstate 'PR001' then
  delete from portal_accesses where subject_id = who;
  perform set_config('app.restricted', 'on', true);
  update subjects set visible = false, deleted_at = at where id = who;
  perform set_config('app.restricted', before, true);
end $$;
-- +goose StatementEnd
comment on function delete_subject is 'Deletes a person whom nothing refers to, or hides them where a suspicious-transaction report keeps them; it tells not which.';
revoke execute on function delete_subject(uuid, timestamptz) from public;
grant execute on function delete_subject(uuid, timestamptz) to pratica_app;

-- Suspending an agency ends what is open in it, and stands in the trail of its network too.
grant create on schema public to pratica_definer;
set local role pratica_definer;
create function end_agency_sessions() returns void
language sql security definer set search_path = public as $$
  update sessions set revoked_at = now() where agency_id = nullif(current_setting('app.tenant_id', true), '')::uuid and revoked_at is null
$$;
comment on function end_agency_sessions is 'Ends every session that is in the agency of the transaction.';
create or replace function tell_network(entry uuid, at timestamptz, actor text, said text, support text, detail jsonb, request text) returns void
language sql volatile security definer set search_path = public as $$
  insert into network_audit_entries (network_id, id, at, actor_id, action, ref, detail, request_id)
  select a.network_id, entry, at, actor, said, support, detail, request from agencies a
  where a.id = nullif(current_setting('app.tenant_id', true), '')::uuid and (said like 'support.%' or said in ('agency.suspended', 'agency.resumed'))
$$;
revoke execute on function end_agency_sessions() from public;
grant execute on function end_agency_sessions() to pratica_app;
reset role;
revoke create on schema public from pratica_definer;

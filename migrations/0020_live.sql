-- +goose Up
-- Which version is live is said once, here: of each subject the one that was published last, whatever its key.
create view live_workflows with (security_invoker = true) as
  select distinct on (tenant_id, subject) tenant_id, subject, id, key, version, base_key, base_version
  from workflow_versions where status = 'published'
  order by tenant_id, subject, published_at desc, version desc, id desc;
comment on view live_workflows is 'The version under which new files of a subject begin.';
create index workflow_versions_live_idx on workflow_versions (tenant_id, subject, published_at desc, version desc, id desc) where status = 'published';
grant select on live_workflows to pratica_app, pratica_definer;

-- Only its owner replaces a function.
grant create on schema public to pratica_definer;
set local role pratica_definer;
create or replace function network_base_use()
returns table (key text, version integer, agencies integer)
language sql stable security definer set search_path = public as $$
  with live as (
    select distinct a.id, v.base_key, v.base_version from agencies a join live_workflows v on v.tenant_id = a.id
    where a.network_id = nullif(current_setting('app.network_id', true), '')::uuid and v.base_key is not null)
  select w.key, w.version, case when count(l.id) >= 5 then count(l.id)::integer end
  from network_workflows w left join live l on l.base_key = w.key and l.base_version = w.version
  where w.network_id = nullif(current_setting('app.network_id', true), '')::uuid
  group by w.key, w.version
$$;
reset role;
revoke create on schema public from pratica_definer;

-- How many files are in flight under a version, and which.
create index instances_pinned_idx on instances (tenant_id, workflow_version_id) where outcome is null;

-- Old drafts make room for new ones; what was certified is kept for ever.
grant delete on workflow_versions to pratica_app;
-- +goose StatementBegin
create function workflow_versions_kept() returns trigger language plpgsql as $$
begin
  if old.status <> 'draft' then
    raise exception 'only a draft goes' using errcode = 'check_violation', constraint = 'workflow_versions_kept';
  end if;
  return old;
end $$;
-- +goose StatementEnd
create trigger workflow_versions_kept before delete on workflow_versions for each row execute function workflow_versions_kept();

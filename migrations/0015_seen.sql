-- +goose Up
-- When a person was last in an agency, for the people who keep its members. At most one write in five minutes.
create function directory_seen(who uuid, agency uuid) returns void
language sql security definer set search_path = public as $$
  update members set last_seen_at = now()
  where user_id = who and tenant_id = agency and status = 'active' and (last_seen_at is null or last_seen_at < now() - interval '5 minutes')
$$;
-- Before the owner changes: afterwards these would be refused with no more than a warning.
revoke execute on function directory_seen(uuid, uuid) from public;
grant execute on function directory_seen(uuid, uuid) to pratica_directory;
grant create on schema public to pratica_definer;
alter function directory_seen(uuid, uuid) owner to pratica_definer;
revoke create on schema public from pratica_definer;

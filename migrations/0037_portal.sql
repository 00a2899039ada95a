-- +goose Up
-- Whoever holds a mailed link of the portal learns who mailed it and whether it still opens: before it is spent, and when it is too late.
-- Only the holder has what is asked by; nothing is changed.
create function directory_portal_link(link bytea)
returns table (agency text, state text)
language sql stable security definer set search_path = public as $$
  select a.name, case when p.opened_at is not null then 'used' when p.ended_at is not null or p.link_until <= now() then 'expired' else 'open' end
  from portal_accesses p
  join subjects s on s.tenant_id = p.tenant_id and s.id = p.subject_id and s.visible
  join agencies a on a.id = p.tenant_id and a.status = 'active'
  where p.link_hash = link
$$;
comment on function directory_portal_link is 'Who mailed a link of the portal, and whether it is open, used or expired.';
revoke execute on function directory_portal_link(bytea) from public;
grant execute on function directory_portal_link(bytea) to pratica_directory;
grant create on schema public to pratica_definer;
alter function directory_portal_link(bytea) owner to pratica_definer;
revoke create on schema public from pratica_definer;

-- Spent links are asked for too.
drop index portal_accesses_link_idx;
create index portal_accesses_link_idx on portal_accesses (link_hash);

-- +goose Up
-- Whose a credential is, or was, that has been refused: so that it stands in the trail of the agency it was about. Asked after a refusal
-- only; it opens nothing.
create index portal_accesses_used_idx on portal_accesses (link_hash);

-- Made by their owner, so that only it can ever replace them.
grant create on schema public to pratica_definer;
set local role pratica_definer;
create function directory_owner(hash bytea)
returns table (agency_id uuid, kind text, owner_id uuid)
language sql stable security definer set search_path = public as $$
  select s.agency_id, 'usr', s.user_id from sessions s where s.token_hash = hash and s.agency_id is not null
  union all
  select k.tenant_id, 'key', k.id from api_keys k where k.secret_hash = hash
  union all
  select t.tenant_id, 'key', t.key_id from access_tokens t where t.token_hash = hash
  union all
  select m.tenant_id, 'usr', t.user_id from tokens t join members m on m.user_id = t.user_id
  where t.token_hash = hash and m.status = 'active' and (t.agency_id is null or t.agency_id = m.tenant_id)
  union all
  select p.tenant_id, 'sub', p.subject_id from portal_accesses p where p.link_hash = hash
  union all
  select p.tenant_id, 'sub', p.subject_id from portal_accesses p where p.token_hash = hash
$$;

-- Whose client an id names, whatever its secret.
create function directory_client_agency(client_id uuid) returns table (agency_id uuid)
language sql stable security definer set search_path = public as $$
  select k.tenant_id from api_keys k where k.id = client_id and k.client
$$;
revoke execute on function directory_owner(bytea), directory_client_agency(uuid) from public;
grant execute on function directory_owner(bytea), directory_client_agency(uuid) to pratica_directory;
reset role;
revoke create on schema public from pratica_definer;

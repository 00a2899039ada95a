-- +goose Up
-- A person has at most 100 sessions at once: one more ends the one that was used longest ago.
grant create on schema public to pratica_definer;
set local role pratica_definer;
-- +goose StatementBegin
create or replace function directory_open_session(hash bytea, session uuid, who uuid, agency uuid, until timestamptz, how text default 'link', called text default '', place text default '') returns void
language sql security definer set search_path = public as $$
  update sessions set revoked_at = now() where id in
    (select s.id from sessions s where s.user_id = who and s.revoked_at is null and s.expires_at > now() order by s.seen_at desc, s.created_at desc, s.id offset 99);
  insert into sessions (token_hash, id, user_id, agency_id, expires_at, method, device, network)
  select hash, session, who, (select m.tenant_id from members m where m.user_id = who and m.tenant_id = agency and m.status = 'active' and session_fits(how, agency, who)), until, how, called, place;
$$;
-- +goose StatementEnd
reset role;
revoke create on schema public from pratica_definer;

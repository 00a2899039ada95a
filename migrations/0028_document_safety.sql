-- +goose Up
alter table documents add column scan text not null default 'not_scanned',
  add constraint documents_scan_check check (scan in ('not_scanned', 'clean', 'infected', 'failed'));
comment on column documents.scan is 'What a malware scanner said of the content; not_scanned where none was configured when it came.';
comment on column documents.data_key is 'The document''s own key, wrapped by the agency''s key; null where the object store encrypts the content itself.';

alter table document_links add column once boolean not null default false, add column watermark boolean not null default false, add column used_at timestamptz;
comment on column document_links.once is 'Opens its document once; used_at says when that was.';
comment on column document_links.watermark is 'Opens a copy that names the viewer and the time on every page.';
grant update (used_at) on document_links to pratica_app;

-- A link lives no longer than its session: asked in the statement that follows the link, so that a sign-in which has ended
-- elsewhere, and may still be remembered here, opens nothing. Of another agency's sessions it tells nothing.
create function session_lives(session uuid, who uuid) returns boolean
language sql stable security definer set search_path = public as $$
  select exists (select from sessions s where s.id = session and s.user_id = who and s.revoked_at is null and s.expires_at > now()
    and s.agency_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
$$;
-- Before the owner changes: afterwards these would be refused with no more than a warning.
revoke execute on function session_lives(uuid, uuid) from public;
grant execute on function session_lives(uuid, uuid) to pratica_app;
grant create on schema public to pratica_definer;
alter function session_lives(uuid, uuid) owner to pratica_definer;
revoke create on schema public from pratica_definer;

-- +goose Up
-- Free text cannot use an index under row security, so one function searches with the tenant spelled out, and returns ids only.
call open_table_to('subjects', 'pratica_definer', 'select');
call open_table_to('properties', 'pratica_definer', 'select');
call open_table_to('applications', 'pratica_definer', 'select');
create index subjects_text_idx on subjects using gin ((display_name || ' ' || coalesce(tax_code, '') || ' ' || coalesce(vat_number, '') || ' ' || email) gin_trgm_ops);
create index properties_text_idx on properties using gin (address_line gin_trgm_ops);
create index applications_text_idx on applications using gin ((number || ' ' || title) gin_trgm_ops);

create function search_ids(words text, most integer)
returns table (noun text, id uuid)
language sql stable security definer set search_path = public as $$
  (select 'subject', s.id from subjects s
    where s.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
      and (s.display_name || ' ' || coalesce(s.tax_code, '') || ' ' || coalesce(s.vat_number, '') || ' ' || s.email) ilike '%' || words || '%'
    order by s.display_name, s.id limit most)
  union all
  (select 'property', p.id from properties p
    where p.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid and p.address_line ilike '%' || words || '%'
    order by p.address_line, p.id limit most)
  union all
  (select 'application', a.id from applications a
    where a.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid and (a.number || ' ' || a.title) ilike '%' || words || '%'
    order by a.updated_at desc, a.id limit most)
$$;
-- Before the owner changes: afterwards these would be refused with no more than a warning.
revoke execute on function search_ids(text, integer) from public;
grant execute on function search_ids(text, integer) to pratica_app;
alter function search_ids(text, integer) owner to pratica_definer;
revoke create on schema public from pratica_definer;

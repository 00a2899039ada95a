-- +goose Up
-- An agency stays in the network that onboarded it. The application may update its own row, and row security admits any value that
-- leaves the id alone: without this, a statement could move the agency under another network and read that one's templates.
-- +goose StatementBegin
create function agencies_network_kept() returns trigger language plpgsql as $$
begin
  if new.network_id is distinct from old.network_id then
    raise exception 'an agency stays in its network' using errcode = 'check_violation', constraint = 'agencies_network_kept';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger agencies_network_kept before update on agencies for each row execute function agencies_network_kept();

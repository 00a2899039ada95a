-- +goose Up
-- A server asks at its start whether the schema is the one it was built for.
grant select on goose_db_version to pratica_app;

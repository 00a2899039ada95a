-- +goose Up
-- Recorded facts and what people wrote into the history, sealed by a key of the instance. As in 0021, what is there in clear is dropped:
-- files of demo data go on without their recorded facts, and their histories before this day do not replay.
alter table instances drop column facts;
alter table instances add column data_key bytea, add column facts bytea;
comment on column instances.data_key is 'The instance''s own key, sealed by the agency''s and bound to this row; it seals facts, fact_changes and history.';
comment on column instances.facts is 'Sealed JSON: latest value of each recorded fact (fact_changes has them all), waivers with their reasons, head of the history.';
comment on column instances.machine is 'Where the machine stands, as the engine wrote it: states, approvals, timers, sequence.';
alter table fact_changes drop column value;
alter table fact_changes add column value bytea;
comment on column fact_changes.value is 'Sealed JSON; null: the fact went missing.';
alter table history add column sealed bytea;
comment on column history.entry is 'The macrostep: who, when, from where to where, which clauses said what.';
comment on column history.sealed is 'Sealed JSON, the rest of it: payload, reason, digest of the facts, the hash and the one before. The hash is over both halves.';

-- Settings of connections (tokens among them), and what lenders are sent and answer. Operations on their way in demo data are given up.
alter table connections drop column config;
alter table connections add column config bytea;
comment on column connections.config is 'Sealed JSON: the settings by the connector''s own schema. Written, never read back.';
truncate operations;
alter table operations drop column payload, drop column result;
alter table operations add column payload bytea, add column result bytea;
comment on column operations.payload is 'Sealed JSON: what the connector is given.';
comment on column operations.result is 'Sealed JSON: what the lender answered.';

-- +goose Up
-- Whoever is locked away may come back within the law's years, and is unlocked; and a request that is refused is refused for a reason.
alter table erasures add column lifted_at timestamptz, add column lifted_by text, add column lift_reason text;
alter table erasures drop constraint erasures_state_check;
alter table erasures add constraint erasures_state_check check (state in ('restricted', 'done', 'lifted')),
  add constraint erasures_lift_check check ((state = 'lifted') = (lifted_at is not null and lifted_by is not null and lift_reason is not null)),
  add constraint erasures_lift_reason_check check (lift_reason in ('came_back', 'request_withdrawn', 'mistake', 'legal_claim'));
comment on column erasures.state is 'restricted: the rest is kept by law; done: nothing is left; lifted: unlocked again, and as if never asked, but for the certificates.';
comment on column erasures.lift_reason is 'Why the person was unlocked, as a code. The next erasure of theirs empties it; the audit trail keeps it.';

alter table privacy_requests add column reason text,
  add constraint privacy_requests_reason_check check (reason in ('identity', 'excessive', 'in_flight', 'kept_by_law'));
comment on column privacy_requests.reason is 'Why it was refused (GDPR Art. 12(4)-(6), 17(3)), as a code; null of what was not.';

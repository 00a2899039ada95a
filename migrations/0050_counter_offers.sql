-- +goose Up
-- In place of a refusal a lender may offer less: an item it asks about, answered by a choice and not by a document.
alter table submissions add column accepts_counter_offer boolean not null default false;
comment on column submissions.accepts_counter_offer is 'Whether the lender may offer less rather than refuse.';
alter table submission_requests
  add column amount_cents bigint,
  add column rate_bps integer,
  add column term_months integer,
  add column choice text,
  add constraint submission_requests_choice_check check (choice is null or choice in ('accept', 'decline') and kind = 'counter_offer');
comment on column submission_requests.amount_cents is 'For a counter-offer: what the lender would lend, in cents; its rate in basis points and its term in months beside it.';
comment on column submission_requests.choice is 'How a counter-offer was answered.';

"use strict";

const assert = require("node:assert");
const test = require("node:test");
const { openBanking } = require("./connector.js");

test("amounts, and the next page's query", async () => {
  let asked;
  const call = { idempotency_key: "k", config: { url: "https://bank.example", token: "t" }, async ask(request) {
    asked = request;
    return { transactions: { booked: [{ transactionId: "1", bookingDate: "2026-01-02", transactionAmount: { amount: "-12.3", currency: "EUR" }, creditorName: "Enel" }],
      _links: { next: { href: "https://elsewhere.example/v1/accounts/A/transactions?page=2" } } } };
  } };
  const started = { external_refs: ["C"] };
  const got = await openBanking.fetchTransactions(call, started, { account_id: "A", from: "2026-01-01", to: "", page: "" });
  assert.equal(got.transactions[0].amount_cents, -1230);
  assert.equal(got.next_page, "page=2");
  await openBanking.fetchTransactions(call, started, { account_id: "A", from: "2026-01-01", to: "", page: got.next_page });
  assert.equal(asked.url, "https://bank.example");
  assert.equal(asked.query.page, "2");
});

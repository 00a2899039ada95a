"use strict";

const assert = require("node:assert");
const test = require("node:test");
const { analysis } = require("./connector.js");

test("a joint account counts by the person's share", async () => {
  const { figures: [income, spending] } = await analysis.analyseTransactions({}, { accounts: [
    { share_bps: 5000, transactions: [{ id: "2", amount_cents: 2000_00 }, { id: "1", amount_cents: -500_00 }] },
    { share_bps: 10_000, transactions: [{ id: "0", amount_cents: 100_00 }] },
  ] });
  assert.equal(income.value, 1100_00);
  assert.equal(spending.value, -250_00);
  assert.deepEqual(income.transactions, ["0", "2"]);
});

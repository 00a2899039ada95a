"use strict";

const assert = require("node:assert");
const test = require("node:test");
const { creditBureau } = require("./connector.js");

test("dearer than allowed is not bought", async () => {
  const call = { config: {}, ask: () => assert.fail("the bureau was asked") };
  await assert.rejects(creditBureau.requestReport(call, { cost_max_cents: 239 }), ({ failed }) => failed.code === "bureau.too_dear" && failed.side_effect === "none");
});

test("a report that is not written yet is pending", async () => {
  const call = { config: {}, ask: async () => ({ report_id: "R-1", state: "pending", price_cents: 240 }) };
  await assert.rejects(creditBureau.getReport(call, { reference: "R-1" }), ({ pending, payload }) => pending.external_ref === "R-1" && payload.reference === "R-1");
});

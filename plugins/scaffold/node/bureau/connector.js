// Buys credit reports.
"use strict";

const { Failure, Pending, notFound } = require("./.pratica-sdk");

const priceCents = 240; // of a report
const lookAgain = 10; // seconds the bureau has to write one

// ask is one exchange with the bureau. In the place of the token stands a handle: the platform puts the token in.
const ask = (call, request) => call.ask({
  ...request, url: call.config.url, header: { Authorization: "Bearer " + call.config.token },
  judge(_, said) {
    if (said?.code === "unknown_key") return notFound(); // the bureau's own word for: this request never arrived
    if (said?.code === "consent") return new Failure({ kind: "invalid_request", code: "bureau.consent", side_effect: "none" });
  },
});

const kinds = { mortgage: "mortgage", personal_loan: "personal_loan", card: "credit_card" };

// report is what was bought, in the platform's words. One that is not written yet is pending, under its reference.
function report(got) {
  if (!got.report_id) throw new Failure({ kind: "contract_drift", code: "bureau.reference" });
  const out = { reference: got.report_id, cost_cents: got.price_cents };
  if (got.state !== "ready") throw new Pending({ after: lookAgain, ref: got.report_id, payload: out });
  return {
    ...out, score: got.report.score, score_min: 300, score_max: 850, enquiries_last_six_months: got.report.inquiries_six_months,
    facilities: got.report.exposures.map((e) => ({
      kind: kinds[e.kind] ?? "other", outstanding_cents: e.residual_cents, instalment_cents: e.instalment_cents, months_left: e.remaining_months,
      instalments_late: e.worst_delay_months, status: e.worst_delay_months > 0 ? "late" : "regular",
    })),
  };
}

module.exports = {
  describe: {
    id: "acme", version: "0.1.0", title: "Acme", config_schema: require("./schema.json"), countries: ["IT"],
    egress: ["{url}"], // host and port of the setting url, and nothing else
    data_categories: ["identity", "credit_history"],
    cost_cents: { RequestReport: priceCents }, // the platform keeps an agency's budget by it
  },

  checkConnection: (call) => ask(call, { path: ["account"] }),

  creditBureau: {
    // requestReport buys a report. Dearer than allowed is refused before it is bought.
    async requestReport(call, order) {
      if (order.cost_max_cents < priceCents) throw new Failure({ kind: "rejected", code: "bureau.too_dear", side_effect: "none" });
      const { reference, given_at } = order.consent;
      return report(await ask(call, { path: ["reports"], body: { tax_code: order.subject.tax_code, purpose: "mortgage_application", consent: { reference, given_at } } }));
    },
    // reconcileReport asks what came of the idempotency key. Only the bureau's own "never heard of it" lets the platform buy again.
    reconcileReport: async (call) => report(await ask(call, { path: ["operations", call.idempotency_key] })),
    getReport: async (call, { reference }) => report(await ask(call, { path: ["reports", reference] })),
  },
};

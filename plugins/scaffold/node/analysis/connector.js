// Draws figures from accounts and their transactions. It asks nobody outside.
"use strict";

module.exports = {
  describe: {
    id: "acme", version: "0.1.0", title: "Acme", config_schema: { type: "object", additionalProperties: false },
    countries: ["IT"], data_categories: ["accounts", "income"],
  },

  analysis: {
    // analyseTransactions answers the same to the same, whatever the order of accounts and transactions. Each figure names the transactions
    // behind it.
    async analyseTransactions(call, order) {
      const income = { name: "income_cents", value: 0, rule: "credits", transactions: [] };
      const spending = { name: "spending_cents", value: 0, rule: "debits", transactions: [] };
      for (const account of order.accounts) {
        for (const t of account.transactions) {
          const figure = t.amount_cents > 0 ? income : spending;
          figure.value += Math.trunc((t.amount_cents * account.share_bps) / 10_000);
          figure.transactions.push(t.id);
        }
      }
      for (const figure of [income, spending]) figure.transactions.sort();
      return { figures: [income, spending] };
    },
  },
};

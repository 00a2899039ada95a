// Hands files to a lender over HTTP and JSON.
"use strict";

const { Pending, notFound } = require("./.pratica-sdk");

// ask is one exchange with the bank. In the place of the token stands a handle: the platform puts the token in. What goes wrong is thrown as
// the failure the platform understands.
const ask = (call, request) => call.ask({
  ...request, url: call.config.url, header: { Authorization: "Bearer " + call.config.token },
  judge: (_, said) => said?.code === "unknown_key" ? notFound() : null, // the bank's own word for: this request never arrived
});

// arrived asks the bank what came of the idempotency key. Only its own "never heard of it" lets the platform send again.
const arrived = (call) => ask(call, { path: ["operations", call.idempotency_key] });
const receipt = ({ reference }) => ({ reference });

module.exports = {
  describe: {
    id: "acme", version: "0.1.0", title: "Acme", config_schema: require("./schema.json"),
    countries: ["IT"], products: ["mortgage"],
    egress: ["{url}"], // host and port of the setting url, and nothing else
    data_categories: ["identity", "income", "property"],
  },

  checkConnection: (call) => ask(call, { path: ["account"] }),

  bankPortal: {
    submitApplication: async (call, application) => receipt(await ask(call, { path: ["applications"], body: application })),
    reconcileSubmission: async (call) => receipt(await arrived(call)),
    reconcileWithdrawal: async (call) => void (await arrived(call)),

    async getStatus(call, { reference }) {
      const news = await ask(call, { path: ["applications", reference] });
      for (const event of news.events) if (event.expires) event.expires = new Date(event.expires);
      if (!news.final) throw new Pending({ after: 60, ref: reference, payload: news });
      return news;
    },

    withdrawApplication: async (call, withdrawal) => void (await ask(call, { path: ["applications", withdrawal.reference, "withdrawal"], body: withdrawal })),
  },
};

// Has a person prove who they are to an OpenID provider: code flow with PKCE.
"use strict";

const { createHash, randomBytes } = require("node:crypto");
const { Failure, NeedsUser } = require("./.pratica-sdk");

// The eIDAS levels as the provider names them.
const levels = { low: "https://www.spid.gov.it/SpidL1", substantial: "https://www.spid.gov.it/SpidL2", high: "https://www.spid.gov.it/SpidL3" };

const refused = (kind, code) => new Failure({ kind, code, side_effect: "none" });

module.exports = {
  describe: {
    id: "acme", version: "0.1.0", title: "Acme", config_schema: require("./schema.json"), countries: ["IT"],
    egress: ["{url}"], // host and port of the setting url, and nothing else
    data_categories: ["identity"],
  },

  identity: {
    // startVerification asks nobody: it says where the person goes. The context is kept by the platform, sealed, until they are back.
    async startVerification(call, order) {
      if (!levels[order.level]) throw refused("invalid_request", "level");
      const verifier = randomBytes(32).toString("base64url");
      const page = new URL(call.config.url.replace(/\/$/, "") + "/authorize");
      page.search = new URLSearchParams({
        response_type: "code", scope: "openid profile", client_id: call.config.client_id, redirect_uri: order.return_url, state: order.state, acr_values: levels[order.level],
        code_challenge_method: "S256", code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      });
      const context = Buffer.from(JSON.stringify({ verifier, state: order.state, return_url: order.return_url, provider: order.provider }));
      throw new NeedsUser({ way: "redirect", url: page.href, payload: { context } });
    },

    // completeVerification takes the code to the provider and asks it who came. Both answers come straight from the provider, over TLS, which is
    // what proves them.
    async completeVerification(call, started, query) {
      const kept = JSON.parse(started.context), back = new URLSearchParams(query);
      if (back.get("state") !== kept.state) throw refused("invalid_request", "state");
      if (!back.get("code")) throw refused("rejected", "declined");
      const { url, client_id, client_secret } = call.config;
      const token = await call.ask({ url, path: ["token"], body: new URLSearchParams({ grant_type: "authorization_code", code: back.get("code"), redirect_uri: kept.return_url, code_verifier: kept.verifier, client_id, client_secret }) });
      const who = await call.ask({ url, path: ["userinfo"], header: { Authorization: "Bearer " + token.access_token } });
      const level = Object.keys(levels).find((name) => levels[name] === who.acr);
      if (!level || !who.fiscal_number) throw new Failure({ kind: "contract_drift", code: "provider.claims" });
      return { external_ref: who.sub, provider: kept.provider, level, verified_at: new Date(), first_name: who.given_name, last_name: who.family_name, tax_code: who.fiscal_number, birth_date: who.birthdate };
    },
  },
};

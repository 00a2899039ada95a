"use strict";

const assert = require("node:assert");
const http = require("node:http");
const test = require("node:test");
const { ask } = require("./.pratica-sdk");
const connector = require("./connector.js");

// bank answers every request alike.
async function bank(t, status, body) {
  const server = http.createServer((_, answer) => answer.writeHead(status, { "Content-Type": "application/json", "Retry-After": "30" }).end(body));
  await new Promise((up) => server.listen(0, "127.0.0.1", up));
  t.after(() => { server.closeAllConnections(); server.close(); });
  const call = { idempotency_key: "k", config: { url: "http://127.0.0.1:" + server.address().port, token: "t" } };
  call.ask = (request) => ask(call, request);
  return call;
}

test("a submission gives the bank's reference", async (t) => {
  assert.deepEqual(await connector.bankPortal.submitApplication(await bank(t, 201, '{"reference":"A-1"}'), { file: "2026-1" }), { reference: "A-1" });
});

for (const [status, body, kind, effect] of [
  [401, "{}", "unauthenticated", "none"],
  [429, "{}", "rate_limited", "none"],
  [500, "{}", "unavailable", "unknown"], // it may have been taken: the platform asks reconcileSubmission
  [200, "<html>", "contract_drift", "unknown"],
]) {
  test(`${status} ${body} is ${kind}`, async (t) => {
    await assert.rejects(connector.bankPortal.submitApplication(await bank(t, status, body), {}), ({ failed }) => {
      assert.equal(failed.kind, kind);
      assert.equal(failed.side_effect, effect);
      return status !== 429 || failed.retry_after === 30;
    });
  });
}

"use strict";

const assert = require("node:assert");
const test = require("node:test");
const { identity } = require("./connector.js");

test("another state than the one that was sent is refused", async () => {
  const call = { config: { url: "https://id.example", client_id: "c", client_secret: "s" }, ask: () => assert.fail("the provider was asked") };
  const started = await identity.startVerification(call, { level: "high", state: "mine", return_url: "https://back.example" }).catch((e) => e);
  assert.equal(new URL(started.needs_user.url).searchParams.get("state"), "mine");
  await assert.rejects(identity.completeVerification(call, started.payload, "state=another&code=x"), ({ failed }) => failed.code === "state");
});

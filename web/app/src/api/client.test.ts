import { expect, test } from "vitest";
import { ifMatch, Intent, take } from "./client";
import { shows } from "./keys";
import { ProblemError } from "./problem";

test("the same intent keeps its key, another body or the next click gets a new one", () => {
  const intent = new Intent();
  const first = intent.header({ title: "a" });
  expect(intent.header({ title: "a" })).toEqual(first);
  const second = intent.header({ title: "b" });
  expect(second).not.toEqual(first);
  intent.done();
  expect(intent.header({ title: "b" })).not.toEqual(second);
});

test("a precondition quotes the version", () => expect(ifMatch(7)).toEqual({ "If-Match": '"7"' }));

const answer = (status: number, error?: unknown, headers?: HeadersInit) => Promise.resolve({ error, response: new Response(null, { status, headers }) });

test("a problem is thrown with its fields and its wait", async () => {
  const body = { type: "/problems/x", title: "x", status: 429, detail: "wait", code: "auth.too_often", errors: [{ pointer: "/email", message: "m" }] };
  const thrown = await take(answer(429, body, { "Retry-After": "30" })).catch((e: unknown) => e);
  expect(thrown).toBeInstanceOf(ProblemError);
  expect(thrown).toMatchObject({ status: 429, code: "auth.too_often", retryAfter: 30, fields: [{ pointer: "/email" }] });
});

test("what cannot be read, and silence, are problems too", async () => {
  expect(await take(answer(502, "<html>")).catch((e: unknown) => e)).toMatchObject({ status: 502, code: "web.unreadable" });
  expect(await take(Promise.reject(new TypeError("failed"))).catch((e: unknown) => e)).toMatchObject({ status: 0, code: "web.offline" });
});

test("a change reaches lists, and of single things only the one it is about", () => {
  expect(shows(["applications", "list", "board"], "applications", "app_1")).toBe(true);
  expect(shows(["applications", "one", "app_1", "events"], "applications", "app_1")).toBe(true);
  expect(shows(["applications", "one", "app_2"], "applications", "app_1")).toBe(false);
  expect(shows(["documents", "of", "app_2", "checklist"], "documents", "doc_1")).toBe(true);
  expect(shows(["me"], "applications", "app_1")).toBe(false);
  expect(["bank_consents", "verifications", "applications"].map((topic) => shows(["bank_consents+verifications", "of", "app_1"], topic, "x"))).toEqual([true, true, false]);
});

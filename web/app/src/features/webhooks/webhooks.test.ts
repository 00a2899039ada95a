import { expect, test } from "vitest";
import en from "~/i18n/en";
import it from "~/i18n/it";
import { byNoun, nextTry, wordOf } from "./webhooks";

test("a type's words are found by its noun and verb", () => expect([wordOf("com.pratica.application.moved.v1"), wordOf("com.pratica.webhook.test.v12")]).toEqual(["application_moved", "webhook_test"]));

test("types stand by their nouns, in the order they came", () =>
  expect(byNoun(["com.pratica.submission.moved.v1", "com.pratica.consent.changed.v1", "com.pratica.submission.answered.v1"])).toEqual([
    { noun: "submission", types: ["com.pratica.submission.moved.v1", "com.pratica.submission.answered.v1"] },
    { noun: "consent", types: ["com.pratica.consent.changed.v1"] },
  ]));

test("a delivery waits for its endpoint's rest", () => {
  const d = { state: "pending", next_attempt_at: "2026-11-02T09:00:00Z" } as const;
  expect(nextTry(d, { status: "active", rest_until: null })).toBe("2026-11-02T09:00:00Z");
  expect(nextTry(d, { status: "active", rest_until: "2026-11-02T08:00:00Z" })).toBe("2026-11-02T09:00:00Z");
  expect(nextTry(d, { status: "active", rest_until: "2026-11-02T10:00:00.5Z" })).toBe("2026-11-02T10:00:00.5Z");
  expect(nextTry(d, { status: "paused", rest_until: null })).toBeNull();
  expect(nextTry({ ...d, state: "failed" }, { status: "active", rest_until: null })).toBeNull();
});

test.each([en, it])("every type of the server has words", (language) => {
  const words = (language as { webhooks: { type: object; about: object } }).webhooks;
  const types = ["application_opened", "application_moved", "submission_opened", "submission_moved", "submission_answered", "document_accepted", "document_rejected", "consent_changed", "operation_failed", "connection_stopped"];
  expect(Object.keys(words.about)).toEqual(types);
  expect(Object.keys(words.type)).toEqual([...types, "webhook_test"]);
});

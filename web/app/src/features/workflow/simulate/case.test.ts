import { expect, test } from "vitest";
import { blank, edited, isPaper, questionOf } from "./case";

test("only what was said is asked", () => {
  expect(questionOf("x", blank)).toEqual({ source: "x" });
  expect(questionOf("x", { ...blank, application: "app_1", states: ["open"], role: "broker", at: "2026-03-01T09:00", edits: { pep: true } })).toEqual({
    source: "x",
    application_id: "app_1",
    states: ["open"],
    role: "broker",
    at: new Date("2026-03-01T09:00").toISOString(),
    facts: { pep: true },
  });
});

test("an edit is a value, null takes the file's away, undefined gives it back", () => {
  const one = edited(blank, "ltv_bps", 9000);
  expect(one.edits).toEqual({ ltv_bps: 9000 });
  expect(edited(one, "pep", null).edits).toEqual({ ltv_bps: 9000, pep: null });
  expect(edited(one, "ltv_bps", undefined).edits).toEqual({});
});

test("answers about papers are known by their names", () => {
  expect(["checklist.complete", "docs.valid.payslip", "docs"].map(isPaper)).toEqual([true, true, false]);
});

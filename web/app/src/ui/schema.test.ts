import { expect, test } from "vitest";
import type { JsonSchema } from "~/api/types";
import { checkOf, filled, hasLines, startOf } from "./schema";

const words = { required: "required", number: "number", long: (n: number) => `long ${n}`, low: (n: number) => `low ${n}`, high: (n: number) => `high ${n}`, pattern: "pattern" };

const settings: JsonSchema = {
  type: "object",
  required: ["base_url", "token"],
  properties: {
    base_url: { type: "string", pattern: "^https?://" },
    token: { type: "string", "x-secret": true },
    timeout_seconds: { type: "integer", minimum: 1, maximum: 60, default: 20 },
    sandbox: { type: "boolean" },
    branch: { type: "object", properties: { code: { type: "string", maxLength: 5 } } },
  },
};

test("a form starts from the defaults", () => {
  expect(startOf(settings)).toEqual({ base_url: "", token: "", timeout_seconds: 20, sandbox: false, branch: { code: "" } });
});

test("what is empty is not sent", () => {
  expect(filled({ a: "", b: null, c: 0, d: false, e: { f: "" }, g: [] })).toEqual({ c: 0, d: false });
});

test("every wrong field is named", () => {
  const result = checkOf(settings, words).safeParse({ base_url: "ftp://x", token: "", timeout_seconds: 90, sandbox: false, branch: { code: "123456" } });
  expect(result.error?.issues.map((i) => `${i.path.join(".")}: ${i.message}`)).toEqual(["base_url: pattern", "token: required", "timeout_seconds: high 60", "branch.code: long 5"]);
});

test("what fits passes", () => {
  const good = { base_url: "https://bank.example", token: "t", timeout_seconds: null, sandbox: true, branch: { code: "" } };
  expect(checkOf(settings, words).safeParse(good).success).toBe(true);
});

test("keys and certificates keep their lines, other secrets have one", () => {
  expect(hasLines({ type: "string", "x-secret": true, "x-certificate": "qwac" })).toBe(true);
  expect(hasLines({ type: "string", "x-secret": true, maxLength: 8000 })).toBe(true);
  expect(hasLines({ type: "string", "x-secret": true, maxLength: 2000 })).toBe(false);
  expect(hasLines({ type: "string", maxLength: 8000 })).toBe(false);
});

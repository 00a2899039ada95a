import { expect, test } from "vitest";
import { datesChanged } from "./dates";

const before = { issued_on: "2026-09-01", expires_on: "2026-10-31" };

test("an end nobody touched is not sent along with a new day of issue", () => {
  expect(datesChanged(before, { issued_on: "2026-09-20", expires_on: "2026-10-31" })).toEqual({ issued_on: "2026-09-20" });
});

test("an end read off the paper is", () => {
  expect(datesChanged({ issued_on: null, expires_on: null }, { issued_on: "", expires_on: "2030-01-01" })).toEqual({ expires_on: "2030-01-01" });
});

test("nothing changed, nothing sent", () => expect(datesChanged(before, before)).toEqual({}));

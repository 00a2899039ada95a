import { expect, test } from "vitest";
import type { Fact } from "../types";
import { changedFacts, schemaOf } from "./facts";

const fact = (name: string, type: string, value: unknown): Fact => ({
  name,
  type,
  value,
  title: { en: name, it: name },
  missing: value === null,
  owner: "broker",
  source: null,
  actor: null,
  at: null,
  editable: true,
});
const facts = [fact("fee_cents", "integer", 50_000), fact("met_on", "string", null)];

test("the form starts from what is known", () => {
  const { properties } = schemaOf(facts, (f) => f.owner);
  expect(properties!.fee_cents).toMatchObject({ type: "integer", default: 50_000, description: "broker" });
  expect(properties!.met_on).not.toHaveProperty("default");
});

test("only what differs is sent, and an emptied field takes the value back", () => {
  expect(changedFacts(facts, { fee_cents: 50_000, met_on: "" })).toEqual({});
  expect(changedFacts(facts, { fee_cents: null, met_on: "2026-02-01" })).toEqual({ fee_cents: null, met_on: "2026-02-01" });
});

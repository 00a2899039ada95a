import { expect, test } from "vitest";
import type { Doc, Item } from "../types";
import { byOwner, others, standing, stillOpen, takesContent } from "./checklist";

const words = { en: "", it: "" };
const doc = (id: string, state: Doc["state"]) => ({ id, state }) as Doc;
const item = (kind: string, more: Partial<Item> = {}): Item => ({
  kind,
  title: words,
  why: words,
  stage: "collection",
  failure: "missing",
  expires_on: null,
  document: null,
  owner: { type: "subject", id: "sub_1", name: "Rossi" },
  ...more,
});

test.each([
  ["missing", item("payslip")],
  ["requested", item("payslip", { document: doc("d", "requested") })],
  ["uploaded", item("payslip", { failure: "rejected", document: doc("d", "uploaded") })],
  ["rejected", item("payslip", { failure: "rejected", document: doc("d", "rejected") })],
  ["expires", item("payslip", { failure: "expires", document: doc("d", "accepted") })],
  ["accepted", item("payslip", { failure: null, document: doc("d", "accepted") })],
])("a line is %s", (want, line) => expect(standing(line)).toBe(want));

test("only what is due before the file leaves collection is still open", () => {
  const list = [item("payslip"), item("deed", { stage: "closing" }), item("identity", { stage: "mandated", failure: null })];
  expect(stillOpen(list).map((i) => i.kind)).toEqual(["payslip"]);
});

test("the file's own papers come last, everybody's stay together", () => {
  const file = item("mandate", { owner: { type: "file", id: "", name: "2026-0001" } });
  const list = [file, item("identity"), item("floor_plan", { owner: { type: "property", id: "prp_1", name: "Via Roma" } }), item("payslip")];
  expect(byOwner(list).map((g) => [g.owner.type, g.items.length])).toEqual([
    ["subject", 2],
    ["property", 1],
    ["file", 1],
  ]);
});

test("papers no line stands on are the others", () => {
  expect(others([item("payslip", { document: doc("a", "accepted") })], [doc("a", "accepted"), doc("b", "uploaded")]).map((d) => d.id)).toEqual(["b"]);
});

test("what was accepted is not written over", () => {
  expect([null, doc("a", "accepted"), doc("a", "requested"), doc("a", "rejected")].map(takesContent)).toEqual([false, false, true, true]);
});

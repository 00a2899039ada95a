import { expect, test } from "vitest";
import { patchOf, pruned } from "./patch";

test("a patch holds what changed and nulls what is gone", () => {
  const before = { name: "Rossi", phone: "1", incomes: [{ net: 1 }], pep: false };
  expect(patchOf(before, { name: "Rossi", incomes: [{ net: 2 }], pep: false, email: "x" })).toEqual({ phone: null, incomes: [{ net: 2 }], email: "x" });
});

test("nothing changed is no patch", () => expect(patchOf({ a: [1] }, { a: [1] })).toEqual({}));

test("what is empty is dropped, false and zero are not", () => {
  expect(pruned({ a: "", b: null, c: 0, d: false, rows: [{ x: "", y: 1 }] })).toEqual({ c: 0, d: false, rows: [{ y: 1 }] });
});

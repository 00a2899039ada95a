import { expect, test } from "vitest";
import { byMonth, dataOf, type DueMonth, lasting, type Register } from "./privacy";

const text = { en: "", it: "" };

test.each([
  [120, { unit: "years", count: 10 }],
  [12, { unit: "years", count: 1 }],
  [18, { unit: "months", count: 18 }],
  [0, { unit: "months", count: 0 }],
])("%i months", (months, want) => expect(lasting(months)).toEqual(want));

test("what goes in a month stands together, in the order of time", () => {
  const line = (month: string, datum: string): DueMonth => ({ month, datum, title: text, count: 1 });
  const due = [line("now", "contact"), line("2036-11", "identity"), line("2036-11", "work"), line("2037-01", "work")];
  expect(byMonth(due).map((m) => [m.month, m.lines.length])).toEqual([
    ["now", 1],
    ["2036-11", 2],
    ["2037-01", 1],
  ]);
  expect(byMonth([])).toEqual([]);
});

test("a purpose has its data, papers and files", () => {
  const datum = (key: string, ...purposes: string[]) => ({ key, title: text, purposes });
  const register = { data: [datum("identity", "aml"), datum("contact", "contact")], papers: [datum("papers", "aml")], file: datum("file", "contact") } as unknown as Register;
  expect(dataOf(register, "aml").map((d) => d.key)).toEqual(["identity", "papers"]);
  expect(dataOf(register, "contact").map((d) => d.key)).toEqual(["contact", "file"]);
});

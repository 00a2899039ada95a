import type { TFunction } from "i18next";
import { expect, test } from "vitest";
import { patchOf } from "~/ui/patch";
import { dataOf, formOf, freshIncome, subjectShape } from "./subjectForm";

const shape = subjectShape(((key: string) => key) as TFunction);
const mario = formOf({ kind: "natural", first_name: "Mario", last_name: "Rossi", tax_code: "RSSMRA85T10A562S" });

test("a person with a name will do", () => expect(shape.safeParse(mario).success).toBe(true));

test("each wrong field is named", () => {
  const wrong = { ...mario, first_name: " ", tax_code: "RSSMRA85T10A562T", email: "x", incomes: [freshIncome] };
  expect(shape.safeParse(wrong).error?.issues.map((i) => i.path.join("."))).toEqual(["tax_code", "email", "incomes.0.net_monthly_cents"]);
  expect(shape.safeParse({ ...mario, first_name: " " }).error?.issues.map((i) => i.path.join("."))).toEqual(["first_name"]);
});

test("a company needs its own name only", () => {
  expect(shape.safeParse(formOf({ kind: "legal", company_name: "Brera S.r.l." })).success).toBe(true);
  expect(shape.safeParse(formOf({ kind: "legal" })).error?.issues.map((i) => i.path.join("."))).toEqual(["company_name"]);
});

test("identifiers are sent in their canonical form", () => {
  expect(dataOf({ ...mario, tax_code: "rss mra 85t10 a562s", iban: "it60 x054 2811 1010 0000 0123 456" })).toMatchObject({
    tax_code: "RSSMRA85T10A562S",
    iban: "IT60X0542811101000000123456",
  });
});

test("only what was touched is sent", () => {
  const stored = formOf({ kind: "natural", first_name: "Mario", last_name: "Rossi", addresses: [{ kind: "residence", street: "Via Roma 1", city: "Milano" }] });
  const typed = { ...stored, phone: "333", addresses: [] };
  expect(patchOf({ ...dataOf(stored) }, { ...dataOf(typed) })).toEqual({ phone: "333", addresses: [] });
});

test("an emptied remark is taken away, and a day without words is none", () => {
  const stored = formOf({ kind: "natural", first_name: "Mario", last_name: "Rossi", health: { text: "Diabete", on: "2026-03-01" } });
  expect(patchOf({ ...dataOf(stored) }, { ...dataOf({ ...stored, health: { text: " ", on: "" } }) })).toEqual({ health: null });
  expect(shape.safeParse({ ...mario, legal: { text: "", on: "2026-03-01" } }).error?.issues.map((i) => i.path.join("."))).toEqual(["legal.text"]);
});

test("what is masked is never sent", () => {
  const stored = formOf({ kind: "natural", first_name: "Mario", last_name: "Rossi", masked: ["incomes", "health"], incomes: null });
  expect(patchOf({ ...dataOf(stored) }, { ...dataOf({ ...stored, phone: "333" }) })).toEqual({ phone: "333" });
});

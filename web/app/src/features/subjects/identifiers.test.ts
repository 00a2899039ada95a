import { expect, test } from "vitest";
import { iban, taxCode, vatNumber } from "./identifiers";

test.each(["RSSMRA79B11C566R", "RSSMRA85T10A562S", "rss mra 85t10 a562s", "00743110157"])("%s is a codice fiscale", (code) => expect(taxCode(code)).toBeNull());

test("letters may stand for digits", () => {
  // RSSMRA85T10A562S with its last digit as omocodia; the check letter changes with it.
  expect(taxCode("RSSMRA85T10A56NH")).toBeNull();
});

test.each([
  ["RSSMRA85T10A562T", "tax_code_check"],
  ["RSSMRA85T10A562", "tax_code_form"],
  ["RSSMRA85T32A562S", "tax_code_form"],
  ["RSSMRA85X10A562S", "tax_code_form"],
  ["00743110158", "tax_code_check"],
  ["", "tax_code_form"],
])("%s: %s", (code, wrong) => expect(taxCode(code)).toBe(wrong));

test("partita IVA ends in its Luhn digit", () => {
  expect(vatNumber("IT 00743110157")).toBeNull();
  expect(vatNumber("00743110150")).toBe("vat_check");
  expect(vatNumber("1234")).toBe("vat_form");
  expect(vatNumber("00000000000")).toBe("vat_form");
});

test("IBAN has check digits, an Italian one a CIN too", () => {
  expect(iban("IT60 X054 2811 1010 0000 0123 456")).toBeNull();
  expect(iban("IT61X0542811101000000123456")).toBe("iban_check");
  expect(iban("IT60X05428111010000001234")).toBe("iban_form");
  expect(iban("DE89370400440532013000")).toBeNull();
});

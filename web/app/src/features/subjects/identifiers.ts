/**
 * Codice fiscale, partita IVA and IBAN, checked while they are typed. The server checks them again; the rules are
 * those of core/subjects/identifiers.go (DM 23/12/1976, ISO 13616).
 */

/** What is wrong; the key of its sentence. */
export type Wrong = "tax_code_form" | "tax_code_check" | "vat_form" | "vat_check" | "iban_form" | "iban_check" | "iban_cin";

const odd: Record<string, number> = Object.fromEntries(
  [..."0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"].map((c, i) => [
    c,
    [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23][i]!,
  ]),
);
const even = (c: string) => (/\d/.test(c) ? Number(c) : c.charCodeAt(0) - 65);

/** Where a codice fiscale has digits, or the letters that stand for them when two people would have the same code. */
const digitsAt = [6, 7, 9, 10, 12, 13, 14];
const omocodia = "LMNPQRSTUV";

const checkLetter = (first: string) => {
  const sum = [...first].reduce((s, c, i) => s + (i % 2 === 0 ? (odd[c] ?? 0) : even(c)), 0);
  return String.fromCharCode(65 + (sum % 26));
};

export const compact = (text: string) => text.replace(/\s/g, "").toUpperCase();

export function taxCode(text: string): Wrong | null {
  const code = compact(text);
  if (code.length === 11) return vat(code, "tax_code_form", "tax_code_check");
  const plain = [...code].map((c, i) => (digitsAt.includes(i) && omocodia.includes(c) ? String(omocodia.indexOf(c)) : c)).join("");
  if (!/^[A-Z]{6}\d{2}[ABCDEHLMPRST](0[1-9]|[12]\d|3[01]|4[1-9]|[56]\d|7[01])[A-Z]\d{3}[A-Z]$/.test(plain)) return "tax_code_form";
  return checkLetter(code.slice(0, 15)) === code[15] ? null : "tax_code_check";
}

export const vatNumber = (text: string): Wrong | null => vat(compact(text).replace(/^IT/, ""), "vat_form", "vat_check");

function vat(code: string, form: Wrong, check: Wrong): Wrong | null {
  if (!/^\d{11}$/.test(code) || /^0+$/.test(code)) return form;
  const sum = [...code].reduce((s, c, i) => {
    const doubled = Number(c) * (i % 2 === 1 ? 2 : 1);
    return s + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0 ? null : check;
}

export function iban(text: string): Wrong | null {
  const code = compact(text);
  if (!/^[A-Z0-9]{15,34}$/.test(code) || (code.startsWith("IT") && code.length !== 27)) return "iban_form";
  let rest = 0;
  for (const c of code.slice(4) + code.slice(0, 4)) rest = /\d/.test(c) ? (rest * 10 + Number(c)) % 97 : (rest * 100 + c.charCodeAt(0) - 55) % 97;
  if (rest !== 1) return "iban_check";
  return code.startsWith("IT") && checkLetter(code.slice(5)) !== code[4] ? "iban_cin" : null;
}

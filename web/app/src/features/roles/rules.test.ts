import type { TFunction } from "i18next";
import { expect, test } from "vitest";
import type { Role } from "~/api/types";
import { byNoun, parentsOf, roleKeyOf, ruleWords, same, whenOf } from "./rules";

const words: Record<string, string> = { "roles.own_files": "own", "roles.and": " and ", "roles.all_but": "all except {{words}}", "roles.up_to": "up to {{amount}}", "roles.for_files": "{{effect}} for {{files}}", "roles.effect.deny": "Denied" };
const t = ((key: string, values: Record<string, string> = {}) => Object.entries(values).reduce((text, [k, v]) => text.replace(`{{${k}}}`, v), words[key] ?? key)) as unknown as TFunction;

test("a rule is said in words", () => {
  expect(ruleWords(t, { effect: "deny", when: { unless: true, own: true, max_amount_cents: 10_000_000 } }, "en")).toBe("Denied for all except own and up to €100,000");
  expect(ruleWords(t, { effect: "deny" }, "en")).toBe("Denied");
});

test("a form's condition leaves out what was not asked for", () => {
  expect(whenOf("all", { own: true })).toBeUndefined();
  expect(whenOf("but", { own: true, branch: false, min_amount_cents: undefined })).toEqual({ unless: true, own: true });
  expect(whenOf("only", { own: false, max_amount_cents: 5 })).toEqual({ max_amount_cents: 5 });
});

test("an absent part and a false one are the same rule", () => {
  const rule = { action: "documents.open", effect: "deny" } as const;
  expect(same({ ...rule, when: { own: true } }, { ...rule, when: { own: true, branch: false } })).toBe(true);
  expect(same({ ...rule, when: { own: true } }, { ...rule, when: { own: true, unless: true } })).toBe(false);
});

test("a key has the server's form", () => {
  for (const title of ["Già in Pensione!", "7 nani", "à", "Broker junior ".repeat(8)]) expect(roleKeyOf(title)).toMatch(/^[a-z][a-z0-9_]{1,39}$/);
  expect(roleKeyOf("Già in Pensione!")).toBe("gia_in_pensione");
});

test("a role is no parent of its own parents", () => {
  const role = (key: string, parent: string) => ({ key, parent }) as Role;
  const all = [role("broker", ""), role("a", "broker"), role("b", "a"), role("c", "")];
  expect(parentsOf(all, "a").map((r) => r.key)).toEqual(["broker", "c"]);
});

test("actions stand under their nouns", () => {
  expect(byNoun([{ action: "b.read" }, { action: "a.write" }, { action: "b.write" }]).map(([n, as]) => [n, as.length])).toEqual([["a", 1], ["b", 2]]);
});

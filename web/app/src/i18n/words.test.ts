import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import en from "./en";
import it from "./it";

const root = new URL("../", import.meta.url);
const source = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name) && !name.endsWith(".test.ts") && !name.includes("schema.d.ts"))
  .map((name) => readFileSync(new URL(name, root), "utf8"))
  .join("\n");

function flatten(words: Record<string, unknown>, before = ""): string[] {
  return Object.entries(words).flatMap(([key, value]) =>
    typeof value === "string" ? [before + key] : flatten(value as Record<string, unknown>, `${before}${key}.`),
  );
}

const italian = flatten(it);
const english = flatten(en);
/** Plural forms are asked for by their common beginning; a lone `_one` is just a name. */
const plain = (key: string) => (italian.includes(key.replace(/_one$/, "_other")) ? key.replace(/_(one|other)$/, "") : key);
const known = new Set(italian.map(plain));

// Keys stand in the source as whole strings, or as a template whose fixed beginning ends in a dot: `role.${key}`.
const whole = new Set([...source.matchAll(/["'`]([a-z_]+(?:\.[a-zA-Z0-9_]+)+)["'`]/g)].map((m) => m[1]!));
const beginnings = [...source.matchAll(/`([a-z_]+\.(?:[a-zA-Z0-9_]+\.)*)\$\{/g)].map((m) => m[1]!);
const called = [...source.matchAll(/\bt\(\s*["']([^"']+)["']/g)].map((m) => m[1]!);

test("both languages have the same keys", () => {
  expect(english.filter((k) => !italian.includes(k)), "only in English").toEqual([]);
  expect(italian.filter((k) => !english.includes(k)), "only in Italian").toEqual([]);
});

test("no key is empty", () => {
  const empty = (words: object) => JSON.stringify(words).includes('""');
  expect([empty(it), empty(en)]).toEqual([false, false]);
});

test("every key that the source asks for is there", () => {
  expect([...new Set(called)].filter((k) => !known.has(k))).toEqual([]);
});

test("every key is asked for somewhere", () => {
  const used = (key: string) => whole.has(key) || beginnings.some((b) => key.startsWith(b));
  expect([...known].filter((k) => !used(k))).toEqual([]);
});

test("both languages fill in the same values", () => {
  const at = (words: Record<string, unknown>, key: string) =>
    String(key.split(".").reduce<unknown>((w, part) => (w as Record<string, unknown>)[part], words));
  const holes = (text: string) => [...text.matchAll(/\{\{(\w+)/g)].map((m) => m[1]).sort();
  expect(italian.filter((k) => english.includes(k) && String(holes(at(it, k))) !== String(holes(at(en, k))))).toEqual([]);
});

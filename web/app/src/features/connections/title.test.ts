import { expect, test } from "vitest";
import type { JsonSchema } from "~/api/types";
import { titleOf } from "./title";

test("a title in the reader's language, or the plain one when the author has given no other", () => {
  const it = (t: { en: string; it: string }) => t.it;
  const of = (config_schema: unknown) => titleOf({ title: "Bureau", config_schema: config_schema as JsonSchema | null }, it);
  expect(of({ "x-title": { en: "Credit bureau", it: "Centrale rischi" } })).toBe("Centrale rischi");
  for (const schema of [null, {}, { "x-title": null }, { "x-title": { en: "Only English" } }, { "x-title": 7 }]) expect(of(schema)).toBe("Bureau");
});

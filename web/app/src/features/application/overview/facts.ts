import type { JsonSchema } from "~/api/types";
import type { Fact } from "../types";

/** A day may come as its midnight; a date field takes the day. */
export const valueOf = (f: Fact): unknown => (f.format === "date" && typeof f.value === "string" ? f.value.slice(0, 10) : f.value);

/** The facts a person may set, as the schema their form is drawn from; `hint` says whose each is and where it came from. */
export function schemaOf(facts: Fact[], hint: (fact: Fact) => string): JsonSchema {
  return {
    type: "object",
    properties: Object.fromEntries(
      facts.map((f) => [
        f.name,
        {
          type: f.type as JsonSchema["type"],
          title: f.title,
          description: hint(f),
          ...(f.format ? { format: f.format } : {}),
          ...(f.enum ? { enum: f.enum } : {}),
          ...(f.minimum !== undefined ? { minimum: f.minimum } : {}),
          ...(f.maximum !== undefined ? { maximum: f.maximum } : {}),
          ...(f.value !== null ? { default: valueOf(f) } : {}),
        },
      ]),
    ),
  };
}

/** What was filled in or changed. */
export function changedFacts(facts: Fact[], values: Record<string, unknown>): Record<string, unknown> {
  const same = (a: unknown, b: unknown) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
  return Object.fromEntries(facts.map((f) => [f.name, values[f.name] === "" ? null : values[f.name], valueOf(f)] as const).filter(([, now, before]) => !same(now, before)).map(([name, now]) => [name, now ?? null]));
}

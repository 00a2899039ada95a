import { z } from "zod";
import type { JsonSchema, Text } from "~/api/types";

/** Words of a schema's title or description: in both languages, or a plain string of the connector's author. */
export const wordsOf = (text: string | Text | undefined, say: (t: Text) => string): string | undefined =>
  text === undefined || typeof text === "string" ? text : say(text);

/** Whether a secret has several lines, as keys and certificates in PEM do: a field of one line would drop their ends. */
export const hasLines = (s: JsonSchema): boolean => s["x-certificate"] !== undefined || (s["x-secret"] === true && (s.maxLength ?? 0) > 4000);

/** What a form holds before anything is typed: defaults, and false for what is not ticked. */
export function startOf(schema: JsonSchema): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([name, s]) => [
      name,
      s.type === "object" ? startOf(s) : (s.default ?? (s.type === "boolean" ? false : s.type === "array" ? [] : s.type === "string" || s.type === undefined ? "" : null)),
    ]),
  );
}

/** Leaves out what was not filled in: absent and empty are the same to a template. */
export function filled(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values)
      .map(([k, v]) => [k, isObject(v) ? filled(v) : v] as const)
      .filter(([, v]) => v !== "" && v !== null && v !== undefined && !(isObject(v) && Object.keys(v).length === 0) && !(Array.isArray(v) && v.length === 0)),
  );
}

const isObject = (v: unknown): v is Record<string, unknown> => typeof v === "object" && v !== null && !Array.isArray(v);

type Words = { required: string; number: string; long: (n: number) => string; low: (n: number) => string; high: (n: number) => string; pattern: string };

/** Checks a form by its schema before the server does, in the reader's language. */
export function checkOf(schema: JsonSchema, words: Words): z.ZodType<Record<string, unknown>> {
  const required = new Set(schema.required ?? []);
  return z.object(Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, s]) => [name, field(s, required.has(name), words)]))) as unknown as z.ZodType<
    Record<string, unknown>
  >;
}

function field(s: JsonSchema, required: boolean, words: Words): z.ZodType {
  switch (s.type) {
    case "object":
      return checkOf(s, words);
    case "boolean":
      return z.boolean();
    case "array":
      return required ? z.array(z.string()).min(1, words.required) : z.array(z.string());
    case "integer":
    case "number": {
      let number = z.number({ error: words.number });
      if (s.minimum !== undefined) number = number.min(s.minimum, words.low(s.minimum));
      if (s.maximum !== undefined) number = number.max(s.maximum, words.high(s.maximum));
      return required ? number.nullable().refine((v) => v !== null, words.required) : number.nullable();
    }
    default: {
      let text = z.string({ error: words.required });
      if (required) text = text.min(1, words.required);
      if (s.maxLength !== undefined) text = text.max(s.maxLength, words.long(s.maxLength));
      const { pattern } = s;
      return pattern === undefined ? text : text.refine((v) => v === "" || new RegExp(pattern, "u").test(v), words.pattern);
    }
  }
}

import type { ConnectionDetail, JsonSchema } from "~/api/types";
import { filled } from "~/ui/schema";

type Values = Record<string, unknown>;

/** The schema of a form that changes settings: secrets that are set need not be typed again, and say so. */
export function editSchema(schema: JsonSchema, secrets: string[], kept: { en: string; it: string }): JsonSchema {
  const properties = Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, s]) => [name, secrets.includes(name) ? { ...s, "x-help": kept } : s]));
  return { ...schema, properties, required: (schema.required ?? []).filter((name) => !secrets.includes(name)) };
}

/** What of the settings is sent: what is filled in and another than before; null for what was emptied. Secrets are sent when typed. */
export function changes(values: Values, before: Pick<ConnectionDetail, "settings">): Values {
  const now = filled(values);
  const was = (before.settings ?? {}) as Values;
  const gone = Object.keys(was).filter((name) => !(name in now));
  return { ...Object.fromEntries(Object.entries(now).filter(([name, v]) => v !== was[name])), ...Object.fromEntries(gone.map((name) => [name, null])) };
}

/** The setting that a pointer such as "/token" names. */
export const settingAt = (pointer: string): string => pointer.split("/")[1] ?? "";

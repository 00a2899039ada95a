import type { Doc } from "../types";

type Dates = { issued_on: string; expires_on: string };

/**
 * Only the days somebody changed are sent: a new day of issue makes the server count the end anew, unless an end was
 * read off the paper too.
 */
export function datesChanged(before: Pick<Doc, "issued_on" | "expires_on">, after: Dates): Partial<Dates> {
  const changed: Partial<Dates> = {};
  if (after.issued_on && after.issued_on !== before.issued_on) changed.issued_on = after.issued_on;
  if (after.expires_on && after.expires_on !== before.expires_on) changed.expires_on = after.expires_on;
  return changed;
}

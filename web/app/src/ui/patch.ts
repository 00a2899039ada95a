/** Makes a JSON merge patch of what changed between two versions of a form: changed members, null for those gone. */
export function patchOf(before: Record<string, unknown>, after: Record<string, unknown>): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (JSON.stringify(before[name]) === JSON.stringify(after[name])) continue;
    out[name] = after[name] ?? null;
  }
  return out;
}

/** Drops what is empty, all the way down, so that an empty field and an absent one are the same. */
export function pruned<T>(value: T): T {
  if (Array.isArray(value)) return value.map(pruned) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([k, v]) => [k, pruned(v)] as const)
      .filter(([, v]) => v !== "" && v !== null && v !== undefined),
  ) as T;
}

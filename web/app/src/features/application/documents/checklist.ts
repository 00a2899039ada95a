import type { Doc, Item, Owner } from "../types";

/** How a line of the checklist stands. */
export type Standing = "missing" | "requested" | "uploaded" | "accepted" | "rejected" | "expires";

/**
 * The server says whether a line holds on the planned day; the document says how far it has come: what waits for
 * somebody's look is "uploaded", whatever it was before.
 */
export function standing(item: Item): Standing {
  if (item.failure === null) return "accepted";
  const { document: d } = item;
  if (d?.state === "uploaded" || d?.state === "requested") return d.state;
  return item.failure;
}

/** Lines that have to hold before the file may leave collection, and do not. */
export const stillOpen = (items: Item[]) => items.filter((i) => i.failure !== null && isDueNow(i));

/** What comes later has guards of its own: the lender's papers and the closing's. */
export const isDueNow = (item: Item) => item.stage === "mandated" || item.stage === "collection";

export type Group = { owner: Owner; items: Item[] };

/** The list by whom each paper is of, in the server's order; the file itself last. */
export function byOwner(items: Item[]): Group[] {
  const groups = new Map<string, Group>();
  for (const item of items) {
    const key = item.owner.id || "file";
    const group = groups.get(key) ?? { owner: item.owner as Owner, items: [] };
    group.items.push(item);
    groups.set(key, group);
  }
  const all = [...groups.values()];
  return [...all.filter((g) => g.owner.type !== "file"), ...all.filter((g) => g.owner.type === "file")];
}

/** Papers of the file, its people and its properties that no line of the list stands on. */
export function others(items: Item[], documents: Doc[]): Doc[] {
  const listed = new Set(items.map((i) => i.document?.id));
  return documents.filter((d) => !listed.has(d.id));
}

/** Whether a new content can go into this document: what was accepted is kept, and gets a new one beside it. */
export const takesContent = (d: Doc | null): d is Doc => d !== null && d.state !== "accepted";

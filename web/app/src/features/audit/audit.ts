import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";
import type { components } from "~/api/schema";

type Schemas = components["schemas"];

/** One line of a trail. Its details are ids and codes, never anybody's data. */
export type Entry = Omit<Schemas["AuditEntry"], "detail"> & { detail: Record<string, string> };
export type Proof = Omit<Schemas["AuditProof"], "checkpoint"> & { checkpoint: Schemas["AuditCheckpoint"] | null };

/** What of a trail is asked for; days are the reader's own, both included. */
export type AuditFilter = { actor?: string; action?: string; ref?: string; from?: string; to?: string };

/** The two trails that have a screen; the second is compliance's alone. */
export type TrailName = "audit" | "suspicions";

const paths = { audit: "/api/v1/audit", suspicions: "/api/v1/suspicion-trail" } as const;

/** A trail page by page, the newest first. */
export const trailQuery = (trail: TrailName, filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: keys.list(trail, "trail", filter),
    queryFn: async ({ pageParam }) => {
      const page = await take(api.GET(paths[trail], { params: { query: { ...asked(filter), limit: 50, cursor: pageParam } } }));
      return { items: (page.items ?? []) as Entry[], next: page.next_cursor };
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: (before) => before,
    staleTime: 0,
  });

/** A filter as the server reads it: from the first instant of a day to the first of the day after. */
export function asked({ actor, action, ref, from, to }: AuditFilter) {
  return { actor, action, ref: ref?.trim() || undefined, from: instant(from, 0), to: instant(to, 1) };
}

function instant(day: string | undefined, after: number): string | undefined {
  const [y, m, d] = (day ?? "").split("-").map(Number);
  if (!y || !m || !d) return undefined;
  return new Date(y, m - 1, d + after).toISOString();
}

/** How far the agency's trail is signed, and what has come since. */
export const proofQuery = queryOptions({
  queryKey: keys.list("audit", "proof"),
  queryFn: async () => (await take(api.GET("/api/v1/audit/proof", { params: { query: { limit: 200 } } }))) as Proof,
  refetchInterval: 30_000,
});

/** One entry as the chain has it: with the hash of the one before. */
export const linkQuery = (seq: number) =>
  queryOptions({
    queryKey: keys.list("audit", "link", seq),
    queryFn: async () => (await take(api.GET("/api/v1/audit/proof", { params: { query: { from: seq, to: seq, limit: 1 } } }))).entries?.[0] ?? null,
    staleTime: Number.POSITIVE_INFINITY, // what is in the chain does not change
  });

/** Where the thing that an entry is about has a page of its own; null where it has none. */
export function pageOf(ref: string): { to: "/applications/$id" | "/subjects/$id" | "/properties/$id"; params: { id: string } } | null {
  const to = ({ app: "/applications/$id", sub: "/subjects/$id", prp: "/properties/$id" } as const)[prefixOf(ref)];
  return to ? { to, params: { id: ref } } : null;
}

export const prefixOf = (ref: string) => ref.split("_")[0] as "app" | "sub" | "prp";

/** The end of an id: enough to tell two things of a list apart. */
export const shortOf = (ref: string) => `…${ref.slice(-6)}`;

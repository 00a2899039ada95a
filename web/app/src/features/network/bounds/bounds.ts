import { queryOptions, useQueryClient } from "@tanstack/react-query";
import { api, ifMatch, take } from "~/api/client";
import { keys } from "~/api/keys";
import type { PolicyBound, PolicyBounds, Quotas } from "~/api/types";
import { useSend } from "~/api/useSend";

export const boundsQuery = (network: string) =>
  queryOptions({
    queryKey: keys.of("networks", network, "bounds"),
    queryFn: () => take(api.GET("/api/v1/networks/{id}/policy-bounds", { params: { path: { id: network } } })),
  });

/** Replaces a network's bounds; version is the one the person saw. */
export function useSetBounds(network: string, onDone?: () => void) {
  const client = useQueryClient();
  return useSend<{ version: number; items: PolicyBound[] }, PolicyBounds>({
    send: ({ version, items }) => take(api.PUT("/api/v1/networks/{id}/policy-bounds", { params: { path: { id: network }, header: ifMatch(version) }, body: { items } })),
    touches: ["networks"],
    onDone: (saved) => {
      client.setQueryData(boundsQuery(network).queryKey, saved);
      onDone?.();
    },
  });
}

export const quotasQuery = (network: string, agency: string) =>
  queryOptions({
    queryKey: keys.of("networks", network, "quotas", agency),
    queryFn: () => take(api.GET("/api/v1/networks/{id}/agencies/{agencyId}/quotas", { params: { path: { id: network, agencyId: agency } } })),
    staleTime: 0,
  });

export const gigabyte = 1_000_000_000;

/** The five numbers as a form has them: text, empty for no limit; storage in gigabytes. */
export type QuotaForm = { members: string; files: string; storage: string; rate: string; burst: string };

export const formOf = (q: Quotas): QuotaForm => {
  const text = (n: number | null | undefined) => (n == null ? "" : String(n));
  return { members: text(q.members), files: text(q.files), storage: q.storage_bytes == null ? "" : String(q.storage_bytes / gigabyte), rate: text(q.requests_per_second), burst: text(q.requests_burst) };
};

/** What a form means; null is no limit. */
export function quotasOf(f: QuotaForm): Quotas {
  const number = (text: string) => (text.trim() === "" ? null : Number(text.trim().replace(",", ".")));
  const storage = number(f.storage);
  return {
    members: number(f.members),
    files: number(f.files),
    storage_bytes: storage === null ? null : Math.round(storage * gigabyte),
    requests_per_second: number(f.rate),
    requests_burst: number(f.burst),
  } as Quotas;
}

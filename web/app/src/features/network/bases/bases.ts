import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";
import type { components } from "~/api/schema";
import type { Finding } from "~/api/types";

export type BaseSummary = components["schemas"]["InstancesBaseSummary"];

/** The newest version of each template the network publishes, with how many agencies work under which. */
export const basesQuery = (network: string) =>
  queryOptions({
    queryKey: keys.of("networks", network, "workflows"),
    queryFn: async () => (await take(api.GET("/api/v1/networks/{id}/workflows", { params: { path: { id: network } } }))).items ?? [],
  });

/** The text of a base's newest version, as it was written. */
export const baseTextQuery = (network: string, key: string) =>
  queryOptions({
    queryKey: keys.of("networks", network, "workflows", key),
    queryFn: async () => {
      const newest = ((await take(api.GET("/api/v1/networks/{id}/workflows/{key}/versions", { params: { path: { id: network, key }, query: { limit: 1 } } }))).items ?? [])[0];
      return newest?.overlay ?? newest?.source ?? "";
    },
  });

/** What the check says of a base; the same text is never asked twice. */
export const baseCheckQuery = (network: string, source: string) =>
  queryOptions({
    queryKey: ["base-check", network, source],
    queryFn: async ({ signal }) => {
      const report = await take(api.POST("/api/v1/networks/{id}/workflows/check", { params: { path: { id: network } }, body: { source }, signal }));
      return { publishable: report.publishable, findings: (report.findings ?? []) as Finding[] };
    },
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
    enabled: source.trim() !== "",
  });

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";
import type { Change, Report, TemplateVersion } from "~/api/types";

export const templatesQuery = queryOptions({
  queryKey: keys.list("workflows"),
  queryFn: async () => (await take(api.GET("/api/v1/workflows"))).items ?? [],
});

/** A template's versions, the newest first, with their sources. */
export const versionsQuery = (key: string) =>
  queryOptions({
    queryKey: keys.of("workflows", key, "versions"),
    queryFn: async () =>
      ((await take(api.GET("/api/v1/workflows/{key}/versions", { params: { path: { key } } }))).items ?? []).sort((a, b) => b.version - a.version) as TemplateVersion[],
  });

/** What the check says of a source; the same source is never asked twice. */
export const checkQuery = (source: string) =>
  queryOptions({
    queryKey: ["workflow-check", source],
    queryFn: async ({ signal }) => (await take(api.POST("/api/v1/workflows/check", { body: { source }, signal }))) as Report,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
    enabled: source.trim() !== "",
  });

/** What one source does differently from another. */
export const changesQuery = (before: string, after: string) =>
  queryOptions({
    queryKey: ["workflow-diff", before, after],
    queryFn: async ({ signal }) => ((await take(api.POST("/api/v1/workflows/diff", { body: { old: before, new: after }, signal }))).items ?? []) as Change[],
    staleTime: Number.POSITIVE_INFINITY,
  });

/** The version new files begin under. */
export const liveOf = (versions: TemplateVersion[]) => versions.find((v) => v.status === "published");

export const inFlight = (versions: TemplateVersion[]) => versions.reduce((sum, v) => sum + v.instances, 0);

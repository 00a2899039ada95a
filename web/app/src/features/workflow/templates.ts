import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";
import type { Change, Report, TemplateVersion } from "~/api/types";

export const templatesQuery = queryOptions({
  queryKey: keys.list("workflows"),
  queryFn: async () => (await take(api.GET("/api/v1/workflows"))).items ?? [],
});

/** All of a template's versions, the newest first, with their sources; they come in pages. */
export const versionsQuery = (key: string) =>
  queryOptions({
    queryKey: keys.of("workflows", key, "versions"),
    queryFn: async () => {
      const all: TemplateVersion[] = [];
      for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
        const page = await take(api.GET("/api/v1/workflows/{key}/versions", { params: { path: { key }, query: { limit: 50, cursor } } }));
        all.push(...((page.items ?? []) as TemplateVersion[]));
        cursor = page.next_cursor ?? undefined;
      }
      return all;
    },
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

/** The version new files begin under: the one that was published last, whatever its number. */
export const liveOf = (versions: TemplateVersion[]) =>
  versions.filter((v) => v.status === "published").sort((a, b) => Date.parse(b.published_at ?? "") - Date.parse(a.published_at ?? "") || b.version - a.version)[0];

export const inFlight = (versions: TemplateVersion[]) => versions.reduce((sum, v) => sum + v.instances, 0);

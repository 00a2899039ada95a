import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";

/** The first subjects that words find. */
export const subjectsQuery = (q: string, limit: number) =>
  queryOptions({
    queryKey: keys.list("subjects", "some", q, limit),
    queryFn: async () => (await take(api.GET("/api/v1/subjects", { params: { query: { q: q || undefined, limit } } }))).items ?? [],
  });

export const subjectPagesQuery = (q: string | undefined) =>
  infiniteQueryOptions({
    queryKey: keys.list("subjects", "pages", q ?? ""),
    queryFn: ({ pageParam }) => take(api.GET("/api/v1/subjects", { params: { query: { q, limit: 50, cursor: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

export const subjectQuery = (id: string) =>
  queryOptions({
    queryKey: keys.one("subjects", id),
    queryFn: () => take(api.GET("/api/v1/subjects/{id}", { params: { path: { id } } })),
  });

export const subjectFilesQuery = (id: string) =>
  queryOptions({
    queryKey: keys.of("applications", id, "of-subject"),
    queryFn: async () => (await take(api.GET("/api/v1/subjects/{id}/applications", { params: { path: { id } } }))).items ?? [],
  });

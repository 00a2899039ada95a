import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";

export const propertyPagesQuery = (q: string | undefined) =>
  infiniteQueryOptions({
    queryKey: keys.list("properties", "pages", q ?? ""),
    queryFn: ({ pageParam }) => take(api.GET("/api/v1/properties", { params: { query: { q, limit: 50, cursor: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

export const propertyQuery = (id: string) =>
  queryOptions({
    queryKey: keys.one("properties", id),
    queryFn: () => take(api.GET("/api/v1/properties/{id}", { params: { path: { id } } })),
  });

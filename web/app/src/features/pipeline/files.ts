import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";
import type { Board, Card } from "~/api/types";

export const boardQuery = queryOptions({
  queryKey: keys.list("applications", "board"),
  queryFn: async () => (await take(api.GET("/api/v1/applications/board"))) as Board,
});

/** The board of the files that have stood in their state for longer than expected. */
export const stalledBoardQuery = queryOptions({
  queryKey: keys.list("applications", "board", "stalled"),
  queryFn: async () => (await take(api.GET("/api/v1/applications/board", { params: { query: { stalled: true } } }))) as Board,
});

export type FileFilter = { state?: string; owner?: string; q?: string; open?: boolean; blocked?: boolean; stalled?: boolean };

type Page = { items: Card[] | null; next_cursor: string | null };

async function page(filter: FileFilter, limit: number, cursor?: string): Promise<Page> {
  return (await take(api.GET("/api/v1/applications", { params: { query: { ...filter, limit, cursor } } }))) as Page;
}

/** Files page by page, the newest change first; stalled ones by the time they have stood. */
export const filesQuery = (filter: FileFilter) =>
  infiniteQueryOptions({
    queryKey: keys.list("applications", "pages", filter),
    queryFn: ({ pageParam }) => page(filter, 50, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

/** The first files of a filter. */
export const someFilesQuery = (filter: FileFilter, limit: number) =>
  queryOptions({
    queryKey: keys.list("applications", "some", filter, limit),
    queryFn: async () => (await page(filter, limit)).items ?? [],
  });

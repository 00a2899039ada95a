import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";
import type { Blocker } from "~/api/problem";
import type { Job, JobItem } from "~/api/types";

export const ended = (job: Job) => job.state !== "queued" && job.state !== "running";

const path = (id: string) => ({ path: { id } });

/** A job; while it runs, asked for again: its progress is told by the server, but not every step of it. */
export const jobQuery = (id: string) =>
  queryOptions({
    queryKey: keys.one("jobs", id),
    queryFn: async () => (await take(api.GET("/api/v1/jobs/{id}", { params: path(id) }))) as Job,
    refetchInterval: ({ state }) => (state.data && ended(state.data) ? false : 1_000),
  });

/** Jobs of a kind, the newest first. */
export const jobsQuery = (kind: string) =>
  queryOptions({
    queryKey: keys.list("jobs", kind),
    queryFn: async () => ((await take(api.GET("/api/v1/jobs", { params: { query: { kind, limit: 50 } } }))).items ?? []) as Job[],
  });

/** Which of a job's items are shown. */
export type Shown = "all" | "notable" | "failed" | "skipped";

/** What came of each thing a job works on. `settled` is how many there were then: more of them is another answer. */
export const itemsQuery = (id: string, shown: Shown, settled: number) =>
  infiniteQueryOptions({
    queryKey: keys.one("jobs", id, "items", shown, settled),
    queryFn: async ({ pageParam }) => {
      const query = { limit: 50, cursor: pageParam, notable: shown === "notable" || undefined, state: shown === "failed" || shown === "skipped" ? shown : undefined };
      const page = await take(api.GET("/api/v1/jobs/{id}/items", { params: { ...path(id), query } }));
      return { items: (page.items ?? []) as JobItem[], next: page.next_cursor };
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: (before) => before,
  });

/** What a migration is about. */
export type AboutMigration = { key: string; from_version: number; to_version: number; dry_run: boolean; unknown_ids?: number };

/** What a comparison with the past is about. */
export type AboutDivergence = { key: string; version?: number; since: string };

/** What came of one file of a migration; only a problem when it could not be done. */
export type Moved = {
  from?: string[];
  to?: string[];
  newly_blocked?: { event: string; blockers: Blocker[] | null }[] | null;
  newly_broken?: Blocker[] | null;
  approvals_voided?: number;
  problem: string | null;
};

type Came = { outcome: string; states: string[] | null };

/** How a file would have fared under another template, and where the two ways part. */
export type Fared = {
  ends_differently: boolean;
  stored?: { states: string[] | null; outcome: string };
  candidate?: { states: string[] | null; outcome: string };
  first?: { sequence: number; at: string; event: string; stored: Came; candidate: Came; blockers: Blocker[] | null; unrecorded: string[] | null } | null;
  problem?: string;
};

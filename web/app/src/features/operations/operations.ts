import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";
import type { Operation } from "~/api/types";

export const operationStates = ["queued", "running", "reconciling", "waiting_user", "done", "failed"] as const;
export type OperationState = (typeof operationStates)[number];

/** What the page shows: a state, or what was given up. */
export const deadLetters = "dead";

export type DeadFilter = { connector?: string; reason?: string };

type OperationFilter = { state?: OperationState; submission_id?: string; dead?: boolean } & DeadFilter;
type Page = { items: Operation[]; next: string | null };

async function page(filter: OperationFilter, limit: number, cursor?: string): Promise<Page> {
  const p = await take(api.GET("/api/v1/operations", { params: { query: { ...filter, limit, cursor } } }));
  return { items: (p.items ?? []) as Operation[], next: p.next_cursor };
}

/** Operations page by page, the newest first. */
export const operationsQuery = (filter: OperationFilter) =>
  infiniteQueryOptions({
    queryKey: keys.list("operations", "pages", filter),
    queryFn: ({ pageParam }) => page(filter, 50, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  });

/** The newest operations of a filter. */
export const newestOperationsQuery = (filter: OperationFilter) =>
  queryOptions({ queryKey: keys.list("operations", "newest", filter), queryFn: async () => (await page(filter, 200)).items });

export const budgetQuery = queryOptions({ queryKey: keys.list("budget"), queryFn: () => take(api.GET("/api/v1/budget")) });

/** Why operations were given up. */
export const deadReasons = ["exhausted", "internal", "contract_drift", "unsupported"] as const;

/** What colour says of a state; the word stands beside it. */
export const stateColor: Record<OperationState, string> = { queued: "ink", running: "ink", reconciling: "ochre", waiting_user: "ochre", done: "moss", failed: "brick" };

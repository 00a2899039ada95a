import { queryOptions } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";
import type { Operation } from "~/api/types";

export const operationStates = ["queued", "running", "reconciling", "waiting_user", "done", "failed"] as const;
export type OperationState = (typeof operationStates)[number];

/** What the page shows: a state, or what was given up. */
export const deadLetters = "dead";

export type DeadFilter = { connector?: string; reason?: string };

export const operationsQuery = (filter: { state?: OperationState; submission_id?: string; dead?: boolean } & DeadFilter) =>
  queryOptions({
    queryKey: keys.list("operations", filter),
    queryFn: async () => ((await take(api.GET("/api/v1/operations", { params: { query: filter } }))).items ?? []) as Operation[],
  });

export const budgetQuery = queryOptions({ queryKey: keys.list("budget"), queryFn: () => take(api.GET("/api/v1/budget")) });

/** Why operations were given up. */
export const deadReasons = ["exhausted", "internal", "contract_drift", "unsupported"] as const;

/** What colour says of a state; the word stands beside it. */
export const stateColor: Record<OperationState, string> = { queued: "ink", running: "ink", reconciling: "ochre", waiting_user: "ochre", done: "moss", failed: "brick" };

import { queryOptions } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";
import type { Operation } from "~/api/types";

export const operationStates = ["queued", "running", "reconciling", "waiting_user", "done", "failed"] as const;
export type OperationState = (typeof operationStates)[number];

export const operationsQuery = (filter: { state?: OperationState; submission_id?: string }) =>
  queryOptions({
    queryKey: keys.list("operations", filter),
    queryFn: async () => ((await take(api.GET("/api/v1/operations", { params: { query: filter } }))).items ?? []) as Operation[],
  });

/** What colour says of a state; the word stands beside it. */
export const stateColor: Record<OperationState, string> = { queued: "ink", running: "ink", reconciling: "ochre", waiting_user: "ochre", done: "moss", failed: "brick" };

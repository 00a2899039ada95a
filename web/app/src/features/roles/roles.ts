import { queryOptions } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";
import type { Explanation, PolicyAction } from "~/api/types";

export const actionsQuery = queryOptions({
  queryKey: keys.list("roles", "actions"),
  queryFn: async () => ((await take(api.GET("/api/v1/policy/actions"))).items ?? []) as PolicyAction[],
});

export type Question = { as: string; do: string; on?: string };

export const explainQuery = (question: Question) =>
  queryOptions({
    queryKey: keys.list("roles", "explain", question),
    queryFn: async () => (await take(api.GET("/api/v1/policy/explain", { params: { query: question } }))) as Explanation,
    staleTime: 0,
  });

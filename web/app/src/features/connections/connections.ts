import { queryOptions } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";
import type { Connection, ConnectionDetail, Connector } from "~/api/types";

export const connectorsQuery = queryOptions({
  queryKey: keys.list("connections", "connectors"),
  queryFn: async () => ((await take(api.GET("/api/v1/connectors"))).items ?? []) as Connector[],
  staleTime: 300_000,
});

export const connectionsQuery = queryOptions({
  queryKey: keys.list("connections", "all"),
  queryFn: async () => ((await take(api.GET("/api/v1/connections"))).items ?? []) as Connection[],
  // How the way to the other side is changes without a row that changes: nobody tells of it.
  refetchInterval: ({ state }) => (state.data?.some((c) => c.condition && (c.condition.host !== "healthy" || c.condition.breaker !== "closed")) ? 5_000 : 30_000),
});

/** A connection with its settings; of secrets it says which are set. */
export const connectionQuery = (id: string) =>
  queryOptions({
    queryKey: keys.list("connections", "one", id),
    queryFn: async () => (await take(api.GET("/api/v1/connections/{id}", { params: { path: { id } } }))) as ConnectionDetail,
    staleTime: 0,
  });

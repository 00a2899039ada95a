import { queryOptions } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";
import type { Connector } from "~/api/types";

export const connectorsQuery = queryOptions({
  queryKey: keys.list("connections", "connectors"),
  queryFn: async () => ((await take(api.GET("/api/v1/connectors"))).items ?? []) as Connector[],
  staleTime: 300_000,
});

export const connectionsQuery = queryOptions({
  queryKey: keys.list("connections", "all"),
  queryFn: async () => (await take(api.GET("/api/v1/connections"))).items ?? [],
});

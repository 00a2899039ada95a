import { queryOptions } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";

export const agenciesQuery = (network: string) =>
  queryOptions({
    queryKey: keys.of("networks", network, "agencies"),
    queryFn: async () => (await take(api.GET("/api/v1/networks/{id}/agencies", { params: { path: { id: network } } }))).items ?? [],
  });

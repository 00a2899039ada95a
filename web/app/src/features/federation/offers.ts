import { queryOptions } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";

/** So many offers are listed at most, the newest. */
export const mostOffers = 200;

/** What the network's directory would give people here; a change of the members is announced for it too. */
export const offersQuery = queryOptions({
  queryKey: keys.list("members", "offers"),
  queryFn: async () => (await take(api.GET("/api/v1/members/offers"))).items ?? [],
});

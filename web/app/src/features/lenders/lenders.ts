import { queryOptions } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";
import type { Lender } from "~/api/types";

export const lendersQuery = queryOptions({
  queryKey: keys.list("lenders"),
  queryFn: async () => ((await take(api.GET("/api/v1/lenders"))).items ?? []) as Lender[],
});

/** Whether the agency may submit to a lender on a day. */
export const activeOn = (lender: Lender, day: string) => (lender.agreements ?? []).some((a) => a.from <= day && (!a.to || a.to >= day));

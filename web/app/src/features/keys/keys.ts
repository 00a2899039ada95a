import { queryOptions } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";
import type { components } from "~/api/schema";

export type AgencyKey = components["schemas"]["RotationKey"];

/** The kind of the job that wraps anew what older keys hold. */
export const rotationKind = "rotation";

/** The agency's encryption keys, the newest first. They change with the job of a rotation, so that is their topic. */
export const agencyKeysQuery = queryOptions({
  queryKey: keys.list("jobs", "agency-keys"),
  queryFn: async () => (await take(api.GET("/api/v1/agency/keys"))).items ?? [],
});

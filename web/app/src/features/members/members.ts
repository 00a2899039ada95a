import { queryOptions } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";
import type { Member, Role } from "~/api/types";

export const membersQuery = queryOptions({
  queryKey: keys.list("members"),
  queryFn: async () => ((await take(api.GET("/api/v1/members"))).items ?? []) as Member[],
});

export const rolesQuery = queryOptions({
  queryKey: keys.list("roles"),
  queryFn: async () => ((await take(api.GET("/api/v1/roles"))).items ?? []) as Role[],
  staleTime: 600_000,
});

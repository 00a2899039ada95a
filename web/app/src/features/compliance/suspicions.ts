import { infiniteQueryOptions, queryOptions, useQuery } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";
import type { components } from "~/api/schema";
import { subjectsQuery } from "~/features/subjects/subjects";

type Schemas = components["schemas"];

/** A suspicious-transaction report. */
export type Suspicion = Omit<Schemas["ComplianceReport"], "application_id" | "uif_protocol"> & { application_id: string | null; uif_protocol: string | null };

export const stateColor: Record<Suspicion["state"], string> = { draft: "ochre", sent: "moss", archived: "gray" };

export const suspicionsQuery = infiniteQueryOptions({
  queryKey: keys.list("suspicions"),
  queryFn: async ({ pageParam }) => {
    const page = await take(api.GET("/api/v1/suspicion-reports", { params: { query: { limit: 50, cursor: pageParam } } }));
    return { items: (page.items ?? []) as Suspicion[], next: page.next_cursor };
  },
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (last) => last.next ?? undefined,
});

export const suspicionQuery = (id: string) =>
  queryOptions({ queryKey: keys.one("suspicions", id), queryFn: async () => (await take(api.GET("/api/v1/suspicion-reports/{id}", { params: { path: { id } } }))) as Suspicion });

/**
 * Names of people without opening their pages: an opened page stands in the agency's own trail, and a look at the reports would leave
 * its mark there. The list leaves none; whoever is further down than it reaches is shown by the end of their id.
 */
export function useSubjectName() {
  const list = useQuery({ ...subjectsQuery("", 200), staleTime: 300_000 });
  return (id: string) => list.data?.find((s) => s.id === id)?.display_name;
}

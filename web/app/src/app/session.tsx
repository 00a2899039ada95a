import { queryOptions, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { meKey } from "~/api/keys";
import type { Me } from "~/api/types";

/** Who is signed in, where, and what they may do. */
export const meQuery = queryOptions({
  queryKey: meKey,
  queryFn: async () => (await take(api.GET("/api/v1/me"))) as Me,
  staleTime: 60_000,
  retry: false,
});

/** The session of a signed-in page; the router has made sure that there is one. */
export function useSession() {
  const { data: me } = useSuspenseQuery(meQuery);
  const permissions = me.permissions ?? [];
  return {
    me,
    /** Whether to show an action. The server decides again; this only spares people a refusal. */
    can: (action: string) => permissions.includes(action),
  };
}

/** Takes up a session just opened or changed: nothing of the one before stays on the screen. */
export function useTakeUp() {
  const client = useQueryClient();
  return (me: Me) => {
    client.removeQueries({ predicate: (q) => q.queryKey[0] !== meKey[0] });
    client.setQueryData(meKey, me);
  };
}

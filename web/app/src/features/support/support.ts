import { queryOptions } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";
import type { components } from "~/api/schema";
import type { Me } from "~/api/types";

export type Grant = components["schemas"]["TenantsSupportGrant"];
export type Notice = components["schemas"]["TenantsSupportNotice"];

/** How a request or an access stands; colour says it, words say it too. */
export const stateColor: Record<Grant["state"], string> = { requested: "ochre", approved: "moss", declined: "gray", revoked: "gray", expired: "gray" };

/** Requests and grants that may still lead somewhere. */
export const isOpen = (g: Pick<Grant, "state" | "expires_at">, now = Date.now()) => (g.state === "requested" || g.state === "approved") && new Date(g.expires_at).getTime() > now;

/** What the agency was asked for, the newest first. */
export const requestsQuery = queryOptions({
  queryKey: keys.list("support"),
  queryFn: async () => (await take(api.GET("/api/v1/support-requests"))).items ?? [],
});

/** What the network's people have asked for. A network hears of no changes, so an answer that is awaited is asked for. */
export const networkRequestsQuery = (network: string) =>
  queryOptions({
    queryKey: keys.of("support", network),
    queryFn: async () => (await take(api.GET("/api/v1/networks/{id}/support-requests", { params: { path: { id: network } } }))).items ?? [],
    refetchInterval: ({ state }) => (state.data?.some((g) => isOpen(g)) ? 5_000 : false),
  });

/** Whether somebody of the network looks into an agency; everything they see there only reads. */
export const looking = (me: Pick<Me, "roles">) => me.roles?.includes("support") ?? false;

/** The notice that is this person's own view; their own agency's people see the others. */
export const ownNotice = (me: Pick<Me, "roles" | "support" | "user">): Notice | null => (looking(me) ? (me.support?.find((n) => n.who === me.user.name) ?? me.support?.[0] ?? null) : null);

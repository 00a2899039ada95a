import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";
import type { components } from "~/api/schema";

type Schemas = components["schemas"];

/** An address of the agency's own systems that is told what happens. */
export type Endpoint = Schemas["WebhooksEndpoint"];
export type NewEndpoint = Schemas["WebhooksNewEndpoint"];
/** An event on its way to an endpoint. */
export type Delivery = Schemas["WebhooksDelivery"];
export type Kind = Schemas["WebhooksKind"];

export const endpointsQuery = queryOptions({ queryKey: keys.list("webhooks"), queryFn: async () => (await take(api.GET("/api/v1/webhooks"))).items ?? [] });

export const endpointQuery = (id: string) => queryOptions({ queryKey: keys.one("webhooks", id), queryFn: () => take(api.GET("/api/v1/webhooks/{id}", { params: { path: { id } } })) });

/** What can be subscribed to, with an example of each. It changes with the installation's version only. */
export const kindsQuery = queryOptions({ queryKey: keys.list("webhooks", "types"), queryFn: async () => (await take(api.GET("/api/v1/webhook-types"))).items ?? [], staleTime: Number.POSITIVE_INFINITY });

export const states = ["pending", "delivered", "failed"] as const;
export type State = (typeof states)[number];

/** What an endpoint was sent, page by page, the newest first. Attempts are announced to nobody: while something waits, it is looked at again. */
export const deliveriesQuery = (id: string, state?: State) =>
  infiniteQueryOptions({
    queryKey: keys.one("webhooks", id, "deliveries", state),
    queryFn: async ({ pageParam }) => {
      const page = await take(api.GET("/api/v1/webhooks/{id}/deliveries", { params: { path: { id }, query: { state, limit: 50, cursor: pageParam } } }));
      return { items: page.items ?? [], next: page.next_cursor };
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: (before) => before,
    staleTime: 0,
    refetchInterval: ({ state: s }) => (s.data?.pages.some((p) => p.items.some((d) => d.state === "pending")) ? 5_000 : false),
  });

/** The key of a type's words: com.pratica.application.moved.v1 is application_moved. */
export const wordOf = (type: string) => type.replace(/^com\.pratica\./, "").replace(/\.v\d+$/, "").replace(".", "_");

/** Types by the noun they are about, in the catalogue's order. */
export function byNoun(types: string[]): { noun: string; types: string[] }[] {
  const groups = new Map<string, string[]>();
  for (const type of types) {
    const noun = wordOf(type).split("_")[0]!;
    groups.set(noun, [...(groups.get(noun) ?? []), type]);
  }
  return [...groups].map(([noun, list]) => ({ noun, types: list }));
}

/** When a delivery is tried next: not before its endpoint has rested. Null when it is not, because it is over or its endpoint is stopped. */
export function nextTry(d: Pick<Delivery, "state" | "next_attempt_at">, e: Pick<Endpoint, "status" | "rest_until">): string | null {
  if (d.state !== "pending" || e.status !== "active" || !d.next_attempt_at) return null;
  return e.rest_until && Date.parse(e.rest_until) > Date.parse(d.next_attempt_at) ? e.rest_until : d.next_attempt_at;
}

import { queryOptions } from "@tanstack/react-query";
import { api, ifMatch, take } from "~/api/client";
import { isProblem } from "~/api/problem";
import { keys } from "~/api/keys";
import type { Moved, Offer, Offers } from "~/api/types";

/** What has a machine: a file, or its submission to a lender. */
export type Machine = "applications" | "submissions";

/** What can happen to a machine now, each event open or with what stands in its way. */
export const offersQuery = (machine: Machine, id: string) =>
  queryOptions({
    queryKey: keys.one(machine, id, "events"),
    queryFn: async () => {
      const params = { path: { id } };
      const call = machine === "applications" ? api.GET("/api/v1/applications/{id}/events", { params }) : api.GET("/api/v1/submissions/{id}/events", { params });
      return (await take(call)) as Offers;
    },
    staleTime: 5_000,
  });

/** The events that lead to a state, those that can happen first. */
export function leadingTo(offers: Offer[], state: string): Offer[] {
  return offers.filter((o) => o.to?.includes(state)).sort((a, b) => Number(b.enabled) - Number(a.enabled));
}

export type Sending = { event: string; reason?: string; payload?: Record<string, unknown> };

export function sendEvent(machine: Machine, id: string, version: number, body: Sending, key: { "Idempotency-Key": string }): Promise<Moved> {
  const params = { path: { id }, header: { ...ifMatch(version), ...key } };
  return machine === "applications"
    ? take(api.POST("/api/v1/applications/{id}/events", { params, body }))
    : take(api.POST("/api/v1/submissions/{id}/events", { params, body }));
}

/**
 * Sends what the person agreed to of a submission. Its version often moves for something else, a lender's receipt taken down while the
 * dialog was open: when the offer stands as they saw it, it is sent once more under the new version. Otherwise the refusal is theirs to read.
 */
export async function sendAgreed<T>(agreed: Offer, version: number, send: (version: number) => Promise<T>, read: () => Promise<Offers>): Promise<T> {
  try {
    return await send(version);
  } catch (error) {
    if (!isProblem(error) || !error.stale) throw error;
    const now = await read();
    const offer = now.items?.find((o) => o.event === agreed.event);
    if (JSON.stringify(offer) !== JSON.stringify(agreed)) throw error;
    return send(now.version);
  }
}
